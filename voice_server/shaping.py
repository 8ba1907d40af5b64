"""What is done to the sound of a clause before it is sent: silence trimmed, level evened, a pause put after it.

Pure. Voices leave 30 to 60 ms of silence before the speech, which the person would wait for, and make short clauses
louder than long ones (Piper scales each to full range: "Sure," comes out 6 dB above a sentence).
"""

import numpy as np
from numpy.typing import NDArray

from rapport.speech.audio import PcmChunk

LEAD_MS = 15
"""Silence kept before the speech, for the soft onset of a consonant."""
TAIL_MS = 40
"""Silence kept after it, for the end of the last sound."""
FADE_IN_MS = 5
FADE_OUT_MS = 15
"""Over these the trimmed ends go to zero, so that they do not click."""

FRAME_MS = 5
SILENCE_DB = -50.0
"""A frame this far below the loudest one is silence: Piper's own silence lies near -85 dB."""

LEVEL_RMS = 2_600
"""Root mean square of the voiced frames, of 32,768: -22 dBFS, with room for a listener to turn it up."""
HIGHEST_PEAK = 29_000
"""-1 dBFS, which resampling further on does not drive into clipping."""

_Samples = NDArray[np.float32]

SENTENCE_PAUSE_MS = 320
CLAUSE_PAUSE_MS = 160
NO_PAUSE_MS = 0
"""Silence after a clause, at a pace of 1.0, beyond the tail that is kept."""


def pause_ms(clause: str, pace: float) -> float:
    """The pause that a clause's last mark asks for: longest after a sentence, none where words go on."""
    mark = clause.rstrip().rstrip("\"'”’»)]}*_")[-1:]
    if mark in (".", "!", "?") or clause.endswith("\n"):
        return SENTENCE_PAUSE_MS / pace
    return (CLAUSE_PAUSE_MS if mark in (",", ";", ":", "…", "—", "–", "-") else NO_PAUSE_MS) / pace


def shape(speech: PcmChunk, pause_ms: float) -> PcmChunk:
    """Trimmed to the speech, at the common level, with a pause after it; silence comes back as the pause alone."""
    samples = np.frombuffer(speech.samples, dtype="<i2").astype(np.float32)
    per_ms = speech.rate_hz / 1_000
    pause = np.zeros(round(pause_ms * per_ms), dtype=np.float32)
    voiced = _voiced_frames(samples, round(FRAME_MS * per_ms))
    if not voiced.any():
        return PcmChunk(pause.astype("<i2").tobytes(), speech.rate_hz)
    frame = round(FRAME_MS * per_ms)
    first, last = np.flatnonzero(voiced)[[0, -1]]
    start = max(0, first * frame - round(LEAD_MS * per_ms))
    end = min(len(samples), (last + 1) * frame + round(TAIL_MS * per_ms))
    loudness = np.sqrt(np.mean(_frames(samples, frame)[voiced] ** 2))
    kept = samples[start:end] * min(LEVEL_RMS / loudness, HIGHEST_PEAK / np.abs(samples).max())
    fade_in = min(round(FADE_IN_MS * per_ms), len(kept))
    fade_out = min(round(FADE_OUT_MS * per_ms), len(kept))
    kept[:fade_in] *= np.linspace(0, 1, fade_in)
    kept[len(kept) - fade_out :] *= np.linspace(1, 0, fade_out)
    return PcmChunk(np.concatenate((kept, pause)).round().astype("<i2").tobytes(), speech.rate_hz)


def _frames(samples: _Samples, frame: int) -> _Samples:
    whole = len(samples) // frame * frame
    return samples[:whole].reshape(-1, frame)


def _voiced_frames(samples: _Samples, frame: int) -> NDArray[np.bool_]:
    """Which frames are no silence, relative to the loudest; none are where there is no sound at all."""
    if len(samples) < frame:
        return np.zeros(0, dtype=np.bool_)
    loudness = np.sqrt(np.mean(_frames(samples, frame) ** 2, axis=1))
    return np.asarray((loudness > 1) & (loudness >= loudness.max() * 10 ** (SILENCE_DB / 20)))
