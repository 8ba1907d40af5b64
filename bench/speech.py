"""How soon the voice server speaks, by each of its rungs, beside bare clients of the same provider in the same run.

    python -m bench.speech [--rounds N] [--replies N] [--json FILE]

The provider is the emulator in a process of its own, which speaks with the local voice. All ways are asked in turn, so
that what else the machine does hits all of them alike. What is timed is request to first audio. The bare clients, one
of `websockets` and the official SDK, do what a client cannot do without: send the text and wait for sound. The bare
socket is warm, as ours is, and uses one context a request. Where the provider was late and the local voice stood in,
its time counts, since that is what is heard; the table says how often.

Then two days of conversation are replayed (`_speech_day.py`), and it is judged by ear (`_speech_sound.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import random
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

from elevenlabs import AsyncElevenLabs, VoiceSettings
from websockets.asyncio.client import ClientConnection, connect

from bench._speech_day import REPLIES, days
from bench._speech_sound import judge, spoken
from bench.report import Report, percentiles
from rapport.speech.synthesizer import NEUTRAL, Sound, SpeechStyle
from rapport.speech.wyoming_voice import WyomingSynthesizer
from tests.emulator_process import KEY, EmulatorProcess, running_emulator
from tests.fakes.speaking_desk import PROOF, speaking_desk
from tests.voice_process import ROOT, running_voice_server
from voice_server.catalogue import read_catalogue
from voice_server.elevenlabs import MODEL, VOICE
from voice_server.phrases import clauses_of, fixed_wordings

ENVIRONMENT = "services"

LOCAL_VOICES = [name for name, each in read_catalogue().presets.items() if not each.cloud]

SETTINGS = {"stability": 0.5, "similarity_boost": 0.75, "style": 0.0, "speed": 1.0}
RESAMPLES = 2_000
"""Of the bootstrap that gives the ratios' intervals."""
SEED = 7

Way = Callable[[str], Awaitable[float]]
"""Asks for a text, and gives the milliseconds to its first audio; it is spoken to its end before that returns."""


def texts(rounds: int) -> list[str]:
    """Different sentences of the same length, none of which was spoken before."""
    numbers = random.Random(SEED)
    hours = "one two three four five six seven eight nine ten eleven twelve".split()
    return [f"It's {numbers.choice(hours)} past {numbers.choice(hours)} number {n}." for n in range(rounds)]


def through(synthesizer: WyomingSynthesizer, style: SpeechStyle, stood_in: list[str]) -> Way:
    """A voice server's way; texts that another voice had to speak are added to `stood_in`."""

    async def ask(text: str) -> float:
        async def clauses() -> AsyncIterator[str]:
            yield text

        asked, first_ms = time.perf_counter(), None
        async with contextlib.aclosing(synthesizer.speak(clauses(), style)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Sound):
                    first_ms = first_ms or (time.perf_counter() - asked) * 1_000
                elif piece.stand_in:
                    stood_in.append(text)
        assert first_ms is not None
        return first_ms

    return ask


def bare_socket(socket: ClientConnection) -> Way:
    """`websockets` alone, on an open connection."""

    async def ask(text: str) -> float:
        name = f"b{time.perf_counter_ns()}"
        asked, first_ms = time.perf_counter(), None
        for message in (
            {"context_id": name, "text": " ", "voice_settings": SETTINGS},
            {"context_id": name, "text": f"{text} "},
            {"context_id": name, "text": "", "flush": True},
            {"context_id": name, "close_context": True},
        ):
            await socket.send(json.dumps(message))
        async for frame in socket:
            said = json.loads(frame)
            if said.get("audio") and base64.b64decode(said["audio"]):
                first_ms = first_ms or (time.perf_counter() - asked) * 1_000
            if said.get("isFinal"):
                break
        assert first_ms is not None
        return first_ms

    return ask


def bare_sdk(client: AsyncElevenLabs, *, whole: bool) -> Way:
    """The official SDK alone: to its first bytes, or to its whole answer, since a clause is given whole."""

    async def ask(text: str) -> float:
        asked, first_ms = time.perf_counter(), None
        sound = client.text_to_speech.stream(
            VOICE,
            text=text,
            model_id=MODEL,
            output_format="pcm_22050",
            voice_settings=VoiceSettings(**dict[str, Any](SETTINGS)),
        )
        async for chunk in sound:
            if chunk:
                first_ms = first_ms or (time.perf_counter() - asked) * 1_000
        assert first_ms is not None
        return (time.perf_counter() - asked) * 1_000 if whole else first_ms

    return ask


async def measure(
    report: Report, emulator: EmulatorProcess, uri: str, start_another: Callable[[], str], rounds: int
) -> dict[str, list[float]]:
    """Milliseconds to first audio, by way; the report is told how each voice sounds."""
    stood_in: dict[str, list[str]] = {"socket": [], "http": [], "local voice": []}
    agreed = SpeechStyle(proof=PROOF)
    with_socket = WyomingSynthesizer(uri)
    query = f"model_id={MODEL}&output_format=pcm_22050&auto_mode=true&sync_alignment=true"
    url = f"{emulator.url.replace('http', 'ws', 1)}/v1/text-to-speech/{VOICE}/multi-stream-input?{query}"
    async with connect(url, additional_headers={"xi-api-key": KEY}, compression=None, max_size=None) as socket:
        # Whoever connects from here on gets no socket, and speaks over HTTP.
        refused = {"kind": "error", "path": "*/multi-stream-input", "times": None, "status": 503, "handshake": True}
        emulator.control("faults", "POST", **refused)
        without = WyomingSynthesizer(await asyncio.to_thread(start_another))
        sdk = AsyncElevenLabs(api_key=KEY, base_url=emulator.url)
        ways = {
            "socket": through(with_socket, agreed, stood_in["socket"]),
            "bare websockets": bare_socket(socket),
            "http": through(without, agreed, stood_in["http"]),
            "bare SDK": bare_sdk(sdk, whole=True),
            "bare SDK, first bytes": bare_sdk(sdk, whole=False),
            "local voice": through(with_socket, NEUTRAL, stood_in["local voice"]),
        }
        taken: dict[str, list[float]] = {name: [] for name in (*ways, "cached")}
        cached = clauses_of(fixed_wordings(ROOT / "domain.yml"))[0]
        for text in ("Warming up.", "Warm by now.", cached):
            for ask in ways.values():
                await ask(text)
        for each in stood_in.values():
            each.clear()
        for text in texts(rounds):
            for name, ask in ways.items():
                taken[name].append(await ask(text))
            taken["cached"].append(await ways["socket"](cached))
    await with_socket.close()
    for way in ("socket", "http"):
        # The cached clause is asked for by the socket's way too, and nobody stands in for a clip.
        report.row(f"{way}: a local voice stood in, of {rounds}", value=len(stood_in[way]), unit="")
    chosen = [(each, SpeechStyle({"voice": each}), uri) for each in LOCAL_VOICES]
    for voice, style, asked in (("local voice", NEUTRAL, uri), ("provider", agreed, uri), *chosen):
        await asyncio.to_thread(judge, report, voice, await spoken(asked, style), ROOT / "models")
    await without.close()
    return taken


def interval(ours: list[float], bare: list[float]) -> tuple[float, float, float]:
    """The ratio of the medians, and its 95 % interval by bootstrap."""
    dice = random.Random(SEED)
    ratios = sorted(
        median(dice.choices(ours, k=len(ours))) / median(dice.choices(bare, k=len(bare))) for _ in range(RESAMPLES)
    )
    return median(ours) / median(bare), ratios[RESAMPLES // 40], ratios[-RESAMPLES // 40]


def main() -> None:
    """Measure, print a table, and write JSON where asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench.speech", description="Request to first audio, by rung.")
    parser.add_argument("--rounds", type=int, default=40, help="how often each way is asked")
    parser.add_argument("--replies", type=int, default=REPLIES, help="of each day that is replayed")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        emulator = stack.enter_context(running_emulator(folder))
        desk = stack.enter_context(speaking_desk())
        told = emulator.told | desk.environment

        def start() -> str:
            return stack.enter_context(running_voice_server(environment=told)).uri

        emulator.control("switches", "PATCH", character_limit=10**9)
        report = Report("speech", f"the emulator as provider, load {os.getloadavg()[0]:.1f} at the start")
        taken = asyncio.run(measure(report, emulator, start(), start, arguments.rounds))
        emulator.control("faults", "DELETE")
        days(report, emulator, folder / "days", arguments.replies)
    for name, values in taken.items():
        report.row(f"{name}: first audio", **percentiles(values), unit="ms")
    for ours, bare in (("socket", "bare websockets"), ("http", "bare SDK"), ("http", "bare SDK, first bytes")):
        ratio, low, high = interval(taken[ours], taken[bare])
        report.row(f"{ours} / {bare} (95 %: {low:.2f} to {high:.2f})", value=ratio, unit="x")
    report.print()
    if arguments.json:
        report.write(arguments.json)


if __name__ == "__main__":
    main()
