"""A summary through the notification library Apprise, which knows some hundred services; an optional extra."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib.util import find_spec

from scanner.account import SecretReference
from scanner.connectors.credentials import secret_of
from scanner.errors import SettingsError
from scanner.telling.failure import CannotTell
from scanner.telling.summary import Summary


def notify(summary: Summary, services: Iterable[SecretReference]) -> None:
    """Send it to each service. Raises CannotTell that names the references of those that did not take it."""
    references = tuple(services)
    if find_spec("apprise") is None:
        raise CannotTell("services need the package apprise, which is not installed: pip install 'missedbcc[tell]'")
    failed = [f"{reference} {reason}" for reference in references if (reason := _notify(summary, reference))]
    if failed:
        raise CannotTell("; ".join(failed), told_some=len(failed) < len(references))


def _notify(summary: Summary, reference: SecretReference) -> str:
    """What went wrong, "" when nothing did."""
    import apprise  # noqa: PLC0415 - an optional package

    _hush()
    try:
        address = secret_of(reference)
    except SettingsError:
        return "could not be had"
    service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if service is None:
        return "holds no address of a service"
    if not _is_safe(service):
        return "names a service over an unprotected connection"
    told = service.notify(body="\n".join(summary.lines()), title=summary.title)
    return "" if told else "did not take the message"


def _is_safe(service: object) -> bool:
    """Whether the service is spoken to over TLS that is verified: `protocol` are the schemes without it."""
    plain = getattr(service, "protocol", None) or ()
    schemes = {plain} if isinstance(plain, str) else set(plain)
    url = str(getattr(service, "url", lambda **_: "")(privacy=True))
    return url.partition("://")[0] not in schemes and bool(getattr(service, "verify_certificate", False))


def _hush() -> None:
    """Let the library say nothing: its log lines quote addresses, which are secrets."""
    log = logging.getLogger("apprise")
    log.handlers = [logging.NullHandler()]
    log.propagate = False
    log.setLevel(logging.CRITICAL + 1)
