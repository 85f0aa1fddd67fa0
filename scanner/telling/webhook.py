"""A summary to a webhook: one POST of JSON over https, and whatever is answered is not followed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from scanner.connectors.credentials import secret_of
from scanner.telling.failure import CannotTell
from scanner.telling.summary import Summary
from scanner.telling.trust import trusting
from scanner.unattended import WebhookChannel

if TYPE_CHECKING:
    from requests import PreparedRequest

_SECONDS: Final = 20.0  # for connecting, and for each piece of the answer


def post(summary: Summary, channel: WebhookChannel) -> None:
    """Post it. Raises CannotTell when it was not accepted (status 2xx), and SettingsError without the secrets."""
    import requests  # noqa: PLC0415 - a run that tells nobody must not pay for it

    url = secret_of(channel.url)
    if not _is_https(url):
        raise CannotTell(f"the webhook address at {channel.url} does not begin with https://")
    trusting(channel.ca_file, "[tell.webhook]")  # requests would blame the server, or fail
    headers = {"User-Agent": "missedbcc", "Content-Type": "application/json"}
    if channel.token:
        headers["Authorization"] = f"Bearer {secret_of(channel.token)}"
    body = {"text": "\n".join([summary.title, *summary.lines()]), "event": "missedbcc.run", **summary.fields()}
    try:
        answer = requests.post(
            url,
            data=json.dumps(body).encode(),
            headers=headers,
            auth=_as_it_is,  # else requests would send what ~/.netrc holds for this host
            timeout=_SECONDS,
            verify=str(channel.ca_file) if channel.ca_file else True,
            allow_redirects=False,
            stream=True,  # the answer's body is nothing to us, however large it is
        )
        status = answer.status_code
        answer.close()
    except requests.exceptions.SSLError:
        raise CannotTell("the webhook was left alone: its certificate is not trusted, or TLS failed") from None
    except requests.exceptions.RequestException as error:  # its text holds the address
        raise CannotTell(f"the webhook cannot be reached ({type(error).__name__})") from None
    except (UnicodeError, ValueError) as error:
        raise CannotTell(f"the webhook address at {channel.url} is none ({type(error).__name__})") from None
    if not 200 <= status < 300:
        raise CannotTell(f"the webhook answered with status {status}")


def _is_https(url: str) -> bool:
    try:
        return urlsplit(url).scheme == "https" and bool(urlsplit(url).hostname)
    except ValueError:
        return False


def _as_it_is(request: PreparedRequest) -> PreparedRequest:
    return request
