"""A workbook that comes back, as a package that can be read without harm; or what is wrong with it, in a sentence."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final
from xml.parsers.expat import ExpatError

from scanner.errors import ReportError

_ZIP: Final = b"PK\x03\x04"
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB]: an encrypted workbook, or one of before 2007
_MOST_PARTS: Final = 20_000
_MOST_BYTES: Final = 8_000_000_000  # of all parts together, as they unfold
_SMALL: Final = 32_000_000
_MOST_RATIO: Final = 300  # of a part that is not small; sheets of a million rows come to 30
_MOST_ROUNDS: Final = 10_000_000  # [MS-OFFCRYPTO] 2.3.4.10, spinCount
_ODD: Final = (ValueError, OSError, LookupError, TypeError, AttributeError, struct.error, ExpatError)
"""What the library that decrypts raises, beside errors of its own, where a file is not as it should be."""
_SAVE: Final = "Open it in a spreadsheet program and save it as Excel workbook (.xlsx)."
_AGAIN: Final = "Ask for the file again, or open it in a spreadsheet program and save it anew."


@contextmanager
def returned(path: Path, password: str = "") -> Iterator[zipfile.ZipFile]:
    """The package, decrypted in memory where it is encrypted. Raises ReportError; the file is never changed."""
    with _told(path), path.open("rb") as file, _package(path, file, password) as package:
        _must_be_harmless(path, package)
        _must_be_workbook(path, package)
        yield package


def unlocked(path: Path, password: str) -> IO[bytes]:
    """The octets of the package in an encrypted workbook, in memory alone. Raises ReportError; see `returned`."""
    with _told(path), path.open("rb") as file:
        inside = _decrypted(path, file, password)
        with zipfile.ZipFile(inside) as package:
            _must_be_harmless(path, package)
        inside.seek(0)
        return inside


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise ReportError(f"{path} is damaged: it cannot be unpacked.", _AGAIN) from error
    except OSError as error:
        raise ReportError(
            f"{path} cannot be read: {error.strerror or type(error).__name__}.", "Check its path and its rights."
        ) from error


def opened_elsewhere(path: Path) -> Path | None:
    """The lock file that LibreOffice or Excel keeps beside a workbook while somebody has it open; None without one."""
    locks = (path.with_name(f".~lock.{path.name}#"), path.with_name(f"~${path.name}"))
    return next((lock for lock in locks if lock.exists()), None)


def _package(path: Path, file: IO[bytes], password: str) -> zipfile.ZipFile:
    start = file.read(8)
    file.seek(0)
    if start == _COMPOUND:
        return zipfile.ZipFile(_decrypted(path, file, password))
    if not start.startswith(_ZIP):
        raise ReportError(f"{path} is no workbook: {_looks_like(path, start)}.", _SAVE)
    return zipfile.ZipFile(file)


def _looks_like(path: Path, start: bytes) -> str:
    if not start:
        return "it is empty"
    if path.suffix.lower() in (".csv", ".tsv", ".txt"):
        return "a text file keeps no decisions"
    return "it is of another kind"


def _decrypted(path: Path, file: IO[bytes], password: str) -> IO[bytes]:
    """What is inside [MS-OFFCRYPTO] encryption; only in memory, never on a disk."""
    msoffcrypto = import_module("msoffcrypto")
    errors = import_module("msoffcrypto.exceptions")
    failures = (*_ODD, errors.FileFormatError, errors.ParseError, errors.DecryptionError)
    damaged = ReportError(f"{path} is damaged: it cannot be decrypted.", _AGAIN)
    try:
        locked: Any = msoffcrypto.OfficeFile(file)
        encrypted = locked.format == "ooxml" and locked.is_encrypted()
        rounds = locked.info.get("spinValue", 0) if encrypted else 0
    except failures as error:
        raise damaged from error
    if not encrypted:
        raise ReportError(f"{path} is a workbook in the format of before 2007.", _SAVE)
    if not password:
        raise ReportError(
            f"{path} is encrypted.",
            "Say where its password is kept with --decisions-password, for example env:NAME or file:PATH.",
        )
    if rounds > _MOST_ROUNDS:
        raise damaged
    inside = io.BytesIO()
    try:
        locked.load_key(password=password, verify_password=True)
    except errors.InvalidKeyError:
        # "from None": nothing of a password may show.
        raise ReportError(
            f"{path} is encrypted with another password.", "Say where its own is kept with --decisions-password."
        ) from None
    except failures:
        raise damaged from None
    try:
        locked.decrypt(inside, verify_integrity=True)
    except (*failures, errors.InvalidKeyError) as error:
        raise damaged from error
    inside.seek(0)
    return inside


def _must_be_harmless(path: Path, package: zipfile.ZipFile) -> None:
    """Refuse a small file that unfolds to a huge one, and parts that define names of their own (a DTD)."""
    parts = package.infolist()
    large = sum(part.file_size for part in parts) > _MOST_BYTES or len(parts) > _MOST_PARTS
    swollen = (p for p in parts if p.file_size > _SMALL and p.file_size > _MOST_RATIO * max(p.compress_size, 1))
    locked = any(part.flag_bits & 1 for part in parts)
    strange = large or locked or any(swollen)
    if not strange:
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with package.open(part) as stream:
                    strange = strange or b"<!DOCTYPE" in stream.read(2048)
    if strange:
        raise ReportError(f"{path} is made in a way that no spreadsheet program writes; it was not read.", _SAVE)


def _must_be_workbook(path: Path, package: zipfile.ZipFile) -> None:
    names = set(package.namelist())
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise ReportError(f"{path} is a binary workbook (.xlsb), which is not read.", _SAVE)
    if "mimetype" in names and "content.xml" in names:
        raise ReportError(f"{path} is an OpenDocument file (.ods), which is not read.", _SAVE)
    raise ReportError(f"{path} is an archive, but no workbook.", _SAVE)
