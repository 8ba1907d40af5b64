"""A session's speakers, told apart turn by turn, and its person among them, where their voice is known. Blocks.

Each turn is compared with those before (leader clustering of Resemblyzer's embeddings, each weighted
by its length) and with the person's own. Nothing of it outlives the session. `python -m bench.speakers` measures it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.voices.speaker import Embedding, SpeakerModel, likeness, mean_of

ENOUGH_S = 1.0
"""Seconds of speech from which a voice can be told; of less, nothing is concluded."""
SAME_SPEAKER = 0.63
"""From here on a turn is by the speaker whose turns it is most like."""
OWN_VOICE = 0.66
"""From here on it is the person's, where their voice is known and it is most like that."""
NOT_OWN = 0.56
"""Below it is not; between the two nobody knows. All three by `bench.speakers`, on its clean mixtures."""
LEARNT_S = 10.0
"""Seconds of speech by which a voice is learnt."""
KNOWN_S = 10.0
"""What a known voice weighs against what is said now: as if it had spoken for so long already."""


class Voice(str, Enum):
    """Whose voice a turn is in."""

    OWN = "own"
    OTHER = "other"
    UNSURE = "unsure"
    """Too little was said to tell."""


@dataclass(frozen=True)
class SpokenBy:
    """Who spoke a turn.

    Attributes:
        speaker: The session's speakers, numbered from 1 as they first spoke; None where too little was said to tell.
        voice: Whether it is the person's; None where their voice is not known.
    """

    speaker: int | None
    voice: Voice | None


class Speakers:
    """Those of one session.

    Args:
        model: Gives the model; called when it is needed.
        own: The person's voice, where it is known.
    """

    def __init__(self, model: Callable[[], SpeakerModel], own: Embedding | None = None) -> None:
        self._model = model
        self._own = _Cluster(own * np.float32(KNOWN_S)) if own is not None else None
        self._clusters = [self._own] if self._own is not None else []
        self._numbers: list[_Cluster] = []
        self._last = Voice.UNSURE if self._own is not None else None

    def hear(self, speech: bytes) -> SpokenBy:
        """Who spoke, by a turn's speech: 16 kHz, 16 bit, mono, without its pauses. Takes 12 to 20 ms.

        A turn that is too short, such as a "yes", is taken for the speaker's of the turn before.
        """
        seconds = len(speech) / SAMPLE_BYTES / HEARING_RATE_HZ
        if seconds < ENOUGH_S:
            return SpokenBy(None, self._last)
        voice = self._model().print_of(np.frombuffer(speech, "<i2").astype(np.float32) / np.float32(32_768)).whole
        own = likeness(voice, self._own.voice) if self._own is not None else 0.0
        cluster = self._nearest(voice)
        cluster.total = cluster.total + voice * np.float32(seconds)
        cluster.seconds += seconds
        if cluster not in self._numbers:
            self._numbers.append(cluster)
        if self._own is not None:
            self._last = Voice.OWN if cluster is self._own else Voice.UNSURE if own >= NOT_OWN else Voice.OTHER
        return SpokenBy(self._numbers.index(cluster) + 1, self._last)

    def gathered(self, speaker: int) -> tuple[Embedding, float]:
        """A speaker's voice so far, and how many seconds of speech it was heard in here."""
        cluster = self._numbers[speaker - 1]
        return cluster.voice, cluster.seconds

    def _nearest(self, voice: Embedding) -> _Cluster:
        alike = [(likeness(voice, each.voice), each) for each in self._clusters]
        near = [pair for pair in alike if pair[0] >= (OWN_VOICE if pair[1] is self._own else SAME_SPEAKER)]
        if near:
            return max(near, key=lambda pair: pair[0])[1]
        self._clusters.append(_Cluster(np.zeros_like(voice)))
        return self._clusters[-1]


@dataclass(eq=False)
class _Cluster:
    """The turns of one speaker: the sum of their voices, each times its seconds."""

    total: npt.NDArray[np.float32]
    seconds: float = 0.0

    @property
    def voice(self) -> Embedding:
        return mean_of(self.total[np.newaxis])
