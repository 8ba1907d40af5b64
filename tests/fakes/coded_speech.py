"""Speech that only the fakes beside it understand: each word is a stretch of one constant sample value.

Limits: no noise, no accents, no confidence below 1, no word outside `VOCABULARY`; nothing about real recognition can
be learned from it. It does keep real sound's time, so words have true positions.
"""

from array import array
from itertools import groupby

from rapport.speech.audio import HEARING_RATE_HZ

VOCABULARY = "what time is it in tokyo hello computer one two three stop yes no turn on the light seven eight".split()

WORD_MS = 160
GAP_MS = 32
_FIRST_CODE = 1_000
_CODES = {word: _FIRST_CODE + 10 * place for place, word in enumerate(VOCABULARY)}
_WORDS = {code: word for word, code in _CODES.items()}


def silence(duration_ms: int) -> bytes:
    """So much of nothing, at 16 kHz."""
    return bytes(duration_ms * HEARING_RATE_HZ // 1_000 * 2)


def say(text: str) -> bytes:
    """The words as coded speech, 16 kHz 16-bit PCM: 160 ms each, and 32 ms of nothing after each."""
    return b"".join(_tone(_CODES[word]) + silence(GAP_MS) for word in text.split())


def understand(pcm: bytes) -> list[tuple[str, int, int]]:
    """The words in coded speech with their first and last millisecond."""
    words, sample = [], 0
    for value, run in groupby(array("h", pcm)):
        length = sum(1 for _ in run)
        # Half a word is not one yet.
        if value in _WORDS and length * 1_000 > WORD_MS // 2 * HEARING_RATE_HZ:
            start_ms, end_ms = (at * 1_000 // HEARING_RATE_HZ for at in (sample, sample + length))
            words.append((_WORDS[value], start_ms, end_ms))
        sample += length
    return words


def _tone(code: int) -> bytes:
    return array("h", [code] * (WORD_MS * HEARING_RATE_HZ // 1_000)).tobytes()
