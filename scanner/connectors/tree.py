"""What a file or folder on the disk is, as far as mail is concerned, told from a look at its first octets."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from scanner.connectors.mbox_reader import dialect_of
from scanner.connectors.octet_stream import head_of
from scanner.errors import SourceError
from scanner.header_block import begin_of, read_block


class Kind(Enum):
    """What a file holds."""

    MBOX = "mbox"
    EMPTY_MBOX = "empty mbox"
    MESSAGE = "message"
    CLOSED = "cannot be read"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A file's kind; for OTHER and CLOSED `why` says in a sentence what it is and `hint` what to do about it."""

    kind: Kind
    why: str = ""
    hint: str = ""


_NOT_YET = {
    ".pst": ("It is an Outlook data file, which is not read yet.", "Turn it into mbox: readpst -o FOLDER FILE."),
    ".ost": ("It is an Outlook cache file, which is not read yet.", "Export it from Outlook as .pst, then: readpst."),
    ".msg": ("It is an Outlook message, which is not read yet.", "Turn it into .eml: msgconvert FILE."),
    ".zip": ("It is a zip archive, which is not looked into yet.", "Unpack it, and name the folder."),
    ".tar": ("It is a tar archive, which is not looked into.", "Unpack it, and name the folder."),
    ".tgz": ("It is a tar archive, which is not looked into.", "Unpack it, and name the folder."),
    ".7z": ("It is a 7-Zip archive, which is not looked into.", "Unpack it, and name the folder."),
    ".olm": ("It is an archive of Outlook for Mac, which is not read.", "Turn it into mbox with a converter."),
    ".nsf": ("It is a Notes database, which is not read.", "Export its mail as .eml or mbox."),
    ".dbx": ("It is an Outlook Express folder, which is not read.", "Turn it into mbox: undbx or readdbx."),
}
_BY_MAGIC = (
    (b"!BDN", ".pst"),
    (b"PK\x03\x04", ".zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".msg"),
    (b"7z\xbc\xaf\x27\x1c", ".7z"),
    (b"\xcf\xad\x12\xfe", ".dbx"),
)
_INDEX = re.compile(
    r"\.(?:msf|cmeta|ibex(?:\.index.*)?|toc|idx|lock)\Z|\Adovecot|\A\.nfs|\A\.ds_store\Z", re.IGNORECASE
)
MESSAGE_SUFFIXES = frozenset((".eml", ".emlx"))
_LETTER = (b"from", b"to", b"subject", b"date", b"message-id")


def kind_of(file: Path) -> Sniffed:
    """What a file holds. It is opened only when it is a regular file; never raises."""
    try:
        mode = file.stat().st_mode
        if stat.S_ISREG(mode):
            return _told(file.name, file.suffix.lower(), head_of(file))
        if stat.S_ISDIR(mode):
            return Sniffed(Kind.CLOSED, "The operating system does not let us list this folder.")
    except OSError as error:
        return Sniffed(Kind.CLOSED, f"It cannot be read: {error.strerror}.")
    except SourceError as error:
        return Sniffed(Kind.CLOSED, str(error), error.hint)
    return Sniffed(Kind.OTHER, "It is no regular file.")


def _told(name: str, suffix: str, head: bytes) -> Sniffed:
    if suffix in MESSAGE_SUFFIXES:
        return Sniffed(Kind.MESSAGE)
    if _INDEX.search(name):
        return Sniffed(Kind.OTHER, "It is an index that a mail program keeps beside its mail.")
    if dialect_of(head):
        return Sniffed(Kind.MBOX)
    if not head.strip():
        return Sniffed(Kind.EMPTY_MBOX) if suffix in {".mbox", ".mbx"} else Sniffed(Kind.OTHER, "It is empty.")
    return _by_magic(head, suffix) or _letter(head) or Sniffed(Kind.OTHER, "It is no mail that we know.")


def _by_magic(head: bytes, suffix: str) -> Sniffed | None:
    suffix = next((known for magic, known in _BY_MAGIC if head.startswith(magic)), suffix)
    if suffix not in _NOT_YET:
        return None
    why, hint = _NOT_YET[suffix]
    return Sniffed(Kind.OTHER, why, hint)


def _letter(head: bytes) -> Sniffed | None:
    """A message without a suffix that says so: at least two of the fields that every letter has, and no other lines."""
    block = read_block(head, begin_of(head))
    if sum(name in block.first for name in _LETTER) < 2 or len(block.defects) > 1:
        return None
    return Sniffed(Kind.MESSAGE)


def is_maildir(folder: Path) -> bool:
    """Whether a folder is a Maildir: `cur` and `new` are in it."""
    # Tools that drop empty folders (git, zip) leave a Maildir without `new`; what marks it then is the file.
    try:
        return (folder / "cur").is_dir() and ((folder / "new").is_dir() or (folder / "maildirfolder").is_file())
    except PermissionError:
        return False


def walk_files(root: Path) -> Iterator[Path]:
    """Every file below a folder, and every folder that cannot be listed; in a stable order.

    What lies in Maildirs is left out. Links to folders are not followed.
    """
    closed: list[Path] = []
    for folder, below, files in os.walk(root, onerror=lambda error: closed.append(Path(str(error.filename)))):
        here = Path(folder)
        below[:] = sorted(name for name in below if not is_maildir(here / name) and not (here / name).is_symlink())
        yield from (here / name for name in sorted(files))
        yield from closed
        closed.clear()
    yield from closed
