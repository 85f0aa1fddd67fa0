"""Keys and signatures: files that OpenSSL reads, and sentences for those that are none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from scanner.account import SecretKind, SecretReference
from scanner.errors import SettingsError
from scanner.proof.signature import is_signed, make_key, public_key_in, signing_key_of
from tests.needed import program

PEM, PKCS8 = Encoding.PEM, PrivateFormat.PKCS8


def reference(file: Path) -> SecretReference:
    return SecretReference(SecretKind.FILE, str(file))


def test_a_signature_is_its_owner_s_and_its_message_s(tmp_path: Path) -> None:
    public = public_key_in(make_key(tmp_path / "key"))
    signature = signing_key_of(reference(tmp_path / "key")).sign(b"message")
    assert len(signature) == 64
    assert is_signed(b"message", signature, public)
    other = public_key_in(make_key(tmp_path / "other"))
    assert not is_signed(b"message", signature, other)
    assert not is_signed(b"messagf", signature, public)
    for spoiled in (b"", signature[:-1], signature + b"\n", signature[::-1]):
        assert not is_signed(b"message", spoiled, public)
    for none in ("", "zz", public[:-2]):
        assert not is_signed(b"message", signature, none)


def test_openssl_checks_it(tmp_path: Path) -> None:
    openssl = program("openssl", "openssl")
    public = make_key(tmp_path / "key")
    (tmp_path / "message").write_bytes(b"message")
    (tmp_path / "sig").write_bytes(signing_key_of(reference(tmp_path / "key")).sign(b"message"))
    checked = subprocess.run(
        [openssl, "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin", "-in", "message", "-sigfile", "sig"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert (checked.returncode, checked.stdout.strip()) == (0, "Signature Verified Successfully")


def test_what_is_no_such_key_is_one_sentence(tmp_path: Path) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    files = {
        "closed with a passphrase": key.private_bytes(PEM, PKCS8, BestAvailableEncryption(b"secret")),
        "not one for Ed25519": ec.generate_private_key(ec.SECP256R1()).private_bytes(PEM, PKCS8, NoEncryption()),
        "no private key in PEM": key.public_key().public_bytes(PEM, PublicFormat.SubjectPublicKeyInfo),
    }
    for told, content in files.items():
        file = tmp_path / "key"
        file.write_bytes(content)
        file.chmod(0o600)
        with pytest.raises(SettingsError, match=told):
            signing_key_of(reference(file))


def test_a_private_key_is_no_public_one(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    with pytest.raises(SettingsError, match="is a private key"):
        public_key_in(tmp_path / "key")
    with pytest.raises(SettingsError, match="cannot be read"):
        public_key_in(tmp_path / "none")
    (tmp_path / "junk").write_bytes(b"junk")
    with pytest.raises(SettingsError, match="no public key"):
        public_key_in(tmp_path / "junk")


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    make_key(tmp_path / "key")
    before = (tmp_path / "key").read_bytes()
    for name in ("key", "key.pub"):
        with pytest.raises(SettingsError, match="is there already"):
            make_key(tmp_path / name.removesuffix(".pub"))
    (tmp_path / "key").rename(tmp_path / "moved")
    with pytest.raises(SettingsError, match=r"key\.pub is there already"):
        make_key(tmp_path / "key")
    assert not (tmp_path / "key").exists()
    assert (tmp_path / "moved").read_bytes() == before
    with pytest.raises(SettingsError, match="cannot be written"):
        make_key(tmp_path / "none/key")
