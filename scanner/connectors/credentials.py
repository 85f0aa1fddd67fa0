"""The way from a reference to the secret itself, taken at the moment of use and nowhere else.

A secret that cannot be had is a `SettingsError` that names the place and the next step, never the secret.
"""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from scanner.account import SecretKind, SecretReference, keyring_place
from scanner.errors import SettingsError

COMMAND_SECONDS = 60.0  # a password manager may ask its owner for a finger or a PIN
MAX_BYTES = 64 * 1024  # tokens of Exchange Online are 2 to 4 KB
DIRECTORY: Final = "CREDENTIALS_DIRECTORY"  # systemd.exec(5), Credentials


def secret_of(reference: SecretReference) -> str:
    """The secret: the first line, or all of an environment variable, that the reference leads to.

    Raises `SettingsError`. The answer is for the next call only: do not keep it, log it or put it into an error.
    """
    return _line_of(_READERS[reference.kind](reference), reference)


def secret_bytes(reference: SecretReference) -> bytes:
    """The whole content at the reference, for a PEM file with key and certificate. Raises `SettingsError`."""
    return _READERS[reference.kind](reference)


def _line_of(content: bytes, reference: SecretReference) -> str:
    try:
        text = content.decode("utf-8-sig")  # some editors write a mark at the beginning of a file
    except UnicodeDecodeError:
        # "from None": the bytes that failed to decode are part of the original error.
        raise SettingsError(f"The secret at {reference} is not text.", "Store it as UTF-8.") from None
    first, _, _ = text.replace("\r\n", "\n").partition("\n")
    if not first:
        raise SettingsError(f"The secret at {reference} is empty.", "Store the secret in its first line.")
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in first):
        raise SettingsError(
            f"The secret at {reference} holds a control character, which no login can carry.",
            "Store the secret alone in the first line.",
        )
    return first


def _from_environment(reference: SecretReference) -> bytes:
    value = os.environ.get(reference.place)
    if value is None:
        raise SettingsError(
            f"The environment variable {reference.place} is not set.",
            f"Set it in the shell that starts missedbcc, for example: export {reference.place}=…",
        )
    return os.fsencode(value)


def _from_file(reference: SecretReference) -> bytes:
    path = Path(reference.place).expanduser()
    try:
        with path.open("rb") as file:
            # The mode is asked of the open file, so that nobody can exchange it between question and reading.
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise SettingsError(
                    f"The secret file {path} can be read by other users of this machine.",
                    f"Run: chmod 600 {shlex.quote(str(path))}",
                )
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SettingsError(f"The secret file {path} does not exist.", "Create it, or correct its path.") from None
    except OSError as error:
        raise SettingsError(
            f"The secret file {path} cannot be read: {error.strerror}.", "Check its owner and rights."
        ) from None
    if len(content) > MAX_BYTES:
        raise SettingsError(f"The secret file {path} is too large to be a secret.", "Check its path.")
    return content


def _from_command(reference: SecretReference) -> bytes:
    try:
        words = shlex.split(reference.place)
    except ValueError:
        raise SettingsError(f"The secret command {reference.place} has an open quotation.", "Close it.") from None
    if not words:
        raise SettingsError("The secret command is empty.", "Name a program, for example: command:pass show mail")
    name = words[0]
    try:
        done = _run(words)
    except FileNotFoundError:
        raise SettingsError(f"The secret command {name} does not exist.", "Give its full path.") from None
    except subprocess.TimeoutExpired:
        # "from None": the original error carries what the command had printed by then.
        raise SettingsError(
            f"The secret command {name} gave no answer within {COMMAND_SECONDS:.0f} seconds.",
            "Unlock the password manager, then try again.",
        ) from None
    except OSError as error:
        raise SettingsError(
            f"The secret command {name} cannot be run: {error.strerror}.", "Check its rights."
        ) from None
    if done.returncode != 0:
        raise SettingsError(
            f"The secret command {name} failed with code {done.returncode}.",
            "Run it by hand to see why; its output is not shown here because it may hold the secret.",
        )
    return done.stdout[:MAX_BYTES]


def _run(words: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """A program's answer. What it prints to standard error is dropped: it may hold the secret."""
    return subprocess.run(  # noqa: S603 - no shell, and the words come from the owner's own config file
        words, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS, check=False
    )


def _from_credential(reference: SecretReference) -> bytes:
    """A credential that systemd laid out for this service alone; its own rights, not the mode's bits, protect it."""
    name = reference.place
    folder = os.environ.get(DIRECTORY)
    if not folder:
        raise SettingsError(
            f"The credential {name} is not there: systemd has not started this program with credentials.",
            "It is there in a scheduled run (`missedbcc schedule install --credential`); by hand, use systemd-run.",
        )
    try:
        with Path(folder, name).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SettingsError(
            f"systemd has handed over no credential {name}.", f"Give the service LoadCredential={name}:FILE."
        ) from None
    except OSError as error:
        raise SettingsError(
            f"The credential {name} cannot be read: {error.strerror}.", "Check LoadCredential= of the service."
        ) from None
    if len(content) > MAX_BYTES:
        raise SettingsError(f"The credential {name} is too large to be a secret.", "Check which file it comes from.")
    return content


def _from_keyring(reference: SecretReference) -> bytes:
    """What the package keyring finds. It runs in a process of its own, because a locked keyring may wait for ever."""
    service, user = keyring_place(reference.place)
    if find_spec("keyring") is None:
        raise SettingsError(
            "Secrets in a keyring need the package keyring, which is not installed.",
            "Run: pip install 'missedbcc[keyring]'",
        )
    try:
        done = _run((sys.executable, "-P", "-m", "keyring", "--", "get", service, user))
    except subprocess.TimeoutExpired:
        raise SettingsError(
            f"The keyring gave no answer within {COMMAND_SECONDS:.0f} seconds.", "Unlock it, then try again."
        ) from None
    except OSError as error:
        raise SettingsError(f"The keyring cannot be asked: {error.strerror}.", "Keep the secret elsewhere.") from None
    if done.returncode != 0:
        raise SettingsError(
            f"The keyring holds no secret of {user} for {service}, is locked, or cannot be reached.",
            f"Store it: keyring set {shlex.quote(service)} {shlex.quote(user)}. "
            "A scheduled run has a keyring only while you are signed in.",
        )
    return done.stdout[:MAX_BYTES]


_READERS = {
    SecretKind.ENVIRONMENT: _from_environment,
    SecretKind.FILE: _from_file,
    SecretKind.COMMAND: _from_command,
    SecretKind.CREDENTIAL: _from_credential,
    SecretKind.KEYRING: _from_keyring,
}
