"""How good a sample of what was spoken sounded, by voice, and whether what began late sounded worse.

One utterance in twenty, of people who agreed to be counted, is scored by DNSMOS while nobody waits for it: in a thread
that yields to all others. Kept are the day, what spoke, how soon, and the score; nobody's sound, and not whose.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import mean, median, stdev

import numpy as np
from rich.console import Console
from rich.table import Table

from rapport.errors import ModelMissing
from rapport.rank_correlation import Together, together
from rapport.speech.audio import HEARING_RATE_HZ, PcmChunk, Resampler
from rapport.telemetry import metrics
from rapport.voices.dnsmos import Dnsmos
from rapport.voices.sound import Samples
from voice_server.elevenlabs import Account
from voice_server.settings import VoiceServerSettings
from voice_server.usage import Scored, Usage

logger = logging.getLogger(__name__)

ONE_IN = 20
LONGEST_MS = 9_000.0
"""Of an utterance: what DNSMOS hears at once."""
SHORTEST_MS = 1_000.0
"""A shorter one repeats itself in DNSMOS's window, and is scored for that."""
DAYS = 30
NICE = 19

Score = Callable[[Samples], float]


class Sampling:
    """Listens to a sample.

    Args:
        score: Says how good speech sounds; called in a thread.
        usage: Keeps the scores.
        chance: Whether an utterance is part of the sample.
    """

    def __init__(
        self,
        score: Score,
        usage: Usage,
        chance: Callable[[], bool] = lambda: random.random() < 1 / ONE_IN,  # noqa: S311
    ) -> None:
        self._score = score
        self._usage = usage
        self._chance = chance
        self._busy = threading.Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="quality", initializer=_yield_to_others)

    def wanted(self, *, counted: bool) -> bool:
        """Whether an utterance that begins is to be listened to.

        Args:
            counted: Its person agreed to be counted.
        """
        return counted and not self._busy.locked() and self._chance()

    def take(self, voice: str, first_ms: float, sound: Sequence[PcmChunk]) -> None:
        """Listen to an utterance when there is time; not to two at once.

        Args:
            voice: What spoke it.
            first_ms: How soon it began.
            sound: Of it, all at one rate.
        """
        if sum(each.duration_ms for each in sound) >= SHORTEST_MS and self._busy.acquire(blocking=False):
            self._thread.submit(self._listen, voice, first_ms, tuple(sound))

    def close(self) -> None:
        """End what is being listened to. Blocks."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _listen(self, voice: str, first_ms: float, sound: Sequence[PcmChunk]) -> None:
        try:
            score = self._score(_samples(sound))
        except ModelMissing as error:
            logger.warning("how it sounds is not scored: %s", error)
            return  # still busy: it would be missing the next time, too
        except Exception as error:  # noqa: BLE001 - a thread has nobody else to tell
            logger.error("how it sounds could not be scored: %s", type(error).__name__)
        else:
            metrics.QUALITY.labels(voice).observe(score)
            self._usage.scored(Scored(voice, first_ms, score))
        self._busy.release()


def _samples(sound: Sequence[PcmChunk]) -> Samples:
    resampler = Resampler(sound[0].rate_hz, HEARING_RATE_HZ)
    pcm = b"".join(resampler.feed(each.samples) for each in sound) + resampler.flush()
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32_768)


def dnsmos_at(models: Path) -> Score:
    """DNSMOS, loaded at the first utterance that it hears."""
    loaded: list[Dnsmos] = []

    def score(speech: Samples) -> float:
        if not loaded:
            loaded.append(Dnsmos(models))
        return loaded[0].overall(speech, most=1)

    return score


def _yield_to_others() -> None:
    """On Linux, where a thread has a niceness of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


@dataclass(frozen=True)
class Sounded:
    """What a voice's sample came to.

    Attributes:
        voice: What spoke.
        utterances: That were scored.
        score: Their mean, 1 to 5.
        within: Half of its 95 % interval; None of fewer than two.
        first_ms: Median, from request to first sound.
        with_latency: How the score goes with the first sound; None where there is too little to tell.
    """

    voice: str
    utterances: int
    score: float
    within: float | None
    first_ms: float
    with_latency: Together | None


def sounded(scores: Sequence[Scored]) -> list[Sounded]:
    """The sample by voice, the best first, and all of it as `all`."""
    voices = {each.voice for each in scores}
    groups = {voice: [each for each in scores if each.voice == voice] for voice in sorted(voices)}
    rows = sorted((_summed(voice, group) for voice, group in groups.items()), key=lambda row: -row.score)
    return [*rows, _summed("all", scores)] if len(rows) > 1 else rows


def _summed(voice: str, group: Sequence[Scored]) -> Sounded:
    values = [each.score for each in group]
    within = 1.96 * stdev(values) / len(values) ** 0.5 if len(values) > 1 else None
    firsts = [each.first_ms for each in group]
    return Sounded(voice, len(values), mean(values), within, median(firsts), together(values, firsts))


def add_to(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--days", type=int, default=DAYS, help=f"look at the last so many days ({DAYS})")
    parser.add_argument("--json", action="store_true", help="print it for programs")


def run(arguments: argparse.Namespace, account: Account | None, settings: VoiceServerSettings) -> int:
    """Print it."""
    usage = Usage(settings.state / "usage.db", environment=settings.environment)
    try:
        since = datetime.now(timezone.utc).date() - timedelta(days=max(arguments.days, 1) - 1)
        rows = sounded(usage.scores(since.isoformat()))
    finally:
        usage.close()
    console = Console(highlight=False)
    if arguments.json:
        console.print_json(json.dumps([asdict(row) for row in rows]))
    elif not rows:
        console.print(
            f"Nothing was scored in these days: one utterance in {ONE_IN} is, of people who agreed to be counted "
            "(Help to improve Rapport), where `make models` fetched DNSMOS."
        )
    else:
        _show(rows, console)
    return 0


def _show(rows: Sequence[Sounded], console: Console) -> None:
    table = Table(title="How what was spoken sounded: DNSMOS, 1 to 5", title_justify="left")
    for column in ("voice", "utterances", "score", "first sound, ms", "score with lateness"):
        table.add_column(column, justify="left" if column == "voice" else "right")
    for row in rows:
        score = f"{row.score:.2f}" + (f" ± {row.within:.2f}" if row.within is not None else "")
        ranks = str(row.with_latency or "too few to tell")
        table.add_row(row.voice, str(row.utterances), score, f"{row.first_ms:.0f}", ranks)
    console.print(table)
