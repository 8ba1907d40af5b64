"""The models that listen to recordings, loaded at the first one, and how many are listened to at once. Blocks."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from rapport.errors import ListeningBusy
from rapport.speech.recognizer import RecognizerModel
from rapport.voices.challenge import heard_words
from rapport.voices.dnsmos import Dnsmos
from rapport.voices.own_voices import OwnVoices
from rapport.voices.quality import Heard, measure
from rapport.voices.sound import Recording, as_pcm, read_recording
from rapport.voices.speaker import SpeakerModel, speaker_model

WAIT_S = 20.0
"""For a turn; who waits longer is told to try again."""

SILENCE_S = 0.5


class Listening:
    """Listens to one recording at a time, so that enrolment leaves a core to talking.

    Args:
        models: The folder with `vosk/` and `dnsmos/`.
        own: The assistant's own voices.
    """

    def __init__(self, models: Path, own: OwnVoices | None = None) -> None:
        self._models = models
        self._turn = threading.Semaphore(1)
        self.own = own or OwnVoices()

    def hear(self, content: bytes) -> tuple[Recording, Heard]:
        """Read and measure a recording.

        Raises:
            BadAudio: It is no sound that can be used at all.
            ListeningBusy: Others are listened to; try again.
            ModelMissing: `make models` mends it.
        """
        with self._alone():
            recording = read_recording(content)
            return recording, measure(recording, self._speakers, self._mos)

    def words(self, recording: Recording, among: Sequence[str] | None = None) -> list[str]:
        """The challenge's words in a recording, in their order; raises as `hear`."""
        with self._alone():
            # Silence behind it brings the last word through.
            pcm = as_pcm(recording.heard) + bytes(int(SILENCE_S * 32_000))
            return heard_words(pcm, self._words, among) if among else heard_words(pcm, self._words)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=WAIT_S):
            raise ListeningBusy("other recordings are being listened to; try again")
        try:
            yield
        finally:
            self._turn.release()

    @cached_property
    def _speakers(self) -> SpeakerModel:
        return speaker_model()

    @cached_property
    def _mos(self) -> Dnsmos:
        return Dnsmos(self._models)

    @cached_property
    def _words(self) -> RecognizerModel:
        from rapport.speech.vosk_recognizer import VoskModel

        return VoskModel(self._models / "vosk")
