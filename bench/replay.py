"""Turns through the whole path again, and what came of them beside what was to come: `make replay`.

    python -m bench.replay [--utterances N] [--seed N] [--recordings FOLDER] [--json FILE]

Runs in the `rasa` environment, against a stack of its own. Two kinds of sessions are spoken into it at the speed of
speech. Utterances are held-out sentences of `tests/nlu`, drawn, spoken by the local voice as somebody of another size,
and put under noise, all by the seed: each is to be read as it is written there, and answered as it is when it is typed.
Recordings, where a folder of them is named (`ops.replay` makes one of what people agreed to), are to be heard, read and
answered as they were. Answers are compared by the names of their responses: their words vary. 1 where a turn was not
answered at all.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import jiwer
import numpy as np
import numpy.typing as npt
import soxr

from bench._nlu_data import Example, own
from bench._noise import in_noise
from bench.report import machine
from bench.voice import speak_requests
from channels.client import ClientError, VoiceClient, fetch_token
from ops.stack import Stack, running_stack
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES, read_wav
from tests.fakes.frankfurter import WrittenRates
from tests.fakes.open_meteo import WrittenWeather
from tests.fakes.public_service import serving

SIZES = (0.92, 1.0, 1.08)
"""Played back by so much faster, the local voice is of a head that is as much smaller."""
SNRS_DB = (None, 20, 10)
"""None is clean."""
NOISE_S = 20
LEAD_MS, TAIL_MS = 500, 300
AT_ONCE = 2
SHOWN = 40

Sound = npt.NDArray[np.float64]
Slots = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Turn:
    """A turn, as it is to be said, or as it came.

    Attributes:
        text: Its words.
        intent: What it is taken for.
        slots: Names and values of what it names, sorted; values in lower case.
        responses: How it is answered; None where that is still to be found by typing it.
    """

    text: str
    intent: str
    slots: Slots
    responses: tuple[str, ...] | None


@dataclass(frozen=True)
class Spoken:
    """A turn that is to be spoken: 16 kHz, 16 bit, mono."""

    wanted: Turn
    pcm: bytes


@dataclass(frozen=True)
class Compared:
    """A turn, and what came of it; None where nothing did."""

    wanted: Turn
    came: Turn | None

    def alike(self, what: str) -> bool:
        """Whether this field of the turn came as it was to come."""
        return self.came is not None and getattr(self.came, what) == getattr(self.wanted, what)


def drawn(count: int, seed: int) -> list[Turn]:
    """Held-out sentences, by chance, each intent at most once more than another."""
    chance = random.Random(seed)
    examples: Sequence[Example] = own().asked
    by_intent: dict[str, list[Example]] = {}
    for each in chance.sample(examples, len(examples)):
        by_intent.setdefault(str(each.intent), []).append(each)
    rounds = [of_intent[at] for at in range(len(examples)) for of_intent in by_intent.values() if at < len(of_intent)]
    return [Turn(each.text, str(each.intent), _slots_written(each), None) for each in rounds[:count]]


def varied(pcm: bytes, seed: int) -> bytes:
    """Speech in another size of head, under a hiss of chance, or under none."""
    chance = np.random.default_rng(seed)
    recorded = np.frombuffer(pcm, "<i2").astype(np.float64) / 32_768
    speech: Sound = soxr.resample(recorded, HEARING_RATE_HZ * chance.choice(SIZES), HEARING_RATE_HZ)
    # Each sample a mean of eight: most of its energy lies where that of speech does.
    noise: Sound = np.convolve(chance.normal(size=NOISE_S * HEARING_RATE_HZ), np.ones(8) / 8, "same").astype(np.float64)
    sound = in_noise(speech[: len(noise) - 1], noise, SNRS_DB[chance.integers(len(SNRS_DB))], chance)
    samples: bytes = (np.clip(sound, -1, 1) * 32_767).astype("<i2").tobytes()
    return samples


async def utterances(stack: Stack, count: int, seed: int) -> list[list[Spoken]]:
    """Sessions of one utterance each."""
    turns = drawn(count, seed)
    said = await speak_requests(stack.voice_uri, tuple(each.text for each in turns))
    return [
        [Spoken(turn, varied(each.pcm, seed * 10_000 + at))]
        for at, (turn, each) in enumerate(zip(turns, said, strict=True))
    ]


def recordings(folder: Path) -> list[list[Spoken]]:
    """The sessions of a folder: a folder each, a turn each a JSON file and its sound."""
    return [[_recorded(turn) for turn in sorted(session.glob("*.json"))] for session in sorted(folder.iterdir())]


def _recorded(file: Path) -> Spoken:
    was = json.loads(file.read_text())
    turn = Turn(was["text"], was["intent"], _sorted(was["slots"]), tuple(was["responses"]))
    return Spoken(turn, read_wav(file.with_suffix(".flac")).samples)


async def replay(stack: Stack, events: Path, sessions: Sequence[Sequence[Spoken]]) -> list[Compared]:
    """Say all of it, some sessions at once, and compare."""
    waiting, said = iter(sessions), dict[str, tuple[list[Turn], list[int | None]]]()

    async def talk() -> None:
        for session in waiting:
            conversation, numbers = await _say(stack, session)
            wanted = [each.wanted for each in session]
            if any(each.responses is None for each in wanted):
                typed = await _type(stack, wanted)
                found = _turns_of(events, typed)
                wanted = [
                    Turn(each.text, each.intent, each.slots, read.responses)
                    for each, read in zip(wanted, found.values(), strict=True)
                ]
            said[conversation] = wanted, numbers

    await asyncio.gather(*(talk() for _ in range(AT_ONCE)))
    compared = []
    for conversation, (wanted, numbers) in said.items():
        came = _turns_of(events, conversation)
        compared += [Compared(turn, came.get(number)) for turn, number in zip(wanted, numbers, strict=True)]
    return compared


async def _say(stack: Stack, session: Sequence[Spoken]) -> tuple[str, list[int | None]]:
    """Speak a session's turns; its name, and the number that each turn got, if it was answered."""
    lead, tail = (bytes(ms * HEARING_RATE_HZ // 1_000 * SAMPLE_BYTES) for ms in (LEAD_MS, TAIL_MS))
    numbers: list[int | None] = []
    token = await asyncio.to_thread(fetch_token, stack.page)
    async with VoiceClient.connect(stack.page, token=token, speech=False, timezone="Europe/Oslo") as client:
        for each in session:
            seen = len(client.received)
            await client.say(lead + each.pcm + tail).ended
            number = None
            with contextlib.suppress(ClientError):
                number = (await client.until("final", after=seen, understood=True))["turn"]
                await client.until("reply_end", after=seen, turn=number)
            numbers.append(number)
        await client.end()
        return client.session, numbers


async def _type(stack: Stack, turns: Sequence[Turn]) -> str:
    """Type the same; the session's name."""
    token = await asyncio.to_thread(fetch_token, stack.page)
    async with VoiceClient.connect(
        stack.page, token=token, streaming=False, speech=False, timezone="Europe/Oslo"
    ) as client:
        for number, each in enumerate(turns, 1):
            await client.send("text", text=each.text)
            await client.until("reply_end", turn=number)
        await client.end()
        return client.session


def _turns_of(events: Path, conversation: str) -> dict[int | None, Turn]:
    """A conversation's turns by number, from what Rasa's event broker wrote."""
    turns: dict[int | None, Turn] = {}
    number = None
    for line in events.read_text().splitlines():
        event: dict[str, Any] = json.loads(line)
        if event.get("sender_id") != conversation:
            continue
        if event["event"] == "user" and event["parse_data"].get("semantics"):
            number = event["metadata"]["turn"]
            slots = [(slot["name"], str(slot["value"])) for slot in event["parse_data"]["semantics"]["slots"]]
            intent = event["parse_data"]["intent"]["name"]
            turns[number] = Turn(event["text"], intent, _sorted(slots), ())
        elif event["event"] == "bot" and number in turns:
            turn, name = turns[number], event["metadata"].get("utter_action")
            answered = (*(turn.responses or ()), *([name] if name else []))
            turns[number] = Turn(turn.text, turn.intent, turn.slots, answered)
    return turns


def _slots_written(example: Example) -> Slots:
    return _sorted([(each.entity, example.text[each.start : each.end]) for each in example.entities])


def _sorted(slots: Sequence[Sequence[str]]) -> Slots:
    return tuple(sorted((name, value.lower()) for name, value in slots))


def figures(compared: Sequence[Compared]) -> dict[str, float | int]:
    """Shares of what came as it was to come, and the word error rate."""
    heard = [each for each in compared if each.came is not None]
    wer = jiwer.wer([each.wanted.text for each in heard], [each.came.text for each in heard if each.came])
    shares = {
        what: sum(each.alike(what) for each in compared) / len(compared)
        for what in ("text", "intent", "slots", "responses")
    }
    return {"turns": len(compared), "unanswered": len(compared) - len(heard), "wer": float(wer), **shares}


def differences(compared: Sequence[Compared]) -> list[str]:
    """Each turn that was answered otherwise, as a line."""
    return [
        f"{each.wanted.text!r} ({each.wanted.intent}): "
        + ("not answered" if each.came is None else f"heard {each.came.text!r} ({each.came.intent})")
        for each in compared
        if not each.alike("responses")
    ]


def main() -> int:
    """Replay, print what came, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--utterances", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--recordings", type=Path, help="a folder of sessions to be replayed as well")
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args()
    told: dict[str, Mapping[str, float | int]] = {}
    weather = WrittenWeather(now=datetime.now())  # noqa: DTZ005 - on the clocks of the place that it is for
    with tempfile.TemporaryDirectory() as folder, serving(weather) as sky, serving(WrittenRates()) as rates:
        events = Path(folder) / "events"
        with running_stack({"RAPPORT_WEATHER_URL": sky, "RAPPORT_RATES_URL": rates}, events=events) as stack:
            kinds = {"utterances": asyncio.run(utterances(stack, options.utterances, options.seed))}
            if options.recordings:
                kinds["recordings"] = recordings(options.recordings)
            print(f"bench.replay; seed {options.seed}; {machine()}")
            for kind, sessions in kinds.items():
                if not any(sessions):
                    continue
                compared = asyncio.run(replay(stack, events, sessions))
                print(*differences(compared)[:SHOWN], sep="\n")
                told[kind] = figures(compared)
    for kind, found in told.items():
        print(
            f"{kind}: {found['turns']} turns, {found['unanswered']} not answered; as it was to be: "
            f"words {found['text']:.0%} (word error rate {found['wer']:.1%}), intent {found['intent']:.0%}, "
            f"slots {found['slots']:.0%}, answer {found['responses']:.0%}"
        )
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "seed": options.seed, **told}, indent=2) + "\n")
    return 1 if any(found["unanswered"] for found in told.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
