"""A workbook with a password opens with it and with nothing else, and its text is nowhere in the file."""

from __future__ import annotations

import io
import os
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from reports.encryption import locked, must_be_strong
from reports.safe_file import replacing
from scanner.errors import SettingsError
from tests.reports import manners

msoffcrypto: Any = import_module("msoffcrypto")
errors: Any = import_module("msoffcrypto.exceptions")
PASSWORD = "Käse battery 7 stapler"


def decrypted(file: Path | io.BytesIO, password: str) -> io.BytesIO:
    plain = io.BytesIO()
    with file.open("rb") if isinstance(file, Path) else file as stream:
        opened: Any = msoffcrypto.OfficeFile(stream)
        assert opened.is_encrypted()
        opened.load_key(password=password, verify_password=True)
        opened.decrypt(plain, verify_integrity=True)
    return plain


def encrypted(content: bytes) -> io.BytesIO:
    target = io.BytesIO()
    with locked(target, PASSWORD) as stream:
        stream.write(content)
    target.seek(0)
    return target


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return manners.workbook(tmp_path_factory.mktemp("plain") / "x.xlsx").read_bytes()


def test_the_password_opens_it_and_gives_every_byte(content: bytes) -> None:
    assert decrypted(encrypted(content), PASSWORD).getvalue() == content


def test_another_password_opens_nothing(content: bytes) -> None:
    with pytest.raises(errors.InvalidKeyError):
        decrypted(encrypted(content), PASSWORD + "s")


def test_nothing_of_the_workbook_is_in_the_file(content: bytes) -> None:
    text = encrypted(content).getvalue()
    assert not text.startswith(b"PK")
    for words in (b"worksheets/sheet1.xml", b"[Content_Types].xml", manners.MARK.encode(), PASSWORD.encode()):
        assert words not in text
    assert b"aes" in text.lower()  # the description of the cipher is open
    assert b'keybits="256"' in text.lower()


def test_a_flipped_bit_is_noticed(content: bytes) -> None:
    whole = bytearray(encrypted(content).getvalue())
    whole[len(whole) // 2] ^= 1
    with pytest.raises(errors.InvalidKeyError):
        decrypted(io.BytesIO(bytes(whole)), PASSWORD)


def test_without_a_password_the_stream_is_the_target() -> None:
    target = io.BytesIO()
    with locked(target, "") as stream:
        assert stream is target


def test_a_large_workbook_survives(content: bytes) -> None:
    """Above 7 MB the container needs further sectors of its file table."""
    target = io.BytesIO()
    target.write(content)
    with zipfile.ZipFile(target, "a") as package:
        package.writestr("xl/noise", os.urandom(9_000_000))
    assert decrypted(encrypted(target.getvalue()), PASSWORD).getvalue() == target.getvalue()


def test_no_plain_file_touches_the_disk(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a temporary file was opened")

    path = tmp_path / "x.xlsx"
    with replacing(path) as target:
        for name in ("TemporaryFile", "NamedTemporaryFile", "mkstemp", "SpooledTemporaryFile"):
            monkeypatch.setattr(f"tempfile.{name}", refused)
        with locked(target, PASSWORD) as stream:
            stream.write(content)
        (part,) = tmp_path.iterdir()
        assert b"[Content_Types].xml" not in part.read_bytes()
    assert decrypted(path, PASSWORD).getvalue() == content
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "is empty"),
        ("short", "fewer than 12 characters"),
        ("elevenchars", "fewer than 12 characters"),
        ("aaaaaaaaaaaaaaaa", "fewer than 5 different characters"),
        ("abcde" * 60, "more than 255 characters"),
        ("with a tab\tinside", "cannot be typed"),
        ("lone \ud800 surrogate", "cannot be typed"),
    ],
)
def test_a_weak_password_is_a_sentence_that_does_not_hold_it(password: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as raised:
        must_be_strong(password)
    assert raised.value.hint
    assert not password or password not in f"{raised.value} {raised.value.hint}"


def test_a_weak_password_is_refused_before_anything_is_written() -> None:
    with pytest.raises(SettingsError), locked(io.BytesIO(), "short"):
        raise AssertionError("the block ran")
