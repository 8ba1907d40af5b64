"""The assistant's own voices, as speaker embeddings: a recording of the assistant is no person's voice.

The local voice is known from the start (`own_voices.json`, made by `python -m bench.cloning --own-voices`); what else
it speaks with is asked of the voice server.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from rapport.errors import StoreUnavailable
from rapport.speech.audio import HEARING_RATE_HZ, Resampler
from rapport.voices.speaker import Embedding, likeness, speaker_model

FILE = Path(__file__).with_name("own_voices.json")

ASKED_AGAIN_S = 3_600.0
"""Seconds after which the voice server is asked again: its voices seldom change."""


class OwnVoices:
    """What the assistant sounds like.

    Args:
        others: Asks for further embeddings; None where it can't be told now.
        clock: Seconds that only go forward.
    """

    def __init__(
        self,
        others: Callable[[], Iterable[Embedding] | None] = lambda: (),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        known = json.loads(FILE.read_text(encoding="utf-8"))["voices"]
        self._known = [np.asarray(each["embedding"], dtype=np.float32) for each in known]
        self._others = others
        self._asked: tuple[float, list[Embedding]] | None = None
        self._clock = clock
        self._asking = threading.Lock()

    def nearest(self, voice: Embedding) -> float:
        """How like a voice is to the likest of them, 0 to 1. Blocks."""
        with self._asking:
            if self._asked is None or self._clock() - self._asked[0] > ASKED_AGAIN_S:
                found = self._others()
                if found is not None:
                    self._asked = (self._clock(), list(found))
            others = self._asked[1] if self._asked else []
        return max(likeness(voice, each) for each in (*self._known, *others))


class _Orders(Protocol):
    def give(self, name: str, data: Mapping[str, Any]) -> dict[str, Any]: ...


def asked_of(orders: _Orders) -> list[Embedding] | None:
    """The embeddings of the voices that the voice server speaks with; None where it does not say. Blocks."""
    try:
        said = orders.give("own-voices", {})["voices"]
        return [_embedding(base64.b64decode(each["pcm"]), int(each["rate_hz"])) for each in said]
    except (StoreUnavailable, KeyError, TypeError, ValueError):
        return None


def _embedding(pcm: bytes, rate_hz: int) -> Embedding:
    resampler = Resampler(rate_hz, HEARING_RATE_HZ)
    heard = resampler.feed(pcm) + resampler.flush()
    sound = (np.frombuffer(heard, "<i2") / 32_768).astype(np.float32)
    return speaker_model().print_of(sound).whole
