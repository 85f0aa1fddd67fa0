"""What a file or folder on the disk is, as far as mail is concerned, told from a look at its first octets."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from scanner.connectors.octet_stream import OctetStream, open_stream
from scanner.connectors.packed import MOST_PACKED, packing_of, unpacked
from scanner.connectors.sent_folders import is_sent_name
from scanner.errors import AccessDenied, SourceError
from scanner.header_block import begin_of, read_block


class Kind(Enum):
    """What a file holds."""

    MBOX = "mbox"
    EMPTY_MBOX = "empty mbox"
    MESSAGE = "message"
    CLOSED = "closed to us"
    DAMAGED = "damaged or gone"
    FOREIGN = "mail in a form that is not read"
    EMPTY = "empty"
    OTHER = "no mail"


UNREAD = frozenset((Kind.CLOSED, Kind.DAMAGED, Kind.FOREIGN))
"""What holds mail, or may hold some, that is not read."""
BOXES = frozenset((Kind.MBOX, Kind.EMPTY_MBOX, Kind.CLOSED, Kind.DAMAGED))
"""What is a folder in a store of mbox files; reading those that cannot be read says so."""
_MAIL = UNREAD | {Kind.MBOX, Kind.MESSAGE}


@dataclass(frozen=True, slots=True)
class Sniffed:
    """A file's kind; where it is not read, `why` says in a sentence what it is and `hint` what to do about it."""

    kind: Kind
    why: str = ""
    hint: str = ""


SEVERAL = {
    "It is no mail that we know.": "They are no mail that we know.",
    "It is an index or a lock that a mail program keeps beside its mail.": (
        "They are indexes or locks that a mail program keeps beside its mail."
    ),
    "It is no regular file.": "They are no regular files.",
    "It is a document or a program, not mail.": "They are documents or programs, not mail.",
    "It is empty.": "They are empty.",
    "It is a link to a folder; name the folder itself to read it.": (
        "They are links to folders; name the folders themselves to read them."
    ),
}
"""What is said of a file that is no mail, and the same of several files."""

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
    ".rar": ("It is a RAR archive, which is not looked into.", "Unpack it, and name the folder."),
    ".bz2": ("It is compressed by bzip2, which is not looked into.", "Unpack it: bunzip2 FILE."),
    ".xz": ("It is compressed by xz, which is not looked into.", "Unpack it: unxz FILE."),
    ".zst": ("It is compressed by Zstandard, which is not looked into.", "Unpack it: unzstd FILE."),
    "mmdf": ("It is an MMDF mailbox, which is not read.", "Turn it into mbox with a converter."),
    "mbx": ("It is an mbx mailbox of the UW IMAP server, which is not read.", "Turn it into mbox: mailutil copy."),
    "babyl": ("It is a Babyl mailbox of Emacs, which is not read.", "Turn it into mbox: b2m < FILE > NEW."),
    "utf-16": ("It is mail in UTF-16, which is not read.", "Turn it into UTF-8: iconv -f UTF-16 -t UTF-8 FILE > NEW."),
    "cr": ("Its lines end with CR alone, which is not read.", "Turn them into others: tr '\\r' '\\n' < FILE > NEW."),
}
_BY_MAGIC = (
    (b"!BDN", ".pst"),
    (b"PK\x03\x04", ".zip"),
    (b"PK\x05\x06", ".zip"),
    (b"Rar!\x1a\x07", ".rar"),
    (b"\x28\xb5\x2f\xfd", ".zst"),
    (b"\1\1\1\1\n", "mmdf"),
    (b"*mbx*\r\n", "mbx"),
    (b"BABYL OPTIONS:", "babyl"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".msg"),
    (b"7z\xbc\xaf\x27\x1c", ".7z"),
    (b"\xcf\xad\x12\xfe", ".dbx"),
)
_TAR_MAGIC = (257, b"ustar")
_ZIPPED_DOCUMENTS = (b"[Content_Types].xml", b"mimetypeapplication/")  # the first entry of theirs, and where it stands
_FIRST_ENTRY = 30
# Documents and programs that are zip archives or OLE files, as .zip and .msg are.
# fmt: off
_DOCUMENTS = frozenset((
    ".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".xltx", ".pptx", ".pptm", ".ppsx", ".vsdx", ".odt", ".ods", ".odp",
    ".odg", ".epub", ".jar", ".xpi", ".apk", ".whl", ".doc", ".dot", ".xls", ".xlt", ".ppt", ".pps", ".vsd", ".mpp",
    ".pub", ".msi", ".db",
))
# fmt: on
_INDEX = re.compile(
    r"\.(?:msf|cmeta|ibex(?:\.index.*)?|toc|idx|lock)\Z|\Adovecot|\A\.nfs|\A\.ds_store\Z|\A(?:\.parent)?lock\Z|\A\.#",
    re.IGNORECASE,
)
_APPLE_DOUBLE = b"\0\5\x16\7"  # the side file `._NAME` that macOS writes where a disk cannot keep what is in it
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_CR_SEPARATOR = re.compile(rb"\s*+From [^\r\n]{1,300}\r[!-9;-~]{1,80}:")
_SEPARATOR = re.compile(rb"\nFrom [^\n]{0,300}\d\d:\d\d[^\n]{0,60}\n[!-9;-~]{1,80}:")
_BOX_SUFFIXES = frozenset((".mbox", ".mbx"))
_MAY_BE_PACKED = frozenset(("", ".mbox", ".mbx", ".eml", ".emlx", ".pst", ".tar"))
_VOLUME = re.compile(r"\.part\d+\Z", re.IGNORECASE)
_FIELDS = re.compile(
    rb"^(?:received|return-path|from|to|cc|subject|date|message-id|in-reply-to|references|mime-version|content-type"
    rb"|content-transfer-encoding):",
    re.IGNORECASE | re.MULTILINE,
)
_ENCODED_LINES = re.compile(rb"(?:^[A-Za-z0-9+/]{60,76}\r?\n){4}", re.MULTILINE)
_FAR = 256 * 1024  # octets in which the next message of a folder begins, or the lines of an attachment stand
_HEAD = 8192
_NO_TEXT = 16  # octets among which a header has no NUL, and binary forms have one
MAILDIR_PARTS = frozenset(("cur", "new", "tmp"))
"""Where a Maildir keeps its messages; what else lies in it is no part of it, unless it is a Maildir of its own."""
MESSAGE_SUFFIXES = frozenset((".eml", ".emlx"))
_LETTER = (b"from", b"to", b"subject", b"date", b"message-id")


def kind_of(file: Path) -> Sniffed:
    """What a file holds. It is opened only when it is a regular file, and not for its name alone; never raises."""
    suffix = file.suffix.lower()
    if suffix not in MESSAGE_SUFFIXES and _INDEX.search(file.name):
        return Sniffed(Kind.OTHER, "It is an index or a lock that a mail program keeps beside its mail.")
    try:
        mode = file.stat().st_mode
        if stat.S_ISREG(mode):
            return Sniffed(Kind.MESSAGE) if _named_message(file.name) else _opened(file)
        if stat.S_ISDIR(mode):
            return Sniffed(Kind.CLOSED, "The operating system does not let us list this folder.", _ASK)
    except OSError as error:
        return _refused(file, error)
    return Sniffed(Kind.OTHER, "It is no regular file.")


def is_message(file: Path) -> bool:
    """Whether a file is one message: the rule by which messages are found, and by which they are read."""
    return _named_message(file.name) or kind_of(file).kind is Kind.MESSAGE


_ASK = "Give this user the right to read it."
_WHOLE = "Get a whole copy of it."
_NOT_BEGUN = Sniffed(Kind.DAMAGED, "It does not begin with a From line, as an mbox file does.", _WHOLE)
_UNKNOWN = Sniffed(Kind.OTHER, "It is no mail that we know.")


def _named_message(name: str) -> bool:
    """Whether the name is proof enough. That of a hidden file is not: macOS writes `._one.eml` beside one.eml."""
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in MESSAGE_SUFFIXES


def _refused(file: Path, error: OSError) -> Sniffed:
    if isinstance(error, PermissionError):
        return Sniffed(Kind.CLOSED, "The operating system does not let us read it.", _ASK)
    if not isinstance(error, FileNotFoundError):
        return Sniffed(Kind.DAMAGED, f"It cannot be read: {error.strerror}.", _WHOLE)
    if file.is_symlink():
        return Sniffed(Kind.DAMAGED, "It is a link to something that is not there.", "Mend the link, or remove it.")
    return Sniffed(Kind.DAMAGED, "It is gone: it was moved or deleted while we looked.", "Run the command again.")


def _opened(file: Path) -> Sniffed:
    try:
        with open_stream(file) as stream:
            told = _told_of(file.name, stream)
            torn = told == _UNKNOWN and is_sent_name(file.name) and _is_torn(stream.at(0, _FAR))
            broken = bool(stream.trouble)
    except AccessDenied:
        return Sniffed(Kind.CLOSED, "The operating system does not let us read it.", _ASK)
    except SourceError as error:
        return Sniffed(Kind.DAMAGED, str(error), error.hint)
    if broken and told.kind in {Kind.OTHER, Kind.EMPTY, Kind.EMPTY_MBOX}:
        return Sniffed(Kind.DAMAGED, "It is damaged: its beginning cannot be read.", _WHOLE)
    if torn:  # else a damaged folder of sent mail would be one of the files that are no mail
        return _NOT_BEGUN
    return told


def _told_of(name: str, stream: OctetStream) -> Sniffed:
    """What a file is, by its beginning; of one that is packed, by what is packed, or else by what it is called."""
    head = stream.at(0, _HEAD)
    inner, suffix = os.path.splitext(name)
    form = packing_of(head)
    packed = unpacked(stream.at(0, MOST_PACKED), form, _HEAD) if form else None
    if packed is not None:
        inside = _told(os.path.splitext(inner if suffix.lower() == form else name)[1].lower(), packed)
        return (_foreign(form) if inside.kind in _MAIL else None) or _UNKNOWN
    told = _foreign(form) or _told(suffix.lower(), head)
    return _UNKNOWN if told in _SEALED and not _may_hold_mail(name) else told


def _may_hold_mail(name: str) -> bool:
    """Whether what is packed in a file that we cannot look into is called as mail may be."""
    inner, suffix = os.path.splitext(name)
    inner = _VOLUME.sub("", inner) if suffix.lower() in _SEALED_SUFFIXES else name
    return os.path.splitext(inner)[1].lower() in _MAY_BE_PACKED or is_sent_name(inner)


def _is_torn(octets: bytes) -> bool:
    """Whether it may be mail of which the beginning is gone, or overwritten with zeros, and not any other file."""
    if not octets.strip(b"\0 \t\r\n"):
        return True
    if octets.startswith(b"#!"):
        return False
    fields = {field.lower() for field in _FIELDS.findall(octets)}
    return len(fields) > 1 or bool(_SEPARATOR.search(octets) or _ENCODED_LINES.search(octets))


def _told(suffix: str, head: bytes) -> Sniffed:
    from scanner.connectors.mbox_reader import dialect_of  # noqa: PLC0415 - a Maildir needs nothing of it

    if dialect_of(head):
        return Sniffed(Kind.MBOX)
    if not head.strip():
        return Sniffed(Kind.EMPTY_MBOX if suffix in _BOX_SUFFIXES else Kind.EMPTY, "It is empty.")
    known = _by_magic(head, suffix) or _by_text(head)
    if known is None and suffix in _BOX_SUFFIXES and (not _letter(head) or _SEPARATOR.search(head)):
        return _NOT_BEGUN
    known = known or _letter(head)
    if known is None and suffix in MESSAGE_SUFFIXES and not head.startswith(_APPLE_DOUBLE):
        return Sniffed(Kind.MESSAGE)
    return known or _foreign(suffix) or _UNKNOWN


def _by_magic(head: bytes, suffix: str) -> Sniffed | None:
    place, magic = _TAR_MAGIC
    if head.startswith(magic, place):
        return _foreign(".tar")
    form = next((known for magic, known in _BY_MAGIC if head.startswith(magic)), "")
    document = suffix in _DOCUMENTS or head.startswith(_ZIPPED_DOCUMENTS, _FIRST_ENTRY)
    if document and form in {".zip", ".msg"}:
        return Sniffed(Kind.OTHER, "It is a document or a program, not mail.")
    return _foreign(suffix if suffix in _NOT_YET and form == ".zip" else form)


def _by_text(head: bytes) -> Sniffed | None:
    """Mail in letters or lines of another kind, as other systems and shells write it."""
    from scanner.connectors.mbox_reader import dialect_of  # noqa: PLC0415 - as above

    if _CR_SEPARATOR.match(head):
        return _foreign("cr")
    if not head.startswith(_UTF_16):
        return None
    text = head.decode("utf-16", "ignore").encode()
    return _foreign("utf-16") if dialect_of(text) or _letter(text) else None


def _foreign(form: str) -> Sniffed | None:
    if form not in _NOT_YET:
        return None
    why, hint = _NOT_YET[form]
    return Sniffed(Kind.FOREIGN, why, hint)


_SEALED_SUFFIXES = frozenset((".rar", ".bz2", ".xz", ".zst"))
_SEALED = frozenset(map(_foreign, _SEALED_SUFFIXES))
"""What is told of files that are packed in a way that we cannot look into, or that are damaged."""


def _letter(head: bytes) -> Sniffed | None:
    """A message without a suffix that says so: at least two of the fields that every letter has, and no other lines."""
    if b"\0" in head.lstrip(b"\0")[:_NO_TEXT]:
        # A program or another binary file that only holds fields somewhere, as compiled Python may. What is NUL in
        # front alone is a letter after a crash of its disk.
        return None
    block = read_block(head, begin_of(head))
    if sum(name in block.first for name in _LETTER) < 2 or len(block.defects) > 1:
        return None
    return Sniffed(Kind.MESSAGE)


def is_maildir(folder: Path) -> bool:
    """Whether a folder is a Maildir: `cur` and `new` are in it."""
    # Tools that drop empty folders (git, zip) leave a Maildir without `new`; what marks it then is the file, or the
    # Maildir around a folder that begins with a dot (Maildir++).
    try:
        if not (folder / "cur").is_dir():
            return False
        marked = (folder / "new").is_dir() or (folder / "maildirfolder").is_file()
        return marked or (folder.name.startswith(".") and (folder.parent / "cur").is_dir())
    except PermissionError:
        return False


def holds_mail(path: Path) -> bool:
    """Whether mail lies at a path or below it, or may, since we cannot look. The first that is found ends the search.

    A Maildir is mail although it may be empty; an empty mbox file is none.
    """
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    if not os.path.isdir(path):
        return kind_of(path).kind in _MAIL
    closed: list[OSError] = []
    for folder, below, files in os.walk(path, onerror=closed.append):
        here = Path(folder)
        if is_maildir(here) or any(kind_of(here / name).kind in _MAIL for name in files):
            return True
        below.sort()
    return bool(closed)


def walk_files(root: Path) -> Iterator[Path]:
    """Every file below a folder, and every folder that cannot be listed; in a stable order.

    The messages of Maildirs are left out. Links to folders are not followed.
    """
    closed: list[Path] = []
    for folder, below, files in os.walk(root, onerror=lambda error: closed.append(Path(str(error.filename)))):
        here = Path(folder)
        parts = MAILDIR_PARTS if is_maildir(here) else ()
        below[:] = sorted(name for name in below if name not in parts and not (here / name).is_symlink())
        yield from (here / name for name in sorted(files))
        yield from closed
        closed.clear()
    yield from closed
