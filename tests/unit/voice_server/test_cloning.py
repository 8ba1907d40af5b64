"""Cloned voices at the provider: the real client against the emulator, and a scripted provider for what goes wrong."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
import soundfile

from rapport.errors import StoreUnavailable
from tests.unit.emulator.conftest import KEY, Listening, listening
from voice_server.cloning import CloneRefused, Clones
from voice_server.elevenlabs import Account
from voice_server.elevenlabs_clones import ElevenLabsClones
from voice_server.keys import Key, Keys

OWNER = "o_0123456789abcdef01234567"
NAME = "rapport-0123456789abcdef"


def wav(seconds: float = 12.0) -> bytes:
    written = io.BytesIO()
    noise = np.random.default_rng(1).normal(0, 0.1, int(seconds * 16_000))
    soundfile.write(written, noise, 16_000, format="WAV", subtype="PCM_16")
    return written.getvalue()


def order(*samples: bytes, name: str = NAME) -> tuple[dict[str, object], bytes]:
    return {"owner": OWNER, "name": name, "sizes": [len(each) for each in samples]}, b"".join(samples)


@dataclass
class Scripted:
    """A provider in memory; `down` makes it answer nothing, `loses` the answer to the next upload."""

    voices: dict[str, str] = field(default_factory=dict)
    down: bool = False
    loses: bool = False
    refuses: str = ""
    uploads: int = 0
    keeps: bool = False

    def _up(self) -> None:
        if self.down:
            raise StoreUnavailable("down")

    async def add(self, name: str, samples: Sequence[bytes]) -> str:
        self._up()
        if self.refuses:
            raise CloneRefused(self.refuses)
        self.uploads += 1
        voice = f"v{self.uploads}"
        self.voices[voice] = name
        if self.loses:
            self.loses = False
            raise StoreUnavailable("the answer was lost")
        return voice

    async def delete(self, voice_id: str) -> None:
        self._up()
        if not self.keeps:
            self.voices.pop(voice_id, None)

    async def exists(self, voice_id: str) -> bool:
        self._up()
        return voice_id in self.voices

    async def named(self, name: str) -> list[str]:
        self._up()
        return [voice for voice, called in self.voices.items() if called == name]

    async def close(self) -> None:
        pass


@pytest.fixture
def provider() -> Scripted:
    return Scripted()


@pytest.fixture
async def clones(tmp_path: Path, provider: Scripted) -> AsyncIterator[Clones]:
    made = Clones(tmp_path, provider, first_wait_s=0.01)
    await made.start()
    yield made
    await made.stop()


async def test_a_clone_speaks_until_it_is_deleted(clones: Clones, provider: Scripted) -> None:
    """Deleting it twice is as good as once."""
    assert clones.clone_of(OWNER) is None
    assert await clones.clone(*order(wav())) == {"ready": True}
    assert clones.clone_of(OWNER) == "v1"

    assert await clones.delete({"owner": OWNER}, b"") == {"deleted": True}
    assert await clones.delete({"owner": OWNER}, b"") == {"deleted": False}

    assert clones.clone_of(OWNER) is None
    assert provider.voices == {}
    assert await clones.traces(OWNER) == []


async def test_an_upload_whose_answer_was_lost_is_found_again(
    clones: Clones, provider: Scripted, tmp_path: Path
) -> None:
    """By a new process, under the name that was noted before; no second voice is made."""
    provider.loses = True
    with pytest.raises(StoreUnavailable):
        await clones.clone(*order(wav()))
    assert clones.clone_of(OWNER) is None

    after_a_crash = Clones(tmp_path, provider)
    assert await after_a_crash.clone(*order(wav())) == {"ready": True}

    assert after_a_crash.clone_of(OWNER) == "v1"
    assert provider.uploads == 1


async def test_a_lost_upload_is_deleted_by_its_name(clones: Clones, provider: Scripted) -> None:
    """Its id was never known."""
    provider.loses = True
    with pytest.raises(StoreUnavailable):
        await clones.clone(*order(wav()))

    assert await clones.delete({"owner": OWNER}, b"") == {"deleted": True}

    assert provider.voices == {}


async def test_what_a_provider_that_is_down_keeps_is_deleted_when_it_is_back(
    clones: Clones, provider: Scripted
) -> None:
    """The voice does not speak meanwhile, and no second order is needed."""
    await clones.clone(*order(wav()))
    provider.down = True
    with pytest.raises(StoreUnavailable):
        await clones.delete({"owner": OWNER}, b"")
    assert clones.clone_of(OWNER) is None
    assert await clones.traces(OWNER) == ["a cloned voice that is deleting"]

    provider.down = False
    while await clones.traces(OWNER):
        await asyncio.sleep(0.01)

    assert provider.voices == {}


async def test_a_deletion_goes_on_in_the_next_process(provider: Scripted, tmp_path: Path) -> None:
    """It is in the registry before the provider is asked."""
    first = Clones(tmp_path, provider)
    await first.clone(*order(wav()))
    provider.down = True
    with pytest.raises(StoreUnavailable):
        await first.delete({"owner": OWNER}, b"")
    await first.stop()
    provider.down = False

    second = Clones(tmp_path, provider, first_wait_s=0.01)
    await second.start()
    while await second.traces(OWNER):
        await asyncio.sleep(0.01)
    await second.stop()

    assert provider.voices == {}
    assert json.loads((tmp_path / "clones.json").read_text()) == {}


async def test_a_voice_that_is_still_there_was_not_deleted(clones: Clones, provider: Scripted) -> None:
    """The provider's word that it deleted it is not enough."""
    await clones.clone(*order(wav()))
    provider.keeps = True

    with pytest.raises(StoreUnavailable):
        await clones.delete({"owner": OWNER}, b"")

    assert await clones.traces(OWNER) != []


async def test_a_refusal_leaves_nothing(clones: Clones, provider: Scripted) -> None:
    """Its reason is told."""
    provider.refuses = "voice_limit_reached"

    assert await clones.clone(*order(wav())) == {"ready": False, "reason": "voice_limit_reached"}

    assert await clones.traces(OWNER) == []


async def test_a_new_clone_takes_the_place_of_the_one_before(clones: Clones, provider: Scripted) -> None:
    """Which is deleted first."""
    await clones.clone(*order(wav()))

    await clones.clone(*order(wav(), name="rapport-another"))

    assert provider.voices == {"v2": "rapport-another"}


@pytest.mark.parametrize("sizes", [[], [3], [1, -1, 4], "4", [True]])
async def test_files_that_are_not_the_payload_are_out_of_shape(clones: Clones, sizes: object) -> None:
    """Nothing is sent."""
    with pytest.raises(ValueError, match=r"^$"):
        await clones.clone({"owner": OWNER, "name": NAME, "sizes": sizes}, b"four")


async def test_without_an_account_what_is_noted_stays_noted(tmp_path: Path, provider: Scripted) -> None:
    """A key that was taken away does not make a copy disappear."""
    first = Clones(tmp_path, provider)
    await first.clone(*order(wav()))
    without = Clones(tmp_path, None)

    with pytest.raises(StoreUnavailable):
        await without.delete({"owner": OWNER}, b"")

    assert without.clone_of(OWNER) is None
    assert await without.traces(OWNER) != []


class TestAtTheEmulator:
    """The official client, unchanged."""

    @pytest.fixture(scope="class")
    def emulator(self) -> Iterator[Listening]:
        with listening() as here:
            yield here

    @pytest.fixture
    async def real(self, emulator: Listening, tmp_path: Path) -> AsyncIterator[Clones]:
        with emulator.client() as client:
            client.post("/_emulator/reset").raise_for_status()
        clones = Clones(
            tmp_path, ElevenLabsClones(Account(Keys([Key("test", KEY)]), base_url=emulator.url)), first_wait_s=0.01
        )
        yield clones
        await clones.stop()

    def cloned(self, emulator: Listening) -> list[dict[str, object]]:
        with emulator.client() as client:
            return [each for each in client.get("/v1/voices").json()["voices"] if each["category"] == "cloned"]

    async def test_a_voice_is_made_and_deleted(self, real: Clones, emulator: Listening) -> None:
        """With its samples; its name is a pseudonym, and nothing else says who it is."""
        assert await real.clone(*order(wav(8), wav(6))) == {"ready": True}

        (there,) = self.cloned(emulator)
        assert there["voice_id"] == real.clone_of(OWNER)
        assert (there["name"], there["labels"], there["description"]) == (NAME, {}, None)
        assert [each["file_name"] for each in there["samples"]] == ["1.wav", "2.wav"]

        assert await real.delete({"owner": OWNER}, b"") == {"deleted": True}
        assert self.cloned(emulator) == []

    async def test_too_little_is_refused_with_the_provider_s_reason(self, real: Clones, emulator: Listening) -> None:
        """As a code."""
        assert await real.clone(*order(wav(2))) == {"ready": False, "reason": "sample_too_short"}
        assert self.cloned(emulator) == []

    async def test_a_lost_voice_is_found_by_its_name(self, real: Clones, emulator: Listening, tmp_path: Path) -> None:
        """Through the provider's own search."""
        await real.clone(*order(wav()))
        (there,) = self.cloned(emulator)
        (tmp_path / "clones.json").write_text(json.dumps({OWNER: {"state": "pending", "name": NAME, "voice": ""}}))
        again = Clones(tmp_path, ElevenLabsClones(Account(Keys([Key("test", KEY)]), base_url=emulator.url)))

        assert await again.clone(*order(wav())) == {"ready": True}

        assert again.clone_of(OWNER) == there["voice_id"]
        assert len(self.cloned(emulator)) == 1
        await again.stop()

    @pytest.mark.parametrize("status", [400, 401, 404])
    async def test_a_voice_that_is_gone_is_gone_whatever_the_status(
        self, real: Clones, emulator: Listening, status: int
    ) -> None:
        """Sources disagree about it."""
        emulator.switch(voice_not_found_status=status)
        await real.clone(*order(wav()))

        assert await real.delete({"owner": OWNER}, b"") == {"deleted": True}
