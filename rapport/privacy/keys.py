"""Keys: the operator's key-encryption key, a random data key a person, and what is derived from it.

    key-encryption key  (environment, file, desktop keyring, or Vault's transit engine)
      └─ wraps a person's data key  (32 random bytes; AES key wrap, RFC 3394, or Vault)
           └─ HKDF-SHA-256 gives the subkeys: file, field, words, rotation, audit, clips

Destroying a data key erases its person. Which files hold wrapped keys is the store's to know.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from rapport.errors import KeyUnavailable, SettingsError

KEY_BYTES = 32
NONCE_BYTES = 12
"""What NIST SP 800-38D recommends for AES-GCM."""

KEYRING_SERVICE = "rapport"


def derive(key: bytes, purpose: str, *, length: int = KEY_BYTES) -> bytes:
    """A subkey for one purpose, by HKDF-SHA-256 (RFC 5869); the keys are random, so no salt is needed."""
    return HKDF(SHA256(), length, salt=None, info=b"rapport/1/" + purpose.encode()).derive(key)


@dataclass(frozen=True)
class PersonKeys:
    """A person's data key and its subkeys.

    Attributes:
        data: The data key.
    """

    data: bytes = field(repr=False)

    @classmethod
    def fresh(cls) -> PersonKeys:
        """New random ones."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @cached_property
    def file(self) -> bytes:
        """Encrypts the person's file as a whole."""
        return derive(self.data, "file")

    @cached_property
    def words(self) -> bytes:
        """Hashes words where a server would else index them readable."""
        return derive(self.data, "words")

    @cached_property
    def rotation(self) -> bytes:
        """Seeds the matrix that rotates vectors."""
        return derive(self.data, "rotation")

    @cached_property
    def clips(self) -> bytes:
        """Encrypts clips of what was said to them, in the voice server's keeping."""
        return derive(self.data, "clips")

    @cached_property
    def field_cipher(self) -> FieldCipher:
        """Encrypts single fields."""
        return FieldCipher(derive(self.data, "field"))


class FieldCipher:
    """AES-256-GCM for single fields, each bound to its place by associated data."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt; `place` says where the field belongs, such as `person|record|field|version`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """Decrypt.

        Raises:
            KeyUnavailable: It was sealed with another key or for another place, or was changed since.
        """
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
        except (InvalidTag, ValueError):
            raise KeyUnavailable("a field does not open with this person's key; nothing was changed") from None


class KeyEncryption(Protocol):
    """Wraps data keys with a key that the operator holds. Blocks where that is behind a network."""

    @property
    def id(self) -> str:
        """Names the key that wraps, so that it is known which keys to wrap anew after a rotation."""

    def wrap(self, key: bytes, person: str) -> str:
        """Wrap a person's key as text; it opens for this person only."""

    def unwrap(self, wrapped: str, person: str, key_id: str) -> bytes:
        """Open what `wrap` made with the key of this id.

        Raises:
            KeyUnavailable: The key is not here, is another, or can't be reached.
        """


class LocalKeyEncryption:
    """Key-encryption keys held in this process: the first wraps, the others still open what they wrapped.

    Args:
        keys: 32 bytes each.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise SettingsError(f"RAPPORT_KEY must be {KEY_BYTES} bytes in hex; `openssl rand -hex 32` makes some")
        self._keys = {hashlib.sha256(b"rapport/key-id" + key).hexdigest()[:16]: key for key in keys}
        self._current = next(iter(self._keys))

    @property
    def id(self) -> str:
        """The first key's id: a hash's beginning."""
        return self._current

    def wrap(self, key: bytes, person: str) -> str:
        """AES key wrap with a key derived for this person."""
        return base64.b64encode(aes_key_wrap(self._for(self._current, person), key)).decode()

    def unwrap(self, wrapped: str, person: str, key_id: str) -> bytes:
        """Open a wrapped key."""
        if key_id not in self._keys:
            raise KeyUnavailable(
                "a person's key was wrapped with a key that is not here; put that key back into RAPPORT_KEY_PREVIOUS"
            )
        try:
            return aes_key_unwrap(self._for(key_id, person), base64.b64decode(wrapped))
        except (InvalidUnwrap, ValueError):
            raise KeyUnavailable("a person's wrapped key is damaged; restore it from a backup") from None

    def _for(self, key_id: str, person: str) -> bytes:
        return derive(self._keys[key_id], f"wrap/{person}")


class VaultKeyEncryption:
    """HashiCorp Vault's transit engine, or OpenBao's: the key never leaves it.

    Args:
        address: `https://host:8200`.
        name: The transit key's name.
        token: A Vault token that may encrypt and decrypt with it.
    """

    def __init__(self, address: str, name: str, token: str) -> None:
        import hvac  # only where it is configured

        self._errors = hvac.exceptions.VaultError
        self._name = name
        self._transit = hvac.Client(url=address, token=token, timeout=5).secrets.transit

    @property
    def id(self) -> str:
        """The transit key's name and latest version."""
        answer = self._asked(lambda: self._transit.read_key(name=self._name))
        return f"vault:{self._name}:v{answer['data']['latest_version']}"

    def wrap(self, key: bytes, person: str) -> str:
        """Have Vault encrypt the key together with whom it is for."""
        bound = base64.b64encode(key + _who(person)).decode()
        answer = self._asked(lambda: self._transit.encrypt_data(name=self._name, plaintext=bound))
        return str(answer["data"]["ciphertext"])

    def unwrap(self, wrapped: str, person: str, key_id: str) -> bytes:
        """Have Vault decrypt it; the ciphertext itself names the version of the key."""
        answer = self._asked(lambda: self._transit.decrypt_data(name=self._name, ciphertext=wrapped))
        opened = base64.b64decode(answer["data"]["plaintext"])
        if opened[KEY_BYTES:] != _who(person):
            raise KeyUnavailable("a wrapped key belongs to another person; restore the right one from a backup")
        return opened[:KEY_BYTES]

    def _asked(self, ask: Callable[[], dict[str, dict[str, str]]]) -> dict[str, dict[str, str]]:
        try:
            return ask()
        except (self._errors, OSError) as error:  # requests' errors are OSErrors
            raise KeyUnavailable("Vault wrapped or opened no key; look at its log and VAULT_TOKEN's policy") from error


def _who(person: str) -> bytes:
    return hashlib.sha256(person.encode()).digest()


def key_encryption(source: str, previous: str = "", *, vault_token: str = "") -> KeyEncryption:
    """The key-encryption key that a setting names.

    Args:
        source: 64 hex digits; `file:/path` to such; `keyring:NAME` in the desktop's keyring; `vault:URL#NAME`, a
            transit key.
        previous: Sources of former keys, separated by spaces, that still open what they wrapped.
        vault_token: Where the source is Vault.

    Raises:
        SettingsError: The setting can't be right.
        KeyUnavailable: There is no such file or entry.
    """
    if source.startswith("vault:"):
        address, _, name = source.removeprefix("vault:").partition("#")
        if not (address and name and vault_token):
            raise SettingsError("RAPPORT_KEY=vault:https://host:8200#key-name needs all three parts, and VAULT_TOKEN")
        return VaultKeyEncryption(address, name, vault_token)
    return LocalKeyEncryption([_local_key(each) for each in (source, *previous.split())])


def _local_key(source: str) -> bytes:
    text = source
    if source.startswith("file:"):
        try:
            text = Path(source.removeprefix("file:")).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise KeyUnavailable("RAPPORT_KEY's file can't be read; check its path and rights") from error
    elif source.startswith("keyring:"):
        import keyring  # only where it is configured
        from keyring.errors import KeyringError

        try:
            text = keyring.get_password(KEYRING_SERVICE, source.removeprefix("keyring:")) or ""
        except KeyringError as error:
            raise KeyUnavailable("the desktop's keyring can't be opened; unlock it") from error
        if not text:
            raise KeyUnavailable(f"the keyring has no such entry; `keyring set {KEYRING_SERVICE} NAME` makes one")
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise SettingsError("RAPPORT_KEY must be hex digits, file:, keyring: or vault:") from None


@dataclass(frozen=True)
class WrappedKey:
    """A person's wrapped data key as it is kept.

    Attributes:
        key_id: Which key-encryption key wrapped it.
        current: The data key, wrapped.
        coming: While the data key is being rotated, the one that takes its place.
    """

    key_id: str
    current: str = field(repr=False)
    coming: str | None = field(default=None, repr=False)

    def to_bytes(self) -> bytes:
        """As it is kept."""
        return json.dumps({"version": 1, **self.__dict__}).encode()

    @classmethod
    def from_bytes(cls, kept: bytes) -> WrappedKey:
        """As it was kept.

        Raises:
            KeyUnavailable: It is damaged.
        """
        try:
            read = json.loads(kept)
            return cls(str(read["key_id"]), str(read["current"]), read.get("coming"))
        except (ValueError, KeyError, TypeError):
            raise KeyUnavailable("a person's wrapped key is damaged; restore it from a backup") from None
