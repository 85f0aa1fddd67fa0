"""What nobody may miss although a run read everything: who is told of it where nobody watches."""

from __future__ import annotations

from pathlib import Path

from tests.authority import Authority
from tests.cli.command import mail, missedbcc
from tests.cli.test_after import authority, configure, figures, here, letters, log, post, text_of, traces
from tests.telling.run import Post

__all__ = ["authority", "here", "post"]


def test_a_folder_that_shrank_is_told_to_people_log_figures_and_status(
    here: Path, authority: Authority, post: Post
) -> None:
    configure(here, authority, post.port, tell='when = "needed"')
    missedbcc(here, "scan", "--quiet")
    missedbcc(here, "scan", "--quiet")
    assert (len(letters(post)), log(here)[-1]["alarms"]) == (1, {})
    mail(here / "Sent.mbox", [1])
    done = missedbcc(here, "scan", "--quiet")
    assert (done.code, done.err) == (0, "")
    letter = letters(post)[-1]
    assert letter["Subject"] == "missedbcc: nothing new, 2 warnings (trial, run 3)"
    assert "- 1 folder was read again from its start" in text_of(letter)
    assert "- 1 folder no longer holds messages that were found in it before" in text_of(letter)
    assert "Sent.mbox" not in traces(here, post)
    assert log(here)[-1]["alarms"] == {"found_gone": 1, "read_again": 1}
    told = figures(here)
    assert (told["alarmsread_again"], told["alarmsfound_gone"], told["alarmsgone"]) == (1, 1, 0)
    told_here = missedbcc(here, "status")
    assert told_here.code == 0
    assert "Sent.mbox was rewritten since it was last read; it is read from its beginning.\n" in told_here.out
    assert "of the messages that were found in it before; they stay in the case.\n" in told_here.out
    objects = missedbcc(here, "status", "--json").objects
    assert [one["alarms"] for one in objects if one["event"] == "run"][1:] == [{}, {"found_gone": 1, "read_again": 1}]
    assert len([one for one in objects if one["event"] == "notice"]) == 2


def test_status_prints_no_address_with_what_is_to_be_known(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox")
    missedbcc(tmp_path, "scan", "Sent.mbox")  # which notes whom it took for internal
    told = missedbcc(tmp_path, "status").out
    assert "internal" in told
    assert "@corp.example" not in told.replace("…@", "")
