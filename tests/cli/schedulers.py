"""Schedulers of the tests' own behind the names of the real ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CONFIG = '[account.sales]\ntype = "mbox"\npath = "Sent.mbox"\n'
SYSTEMCTL = """#!/bin/sh
for unit; do :; done
case "$*" in
*is-enabled*) said=${IS_ENABLED-$([ -f "$CALLS.on" ] && echo enabled || echo disabled)} ;;
*is-active*) said=${IS_ACTIVE-$([ -f "$CALLS.on" ] && echo active || echo inactive)} ;;
*) echo "$@" >> "$CALLS" ;;
esac
case "$BROKEN" in
"") ;;
*) case "$*" in *$BROKEN*) echo "no bus here" >&2; exit 1 ;; esac ;;
esac
case "$*" in
*is-*) [ -z "$said" ] || echo "$said"; case $said in enabled|active) exit 0 ;; *) exit 3 ;; esac ;;
*enable*) touch "$CALLS.on" ;;
esac
case "$*" in *disable*) rm -f "$CALLS.on" ;; esac
"""
CRONTAB = """#!/bin/sh
case $1 in
-l) case $CRONTAB_FAILS in
    ?*) printf "%s" "$CRONTAB_SAYS"; echo "$CRONTAB_FAILS" >&2; exit "${CRONTAB_CODE:-1}" ;;
    esac
    [ -f "$TABLE" ] || { echo "no crontab for me" >&2; exit 1; }; cat "$TABLE" ;;
-) cat > "$TABLE" ;;
esac
"""


def fake_schedulers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a config; the programs note what they are told in `calls`, the table is in `table`."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in (("systemctl", SYSTEMCTL), ("crontab", CRONTAB)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("TABLE", str(tmp_path / "table"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    folder = tmp_path / "my scans"
    folder.mkdir()
    (folder / "missedbcc.toml").write_text(CONFIG)
    return folder
