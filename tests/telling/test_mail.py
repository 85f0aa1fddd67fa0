"""Summaries by e-mail, to a real SMTP server: one message a recipient, never in clear, never to the wrong host."""

from __future__ import annotations

import email
import email.policy
import smtplib
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from scanner.account import SecretKind, SecretReference, Tls
from scanner.telling import tell
from scanner.telling.failure import CannotTell
from scanner.telling.mail import letter, send_mail
from scanner.telling.webhook import post as post_to
from scanner.unattended import MailChannel, Telling, WebhookChannel
from tests.authority import Authority
from tests.telling.run import SECRET, SUMMARY, Post

TO = ("sec@corp.example", "legal@corp.example", "head@corp.example")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def channel(authority: Authority) -> MailChannel:
    secret = SecretReference(SecretKind.COMMAND, f"printf {SECRET}")
    return MailChannel("localhost", "scan@corp.example", TO, user="scan", secret=secret, ca_file=authority.file)


@pytest.fixture(params=[Tls.IMPLICIT, Tls.STARTTLS])
def post(request: pytest.FixtureRequest, authority: Authority) -> Iterator[tuple[Post, Tls]]:
    with Post(authority.certificate("localhost"), implicit=request.param is Tls.IMPLICIT) as post:
        yield post, request.param


def parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_each_recipient_gets_a_message_of_their_own(post: tuple[Post, Tls], channel: MailChannel) -> None:
    server, tls = post
    send_mail(SUMMARY, replace(channel, port=server.port, tls=tls))
    assert server.inbox.logins == [("scan", SECRET)]
    assert [(sender, to, secured) for sender, to, _, secured in server.inbox.taken] == [
        ("scan@corp.example", [one], True) for one in TO
    ]
    for one, (_, _, content, _) in zip(TO, server.inbox.taken, strict=True):
        message = parsed(content)
        assert (message["From"], message["To"], message["Cc"], message["Bcc"]) == ("scan@corp.example", one, None, None)
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Subject"] == "missedbcc: incomplete, 2 new incidents (sales, run 7)"
        assert message["Date"].datetime == SUMMARY.finished
        assert message["Message-ID"].endswith("@corp.example>")
        assert message.get_content().splitlines() == SUMMARY.lines()
        assert not [other for other in TO if other != one and other.encode() in content]


def test_one_refused_recipient_keeps_nothing_from_the_others(post: tuple[Post, Tls], channel: MailChannel) -> None:
    server, tls = post
    server.inbox.refused.add(TO[1])
    with pytest.raises(CannotTell, match="refused 1 of 3 recipients") as caught:
        send_mail(SUMMARY, replace(channel, port=server.port, tls=tls))
    assert [to for _, to, _, _ in server.inbox.taken] == [[TO[0]], [TO[2]]]
    assert "@" not in str(caught.value)
    assert caught.value.told_some


def test_that_one_of_three_was_refused_is_not_called_nobody(post: tuple[Post, Tls], channel: MailChannel) -> None:
    server, tls = post
    server.inbox.refused.add(TO[1])
    (failure,) = tell(SUMMARY, Telling(replace(channel, port=server.port, tls=tls)))
    assert failure.startswith("Not everybody was told by mail: the mail server ")


def test_those_who_were_told_before_the_line_broke_are_not_called_nobody(
    post: tuple[Post, Tls], channel: MailChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, tls = post
    send = smtplib.SMTP.send_message

    def hangs_up(line: smtplib.SMTP, *words: Any) -> Any:
        if server.inbox.taken:
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        return send(line, *words)

    monkeypatch.setattr(smtplib.SMTP, "send_message", hangs_up)
    (failure,) = tell(SUMMARY, Telling(replace(channel, port=server.port, tls=tls)))
    assert failure.startswith("Not everybody was told by mail: the mail server ")
    assert failure.endswith(" broke off; 2 of 3 may not have been told.")


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_holds_no_certificate_is_named(channel: MailChannel, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    sentence = "cannot be read, or holds no certificate"
    with pytest.raises(CannotTell, match=rf"the ca_file of \[tell.mail\] {sentence}"):
        send_mail(SUMMARY, replace(channel, ca_file=file, secret=None))
    url = tmp_path / "url"
    url.write_text("https://127.0.0.1:1/x")
    url.chmod(0o600)
    hook = WebhookChannel(SecretReference(SecretKind.FILE, str(url)), None, file)
    with pytest.raises(CannotTell, match=rf"the ca_file of \[tell.webhook\] {sentence}"):
        post_to(SUMMARY, hook)


def test_a_wrong_password_is_told_without_it(post: tuple[Post, Tls], channel: MailChannel) -> None:
    server, tls = post
    wrong = SecretReference(SecretKind.COMMAND, "printf wrong-canary")
    with pytest.raises(CannotTell, match="refused the login") as caught:
        send_mail(SUMMARY, replace(channel, port=server.port, tls=tls, secret=wrong))
    assert "wrong-canary" not in repr(caught.value)
    assert server.inbox.taken == []


@pytest.mark.parametrize("tls", list(Tls))
def test_a_host_that_cannot_prove_itself_gets_nothing(authority: Authority, channel: MailChannel, tls: Tls) -> None:
    for name, days in (("other.example", 30), ("localhost", -1)):
        with Post(authority.certificate(name, days=days), implicit=tls is Tls.IMPLICIT) as server:
            with pytest.raises(CannotTell, match="certificate is not trusted"):
                send_mail(SUMMARY, replace(channel, port=server.port, tls=tls))
            assert (server.inbox.logins, server.inbox.taken) == ([], [])


@pytest.mark.parametrize("tls", list(Tls))
def test_a_host_without_tls_gets_nothing(channel: MailChannel, tls: Tls) -> None:
    with Post(None, implicit=False) as server:
        with pytest.raises(CannotTell):
            send_mail(SUMMARY, replace(channel, port=server.port, tls=tls))
        assert (server.inbox.logins, server.inbox.taken) == ([], [])


def test_no_server_and_no_name_are_told(channel: MailChannel) -> None:
    with Post(None, implicit=False) as server:
        port = server.port
    with pytest.raises(CannotTell, match="cannot be reached"):
        send_mail(SUMMARY, replace(channel, port=port))
    with pytest.raises(CannotTell, match="cannot be reached"):
        send_mail(SUMMARY, replace(channel, host="no-such-host.invalid", port=port))


def test_without_a_password_nobody_logs_in(post: tuple[Post, Tls], channel: MailChannel) -> None:
    server, tls = post
    send_mail(SUMMARY, replace(channel, port=server.port, tls=tls, user="", secret=None, recipients=TO[:1]))
    assert server.inbox.logins == []
    assert len(server.inbox.taken) == 1


def test_the_letter_is_plain_ascii_whatever_the_case_is_called(tmp_path: Path) -> None:
    named = replace(SUMMARY, case="büro\nBcc: x@corp.example")
    with pytest.raises(ValueError, match="linefeed"):
        letter(named, "scan@corp.example", TO[0])
    message = letter(replace(SUMMARY, case="büro"), "scan@corp.example", TO[0])
    assert message.as_bytes().isascii()
    assert parsed(message.as_bytes())["Subject"] == "missedbcc: incomplete, 2 new incidents (büro, run 7)"
