"""How a person's own names sound to the recogniser, found out at a session's beginning, and forgotten with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Executor

from rapport.errors import RapportError
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.speech.recognizer import RecognizerModel
from rapport.speech.sounds_like import heard_for, is_said_otherwise, unheard
from rapport.speech.synthesizer import Synthesizer, whole_sound_of

logger = logging.getLogger(__name__)

MOST_SENTENCES = 15
"""Spoken for one person: five names. Each takes half a second of work."""
EDGE = bytes(HEARING_RATE_HZ // 4 * SAMPLE_BYTES)
"""A quarter of a second of silence, before and after."""


class Pronouncing:
    """Speaks names in the local voice, and hears what the recogniser makes of them.

    Args:
        model: The recogniser's.
        synthesizer: Speaks; to nobody, so on this machine.
        likely: Sentences that the assistant listens for anyway: what stands in them stands for no name.
        threads: Where blocking work runs.
    """

    def __init__(
        self, model: RecognizerModel, synthesizer: Synthesizer, likely: Sequence[str], threads: Executor
    ) -> None:
        self._model = model
        self._synthesizer = synthesizer
        self._likely = likely
        self._threads = threads

    async def sounds_of(self, sentences: Sequence[str]) -> dict[str, str]:
        """Names in these sentences that the recogniser does not know, by what it hears for them."""
        sounds: dict[str, str] = {}
        loop = asyncio.get_running_loop()
        not_known = await loop.run_in_executor(self._threads, unheard, sentences, self._model.knows)
        for sentence, name in not_known[:MOST_SENTENCES]:
            try:
                pcm = await whole_sound_of(self._synthesizer, sentence, HEARING_RATE_HZ)
                heard = await loop.run_in_executor(self._threads, self._heard, pcm)
            except RapportError as error:
                logger.warning("how names sound is not known (%s)", type(error).__name__)
                break
            words = heard_for(name, sentence, heard)
            if words and not is_said_otherwise(words, self._likely) and not is_said_otherwise(words, sentences):
                sounds[words] = name
        return sounds

    def _heard(self, pcm: bytes) -> str:
        recognizer = self._model.recognizer()
        recognizer.accept(EDGE + pcm + EDGE, 0)
        return recognizer.finish().text
