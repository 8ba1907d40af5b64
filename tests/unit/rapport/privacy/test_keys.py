import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("hvac", reason="keys are used in the services environment")

from rapport.errors import KeyUnavailable, SettingsError
from rapport.privacy import keys as keys_module
from rapport.privacy.keys import (
    LocalKeyEncryption,
    PersonKeys,
    VaultKeyEncryption,
    WrappedKey,
    key_encryption,
)

OLD, NEW = "11" * 32, "22" * 32


def test_a_wrapped_key_opens_for_its_person_only() -> None:
    keys = key_encryption(OLD)
    data = PersonKeys.fresh().data
    wrapped = keys.wrap(data, "p_1")

    assert keys.unwrap(wrapped, "p_1", keys.id) == data
    with pytest.raises(KeyUnavailable):
        keys.unwrap(wrapped, "p_2", keys.id)


def test_a_former_key_still_opens_what_it_wrapped() -> None:
    old = key_encryption(OLD)
    wrapped = old.wrap(b"k" * 32, "p_1")
    rotated = key_encryption(NEW, previous=OLD)

    assert rotated.id != old.id
    assert rotated.unwrap(wrapped, "p_1", old.id) == b"k" * 32
    with pytest.raises(KeyUnavailable, match="RAPPORT_KEY_PREVIOUS"):
        key_encryption(NEW).unwrap(wrapped, "p_1", old.id)


def test_a_damaged_wrapped_key_is_refused() -> None:
    keys = key_encryption(OLD)
    wrapped = keys.wrap(b"k" * 32, "p_1")

    with pytest.raises(KeyUnavailable):
        keys.unwrap(wrapped[:-8] + "AAAAAAA=", "p_1", keys.id)
    with pytest.raises(KeyUnavailable):
        WrappedKey.from_bytes(b"{}")
    with pytest.raises(KeyUnavailable):
        WrappedKey.from_bytes(b"\xff")


def test_a_key_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(OLD + "\n")

    assert key_encryption(f"file:{file}").id == key_encryption(OLD).id
    with pytest.raises(KeyUnavailable, match="path"):
        key_encryption(f"file:{tmp_path / 'none'}")


def test_a_key_may_lie_in_the_desktop_s_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    kept = {("rapport", "home"): OLD}
    monkeypatch.setattr(keyring, "get_password", lambda service, name: kept.get((service, name)))

    assert key_encryption("keyring:home").id == key_encryption(OLD).id
    with pytest.raises(KeyUnavailable, match="keyring set"):
        key_encryption("keyring:away")


@pytest.mark.parametrize("source", ["", "secret", "11" * 16, "vault:https://host:8200", "vault:#name"])
def test_a_setting_that_cannot_be_right_is_refused(source: str) -> None:
    with pytest.raises(SettingsError, match="RAPPORT_KEY"):
        key_encryption(source)


class FakeTransit:
    """Wraps by reversing: what is tried is how the engine is used, not how well it encrypts."""

    def __init__(self) -> None:
        self.version = 1

    def read_key(self, name: str) -> dict[str, Any]:
        return {"data": {"latest_version": self.version}}

    def encrypt_data(self, name: str, plaintext: str) -> dict[str, Any]:
        return {"data": {"ciphertext": f"vault:v{self.version}:{plaintext[::-1]}"}}

    def decrypt_data(self, name: str, ciphertext: str) -> dict[str, Any]:
        import hvac

        if not ciphertext.startswith("vault:v"):
            raise hvac.exceptions.InvalidRequest("no")
        return {"data": {"plaintext": ciphertext.split(":")[2][::-1]}}


def test_a_key_in_vault_never_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = VaultKeyEncryption("http://vault.invalid:8200", "people", "token")
    transit = FakeTransit()
    monkeypatch.setattr(keys, "_transit", transit)

    first = keys.id
    wrapped = keys.wrap(b"k" * 32, "p_1")

    assert keys.unwrap(wrapped, "p_1", first) == b"k" * 32
    with pytest.raises(KeyUnavailable, match="another person"):
        keys.unwrap(wrapped, "p_2", first)
    with pytest.raises(KeyUnavailable, match="Vault"):
        keys.unwrap("nonsense", "p_1", first)
    transit.version = 2
    assert keys.id != first


def test_a_vault_that_cannot_be_reached_says_so() -> None:
    with pytest.raises(KeyUnavailable, match="Vault"):
        VaultKeyEncryption("http://127.0.0.1:9", "people", "token").wrap(b"k" * 32, "p_1")


def test_subkeys_differ_and_come_again() -> None:
    keys = PersonKeys(b"k" * 32)

    assert len({keys.file, keys.words, keys.rotation, keys.data}) == 4
    assert PersonKeys(b"k" * 32).file == keys.file


def test_a_sealed_field_opens_at_its_place_only() -> None:
    cipher = PersonKeys.fresh().field_cipher
    sealed = cipher.seal(b"oslo", "p_1|m_1|text|1")

    assert cipher.open(sealed, "p_1|m_1|text|1") == b"oslo"
    assert b"oslo" not in sealed
    for place in ("p_1|m_2|text|1", "p_2|m_1|text|1"):
        with pytest.raises(KeyUnavailable):
            cipher.open(sealed, place)
    with pytest.raises(KeyUnavailable):
        cipher.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "p_1|m_1|text|1")
    with pytest.raises(KeyUnavailable):
        cipher.open(b"", "p_1|m_1|text|1")


def test_no_key_shows_in_a_repr() -> None:
    keys = PersonKeys(b"k" * 32)
    wrapped = WrappedKey("id", "secret", "secret")

    assert "kkk" not in repr(keys)
    assert "secret" not in repr(wrapped)
    assert OLD not in repr(vars(keys_module))
    assert WrappedKey.from_bytes(wrapped.to_bytes()) == wrapped
    assert json.loads(wrapped.to_bytes())["version"] == 1
    assert isinstance(key_encryption(OLD), LocalKeyEncryption)
