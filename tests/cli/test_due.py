"""What is kept longer than the config says is told by status, since only `purge` removes anything."""

from __future__ import annotations

from pathlib import Path

from tests.cli.command import mail, missedbcc


def test_status_says_what_purge_would_remove_now(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    assert missedbcc(tmp_path, "scan", "Sent.mbox", "--internal", "corp.example", "--gate", "30").code in (0, 4)
    assert "retention" not in missedbcc(tmp_path, "status").out
    (tmp_path / "missedbcc.toml").write_text("[retention]\ncleared = 30\n")
    told = missedbcc(tmp_path, "status")
    planned = [one for one in missedbcc(tmp_path, "purge", "--dry-run", "--json").objects if one["event"] == "purge"]
    due = [one for one in missedbcc(tmp_path, "status", "--json").objects if one["event"] == "due"]
    assert due
    assert [(one["kind"], one["count"]) for one in due] == [
        (one["kind"], one["count"]) for one in planned if one["count"]
    ]
    assert "Kept longer than [retention] says: messages that belong to no incident, from before " in told.out
    assert "To remove that, run: missedbcc purge\n" in told.out
    assert missedbcc(tmp_path, "purge", "--yes").code == 0
    assert "Kept longer" not in missedbcc(tmp_path, "status").out
