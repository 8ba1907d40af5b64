"""Whose voice it is: speaker embeddings by Resemblyzer's network, and how like each other two are. Blocks.

The features are Resemblyzer's own: power mel spectra of 40 bands, 25 ms windows every 10 ms, in stretches of 1.6 s.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rapport.errors import BadAudio, ModelMissing
from rapport.speech.audio import HEARING_RATE_HZ
from rapport.voices.sound import Samples

WEIGHTS = Path(__file__).with_name("resemblyzer.onnx")
WEIGHTS_SHA256 = "67149d634269118b6fc3dae3ec33a7e6231d135ab2fbd90b9a6db017ab02ce34"

N_FFT = 400
HOP = 160
BANDS = 40
FRAMES = 160
"""Of one stretch: 1.6 s."""

STEP_FRAMES = 80
"""From one stretch to the next: they overlap by half."""

SMOOTHED = 3
"""Stretches that are taken together where speakers within a recording are compared: one alone varies too much."""

LOUDNESS_DBFS = -30.0
"""What quieter speech is brought up to; Resemblyzer's `audio_norm_target_dBFS`."""

DIMENSIONS = 256

Embedding = npt.NDArray[np.float32]
"""256 numbers of length 1."""


@dataclass(frozen=True)
class VoicePrint:
    """A voice in a stretch of sound.

    Attributes:
        whole: Of all of it.
        parts: Of every 1.6 s, one a row.
    """

    whole: Embedding
    parts: npt.NDArray[np.float32]

    @property
    def agreement(self) -> float:
        """How alike the parts are to each other, as a cosine: near 1 for one speaker, less for several.

        Of every three parts in a row (3.2 s) and every other three, the tenth that is least alike.
        """
        if len(self.parts) < SMOOTHED:
            return 1.0
        runs = [mean_of(self.parts[at : at + SMOOTHED]) for at in range(len(self.parts) - SMOOTHED + 1)]
        stacked = np.stack(runs)
        return float(np.quantile(stacked @ stacked.T, 0.1))


class SpeakerModel:
    """The network. Threads may share it.

    Raises:
        ModelMissing: The weights are not what they should be.
    """

    def __init__(self, weights: Path = WEIGHTS) -> None:
        import onnxruntime

        try:
            content = weights.read_bytes()
        except OSError as error:
            raise ModelMissing(f"{weights.name} is missing; take it from the repository again") from error
        if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
            raise ModelMissing(f"{weights.name} is damaged; take it from the repository again")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._network = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def print_of(self, speech: Samples) -> VoicePrint:
        """The voice in some speech.

        Args:
            speech: 16 kHz, with little silence in it; what is shorter than 1.6 s is repeated up to that.
        """
        if len(speech) < FRAMES * HOP:
            speech = np.resize(speech, FRAMES * HOP)
        mels = _mels(_louder(speech))
        starts = range(0, max(1, len(mels) - FRAMES + 1), STEP_FRAMES)
        stretches = np.stack([mels[at : at + FRAMES] for at in starts])
        parts = self._network.run(None, {"mels": stretches})[0]
        parts /= np.linalg.norm(parts, axis=1, keepdims=True)
        return VoicePrint(mean_of(parts), parts)


@lru_cache(maxsize=1)
def speaker_model() -> SpeakerModel:
    """This process's."""
    return SpeakerModel()


def mean_of(embeddings: npt.NDArray[np.float32]) -> Embedding:
    """The voice in the middle of several, one a row."""
    mean = embeddings.mean(axis=0)
    middle: Embedding = mean / max(float(np.linalg.norm(mean)), 1e-9)
    return middle


def likeness(one: Embedding, other: Embedding) -> float:
    """The cosine of two embeddings, 0 to 1."""
    return float(one @ other)


def as_text(voice: Embedding) -> str:
    """As it is sent and kept."""
    return base64.b64encode(voice.astype("<f4").tobytes()).decode()


def from_text(text: str) -> Embedding:
    """What `as_text` made.

    Raises:
        BadAudio: It is no voice.
    """
    try:
        voice = np.frombuffer(base64.b64decode(text, validate=True), "<f4").astype(np.float32)
    except ValueError as error:
        raise BadAudio("a voiceprint that can't be read; learn the voice again") from error
    if voice.shape != (DIMENSIONS,) or not np.isfinite(voice).all() or not voice.any():
        raise BadAudio("a voiceprint out of shape; learn the voice again")
    return mean_of(voice[np.newaxis])


def _louder(speech: Samples) -> Samples:
    rms = float(np.sqrt(np.mean(np.square(speech, dtype=np.float64))))
    wanted = 10 ** (LOUDNESS_DBFS / 20)
    return speech * np.float32(wanted / rms) if 0 < rms < wanted else speech


def _mels(speech: Samples) -> npt.NDArray[np.float32]:
    padded = np.pad(speech, N_FFT // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP]
    power = np.abs(np.fft.rfft(frames * _window(), axis=1)) ** 2
    return (power @ _filters()).astype(np.float32)


@lru_cache(maxsize=1)
def _window() -> npt.NDArray[np.float64]:
    window: npt.NDArray[np.float64] = np.hanning(N_FFT + 1)[:-1].astype(np.float64)
    return window


@lru_cache(maxsize=1)
def _filters() -> npt.NDArray[np.float64]:
    """Slaney's mel filters of equal area, as librosa makes them: linear up to 1 kHz, logarithmic above."""
    step_hz, corner_hz, corner, log_step = 200 / 3, 1_000.0, 15.0, np.log(6.4) / 27
    highest = corner + np.log(HEARING_RATE_HZ / 2 / corner_hz) / log_step
    mels = np.linspace(0, highest, BANDS + 2)
    edges = np.where(mels < corner, mels * step_hz, corner_hz * np.exp(log_step * (mels - corner)))
    bins = np.fft.rfftfreq(N_FFT, 1 / HEARING_RATE_HZ)
    rising = (bins[:, None] - edges[None, :-2]) / np.diff(edges)[None, :-1]
    falling = (edges[None, 2:] - bins[:, None]) / np.diff(edges)[None, 1:]
    triangles = np.maximum(0, np.minimum(rising, falling))
    filters: npt.NDArray[np.float64] = triangles * (2 / (edges[2:] - edges[:-2]))
    return filters
