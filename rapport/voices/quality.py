"""What is asked of a recording before a voice is cloned from it: measures, a verdict a measure, advice in plain words.

`measure` listens, and blocks; `judge` decides, and is pure. Figures behind the thresholds are in docs/voices.md;
`python -m bench.cloning` measures them anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rapport.speech.audio import HEARING_RATE_HZ
from rapport.speech.vad import FRAME_BYTES, FRAME_MS, FRAME_SAMPLES, SileroVad, SpeechDetector
from rapport.voices.dnsmos import Dnsmos
from rapport.voices.sound import Recording, Samples, as_pcm
from rapport.voices.speaker import SpeakerModel, VoicePrint

SHORTEST_S = 3.0
"""Speech, in seconds, below which one take says too little: two stretches of the speaker network."""

AUDIBLE_S = 0.5
"""Speech, in seconds, below which nothing can be said of a voice."""

LEAST_RATE_HZ = 16_000
LEAST_BITS = 16

CLIPPED_FROM = 0.985
CLIPPED_RUN = 3
MOST_CLIPPED = 0.001
"""Of the samples of speech, the share that lies in runs at the top: LibriSpeech has under 0.0001."""

QUIETEST_DBFS = -42.0
LOUDEST_DBFS = -9.0
"""The level of speech. LibriSpeech test-other: -33 to -17."""

LEAST_SNR_DB = 15.0
"""Speech over what is between it. Kitchen noise at 10 dB is refused, clean LibriSpeech passes; see docs/voices.md."""

LEAST_SPEECH_SHARE = 0.4

LEAST_AGREEMENT = 0.76
"""Of 85 LibriSpeech clips one lies below; of 140 that were joined from two speakers, two lie above."""

LEAST_MOS = 2.4
"""DNSMOS overall, 1 to 5. LibriSpeech test-other has a median of 3.1; clipped speech 2.4."""

EDGE_FRAMES = 2
"""Frames at a word's edge that count neither as speech nor as quiet."""

LEAST_QUIET_MS = 200
"""Of quiet, from which the noise can be told."""

SILENT_DBFS = -96.0
"""What nothing at all comes to: the last of 16 bits."""


@dataclass(frozen=True)
class Measures:
    """A recording in numbers.

    Attributes:
        duration_s: All of it.
        speech_s: What of it is speech.
        rate_hz: Samples a second.
        bits: Of a sample.
        channels: Before they were mixed down.
        clipped: Share of the samples that is cut off at the top.
        level_dbfs: Of the speech.
        snr_db: Speech over what is between it.
        agreement: How alike the parts of it are to each other: one speaker is near 1.
        mos: DNSMOS overall, 1 to 5.
    """

    duration_s: float
    speech_s: float
    rate_hz: int
    bits: int
    channels: int
    clipped: float
    level_dbfs: float
    snr_db: float
    agreement: float
    mos: float


@dataclass(frozen=True)
class Check:
    """One verdict.

    Attributes:
        name: `duration`, `rate`, `depth`, `clipping`, `level`, `noise`, `speech`, `one_speaker`, `sound`, …
        value: What was measured, as people read it.
        passed: Whether that will do.
        advice: What to do where it won't; empty where it will.
    """

    name: str
    value: str
    passed: bool
    advice: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain JSON."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class Heard:
    """A recording that was listened to.

    Attributes:
        measures: In numbers.
        speech: What of it is speech, 16 kHz.
        voice: Whose that is; None where there is too little of it.
    """

    measures: Measures
    speech: Samples
    voice: VoicePrint | None


def judge(measures: Measures) -> tuple[Check, ...]:
    """The verdicts, in the order in which they are read: what a file is, then how it sounds.

    Where nobody speaks, that is the one thing to say of the sound.
    """
    if measures.speech_s < AUDIBLE_S:
        advice = "I hear nobody speak. Is the right microphone chosen, and is it on?"
        return (Check("speech", "none", False, advice), _rate(measures), _depth(measures))
    return tuple(check(measures) for check in _CHECKS)


def passes(checks: tuple[Check, ...]) -> bool:
    """Whether all went well."""
    return all(check.passed for check in checks)


def measure(recording: Recording, speakers: SpeakerModel, mos: Dnsmos) -> Heard:
    """Listen to a recording: some 130 ms a second of it on one core, most of it DNSMOS."""
    is_speech = _speech_frames(recording.heard)
    frames = recording.heard[: len(is_speech) * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    speech: Samples = frames[is_speech].reshape(-1)
    quiet = frames[~_widened(is_speech)]
    level = _dbfs(speech)
    voice = speakers.print_of(speech) if len(speech) >= AUDIBLE_S * HEARING_RATE_HZ else None
    measures = Measures(
        duration_s=recording.duration_s,
        speech_s=len(speech) / HEARING_RATE_HZ,
        rate_hz=recording.rate_hz,
        bits=recording.bits,
        channels=recording.channels,
        clipped=_clipped(recording.samples),
        level_dbfs=level,
        snr_db=level - _floor_dbfs(quiet, frames),
        agreement=voice.agreement if voice else 0.0,
        mos=mos.overall(recording.heard) if voice else 1.0,
    )
    return Heard(measures, speech, voice)


def _duration(is_: Measures) -> Check:
    short = is_.speech_s < SHORTEST_S
    advice = f"That was too short. Speak for at least {SHORTEST_S:.0f} seconds." if short else ""
    return Check("duration", f"{is_.duration_s:.1f} s, {is_.speech_s:.1f} s of it speech", not short, advice)


def _rate(is_: Measures) -> Check:
    low = is_.rate_hz < LEAST_RATE_HZ
    advice = "It was recorded at telephone quality. Record at 16 kHz or more; 48 kHz is best." if low else ""
    return Check("rate", f"{is_.rate_hz / 1000:g} kHz", not low, advice)


def _depth(is_: Measures) -> Check:
    low = is_.bits < LEAST_BITS
    return Check("depth", f"{is_.bits} bit", not low, "Save it with 16 bits or more." if low else "")


def _clipping(is_: Measures) -> Check:
    much = is_.clipped > MOST_CLIPPED
    advice = "It’s too loud, so that it is distorted. Move away a little, or turn the microphone down." if much else ""
    return Check("clipping", f"{is_.clipped:.2%}", not much, advice)


def _level(is_: Measures) -> Check:
    advice = ""
    if is_.level_dbfs < QUIETEST_DBFS:
        advice = "It’s very quiet. Come closer to the microphone, or turn it up."
    if is_.level_dbfs > LOUDEST_DBFS:
        advice = "It’s too loud. Move away a little, or turn the microphone down."
    return Check("level", f"{is_.level_dbfs:.0f} dBFS", not advice, advice)


def _noise(is_: Measures) -> Check:
    noisy = is_.snr_db < LEAST_SNR_DB
    advice = "It’s quite noisy. Try a quieter room." if noisy else ""
    return Check("noise", f"{is_.snr_db:.0f} dB above the noise", not noisy, advice)


def _speech(is_: Measures) -> Check:
    share = is_.speech_s / is_.duration_s if is_.duration_s else 0.0
    little = share < LEAST_SPEECH_SHARE
    advice = "There’s little speech in it. Begin when the recording begins, and speak without long pauses."
    return Check("speech", f"{share:.0%}", not little, advice if little else "")


def _one_speaker(is_: Measures) -> Check:
    several = is_.agreement < LEAST_AGREEMENT
    advice = "I hear more than one voice, or a voice that changes. Record yourself alone." if several else ""
    return Check("one_speaker", f"{is_.agreement:.2f} alike", not several, advice)


def _sound(is_: Measures) -> Check:
    bad = is_.mos < LEAST_MOS
    advice = "It sounds dull or distorted. Use another microphone, or come closer to it." if bad else ""
    return Check("sound", f"{is_.mos:.1f} of 5 (DNSMOS)", not bad, advice)


_CHECKS: tuple[Callable[[Measures], Check], ...] = (
    _duration,
    _rate,
    _depth,
    _clipping,
    _level,
    _noise,
    _speech,
    _one_speaker,
    _sound,
)


def _speech_frames(heard: Samples) -> np.ndarray[Any, np.dtype[np.bool_]]:
    detector = SpeechDetector(SileroVad())
    pcm = as_pcm(heard)
    return np.array(
        [detector.hear(pcm[at : at + FRAME_BYTES]) for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)],
        dtype=np.bool_,
    )


def _widened(speech: np.ndarray[Any, np.dtype[np.bool_]]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    kernel = np.ones(2 * EDGE_FRAMES + 1)
    return np.convolve(speech, kernel, "same") > 0 if len(speech) else speech


def _dbfs(samples: Samples) -> float:
    power = float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0
    return max(SILENT_DBFS, 10 * float(np.log10(power))) if power else SILENT_DBFS


def _floor_dbfs(quiet: Samples, frames: Samples) -> float:
    """How loud it is where nobody speaks: the middle one of those frames, so that a word that was taken for quiet does
    not count as noise; where somebody always speaks, the quietest twentieth."""
    if len(quiet) * FRAME_MS >= LEAST_QUIET_MS:
        powers = np.median(np.square(quiet, dtype=np.float64).mean(axis=1))
    else:
        powers = np.quantile(np.square(frames, dtype=np.float64).mean(axis=1), 0.05)
    return max(SILENT_DBFS, 10 * float(np.log10(max(float(powers), 1e-12))))


def _clipped(samples: Samples) -> float:
    at_top = np.abs(samples) >= CLIPPED_FROM
    if not at_top.any():
        return 0.0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], at_top.view(np.int8), [0]))))
    lengths = edges[1::2] - edges[::2]
    return float(lengths[lengths >= CLIPPED_RUN].sum() / len(samples))
