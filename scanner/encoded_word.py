"""RFC 2047 encoded words and unlabelled 8-bit text, to str: in linear time, never failing, no lone surrogates."""

from __future__ import annotations

import binascii
import re
from encodings.aliases import aliases
from typing import NamedTuple

from scanner.defect import Defect

_OPENING = re.compile(rb"=\?([A-Za-z0-9_.:+-]{0,60}+)(?:\*[A-Za-z0-9-]{0,20}+)?\?([bBqQ])\?(?:(?=([^?\n]*+)\?=)|)")
_USUAL = re.compile(rb"=\?[uU][tT][fF]-8\?([bBqQ])\?([^?\s]*+)\?=\Z")  # all of the text in one word
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_ALL_HEX = re.compile(rb"[^=]*+(?>(?:=[0-9A-Fa-f]{2}[^=]*+)*)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]++")
_FOLD = re.compile(rb"\r?\n[ \t]*+")
_HIGH = re.compile(rb"[\x80-\xff]++")
_UTF8_SEQUENCE = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_STRETCHED_AT_MOST = 65_536  # bytes; longer text is not worth the time that two mixed character sets cost
_Q = (b"q", b"Q")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]++")
_SURROGATE = re.compile("[\ud800-\udfff]")

# Labels that Python does not know, or whose common superset is what senders mean (WHATWG Encoding §4.2).
_MEANT = {
    "": "",
    "ascii": "ascii",
    "us_ascii": "ascii",
    "ansi_x3.4_1968": "ascii",
    "iso_8859_1": "cp1252",
    "latin1": "cp1252",
    "latin_1": "cp1252",
    "iso8859_1": "cp1252",
    "iso_8859_9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x_gbk": "gb18030",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "ks_c_5601_1987": "cp949",
    "ks_c_5601": "cp949",
    "euc_kr": "cp949",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_6_i": "iso8859_6",
    "windows_874": "cp874",
    "windows_31j": "cp932",
    "tis_620": "cp874",
    "x_mac_roman": "mac_roman",
    "unicode_1_1_utf_7": "utf_7",
    "x_unicode_2_0_utf_7": "utf_7",
    "utf_8": "utf_8",
}
# Codecs that are no character sets of mail, or whose decoding time is not linear.
_NEVER = frozenset({"punycode", "idna", "mbcs", "oem", "undefined", "unicode_escape", "raw_unicode_escape"})
_NOT_TEXT = frozenset({"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"})
# Codecs of Python that its table of aliases leaves out.
_WITHOUT_ALIAS = ("cp737", "cp856", "cp874", "cp1006", "koi8_t", "koi8_u", "mac_croatian", "mac_romanian", "utf_8_sig")
_CHARSETS = {
    name: name for name in (*aliases.values(), *_WITHOUT_ALIAS) if name not in _NEVER and name not in _NOT_TEXT
}  # every codec under its own name


class Piece(NamedTuple):
    """A stretch of decoded text, and whether it was an encoded word."""

    text: str
    encoded: bool


def decode_text(value: bytes) -> tuple[str, tuple[Defect, ...]]:
    """The text of an unstructured field body (RFC 5322 §2.2.1), unfolded and decoded (RFC 2047), and what was odd.

    Encoded words next to one another are joined before decoding, so that a character split between them is whole.
    Bytes without a character set are read as UTF-8, then as Windows-1252. An unknown character set is read likewise.
    """
    if value.find(b"=?") < 0 and value.isascii():  # find, because "in bytes" raises and drops an error on its way
        text = value.decode("ascii").strip(" \t\r\n")
        return (_unfolded(text) if "\n" in text or "\r" in text else text), ()
    usual = _USUAL.match(value)
    encoding, payload = usual.groups() if usual else (b"", b"")
    if usual and (encoding in _Q or payload.find(b"@") < 0):
        data = _quoted(payload) if encoding in _Q else _base64(payload)
        try:
            text = data.decode("utf-8")
            return (text if text.isprintable() else _CONTROLS.sub(" ", text)).strip(), ()
        except UnicodeDecodeError:
            pass  # named wrongly: the long way finds out
    pieces, defects = split_encoded(value)
    text = "".join(piece.text for piece in pieces).strip(" \t\r\n")
    return _unfolded(text), tuple(sorted(defects))


def split_encoded(value: bytes) -> tuple[list[Piece], set[Defect]]:
    """A field body cut into plain and encoded stretches, in order. White space between encoded words is gone (§6.2)."""
    defects: set[Defect] = set()
    pieces: list[Piece] = []
    run: list[tuple[str, bytes]] = []  # encoded words next to one another: label and bytes
    done = 0
    for begin, payload, label, end in _encoded_words(value):
        between = value[done:begin]
        if between.strip() or not run:
            _close(run, pieces, defects)
            if between:
                pieces.append(Piece(_guessed(between, defects), encoded=False))
        run.append((label, payload))
        done = end
    _close(run, pieces, defects)
    if done < len(value):
        pieces.append(Piece(_guessed(value[done:], defects), encoded=False))
    return pieces, defects


def decode_labelled(data: bytes, label: str) -> str:
    """A text whose character set is named (RFC 2046 §4.1.2): "" for none. Read as by `decode_text` where it is not."""
    return _labelled(data, label, set())


def _encoded_words(value: bytes) -> list[tuple[int, bytes, str, int]]:
    """Begin, decoded bytes, label and end of every encoded word. One that a second opening follows was never closed."""
    found = []
    openings = list(_OPENING.finditer(value))
    done = 0
    closing = -1
    for index, opening in enumerate(openings):
        start, behind = opening.span()
        if start < done:
            continue
        label, encoding, payload = opening.groups()
        if payload is not None:  # without a question mark in it, as nearly all are
            closing = behind + len(payload)
        else:
            if closing < behind:  # looked for once a closing, so that many openings cost no more than one
                closing = value.find(b"?=", behind)
                if closing < 0:
                    break
            if index + 1 < len(openings) and openings[index + 1].start() < closing:
                continue
            payload = _FOLD.sub(b"", value[behind:closing])
        if encoding in _Q:
            decoded = _quoted(payload)
        elif payload.find(b"@") >= 0:
            continue  # no Base64, and an address would be lost
        else:
            decoded = _base64(payload)
        done = closing + 2
        found.append((start, decoded, label.decode("ascii"), done))
    return found


def _close(run: list[tuple[str, bytes]], pieces: list[Piece], defects: set[Defect]) -> None:
    """End a run of adjacent encoded words: one piece, each stretch of one character set decoded as a whole."""
    if not run:
        return
    texts = []
    label, parts = run[0][0], [run[0][1]]
    for next_label, data in run[1:]:
        if next_label.lower() != label.lower():
            texts.append(_labelled(b"".join(parts), label, defects))
            label, parts = next_label, []
        parts.append(data)
    texts.append(_labelled(b"".join(parts), label, defects))
    pieces.append(Piece(_CONTROLS.sub(" ", "".join(texts)), encoded=True))
    run.clear()


def _quoted(payload: bytes) -> bytes:
    """The Q encoding (RFC 2047 §4.2); what is no =XX stays as it is."""
    if payload.find(b"=") < 0:
        return payload.replace(b"_", b" ")
    if _ALL_HEX.fullmatch(payload):
        return binascii.a2b_qp(payload, header=True)  # several times as fast, but it has its own ways with a stray =
    return _HEX.sub(_byte, payload.replace(b"_", b" "))


def _byte(match: re.Match[bytes]) -> bytes:
    return binascii.unhexlify(match[1])


def _base64(payload: bytes) -> bytes:
    """The B encoding (RFC 2047 §4.1), each padded part for itself; foreign bytes and a cut end are forgiven."""
    if len(payload) % 4 == 0 and payload.find(b"=", 0, -2) < 0:
        try:
            return binascii.a2b_base64(payload, strict_mode=True)
        except binascii.Error:
            pass
    decoded = []
    for part in payload.split(b"="):
        letters = _NOT_BASE64.sub(b"", part)
        if len(letters) % 4 == 1:
            letters = letters[:-1]
        decoded.append(binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)))
    return b"".join(decoded)


def _labelled(data: bytes, label: str, defects: set[Defect]) -> str:
    codec = _codec(label)
    if codec is None:
        defects.add(Defect.UNKNOWN_CHARSET)
        return _utf8_or_western(data)
    try:
        text = data.decode(codec)
    except UnicodeError:
        defects.add(Defect.UNKNOWN_CHARSET)
        return _utf8_or_western(data)
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text) if codec == "utf_7" else text


def _codec(label: str) -> str | None:
    """The codec that a label means, None for an unknown one. Never looked up by import, which is slow when it fails."""
    name = label.lower().replace("-", "_")
    if name in _MEANT:
        return _MEANT[name] or None
    return _CHARSETS.get(name) or _CHARSETS.get(aliases.get(name, ""))


def _guessed(data: bytes, defects: set[Defect]) -> str:
    """Text that names no character set."""
    if data.isascii():
        return data.decode("ascii")
    defects.add(Defect.RAW_8BIT)
    return _utf8_or_western(data)


def _utf8_or_western(data: bytes) -> str:
    """UTF-8 if it is that; else each stretch of high bytes for itself, so that one bad byte spoils no neighbour."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        if len(data) > _STRETCHED_AT_MOST or not _UTF8_SEQUENCE.search(data):
            return _western(data)
    return _HIGH.sub(lambda match: _stretch(match[0]).encode("utf-8"), data).decode("utf-8")


def _stretch(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _western(data)


def _western(data: bytes) -> str:
    """Windows-1252, and ISO 8859-1 for the five bytes that it leaves undefined."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _unfolded(text: str) -> str:
    """One line: each line break with the white space around it is one space."""
    lines = (line.strip(" \t") for line in text.replace("\r", "\n").split("\n"))
    return " ".join(line for line in lines if line)
