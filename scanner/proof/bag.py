"""A folder that carries the digests of all it holds: a bag in the form of BagIt 1.0 (RFC 8493)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from scanner.errors import ReportError, SettingsError
from scanner.whole_folder import whole_folder

_DECLARATION: Final = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


TAGS: Final = "tagmanifest-sha256.txt"
"""The file whose digest stands for the whole bag: it has the digests of all others, or of the lists of them."""


class Bag:
    """A bag while it is filled. Files are for their owner alone (0600), folders 0700."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digests: dict[str, str] = {}
        self._octets = 0

    def add(self, name: str, content: bytes) -> str:
        """Put a file below `data/`; gives its SHA-256. A name that was added before is not written again."""
        digest = hashlib.sha256(content).hexdigest()
        path = f"data/{name}"
        if path not in self._digests:
            self._put(path, content)
            self._digests[path] = digest
            self._octets += len(content)
        return digest

    def close(self, info: Mapping[str, str]) -> None:
        """Write the tag files; `info` goes to bag-info.txt (RFC 8493 §2.2.2) beside the size of what was added."""
        said = {**info, "Payload-Oxum": f"{self._octets}.{len(self._digests)}"}
        tags = {
            "bagit.txt": _DECLARATION,
            "bag-info.txt": "".join(f"{label}: {_one_line(text)}\n" for label, text in said.items()),
            "manifest-sha256.txt": _manifest(self._digests),
        }
        for name, text in tags.items():
            self._put(name, text.encode())
        digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in tags.items()}
        self._put(TAGS, _manifest(digests).encode())

    def _put(self, name: str, content: bytes) -> None:
        target = self._folder / PurePosixPath(name)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)


@contextmanager
def new_bag(folder: Path) -> Iterator[Bag]:
    """A bag that appears whole under this name at the end of the block, and not at all after an error.

    Raises SettingsError where something stands there, and ReportError where it cannot be written.
    """
    must_be_free(folder)
    try:
        with whole_folder(folder) as unfinished:
            yield Bag(unfinished)
    except OSError as error:
        raise ReportError(
            f"The bag {folder} cannot be written: {error.strerror or type(error).__name__}.",
            "Name another folder with --to; nothing was left behind.",
        ) from error


def must_be_free(folder: Path) -> None:
    """Raise SettingsError unless a bag can stand there: at a place where nothing is, or an empty folder."""
    try:
        taken = any(folder.iterdir())
    except FileNotFoundError:
        taken = folder.is_symlink()
    except OSError:
        taken = True
    if taken:
        raise SettingsError(f"{folder} is there already.", "Name a new folder with --to.")


def _manifest(digests: Mapping[str, str]) -> str:
    """Lines of digest and path, in the order of paths; line ends and % in paths are escaped (RFC 8493 §2.1.3)."""
    escaped = {path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D"): digests[path] for path in digests}
    return "".join(f"{escaped[path]}  {path}\n" for path in sorted(escaped))


def _one_line(text: str) -> str:
    return " ".join(text.split())
