"""How soon a reply is heard: synthesis request to first audio, through a real voice server.

    python -m bench.synthesis [--uri URI] [--at-once N] [--rounds N] [--json FILE]

Runs in the `rasa` environment, as the channel does. Without `--uri` it starts a voice server. What is timed is what
the channel does: a reply is asked for over a warm connection, cut at its clauses, and the clock stops at the first
chunk, then at the first sample of it that is not silence. "Starved" counts clauses that were not there yet when
the ones before had been played out.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import statistics
import time
from array import array
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rapport.speech.audio import PcmChunk
from rapport.speech.clauses import cut_clauses
from rapport.speech.synthesizer import Sound, Synthesizer
from rapport.speech.wyoming_voice import WyomingSynthesizer
from tests.voice_process import running_voice_server

AUDIBLE = 330
"""A sample louder than this, of 32,768, is no silence: -40 dBFS, which the voice's own noise stays far below."""

REPLIES = (
    "Hello! What can I do for you?",
    "Hi there. Good to hear you.",
    "It's twenty past four in Tokyo.",
    "It's 14:30.",
    "Right now it's 9:05 in New York, which is five hours behind you.",
    "Today is Sunday, November 22, 2026.",
    "It's the 3rd of March.",
    "Sure, I'll speak slower from now on.",
    "Okay, louder.",
    "All right, I'll be quiet.",
    "I can tell you the time, do sums, or just chat with you for a while.",
    "I'm Rapport, a voice assistant that runs on your own machine.",
    "No, nothing you say is recorded unless you ask me to.",
    "Twelve percent of eighty is nine point six.",
    "12% of 80 is 9.6.",
    "The square root of 144 is 12.",
    "That's 1,250 divided by 8, which makes 156.25.",
    "Sorry, I didn't catch that.",
    "I'm not sure I understood. Did you mean the time, or the date?",
    "Did you want to know the time in Paris, or something else?",
    "I can't help with that yet, but you can ask me about the time or numbers.",
    "You're welcome!",
    "Goodbye. Talk to you soon.",
    "Why did the scarecrow win a prize? Because he was outstanding in his field.",
    "I'm doing well, thanks for asking. How are you?",
    "I don't know how the weather is, because I don't look outside.",
    "Okay, never mind.",
    "As I said, it's twenty past four in Tokyo.",
    "Happy birthday! I hope you have a wonderful day with your friends.",
    "That place I don't know. Could you name a larger city near it?",
)


@dataclass(frozen=True)
class Heard:
    """One reply's times, in milliseconds from the request of its first clause."""

    first_chunk_ms: float
    first_sound_ms: float
    whole_ms: float
    speech_ms: float
    starved: int
    clauses: int


async def speak(synthesizer: Synthesizer, reply: str) -> Heard:
    """Ask for a reply, and take the times."""
    asked = time.perf_counter()
    first_chunk_ms = first_sound_ms = None
    speech_ms = 0.0
    starved = 0
    begun = False
    clauses = [clause.strip() for clause in cut_clauses(reply)]

    async def told() -> AsyncIterator[str]:
        for clause in clauses:
            yield clause

    async with contextlib.aclosing(synthesizer.speak(told())) as pieces:
        async for piece in pieces:
            if not isinstance(piece, Sound):
                begun = False
                continue
            now_ms = (time.perf_counter() - asked) * 1_000
            if first_chunk_ms is None:
                first_chunk_ms = now_ms
            elif not begun and now_ms > first_chunk_ms + speech_ms:
                starved += 1
            begun = True
            if first_sound_ms is None and (quiet_ms := _quiet_ms(piece.pcm)) < piece.pcm.duration_ms:
                first_sound_ms = now_ms + speech_ms + quiet_ms
            speech_ms += piece.pcm.duration_ms
    if first_chunk_ms is None or first_sound_ms is None:
        raise RuntimeError("a reply was spoken without a sound")
    whole_ms = (time.perf_counter() - asked) * 1_000
    return Heard(first_chunk_ms, first_sound_ms, whole_ms, speech_ms, starved, len(clauses))


def _quiet_ms(chunk: PcmChunk) -> float:
    samples = array("h", chunk.samples)
    loud = next((position for position, sample in enumerate(samples) if abs(sample) > AUDIBLE), len(samples))
    return loud / chunk.rate_hz * 1_000


async def measure(uri: str, rounds: int, at_once: int) -> list[Heard]:
    """Every reply `rounds` times, `at_once` sessions beside each other."""
    synthesizer = WyomingSynthesizer(uri, idle_connections=at_once)
    heard: list[Heard] = []

    async def session(number: int) -> None:
        for turn in range(rounds * len(REPLIES)):
            heard.append(await speak(synthesizer, REPLIES[(turn + number * 7) % len(REPLIES)]))  # noqa: PERF401

    try:
        for reply in REPLIES[:3]:
            await speak(synthesizer, reply)
        await asyncio.gather(*(session(number) for number in range(at_once)))
    finally:
        await synthesizer.close()
    return heard


def summary(heard: list[Heard]) -> dict[str, object]:
    """What the table shows, as JSON."""
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "replies": len(heard),
        "first_chunk_ms": _quantiles([one.first_chunk_ms for one in heard]),
        "first_sound_ms": _quantiles([one.first_sound_ms for one in heard]),
        "real_time_factor": round(sum(one.whole_ms for one in heard) / sum(one.speech_ms for one in heard), 3),
        "starved": f"{sum(one.starved for one in heard)} of {sum(one.clauses for one in heard)} clauses",
    }


def _quantiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"p50": round(cuts[49]), "p95": round(cuts[94]), "max": round(max(values))}


def main() -> None:
    """Measure, print a table, and write JSON where asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench.synthesis", description="Synthesis request to first audio.")
    parser.add_argument("--uri", help="a voice server that runs already")
    parser.add_argument("--rounds", type=int, default=3, help="how often each reply is spoken")
    parser.add_argument("--at-once", type=int, default=1, help="sessions that speak beside each other")
    parser.add_argument("--json", type=Path, help="also write the figures, and every reply's, to this file")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        uri = arguments.uri or stack.enter_context(running_voice_server()).uri
        heard = asyncio.run(measure(uri, arguments.rounds, arguments.at_once))
    figures = summary(heard)
    for name, value in figures.items():
        print(f"{name:18} {value}")
    if arguments.json:
        arguments.json.write_text(
            json.dumps({**figures, "each": [asdict(one) for one in heard]}, indent=2) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
