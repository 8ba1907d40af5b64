"""Speech for a browser's microphone, and out of its loudspeaker."""

import wave
from difflib import SequenceMatcher
from pathlib import Path

from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES, Resampler
from rapport.speech.recognizer import RecognizerModel

MICROPHONE_HZ = 48_000
LEAD_S = 1
REST_S = 30
PIECE_MS = 100
BYTES_PER_MS = HEARING_RATE_HZ * SAMPLE_BYTES // 1_000


def microphone_file(path: Path, pcm: bytes) -> Path:
    """A recording for Chromium's fake microphone: a second of quiet, the speech, and then quiet for long.

    Args:
        path: Where to write it.
        pcm: Speech, 16 kHz 16-bit mono.
    """
    resampler = Resampler(HEARING_RATE_HZ, MICROPHONE_HZ)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(MICROPHONE_HZ)
        sound.writeframes(bytes(2 * LEAD_S * MICROPHONE_HZ))
        sound.writeframes(resampler.feed(pcm) + resampler.flush())
        sound.writeframes(bytes(2 * REST_S * MICROPHONE_HZ))
    return path


def microphone_flag(path: Path) -> str:
    """The flag with which Chromium hears that file, once."""
    return f"--use-file-for-fake-audio-capture={path}%noloop"


def words_in(pcm: bytes, rate_hz: int, model: RecognizerModel) -> str:
    """What the recogniser makes of 16-bit mono speech."""
    resampler = Resampler(rate_hz, HEARING_RATE_HZ)
    recognizer = model.recognizer()
    sound = resampler.feed(pcm) + resampler.flush() + bytes(HEARING_RATE_HZ)
    for start in range(0, len(sound), PIECE_MS * BYTES_PER_MS):
        recognizer.accept(sound[start : start + PIECE_MS * BYTES_PER_MS], start // BYTES_PER_MS)
    return recognizer.finish().text


def likeness(said: str, heard: str) -> float:
    """How alike two texts are by their letters, 0 to 1: so "two" heard as "to" is still nearly right."""
    letters = ["".join(filter(str.isalpha, text.lower())) for text in (said, heard)]
    return SequenceMatcher(None, *letters, autojunk=False).ratio()
