"""A second opinion by the provider: of whom it may be asked, what is made of it, what it costs, and how it fails."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from emulator.app import make_app
from emulator.faults import Fault
from emulator.speaking import Speaker
from emulator.state import Emulator
from rapport.errors import RecognitionFailed
from rapport.speech.grant import NOBODY, Grant
from rapport.speech.recognizer import Transcript, Word
from rapport.speech.spoken_text import SpokenText
from tests.fakes.synthesizer import ScriptedSynthesizer
from voice_server import scribe as scribe_module
from voice_server.budget import Budget
from voice_server.elevenlabs import MODEL, Account
from voice_server.keys import Key, Keys
from voice_server.limits import Limit, Limits
from voice_server.prices import read_prices
from voice_server.scribe import Scribe
from voice_server.usage import Usage

SECOND = bytes(32_000)
OWNER = "o_" + "a" * 24
KEY = "key-of-a-test"


class ScriptedEars:
    async def hear(self, pcm: bytes) -> Transcript:
        assert pcm == SECOND
        return Transcript.of([Word("Timer", 0, 300, 0.9), Word("25", 300, 700, 0.5), Word("minutes.", 700, 900, 0.8)])


@dataclass
class ScriptedGrants:
    grant: Grant

    async def of(self, proof: str) -> Grant:
        return self.grant if proof == "a proof" else NOBODY


@dataclass
class Desk:
    emulator: Emulator
    scribe: Scribe
    grants: ScriptedGrants
    usage: Usage

    def asked(self) -> int:
        return len(self.emulator.requests)


Open = Callable[..., contextlib.AbstractAsyncContextManager[Desk]]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    @contextlib.asynccontextmanager
    async def open_desk(*, key: str = KEY, day: float = math.inf) -> AsyncIterator[Desk]:
        emulator = Emulator(Speaker(ScriptedSynthesizer()), KEY, ScriptedEars())
        server = uvicorn.Server(uvicorn.Config(make_app(emulator), port=0, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        account = Account(Keys([Key("main", key)]), base_url=f"http://127.0.0.1:{port}")
        usage, prices, writing = Usage(tmp_path / "usage.db"), read_prices(), SpokenText()
        grants = ScriptedGrants(Grant(owner=OWNER, cloud=True))
        budget = Budget(Limits(day=Limit(day, day)), usage, prices, MODEL)
        scribe = Scribe(account, grants, budget, usage, prices, writing)  # type: ignore[arg-type]
        try:
            yield Desk(emulator, scribe, grants, usage)
        finally:
            await scribe.close()
            server.should_exit = True
            await serving
            usage.close()
            writing.close()

    return open_desk


async def test_words_are_as_the_recogniser_has_them_and_what_they_cost_is_counted(opened: Open) -> None:
    async with opened() as desk:
        heard = await desk.scribe.hear(SECOND, "a proof")
        spent = await desk.usage.spent(OWNER)

    assert heard.text == "timer twenty five minutes"
    assert [word.confidence for word in heard.words] == pytest.approx([0.9, 0.5, 0.5, 0.8])
    assert heard.words[-1].end_ms == 900
    assert spent.person_day == pytest.approx(1.12)


@pytest.mark.parametrize("why", ["nobody", "not-agreed", "over-the-limit"])
async def test_who_may_not_be_heard_there_is_not(opened: Open, why: str) -> None:
    async with opened(day=0.5 if why == "over-the-limit" else math.inf) as desk:
        if why == "over-the-limit":
            await desk.scribe.hear(SECOND, "a proof")
        elif why == "not-agreed":
            desk.grants.grant = Grant(owner=OWNER, cloud=False)
        before = desk.asked()

        with pytest.raises(RecognitionFailed, match="may not be heard"):
            await desk.scribe.hear(SECOND, "another's" if why == "nobody" else "a proof")

        assert desk.asked() == before


@pytest.mark.parametrize(
    ("fault", "within_s", "told"),
    [
        ({"kind": "error", "status": 503}, 30, "trouble"),
        ({"kind": "latency", "ms": 5_000}, 0.3, "for too long"),
        ({"kind": "cut"}, 30, "could not be reached"),
        ({"kind": "malformed"}, 30, "trouble"),
    ],
    ids=["error", "late", "cut", "malformed"],
)
async def test_a_provider_that_fails_is_told_and_then_left_alone(
    opened: Open, fault: dict[str, Any], within_s: float, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scribe_module, "ANSWER_S", within_s)
    async with opened() as desk:
        desk.emulator.faults.add(Fault(**{"times": None, **fault}))
        for _ in range(3):
            with pytest.raises(RecognitionFailed, match=told):
                await desk.scribe.hear(SECOND, "a proof")
        with pytest.raises(RecognitionFailed, match="left alone"):
            await desk.scribe.hear(SECOND, "a proof")


async def test_a_key_that_is_refused_is_told_without_it(opened: Open) -> None:
    async with opened(key="another-key-than-that-of-the-account") as desk:
        with pytest.raises(RecognitionFailed, match="not accepted") as failed:
            await desk.scribe.hear(SECOND, "a proof")

    assert "another-key" not in str(failed.value)
