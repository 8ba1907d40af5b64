"""What was spoken, judged by ear: how much of it a recogniser understands, and how good it sounds."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

with contextlib.suppress(ImportError):
    # Before wetext, which carries OpenFst too: loaded after it, Vosk waits for a lock for ever.
    import vosk  # noqa: F401

from bench.report import Report
from bench.synthesis import REPLIES
from rapport.errors import ModelMissing
from rapport.speech.audio import HEARING_RATE_HZ, PcmChunk, Resampler
from rapport.speech.clauses import cut_clauses
from rapport.speech.spoken_text import SpokenText
from rapport.speech.synthesizer import Sound, SpeechStyle
from rapport.speech.wyoming_voice import WyomingSynthesizer

STEP_BYTES = 3_200
"""100 ms, as the channel hands them to the recogniser."""
SILENCE = bytes(HEARING_RATE_HZ)
"""Half a second round each reply, as in a room."""


@dataclass(frozen=True)
class Reply:
    """A reply as it was spoken.

    Attributes:
        text: Written out, as it was to be said.
        sound: All of it, at one rate.
    """

    text: str
    sound: PcmChunk


async def spoken(uri: str, style: SpeechStyle) -> list[Reply]:
    """The replies of `bench.synthesis`, as a voice server speaks them; without those in which the voice changed."""
    writing = SpokenText()
    voice = WyomingSynthesizer(uri)
    replies = []
    for text in REPLIES:
        clauses = [clause.strip() for clause in cut_clauses(text)]
        sounds: list[PcmChunk] = []
        stood_in = set()
        async with contextlib.aclosing(voice.speak(_each(clauses), style)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Sound):
                    sounds.append(piece.pcm)
                else:
                    stood_in.add(piece.stand_in)
        if True not in stood_in:
            whole = PcmChunk(b"".join(each.samples for each in sounds), sounds[0].rate_hz)
            replies.append(Reply(" ".join(map(writing.written_out, clauses)), whole))
    writing.close()
    await voice.close()
    return replies


async def _each(clauses: Sequence[str]) -> AsyncIterator[str]:
    for clause in clauses:
        yield clause


def judge(report: Report, voice: str, replies: Sequence[Reply], models: Path) -> None:
    """Add a voice's word error rate and DNSMOS, or say which library or model is not there. Blocks for some time."""
    if not replies:
        print(f"{voice}: not judged, since another voice stood in for all of it")
        return
    voice = f"{voice}, {len(replies)} replies"
    heard = [_at_hearing_rate(reply.sound) for reply in replies]
    try:
        report.row(f"{voice}: word error rate", value=100 * _error_rate(replies, heard, models), unit="%")
    except (ImportError, ModelMissing) as missing:
        print(f"{voice}: not recognised, since {_what(missing)}")
    try:
        report.row(f"{voice}: DNSMOS, of 5", value=_opinion(heard, models), unit="")
    except (ImportError, ModelMissing) as missing:
        print(f"{voice}: not rated, since {_what(missing)}")


def words_of(text: str) -> list[str]:
    """A text's words as a recogniser has them: lower case, without marks."""
    return re.findall(r"[a-z']+", text.lower().replace("’", "'").replace("-", " "))


def errors(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """How many words are to be put in, left out or changed to come from one to the other."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(wanted, 1):
        before, row[0] = row[0], number
        for place, other in enumerate(heard, 1):
            before, row[place] = row[place], min(before + (word != other), row[place] + 1, row[place - 1] + 1)
    return row[-1]


def _error_rate(replies: Sequence[Reply], heard: Sequence[bytes], models: Path) -> float:
    from rapport.speech.vosk_recognizer import VoskModel

    model = VoskModel(models / "vosk")
    wrong = spoken = 0
    for reply, pcm in zip(replies, heard, strict=True):
        recognizer = model.recognizer()
        sound = SILENCE + pcm + SILENCE
        for start in range(0, len(sound), STEP_BYTES):
            recognizer.accept(sound[start : start + STEP_BYTES], start // 2 * 1_000 // HEARING_RATE_HZ)
        wanted = words_of(reply.text)
        wrong += errors(wanted, words_of(recognizer.finish().text))
        spoken += len(wanted)
    return wrong / spoken


def _opinion(heard: Sequence[bytes], models: Path) -> float:
    from rapport.voices.dnsmos import Dnsmos

    network = Dnsmos(models)
    return float(
        np.mean([network.overall((np.frombuffer(pcm, "<i2") / 32_768).astype(np.float32), most=2) for pcm in heard])
    )


def _at_hearing_rate(sound: PcmChunk) -> bytes:
    resampler = Resampler(sound.rate_hz, HEARING_RATE_HZ)
    return resampler.feed(sound.samples) + resampler.flush()


def _what(missing: ImportError | ModelMissing) -> str:
    return f"{missing.name} is not installed" if isinstance(missing, ImportError) else str(missing)
