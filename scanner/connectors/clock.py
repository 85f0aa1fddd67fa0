"""By how much our clock differs from that of a server, where it says so without being asked for mail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from scanner.account import Account


def skew(account: Account) -> timedelta | None:
    """How far our clock is ahead (behind: negative); None where the server does not say. Nothing secret is sent.

    Microsoft 365 says it in the Date of every answer (RFC 9110 §6.6.1), with no more than seconds of delay.
    """
    if account.graph is None:
        return None
    import requests  # noqa: PLC0415 - other accounts must not pay for it

    sign_in = account.graph.sign_in
    try:
        answer = requests.head(
            sign_in.root_url,
            timeout=(sign_in.connect_timeout, sign_in.connect_timeout),
            allow_redirects=False,
            verify=str(sign_in.ca_file) if sign_in.ca_file else True,
        )
        said = parsedate_to_datetime(answer.headers["Date"])
    except (OSError, KeyError, ValueError, TypeError):  # requests raises no others; a missing ca_file is one
        return None  # whether it can be reached at all, the check says elsewhere
    if said.tzinfo is None:
        return None
    return datetime.now(UTC) - said
