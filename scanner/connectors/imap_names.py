"""Folder names as the server writes them, as people read them, and which of them hold sent mail."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from imapclient import imap_utf7

from scanner.connectors.folder_marks import is_passing_name
from scanner.connectors.imap_session import ListedFolder
from scanner.connectors.sent_folders import is_sent_name, lies_under_sent_name
from scanner.coverage import ChosenBy
from scanner.errors import NoSentFolder

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_UNSELECTABLE = frozenset(("\\noselect", "\\nonexistent"))
# What was never sent, was thrown away or is junk, and views of what lies in other folders (RFC 6154, RFC 8457).
_NO_EVIDENCE = frozenset(("\\drafts", "\\trash", "\\junk", "\\flagged", "\\important"))


@dataclass(frozen=True, slots=True)
class NamedFolder:
    """A folder that can be selected: `name` for the server, `path` for people and the case (unique in the account)."""

    name: bytes
    path: str
    attributes: frozenset[str]
    chosen_by: ChosenBy

    @property
    def holds_sent(self) -> bool:
        """Whether it holds the mail that was sent from this mailbox."""
        return self.chosen_by not in (ChosenBy.NOT_SENT, ChosenBy.HISTORY)


def folder_path(name: bytes) -> str:
    """The readable form of a raw name: modified UTF-7 (RFC 3501 §5.1.3), else UTF-8 or Latin-1, never an error."""
    text: str
    if name.isascii():
        try:
            text = imap_utf7.decode(name)
        except (UnicodeDecodeError, ValueError):
            text = name.decode("ascii")
    else:
        try:
            text = name.decode("utf-8")
        except UnicodeDecodeError:
            text = name.decode("latin-1")
    return _CONTROL.sub("\ufffd", text)


def name_folders(
    listed: Iterable[ListedFolder], foreign: Sequence[str], configured: Sequence[str], *, history: bool = False
) -> tuple[NamedFolder, ...]:
    r"""The selectable folders in the server's order, each with the rule that chose it.

    Folders that the settings name are read, and no others. Without settings: the special use \Sent (RFC 6154), and
    besides it every folder whose name says sent mail, because mail programs make one each and use their own. Folders
    below a `foreign` prefix (other people's and shared ones) are somebody else's mail and are never chosen by name.
    With `history` the other folders are read as evidence: not those of drafts, of junk and of what was thrown away.
    A configured folder that is not there is passed over: `not_there` tells it.
    """
    selectable = [folder for folder in listed if not folder.attributes & _UNSELECTABLE]
    paths = _unique_paths(selectable)
    wanted = _configured(paths, configured) if configured else None
    return tuple(
        NamedFolder(folder.name, path, folder.attributes, _chosen(folder, path, foreign, wanted, history=history))
        for folder, path in zip(selectable, paths, strict=True)
    )


def no_sent_folder(account: str, paths: Sequence[str]) -> NoSentFolder:
    """The error of an account in which nothing looks like a folder of sent mail; its hint lists what there is."""
    shown = ", ".join(paths[:40]) + (f" and {len(paths) - 40} more" if len(paths) > 40 else "")
    return NoSentFolder(
        f"No folder of sent mail was found in the account {account}.",
        f"Name it in sent_folders. The account has these folders: {shown or 'none'}.",
    )


def not_there(paths: Sequence[str], configured: Sequence[str]) -> NoSentFolder | None:
    """The error of folders that the settings name and that the account does not have; None where it has all."""
    keys = {_key(path) for path in paths}
    missing = [name for name in configured if _key(name) not in keys]
    if not missing:
        return None
    return NoSentFolder(
        "The settings name a sent folder that the account does not have: " + ", ".join(missing) + ".",
        "Correct sent_folders. The account has these folders: " + ", ".join(paths[:40]) + ".",
    )


def _unique_paths(folders: Sequence[ListedFolder]) -> list[str]:
    """Different raw names can read alike (a bad name and its repair); a number keeps their messages apart."""
    seen: dict[str, int] = {}
    paths = []
    for folder in folders:
        path = folder_path(folder.name)
        seen[path] = seen.get(path, 0) + 1
        paths.append(path if seen[path] == 1 else f"{path} [{seen[path]}]")
    return paths


def _configured(paths: Sequence[str], configured: Sequence[str]) -> frozenset[str]:
    by_key = {_key(path): path for path in reversed(paths)}
    return frozenset(path for path in paths if path in configured) | frozenset(
        by_key[_key(name)] for name in configured if name not in paths and _key(name) in by_key
    )


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _chosen(
    folder: ListedFolder, path: str, foreign: Sequence[str], wanted: frozenset[str] | None, *, history: bool
) -> ChosenBy:
    # Only the server's own delimiter cuts a name: without one, "a/Sent" is one name.
    readable = path.replace(folder.delimiter, "/") if folder.delimiter else path.replace("/", " ").replace(".", " ")
    if wanted and path in wanted:
        return ChosenBy.CONFIGURED
    if any(path.startswith(prefix) for prefix in foreign):
        return ChosenBy.NOT_SENT
    if wanted is None and "\\sent" in folder.attributes:
        return ChosenBy.SPECIAL_USE
    if wanted is None and (is_sent_name(readable) or lies_under_sent_name(readable)):
        return ChosenBy.NAME
    evidence = history and folder.attributes.isdisjoint(_NO_EVIDENCE) and not is_passing_name(readable)
    return ChosenBy.HISTORY if evidence else ChosenBy.NOT_SENT
