"""Signatures by Ed25519 (RFC 8032), in the files that OpenSSL reads: keys in PEM, a signature of 64 bare octets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scanner.account import SecretReference
from scanner.connectors.credentials import secret_bytes
from scanner.errors import SettingsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIZE: Final = 64  # octets of a signature (RFC 8032 §5.1.6)
_MAKE = "`missedbcc make-key FILE` makes one."

# cryptography is loaded when there is something to sign or to check.


class SigningKey:
    """A private key, for as long as a manifest is being signed. Its `repr` does not show it."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public(self) -> str:
        """The public key: 32 octets, hexadecimal."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> bytes:
        """The signature: 64 octets, the same for the same message."""
        return self._key.sign(message)


def signing_key_of(reference: SecretReference) -> SigningKey:
    """The key at the reference: PKCS #8 in PEM, without a passphrase. Raises SettingsError."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        key = load_pem_private_key(secret_bytes(reference), password=None)
    except TypeError:
        raise SettingsError(
            f"The signing key at {reference} is closed with a passphrase.",
            "Keep it without one in a file of your own, or let a command print it: command:PROGRAM ARGUMENTS.",
        ) from None
    except (ValueError, UnsupportedAlgorithm):  # "from None": what failed may quote the key
        raise SettingsError(f"At {reference} is no private key in PEM.", _MAKE) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"The signing key at {reference} is not one for Ed25519.", _MAKE)
    return SigningKey(key)


def public_key_in(file: Path) -> str:
    """The public key in a PEM file, hexadecimal. Raises SettingsError."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_public_key  # noqa: PLC0415

    try:
        content = file.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"The public key {file} cannot be read: {error.strerror}.", "Name the file that ends in .pub."
        ) from None
    if b"PRIVATE KEY" in content:
        raise SettingsError(
            f"{file} is a private key: whoever checks must not have it.", f"Name its public key, {file}.pub."
        )
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        raise SettingsError(f"{file} is no public key in PEM.", "Name the file that ends in .pub.") from None
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsError(f"The public key {file} is not one for Ed25519.", "Name the file that ends in .pub.")
    return key.public_bytes_raw().hex()


def is_signed(message: bytes, signature: bytes, public: str) -> bool:
    """Whether the owner of this public key (hexadecimal) made the signature of exactly this message."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        key: Ed25519PublicKey = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return len(signature) == SIZE


def make_key(file: Path) -> Path:
    """A new key in `file`, for its owner alone, and its public key beside it; gives the path of the latter.

    Raises SettingsError where one of the two files is there already, or cannot be made.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    key = Ed25519PrivateKey.generate()
    public = file.with_name(f"{file.name}.pub")
    if public.exists() or public.is_symlink():
        raise _there(public)
    _new(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    _new(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)
    return public


def _new(file: Path, content: bytes, mode: int) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise _there(file) from None
    except OSError as error:
        raise SettingsError(
            f"The key {file} cannot be written: {error.strerror}.", "Name a file in a folder of your own."
        ) from None
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def _there(file: Path) -> SettingsError:
    return SettingsError(
        f"{file} is there already, and may be the key of other manifests, so it is not overwritten.",
        "Name another file.",
    )
