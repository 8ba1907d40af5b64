"""Sentences as the recogniser hears them: spoken by the local voice, understood by Vosk."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bench._nlu_data import Example
from bench.voice import speak_requests
from ops.layout import MODELS
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.speech.vosk_recognizer import VoskModel
from tests.voice_process import running_voice_server

LEAD_MS = 300
"""Silence before each sentence, as the gate keeps it."""


def heard(examples: Sequence[Example]) -> list[Example]:
    """The same intents, of what was understood; one speaker, one session."""
    with running_voice_server() as voice:
        utterances = asyncio.run(speak_requests(voice.uri, tuple(one.text for one in examples)))
    recognizer = VoskModel(MODELS / "vosk").recognizer()
    texts, at_ms = [], 0
    for utterance in utterances:
        lead = bytes(LEAD_MS * HEARING_RATE_HZ // 1_000 * SAMPLE_BYTES)
        recognizer.accept(lead + utterance.pcm, at_ms)
        at_ms += len(lead + utterance.pcm) * 1_000 // SAMPLE_BYTES // HEARING_RATE_HZ
        texts.append(recognizer.finish().text)
    return [replace(one, text=text, entities=()) for one, text in zip(examples, texts, strict=True)]
