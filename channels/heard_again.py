"""When a second opinion is asked on what was heard, and when it is better than the first."""

from __future__ import annotations

from dataclasses import replace

from channels.dialogue import Dialogue, Reading
from rapport.speech.recognizer import Transcript

UNSURE_CONFIDENCE = 0.5
"""Mean word confidence under which words that Rasa does not know either are asked for again, not guessed at."""
CLEAR_CONFIDENCE = 0.98
"""From then on the words are those that were said, and a second opinion has nothing to add. Of 160 sentences that
nothing was trained on, spoken by Piper, three quarters of them in kitchen noise down to 0 dB, 74 % got their intent;
82 % with a second opinion on those 20 % that were less clear and made no sure sense; 83 % on all that made none."""


def worth_asking(heard: Transcript, reading: Reading | None) -> bool:
    """Whether a second opinion may help: there are words, they are not clear, and make no sure sense."""
    sure = reading is not None and reading.whole is True
    return bool(heard.text) and not sure and heard.confidence < CLEAR_CONFIDENCE


async def better(heard: Transcript, opinion: Transcript, dialogue: Dialogue) -> Reading | None:
    """What was meant by a second opinion, where that makes more sense, or is as sure of the same words."""
    if opinion.confidence < UNSURE_CONFIDENCE:
        return None
    alike = opinion.text == heard.text
    reading = await dialogue.understand(opinion if alike else replace(heard, alternatives=(opinion,)))
    return reading if reading.heard is opinion else None
