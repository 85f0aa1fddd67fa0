"""Addresses at Microsoft Graph: the paths and options that we write, and links of the service, followed as given."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, unquote, urlsplit

from scanner.errors import SourceError

VERSION: Final = "/v1.0"
_FOLDERS: Final = "mailfolders"


def segment(name: str) -> str:
    """An id or a name as one segment of a path (RFC 3986 §3.3): ids may hold slashes, plus and equals signs."""
    return quote(name, safe="")


def query(**options: str | int | None) -> str:
    """OData options: `select="id"` becomes `?$select=id`. None is left out."""
    named = [f"${name}={quote(str(value), safe=',:$()')}" for name, value in options.items() if value is not None]
    return "?" + "&".join(named) if named else ""


def address_of(place: str, root: str) -> str:
    """The address of a place: a path of ours, which begins with one slash, or a link as the service gave it.

    Raises `SourceError` for a link to another host than that of `root`, which would take the token there.
    """
    if place.startswith("/"):
        return f"{root}{VERSION}{place}"
    if not on_host_of(place, root):
        raise SourceError(
            "The service gave a link to another host; it was not followed, so that the token stays with us.",
            "Check root; if it is right, report it to whoever runs the service.",
        )
    return place


def following(link: str | None) -> str:
    """The link to the next page, "" when there is none.

    Graph gives whole addresses. Raises `SourceError` for one that names no host: what it starts from is nowhere said.
    """
    if link and "://" not in link.partition("?")[0]:
        raise SourceError(
            "The service gave only a part of the address of the next page, so it was not followed.",
            "Check root and any proxy on the way: Microsoft Graph gives whole addresses.",
        )
    return link or ""


def folder_in(link: str) -> str:
    """The id of the mail folder whose messages a link lists, "" where it names none.

    The service writes keys in either form (OData 4.01 URL conventions §4.3): mailFolders/ID and mailFolders('ID').
    """
    before = ""
    for part in link.partition("?")[0].split("/"):
        name = unquote(part)
        if before.lower() == _FOLDERS:
            return name
        if name.lower().startswith(f"{_FOLDERS}('") and name.endswith("')"):
            return name[len(_FOLDERS) + 2 : -2]
        before = name
    return ""


def on_host_of(link: str, root: str) -> bool:
    """Whether a link leads to the host and port of `root`, and nowhere else however it is read."""
    if not link.isascii() or not link.isprintable() or " " in link or "\\" in link:
        return False
    try:
        ours, theirs = urlsplit(root), urlsplit(link)
        ports = (ours.port or 443) == (theirs.port or 443)
    except ValueError:
        return False
    same = ours.scheme.lower() == theirs.scheme.lower() and (ours.hostname or "") == (theirs.hostname or "")
    return same and ports and theirs.username is None and theirs.password is None
