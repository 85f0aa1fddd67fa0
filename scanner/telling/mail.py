"""A summary by e-mail: one message for each recipient, over TLS alone."""

from __future__ import annotations

import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final

from scanner.account import Tls
from scanner.connectors.credentials import secret_of
from scanner.telling.failure import CannotTell
from scanner.telling.summary import Summary
from scanner.telling.trust import trusting
from scanner.unattended import MailChannel

_SECONDS: Final = 20.0  # for one command


def send_mail(summary: Summary, channel: MailChannel) -> None:
    """Send it to each recipient. Raises CannotTell when not all were told, and SettingsError without the secret."""
    password = secret_of(channel.secret) if channel.secret else None
    context = trusting(channel.ca_file, "[tell.mail]")
    where = f"the mail server {channel.host}"
    try:
        with _connected(channel, context) as server:
            if password is not None:
                server.login(channel.user, password)
            refused = _deliver(server, summary, channel)
    except smtplib.SMTPAuthenticationError:
        raise CannotTell(f"{where} refused the login of [tell.mail]") from None
    except smtplib.SMTPNotSupportedError:
        wanted = "a login" if channel.tls is Tls.IMPLICIT else "STARTTLS or a login"
        raise CannotTell(f"{where} does not offer {wanted}, and nothing is sent unprotected") from None
    except ssl.SSLError as error:
        reason = "its certificate is not trusted" if isinstance(error, ssl.SSLCertVerificationError) else "TLS failed"
        raise CannotTell(f"{where} was left alone: {reason}") from None
    except smtplib.SMTPException as error:
        raise CannotTell(f"{where} failed ({type(error).__name__})") from None
    except (OSError, UnicodeError) as error:
        raise CannotTell(f"{where} cannot be reached ({type(error).__name__})") from None
    if refused:
        told_some = refused < len(channel.recipients)
        raise CannotTell(f"{where} refused {refused} of {len(channel.recipients)} recipients", told_some=told_some)


def letter(summary: Summary, sender: str, recipient: str) -> EmailMessage:
    """The message for one recipient; it never names another."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = summary.title
    message["Date"] = format_datetime(summary.finished)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no vacation note answers it
    message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange, which looks at nothing else
    message.set_content("\n".join(summary.lines()) + "\n", cte="quoted-printable")
    return message


def _connected(channel: MailChannel, context: ssl.SSLContext) -> smtplib.SMTP:
    name = socket.gethostname() or "localhost"  # smtplib would ask DNS for more of it, which may take a minute
    if channel.tls is Tls.IMPLICIT:
        return smtplib.SMTP_SSL(channel.host, channel.port, name, timeout=_SECONDS, context=context)
    server = smtplib.SMTP(channel.host, channel.port, name, timeout=_SECONDS)
    try:
        server.starttls(context=context)
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server


def _deliver(server: smtplib.SMTP, summary: Summary, channel: MailChannel) -> int:
    """How many recipients the server refused; the others are told all the same."""
    refused = 0
    for place, recipient in enumerate(channel.recipients):
        try:
            server.send_message(letter(summary, channel.sender, recipient), channel.sender, [recipient])
        except smtplib.SMTPServerDisconnected:
            if place == refused:
                raise
            left, total = len(channel.recipients) - place + refused, len(channel.recipients)
            where = f"the mail server {channel.host}"
            raise CannotTell(f"{where} broke off; {left} of {total} may not have been told", told_some=True) from None
        except smtplib.SMTPResponseException:
            refused += 1
        except smtplib.SMTPRecipientsRefused:
            refused += 1
    return refused
