"""The lock on a workbook: a password, without which no program opens the file ([MS-OFFCRYPTO] agile encryption)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import IO, Any

from scanner.errors import ReportError, SettingsError

SHORTEST, LONGEST = 12, 255  # UTF-16 code units; Excel takes no more than 255
_DIFFERENT = 5  # characters


def must_be_strong(password: str) -> None:
    """Refuse a password that is guessed soon, or that no spreadsheet program takes. Raises SettingsError.

    Whoever has the file can try passwords for as long as they like, so a short one locks nothing. The error never
    holds the password.
    """
    if not password:
        raise SettingsError("The password for the workbook is empty.", _ADVICE)
    if len(password) < SHORTEST:
        raise SettingsError(f"The password for the workbook has fewer than {SHORTEST} characters.", _ADVICE)
    if len(set(password)) < _DIFFERENT:
        raise SettingsError(f"The password for the workbook has fewer than {_DIFFERENT} different characters.", _ADVICE)
    if len(password.encode("utf-16-le", "surrogatepass")) > LONGEST * 2:
        raise SettingsError(f"The password for the workbook has more than {LONGEST} characters.", _ADVICE)
    if not password.isprintable():
        raise SettingsError("The password for the workbook holds a character that cannot be typed.", _ADVICE)


_ADVICE = f"Take {SHORTEST} to {LONGEST} characters, such as five words that do not belong together."


@contextmanager
def locked(target: IO[bytes], password: str) -> Iterator[IO[bytes]]:
    """A stream for a workbook whose bytes reach `target` encrypted at the end of the block; "" leaves them as they are.

    The key is derived from the password by 100,000 rounds of SHA-512, the content is in AES-256 with an HMAC. Until
    then it is in memory, about five times its size at the end, and never on a disk. Two files of the same workbook
    differ, since the salts do. Raises SettingsError for a weak password, ReportError when it cannot be encrypted.
    """
    if not password:
        yield target
        return
    must_be_strong(password)
    with io.BytesIO() as plain:
        yield plain
        ooxml: Any = import_module("msoffcrypto.format.ooxml")  # heavy, and only for whoever wants a lock
        errors: Any = import_module("msoffcrypto.exceptions")
        plain.seek(0)
        try:
            ooxml.OOXMLFile(plain).encrypt(password, target)
        except (errors.EncryptionError, errors.FileFormatError):
            # "from None": nothing of a password may show.
            raise ReportError(
                "The workbook cannot be encrypted.", "Write it without --password into an encrypted folder."
            ) from None
