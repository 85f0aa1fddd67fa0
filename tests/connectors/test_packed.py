"""Files beside the mail that are packed, or called like a folder of sent mail: which leave a scan incomplete."""

from __future__ import annotations

import base64
import bz2
import lzma
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scanner.connectors.packed import packing_of, unpacked
from scanner.connectors.tree import Kind, kind_of
from tests.connectors.test_discover import MBOX
from tests.contract import LETTERS

LOG = b'192.0.2.7 - - [15/Mar/2024:09:30:00 +0000] "GET / HTTP/1.1" 200 512\n' * 900
TAR = b"Sent".ljust(257, b"\0") + b"ustar".ljust(255, b"\0")
ZST, RAR = b"\x28\xb5\x2f\xfd" + b"\0" * 60, b"Rar!\x1a\7\0" + b"\0" * 60
BLOCK = bytes(range(256)) * 3600  # more than a block of bzip2 holds


def kind(folder: Path, name: str, content: bytes) -> Kind:
    (folder / name).write_bytes(content)
    return kind_of(folder / name).kind


@pytest.mark.parametrize("name", ["access.log", "Sent.mbox", "x", "x.tar"])
@pytest.mark.parametrize(("suffix", "pack"), [(".bz2", bz2.compress), (".xz", lzma.compress), ("", lzma.compress)])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (MBOX, Kind.FOREIGN),
        (MBOX + BLOCK, Kind.FOREIGN),
        (LETTERS[0], Kind.FOREIGN),
        (TAR, Kind.FOREIGN),
        (b"!BDN" + bytes(600), Kind.FOREIGN),
        (LOG, Kind.OTHER),
        (b"hello\n", Kind.OTHER),
        (BLOCK, Kind.OTHER),
    ],
    ids=["mbox", "mbox and more", "letter", "tar", "pst", "log", "text", "binary"],
)
def test_bzip2_and_xz_are_looked_into(
    tmp_path: Path, name: str, suffix: str, pack: Callable[[bytes], bytes], content: bytes, expected: Kind
) -> None:
    if name in {"Sent.mbox", "x.tar"}:  # of what cannot be told, such a name says enough
        expected = Kind.FOREIGN
    assert kind(tmp_path, f"{name}{suffix}", pack(content)) is expected


@pytest.mark.parametrize("form", [".bz2", ".xz"])
def test_what_is_packed_gives_no_more_than_was_asked_for(form: str) -> None:
    huge = (bz2 if form == ".bz2" else lzma).compress(bytes(50_000_000))
    assert packing_of(huge) == form
    assert unpacked(huge, form, 8192) == bytes(8192)


@pytest.mark.parametrize("form", [".bz2", ".xz"])
def test_a_packed_file_that_is_damaged_or_cannot_be_unpacked_is_judged_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    whole = (bz2 if form == ".bz2" else lzma).compress(MBOX)
    for content in (whole[:14], whole[:12] + b"\xff" * 60):
        assert kind(tmp_path, f"Sent.mbox{form}", content) is Kind.FOREIGN
        assert kind(tmp_path, f"access.log{form}", content) is Kind.OTHER
    monkeypatch.setitem(sys.modules, "bz2", None)
    monkeypatch.setitem(sys.modules, "lzma", None)
    assert kind(tmp_path, f"Sent.mbox{form}", whole) is Kind.FOREIGN
    assert kind(tmp_path, f"access.log{form}", whole) is Kind.OTHER


def test_text_that_begins_like_bzip2_is_text(tmp_path: Path) -> None:
    assert kind(tmp_path, "notes", b"BZh is how such a file begins.\n") is Kind.OTHER
    assert kind(tmp_path, "notes.txt", b"BZh9 is how such a file begins.\n") is Kind.OTHER


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *((name, Kind.FOREIGN) for name in ("mail", "Sent.mbox", "box.mbx", "1.eml", "1.emlx", "old.pst", "all.tar")),
        *((name, Kind.FOREIGN) for name in ("Gesendet 2019", "backup.Sent", "mail.part1")),
        *((name, Kind.OTHER) for name in ("access.log", "dump.sql", "photos.part1.jpg", "disk.img")),
    ],
)
def test_what_cannot_be_looked_into_is_judged_by_its_name(tmp_path: Path, name: str, expected: Kind) -> None:
    rar = Kind.FOREIGN if name == "mail.part1" else expected
    assert kind(tmp_path, f"{name}.rar", RAR) is rar
    assert kind(tmp_path, f"{name}.zst", ZST) is expected
    assert kind(tmp_path, f"{name}.ZST", ZST) is expected


REST = b"of them all.\n\nBest regards\nAnn\n\n"


@pytest.mark.parametrize("name", ["Sent", "gesendet", "Sent Items", "Sent-2019"])
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (bytes(5000), Kind.DAMAGED),
        (bytes(9000) + MBOX, Kind.DAMAGED),
        (bytes(700) + REST + MBOX, Kind.DAMAGED),
        (REST + MBOX, Kind.DAMAGED),
        (REST * 1000 + MBOX, Kind.DAMAGED),
        (b"e.example (192.0.2.1)\nMIME-Version: 1.0\nContent-Type: text/plain\n\n" + REST, Kind.DAMAGED),
        (base64.encodebytes(BLOCK[:5000])[9:], Kind.DAMAGED),
        (b"hi\n", Kind.OTHER),
        (b"Name,Sent,To\nAnn,1,2\n", Kind.OTHER),
        (b"#!/bin/sh\nsendmail -t <<END\nFrom: ann@x.example\nTo: bea@x.example\nEND\n", Kind.OTHER),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + BLOCK, Kind.OTHER),
        (b"PK\3\4" + bytes(26) + b"[Content_Types].xml" + bytes(200), Kind.OTHER),
        (b"PK\3\4" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", Kind.OTHER),
        (b"PK\3\4" + bytes(26) + b"one.eml" + bytes(200), Kind.FOREIGN),
    ],
)
def test_a_file_that_is_called_like_sent_mail_is_damaged_only_where_it_may_be_mail(
    tmp_path: Path, name: str, content: bytes, expected: Kind
) -> None:
    assert kind(tmp_path, name, content) is expected
