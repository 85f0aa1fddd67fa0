"""Bags of original messages: byte for byte, complete or saying what is missing, valid for other programs."""

from __future__ import annotations

import csv
import json
import stat
from hashlib import sha256
from pathlib import Path

import bagit
import pytest

from scanner.account import Account
from scanner.connectors.as_scanned import digest_matches
from scanner.envelope import Locator
from scanner.headers import parse_envelope
from tests.cli.command import mail, message, missedbcc
from tests.cli.test_imap import RIGHT, config
from tests.dovecot import PASSWORD, Dovecot

ONE = [1, 2, 12]


def scanned(folder: Path, *words: str) -> str:
    """The id of the one incident of a scan."""
    assert missedbcc(folder, "scan", *words, "--internal", "corp.example").code == 4
    return incident_of(folder)


def incident_of(folder: Path) -> str:
    from openpyxl import load_workbook  # noqa: PLC0415

    sheet = load_workbook(folder / "missedbcc-case/missedbcc-run-0001.xlsx")["Incidents"]
    return str(next(row[0].value for row in sheet.iter_rows(min_row=2) if str(row[0].value).startswith("I-")))


def rows(bag: Path, name: str = "locators") -> list[dict[str, str]]:
    with (bag / f"data/{name}.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_a_message_of_an_mbox_is_bagged_byte_for_byte(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox", ONE)
    name = scanned(tmp_path, "Sent.mbox")
    ended = missedbcc(tmp_path, "evidence", name, "--to", "bag")
    assert (ended.code, ended.out) == (0, "bag\n")
    bag = tmp_path / "bag"
    (file,) = (bag / "data/messages").iterdir()
    assert file.read_bytes() == message(2, 12)
    assert file.name == f"{sha256(message(2, 12)).hexdigest()}.eml"
    (row,) = rows(bag)
    assert (row["header_matches"], row["same_message"], row["file"]) == ("yes", "yes", f"data/messages/{file.name}")
    assert json.loads((bag / "data/incident.json").read_bytes())["id"] == name
    assert not (bag / "data/missing.csv").exists()


def test_a_bag_is_valid_and_for_its_owner_alone(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox", ONE)
    missedbcc(tmp_path, "evidence", scanned(tmp_path, "Sent.mbox"), "--to", "deep/er/bag")
    folder = tmp_path / "deep/er/bag"
    bag = bagit.Bag(str(folder))
    assert bag.validate()
    assert bag.version_info == (1, 0)
    assert set(bag.algorithms) == {"sha256"}
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    assert modes == {True: 0o700, False: 0o600}
    file = next((folder / "data/messages").iterdir())
    file.write_bytes(file.read_bytes().replace(b"Hello", b"Hallo"))
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(folder)).validate()


def test_what_is_gone_is_listed_and_the_rest_is_bagged(tmp_path: Path) -> None:
    for place in ("one", "two"):
        (tmp_path / "mail" / place).mkdir(parents=True)
        (tmp_path / "mail" / place / "letter.eml").write_bytes(message(7, 12))
    name = scanned(tmp_path, "mail")
    (tmp_path / "mail/two/letter.eml").unlink()
    ended = missedbcc(tmp_path, "evidence", name, "--to", "bag")
    assert ended.code == 3
    assert "two" in ended.err
    (gone,) = rows(tmp_path / "bag", "missing")
    assert gone["reason"]
    assert len(rows(tmp_path / "bag")) == 1
    assert bagit.Bag(str(tmp_path / "bag")).validate()


def test_without_a_single_message_there_is_no_bag(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox", ONE)
    name = scanned(tmp_path, "Sent.mbox")
    (tmp_path / "Sent.mbox").unlink()
    ended = missedbcc(tmp_path, "evidence", name, "--to", "bag")
    assert (ended.code, ended.out) == (1, "")
    assert "Sent.mbox is not there any more, nor an account of the config: it was deleted, moved" in ended.err
    assert {path.name for path in tmp_path.iterdir()} == {"missedbcc-case"}


def test_one_reason_for_many_messages_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    for number in range(3):
        (tmp_path / f"mail/{number}.eml").write_bytes(message(7, 12))
    name = scanned(tmp_path, "mail")
    (tmp_path / "mail").rename(tmp_path / "away")
    ended = missedbcc(tmp_path, "evidence", name, "--to", "bag", "--json")
    assert ended.code == 1
    first, more, last = (told["sentence"] for told in ended.told)
    assert "mail is not there any more, nor an account of the config: it was deleted" in first
    assert more == "mail: 2 more messages, for the same reason."
    assert last == "Not one message of the incident could be had, so no bag was written."
    assert [one["event"] for one in ended.objects] == ["missing"] * 3 + ["result"]
    assert (ended.objects[-1]["error"], ended.objects[-1]["exit_code"]) == (last, 1)
    wrong = missedbcc(tmp_path, "evidence", "I-NOTHING234", "--to", "bag", "--json")
    assert (wrong.code, wrong.objects[-1]["incident"], wrong.objects[-1]["exit_code"]) == (2, "I-NOTHING234", 2)


def test_an_archive_that_was_moved_is_named(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox", ONE)
    name = scanned(tmp_path, "Sent.mbox")
    (tmp_path / "backup").mkdir()
    (tmp_path / "Sent.mbox").rename(tmp_path / "backup/Sent.mbox")
    assert missedbcc(tmp_path, "evidence", name, "--to", "bag").code == 1
    assert missedbcc(tmp_path, "evidence", name, "backup/Sent.mbox", "--to", "bag").code == 0
    assert rows(tmp_path / "bag")[0]["header_matches"] == "yes"


def test_another_message_in_the_same_place_is_told(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox", ONE)
    name = scanned(tmp_path, "Sent.mbox")
    whole = (tmp_path / "Sent.mbox").read_bytes()
    (tmp_path / "Sent.mbox").write_bytes(whole.replace(b"Newsletter about kkm", b"Newsletter about xxm"))
    assert missedbcc(tmp_path, "evidence", name, "--to", "bag").code == 0
    (row,) = rows(tmp_path / "bag")
    assert (row["header_matches"], row["same_message"]) == ("no", "not shown")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("I-NOTHING234", "--to", "bag"), 2, "No incident of missedbcc-case has the id I-NOTHING234."),
        (("{id}", "--to", "Sent.mbox"), 2, "Sent.mbox is there already."),
        (("{id}", "--to", "missedbcc-case"), 2, "missedbcc-case is in the case folder missedbcc-case"),
        (("{id}", "--to", "bag", "--case", "nowhere"), 2, "There is no case in nowhere."),
        (("{id}", "none.mbox", "--to", "bag"), 2, "none.mbox"),
        (("{id}", "--to", "Sent.mbox/bag"), 2, "Sent.mbox/bag is there already."),
        (("{id}",), 2, "--to"),
        (("{id}", "{id}", "--to", "bag"), 2, "A bag holds one incident.\nRun the command once for each"),
        (("--all", "--to", "bag"), 2, "No such option: --all"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path: Path, words: tuple[str, ...], code: int, told: str) -> None:
    mail(tmp_path / "Sent.mbox", ONE)
    name = scanned(tmp_path, "Sent.mbox")
    ended = missedbcc(tmp_path, "evidence", *(word.replace("{id}", name) for word in words))
    assert (ended.code, ended.out) == (code, "")
    assert told in ended.err
    assert not (tmp_path / "bag").exists()


def test_a_wrong_id_is_shown_the_nearest(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox", ONE)
    name = scanned(tmp_path, "Sent.mbox")
    ended = missedbcc(tmp_path, "evidence", name[:-1], "--to", "bag")
    assert f"Did you mean {name}?" in ended.err
    assert missedbcc(tmp_path, "evidence", name.lower(), "--to", "bag").code == 0


def test_cells_of_a_table_begin_no_formula(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail/=HYPERLINK(1).eml").write_bytes(message(7, 12))
    missedbcc(tmp_path, "evidence", scanned(tmp_path, "mail"), "--to", "bag")
    assert rows(tmp_path / "bag")[0]["key"] == "'=HYPERLINK(1).eml"


@pytest.mark.dovecot
def test_a_server_gives_the_message_and_keeps_its_mailbox(
    tmp_path: Path, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.fill("bagged", [message(number, many) for number, many in enumerate(ONE)])
    config(tmp_path, dovecot, "bagged", RIGHT)
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    assert missedbcc(tmp_path, "scan").code == 4
    before = dovecot.state("bagged")
    dovecot.record("bagged")
    ended = missedbcc(tmp_path, "evidence", incident_of(tmp_path), "--to", "bag")
    assert ended.code == 0, ended.err
    (row,) = rows(tmp_path / "bag")
    assert (row["header_matches"], row["same_message"]) == ("yes", "yes")
    raw = (tmp_path / "bag" / row["file"]).read_bytes()
    assert raw.replace(b"\r\n", b"\n") == message(2, 12)
    assert dovecot.state("bagged") == before
    said = dovecot.recorded("bagged").upper()
    assert b"EXAMINE" in said
    assert b"BODY.PEEK[]" in said
    assert not any(word in said for word in (b"SELECT ", b"STORE", b" COPY", b"EXPUNGE", b"APPEND"))
    for path in (dovecot.maildir("bagged") / "cur").iterdir():
        path.unlink()
    gone = missedbcc(tmp_path, "evidence", incident_of(tmp_path), "--to", "second")
    assert gone.code == 1
    first, last = gone.err.splitlines()
    assert first.endswith("is not there any more. It was moved or deleted since.")
    assert first.startswith("The message ")
    assert last.startswith("Not one message of the incident could be had")


def test_a_digest_that_cannot_be_made_again_is_not_called_wrong() -> None:
    raw = message(1, 3)
    whole = parse_envelope(raw, Locator("a", "f", "k")).digest
    assert digest_matches(Account("a", "mbox"), raw, whole) is True
    assert digest_matches(Account("a", "mbox"), raw, "0" * 64) is False
    assert digest_matches(Account("a", "imap"), raw, "0" * 64) is None
    assert digest_matches(Account("a", "graph"), raw, whole) is None
    assert digest_matches(Account("a", "mbox"), raw, "") is None


@pytest.mark.parametrize("place", ["missedbcc-case", "missedbcc-case/bag", "missedbcc-case/no/../bag"])
def test_a_bag_does_not_lie_in_the_case_folder(tmp_path: Path, place: str) -> None:
    mail(tmp_path / "Sent.mbox", ONE)
    name = scanned(tmp_path, "Sent.mbox")
    ended = missedbcc(tmp_path, "evidence", name, "--to", place)
    assert (ended.code, ended.out) == (2, "")
    assert "is in the case folder missedbcc-case" in ended.err
    assert missedbcc(tmp_path, "verify").code == 0


def test_a_bag_leaves_its_digest_in_the_case(tmp_path: Path) -> None:
    mail(tmp_path / "Sent.mbox", ONE)
    name = scanned(tmp_path, "Sent.mbox")
    assert missedbcc(tmp_path, "evidence", name, "--to", "bag").code == 0
    facts = json.loads((tmp_path / "missedbcc-case/manifests/run-0001-evidence-2.json").read_bytes())
    assert (facts["kind"], facts["incident"], facts["database"]) == ("evidence", name, None)
    assert facts["done"] == {"messages": 1, "places": 1, "missing": 0}
    assert facts["bag"] == sha256((tmp_path / "bag/tagmanifest-sha256.txt").read_bytes()).hexdigest()
    assert missedbcc(tmp_path, "verify").code == 0
    database = tmp_path / "missedbcc-case/case.sqlite"
    database.write_bytes(database.read_bytes() + b" ")
    assert missedbcc(tmp_path, "verify").code == 1
