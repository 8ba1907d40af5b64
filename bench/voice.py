"""The whole way at the ear: recorded utterances through the running server, at the speed of speech.

    python -m bench.voice [--data DIR] [--url URL] [--json FILE]

Without `--data` the utterances are twenty requests, spoken by the voice server itself; with it, the WAV and FLAC files
of a folder, whose transcripts, where there are any, lie beside them (`NAME.txt`, or LibriSpeech's `*.trans.txt`). Every
latency is taken from the moment at which the last voiced sample left the client to the moment at which the client had
what is named, so nothing is hidden between stages. Without `--url` it uses the stack of `make run`, or starts its own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jiwer

from bench.report import Report, percentiles
from channels.client import ClientError, VoiceClient
from channels.playback import TICK_MS
from ops.stack import Stack, announced, running_stack
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES, Resampler, gain, read_wav
from rapport.speech.synthesizer import whole_sound_of
from rapport.speech.wyoming_voice import WyomingSynthesizer

REQUESTS = (
    "what time is it",
    "what day is it today",
    "what time is it in tokyo",
    "what is twelve percent of eighty",
    "what can you do",
    "who are you",
    "tell me a joke",
    "how are you today",
    "good morning",
    "thank you very much",
    "what is seven times eight",
    "are you recording me",
    "repeat that please",
    "could you speak a bit slower",
    "back to normal speed",
    "what's the date today",
    "what is the square root of two",
    "never mind",
    "are you a robot",
    "what time is it in new york",
)
BARGE_INS = 8
LONG_QUESTION = "what can you do"
INTERRUPTION = "what day is it today"
FLOOR_DB = -35
"""A 10 ms stretch is voiced where it is at most this far below the recording's loudest."""
LEAD_MS = 300


@dataclass(frozen=True)
class Utterance:
    """A recording at 16 kHz, and what is said in it, where that is known."""

    name: str
    pcm: bytes
    text: str | None

    def voiced_ms(self) -> tuple[int, int]:
        """Where the voice begins and ends."""
        import numpy

        samples = numpy.frombuffer(self.pcm, dtype="<i2").astype(numpy.float64)
        step = HEARING_RATE_HZ // 100
        levels = numpy.sqrt((samples[: len(samples) // step * step].reshape(-1, step) ** 2).mean(axis=1))
        voiced = numpy.flatnonzero(levels > levels.max() * 10 ** (FLOOR_DB / 20))
        return int(voiced[0]) * 10, (int(voiced[-1]) + 1) * 10


@dataclass
class Measured:
    """Milliseconds of each turn, and the words of those whose text is known."""

    times: dict[str, list[float]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    recognised: list[str] = field(default_factory=list)
    spoken_s: float = 0.0
    failures: int = 0

    def add(self, name: str, ms: float) -> None:
        """Take one more figure of a kind."""
        self.times.setdefault(name, []).append(ms)


async def speak_requests(voice_uri: str, texts: tuple[str, ...]) -> list[Utterance]:
    """Have the voice server speak texts, for the microphone."""
    voice = WyomingSynthesizer(voice_uri)
    try:
        utterances = []
        for text in texts:
            pcm = await whole_sound_of(voice, text, HEARING_RATE_HZ)
            utterances.append(Utterance(text, gain(pcm, 0.5), text))
        return utterances
    finally:
        await voice.close()


def read_folder(folder: Path) -> list[Utterance]:
    """Read a folder's recordings."""
    texts = {path.stem: path.read_text().strip().lower() for path in folder.glob("*.txt") if ".trans" not in path.name}
    for path in folder.glob("*.trans.txt"):
        for line in path.read_text().splitlines():
            name, _, text = line.partition(" ")
            texts[name] = text.lower()
    utterances = []
    for path in sorted([*folder.glob("*.wav"), *folder.glob("*.flac")]):
        sound = read_wav(path)
        resampler = Resampler(sound.rate_hz, HEARING_RATE_HZ)
        utterances.append(Utterance(path.stem, resampler.feed(sound.samples) + resampler.flush(), texts.get(path.stem)))
    return utterances


async def measure_turn(client: VoiceClient, utterance: Utterance, measured: Measured) -> None:
    """Say one utterance, and hear its answer out."""
    begin, end = utterance.voiced_ms()
    measured.spoken_s += (end - begin) / 1_000
    seen, heard = len(client.received), len(client.playback.sounded)
    spoken = client.say(bytes(LEAD_MS * HEARING_RATE_HZ // 1_000 * SAMPLE_BYTES) + utterance.pcm)
    voice_end = await spoken.began + (LEAD_MS + end) / 1_000
    await spoken.ended
    try:
        await client.reply(after=seen)
    except ClientError:
        measured.failures += 1
        return
    messages = client.received[seen:]
    finals = [each for each in messages if each.fields["type"] == "final" and each.fields["text"]]
    metrics = [each.fields for each in messages if each.fields["type"] == "metrics"]
    if utterance.text is not None:
        measured.said.append(utterance.text)
        measured.recognised.append(" ".join(each.fields["text"] for each in finals))
    voiced = [tick for tick in client.playback.sounded[heard:] if tick.voiced]
    if len(finals) != 1 or not metrics or not voiced or finals[0].at < voice_end:
        # A reader's pause made two turns of it, or nothing was understood: no latency of one turn.
        measured.failures += 1
        return
    measured.add("voice end to final transcript at the client", (finals[0].at - voice_end) * 1_000)
    measured.add("voice end to intent, as the server has it", metrics[0]["intent_ms"])
    measured.add("synthesis request to first audio", metrics[0]["synthesis_ms"])
    ear_ms = (voiced[0].at - voice_end) * 1_000
    measured.add("VOICE END TO FIRST VOICED SAMPLE AT THE EAR", ear_ms)
    stages = stages_of(metrics[0])
    for stage, ms in stages.items():
        measured.add(f"  of it {stage}", ms)
    # The network, playing, and where the voice was thought to end.
    measured.add("  of it in no stage", ear_ms - sum(stages.values()))


def stages_of(told: Mapping[str, Any]) -> dict[str, float]:
    """The stages of a turn, one after the other, milliseconds, as the server's metrics have them.

    Args:
        told: A `metrics` message of a spoken turn.
    """
    return {
        "recognition": told["final_ms"],
        "understanding": told["intent_ms"] - told["final_ms"],
        "deciding": told["first_reply_ms"] - told["intent_ms"],
        "synthesis": told["synthesis_ms"],
    }


async def measure_barge_in(
    client: VoiceClient, question: Utterance, interruption: Utterance, measured: Measured
) -> None:
    """Interrupt a long answer a second into it, and see when it falls silent."""
    seen, heard = len(client.received), len(client.playback.sounded)
    client.say(question.pcm)
    await client.until("reply", after=seen)
    while not any(tick.voiced for tick in client.playback.sounded[heard:]):  # noqa: ASYNC110 - as a listener would
        await asyncio.sleep(TICK_MS / 1_000)
    await asyncio.sleep(0.7)
    spoken = client.say(interruption.pcm)
    begins = await spoken.began + interruption.voiced_ms()[0] / 1_000
    try:
        await client.until("cut", after=seen)
    except ClientError:
        measured.failures += 1
    else:
        stopped = next(m.at for m in client.received[seen:] if m.fields["type"] == "cut")
        held = [m.at for m in client.received[seen:] if m.fields == {"type": "playback", "action": "hold"}]
        last = max(tick.at + TICK_MS / 1_000 for tick in client.playback.sounded if tick.voiced and tick.at < stopped)
        if held:
            measured.add("barge-in to silence at the ear", (last - begins) * 1_000)
            measured.add("barge-in to the reply's end", (stopped - begins) * 1_000)
    await spoken.ended
    with contextlib.suppress(ClientError):
        await client.until("reply_end", after=len(client.received))
        await client.playback.idle()


def usage_of(stack: Stack | None) -> dict[str, tuple[float, float]]:
    """CPU seconds and resident megabytes of each process of a stack, its children included."""
    if stack is None:
        return {}
    usage = {}
    for name, pid in stack.pids.items():
        pids = [pid, *_children(pid)]
        usage[name] = (sum(map(_cpu_s, pids)), sum(map(_resident_mb, pids)))
    return usage


def _children(pid: int) -> list[int]:
    found = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listing.read_text().split():
            found += [int(child), *_children(int(child))]
    return found


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def measure(page: str, voice_uri: str | None, data: Path | None, stack: Stack | None) -> Report:
    """Run everything against a server."""
    if data is None and voice_uri is None:
        raise ClientError("with --url, give --data too: there is no voice here to speak the requests")
    helpers = await speak_requests(voice_uri, (LONG_QUESTION, INTERRUPTION)) if voice_uri else []
    utterances = read_folder(data) if data else await speak_requests(voice_uri or "", REQUESTS)
    measured = Measured()
    async with VoiceClient.connect(page) as client:
        await measure_turn(client, utterances[0], Measured())  # the first turn warms what is lazy
        before = usage_of(stack)
        for utterance in utterances:
            await measure_turn(client, utterance, measured)
            print(".", end="", flush=True, file=sys.stderr)
        after = usage_of(stack)
        if helpers:
            for _ in range(BARGE_INS):
                await measure_barge_in(client, helpers[0], helpers[1], measured)
                print("|", end="", flush=True, file=sys.stderr)
        await client.end()
    print(file=sys.stderr)
    report = Report("voice", f"{len(utterances)} utterances, {measured.spoken_s:.0f} s of speech")
    for name, times in measured.times.items():
        report.row(name, **percentiles(times), unit="ms")
    if measured.said:
        report.row("word error rate", value=100 * float(jiwer.wer(measured.said, measured.recognised)), unit="%")
    report.row(
        "turns without a latency (two turns of one recording, or nothing heard)", value=measured.failures, unit=""
    )
    for name in after:
        cpu_s = after[name][0] - before[name][0]
        report.row(f"CPU of {name} a spoken second", value=cpu_s / measured.spoken_s, unit="s")
        report.row(f"memory of {name}", value=after[name][1], unit="MB")
    return report


@contextlib.contextmanager
def _server(url: str | None) -> Iterator[tuple[str, str | None, Stack | None]]:
    if url is not None:
        yield url, None, None
    elif (stack := announced()) is not None:
        yield stack.page, stack.voice_uri, stack
    else:
        with running_stack() as own:
            yield own.page, own.voice_uri, own


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.voice", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, help="folder of recordings")
    parser.add_argument("--url", help="the page of a running server; needs --data")
    parser.add_argument("--json", type=Path, help="where the figures go as JSON")
    options = parser.parse_args(arguments)
    try:
        with _server(options.url) as (page, voice_uri, stack):
            report = asyncio.run(measure(page, voice_uri, options.data, stack))
    except ClientError as error:
        print(error, file=sys.stderr)
        return 1
    report.print()
    if options.json:
        report.write(options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
