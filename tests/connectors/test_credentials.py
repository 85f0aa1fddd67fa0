"""Secrets by reference: from where they come, and that they go nowhere else."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from scanner.account import SecretKind, SecretReference
from scanner.connectors import credentials
from scanner.connectors.credentials import secret_bytes, secret_of
from scanner.errors import SettingsError

CANARY = "canary-8f1c"


def env(name: str) -> SecretReference:
    return SecretReference(SecretKind.ENVIRONMENT, name)


def command(line: str) -> SecretReference:
    return SecretReference(SecretKind.COMMAND, line)


def file(path: Path, content: bytes, mode: int = 0o600) -> SecretReference:
    path.write_bytes(content)
    path.chmod(mode)
    return SecretReference(SecretKind.FILE, str(path))


def refused(reference: SecretReference) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        secret_of(reference)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caught.value.hint
    assert CANARY not in shown
    assert caught.value.hint
    return caught.value


def test_each_kind_gives_its_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_SECRET", CANARY)
    assert secret_of(env("MAIL_SECRET")) == CANARY
    assert secret_of(command(f"printf '%s\\n' '{CANARY}'")) == CANARY
    for content in (CANARY, f"{CANARY}\n", f"{CANARY}\r\n", f"{CANARY}\nuser: somebody\n"):
        assert secret_of(file(tmp_path / "secret", content.encode())) == CANARY
    assert secret_of(file(tmp_path / "secret", " zwei Wörter \n".encode())) == " zwei Wörter "


def test_a_mark_that_an_editor_put_before_the_secret_is_no_part_of_it(tmp_path: Path) -> None:
    assert secret_of(file(tmp_path / "secret", b"\xef\xbb\xbfpass word\r\n")) == "pass word"


def test_a_home_folder_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    file(tmp_path / "secret", b"of the house")
    assert secret_of(SecretReference(SecretKind.FILE, "~/secret")) == "of the house"


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIL_SECRET", raising=False)
    error = refused(env("MAIL_SECRET"))
    assert "MAIL_SECRET" in str(error)
    assert "export MAIL_SECRET" in error.hint


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o777])
def test_a_file_that_others_may_open_is_refused_with_the_fix(tmp_path: Path, mode: int) -> None:
    error = refused(file(tmp_path / "a secret", CANARY.encode(), mode))
    assert error.hint == f"Run: chmod 600 '{tmp_path}/a secret'"


def test_a_file_that_is_no_secret_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in str(refused(SecretReference(SecretKind.FILE, str(tmp_path / "absent"))))
    assert "cannot be read" in str(refused(SecretReference(SecretKind.FILE, str(tmp_path))))
    assert "empty" in str(refused(file(tmp_path / "empty", b"")))
    assert "empty" in str(refused(file(tmp_path / "blank", b"\nsecond line")))
    assert "not text" in str(refused(file(tmp_path / "bytes", CANARY.encode() + b"\xff\xfe")))
    assert "too large" in str(refused(file(tmp_path / "large", CANARY.encode() * 10_000)))
    assert "control character" in str(refused(file(tmp_path / "nul", CANARY.encode() + b"\0x")))


def test_a_command_is_run_without_a_shell(tmp_path: Path) -> None:
    assert secret_of(command("echo $HOME; touch it")) == "$HOME; touch it"


def test_a_command_that_fails_says_why_without_its_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "COMMAND_SECONDS", 0.3)
    assert "code 3" in str(refused(command(f"sh -c 'echo {CANARY}; echo {CANARY} >&2; exit 3'")).args[0])
    assert "no answer" in str(refused(command(f"sh -c 'echo {CANARY[:6]}; exec sleep 20'")))
    assert "does not exist" in str(refused(command("no-such-program-here get")))
    assert "open quotation" in str(refused(command("pass 'show")))
    assert "empty" in str(refused(command("")))
    assert "empty" in str(refused(command("true")))


def test_the_bytes_of_a_certificate_are_given_whole(tmp_path: Path) -> None:
    assert secret_bytes(file(tmp_path / "pem", b"one\ntwo\n")) == b"one\ntwo\n"


def credential(name: str) -> SecretReference:
    return SecretReference(SecretKind.CREDENTIAL, name)


def test_a_credential_of_systemd_is_read_where_it_was_laid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mail").write_text(f"{CANARY}\n")
    (tmp_path / "mail").chmod(0o440)  # as systemd leaves it where it works with access lists
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secret_of(credential("mail")) == CANARY
    assert secret_bytes(credential("mail")) == f"{CANARY}\n".encode()
    assert "handed over no credential other" in str(refused(credential("other")))
    (tmp_path / "huge").write_text(CANARY * 20_000)
    assert "too large" in str(refused(credential("huge")))
    (tmp_path / "folder").mkdir()
    assert "cannot be read" in str(refused(credential("folder")))
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    assert "systemd has not started this program" in str(refused(credential("mail")))


BACKEND = f"""
import keyring.backend
class Ring(keyring.backend.KeyringBackend):
    priority = 1
    def set_password(self, service, user, password):
        raise NotImplementedError
    def get_password(self, service, user):
        if service == "broken":
            raise RuntimeError("{CANARY}")
        return "{CANARY}" if (service, user) == ("mail", "anna/corp") else None
"""


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real keyring package with a keyring of the test's own."""
    (tmp_path / "ring_of_the_test.py").write_text(BACKEND)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "ring_of_the_test.Ring")


def keyring(place: str) -> SecretReference:
    return SecretReference(SecretKind.KEYRING, place)


@pytest.mark.usefixtures("ring")
def test_a_keyring_is_asked_for_service_and_user() -> None:
    assert secret_of(keyring("mail/anna/corp")) == CANARY
    assert "holds no secret of otto for mail" in str(refused(keyring("mail/otto")))
    assert "holds no secret" in str(refused(keyring("--help/otto")))


@pytest.mark.usefixtures("ring")
def test_a_keyring_that_fails_or_hangs_is_told_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is locked" in str(refused(keyring("broken/anna")))
    monkeypatch.setattr(credentials, "COMMAND_SECONDS", 0.001)
    assert "no answer" in str(refused(keyring("mail/anna/corp")))


def test_without_the_package_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "find_spec", lambda _name: None)
    refusal = refused(keyring("mail/anna"))
    assert "not installed" in str(refusal)
    assert "missedbcc[keyring]" in refusal.hint
