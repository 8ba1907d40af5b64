"""What servers that recognise whole utterances over the Wyoming protocol have in common: sound in, a transcript out.

The transcript's context holds the `words`, `[text, start_ms, end_ms, confidence]` each.
"""

from __future__ import annotations

from wyoming.asr import Transcript as TranscriptEvent
from wyoming.audio import AudioChunk, AudioChunkConverter, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.info import AsrModel, AsrProgram, Attribution

from rapport.errors import BadAudio
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.speech.recognizer import Transcript

LONGEST_S = 60
LONGEST_BYTES = LONGEST_S * HEARING_RATE_HZ * SAMPLE_BYTES


class IncomingSound:
    """One connection's sound, from `audio-start` to `audio-stop`."""

    def __init__(self) -> None:
        self._converter = AudioChunkConverter(rate=HEARING_RATE_HZ, width=SAMPLE_BYTES, channels=1)
        self._pcm = bytearray()

    def take(self, event: Event) -> bytes | None:
        """The whole utterance once it has ended, 16 kHz, 16 bit, mono; None before, and for any other event.

        Raises:
            BadAudio: It is too long.
        """
        if AudioStart.is_type(event.type):
            self._pcm.clear()
        elif AudioChunk.is_type(event.type):
            self._pcm += self._converter.convert(AudioChunk.from_event(event)).audio
            if len(self._pcm) > LONGEST_BYTES:
                raise BadAudio(f"more than {LONGEST_S} s; send it in parts")
        elif AudioStop.is_type(event.type):
            whole = bytes(self._pcm)
            self._pcm.clear()
            return whole
        return None


def transcript_event(heard: Transcript) -> Event:
    """The answer to an utterance."""
    words = [[word.text, word.start_ms, word.end_ms, round(word.confidence, 3)] for word in heard.words]
    return TranscriptEvent(heard.text, language="en", context={"words": words}).event()


def program(description: str, model: str, maker: str) -> AsrProgram:
    """What such a server says of itself."""
    attribution = Attribution(name=maker, url="")
    about = AsrModel(
        name=model, attribution=attribution, installed=True, description=model, version=None, languages=["en"]
    )
    return AsrProgram(
        name="rapport",
        attribution=attribution,
        installed=True,
        description=description,
        version=None,
        models=[about],
    )
