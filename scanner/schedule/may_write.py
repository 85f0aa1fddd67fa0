"""Whether a user may write in a folder or to a file, as owner, group and mode say: for whoever a service runs as."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Final

if sys.platform != "win32":  # where no service runs as a user of ours
    import pwd

_LIST: Final = "system.posix_acl_access"
_MAKE: Final = 0o3  # write and search, for others
_CHANGE: Final = 0o2  # a file
_PASS: Final = 0o1


def known(user: str) -> bool:
    """Whether this machine has the user; True where it keeps no such list."""
    return sys.platform == "win32" or _entry(user) is not None


def is_us(user: str) -> bool:
    """Whether what we make belongs to the user."""
    entry = _entry(user)
    return entry is not None and entry.pw_uid == os.geteuid()


def may_write(path: Path, user: str) -> bool | None:
    """Whether the user may make files in a folder, or change a file; root too without its privilege to do so anywhere.

    None where it cannot be told: the user or the path is not there, is closed to us, or has an access list.
    """
    entry = _entry(user)
    if entry is None or not os.access(path, os.F_OK):
        return None
    groups = os.getgrouplist(user, entry.pw_gid)
    told = [_allows(path, entry.pw_uid, groups, _MAKE if path.is_dir() else _CHANGE)]
    if entry.pw_uid != 0:  # our services let root pass every folder (CAP_DAC_READ_SEARCH)
        told += [_allows(parent, entry.pw_uid, groups, _PASS) for parent in path.absolute().parents]
    return False if False in told else None if None in told else True


def _allows(path: Path, uid: int, groups: Collection[int], bits: int) -> bool | None:
    try:
        found = path.stat()
    except OSError:
        return None
    if _LIST in _attributes(path):
        return None
    if found.st_uid == uid:
        bits <<= 6
    elif found.st_gid in groups:
        bits <<= 3
    return found.st_mode & bits == bits


def _entry(user: str) -> pwd.struct_passwd | None:
    if sys.platform == "win32":
        return None
    try:
        return pwd.getpwnam(user)
    except (KeyError, ValueError):
        return None


def _attributes(path: Path) -> list[str]:
    if not hasattr(os, "listxattr"):
        return []
    try:
        return os.listxattr(path)
    except OSError:
        return []
