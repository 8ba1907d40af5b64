"""Speech to text: what the local Whisper hears, as Scribe tells it."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, UploadFile

from emulator.access import Here, permitted
from emulator.account import Key
from emulator.refusals import Refused
from rapport.errors import RecognitionFailed
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from rapport.speech.recognizer import Word

routes = APIRouter(prefix="/v1/speech-to-text")

MODELS = ("scribe_v1", "scribe_v2")


@routes.post("")
async def convert(
    emulator: Here,
    key: Annotated[Key, Depends(permitted("speech_to_text"))],
    model_id: Annotated[str, Form()],
    file: Annotated[UploadFile, File()],
    file_format: Annotated[Literal["pcm_s16le_16"], Form()],
    language_code: Annotated[str | None, Form()] = None,
    timestamps_granularity: Annotated[Literal["none", "word"], Form()] = "word",
    tag_audio_events: Annotated[bool, Form()] = True,
) -> Any:
    """The words of raw sound: 16 kHz, 16 bit, mono. Other files, speakers and events are not emulated."""
    if model_id not in MODELS:
        raise Refused("model_not_found")
    pcm = await file.read()
    if not pcm or len(pcm) % SAMPLE_BYTES:
        raise Refused("invalid_sample")
    emulator.note("/v1/speech-to-text", key, model=model_id, seconds=len(pcm) / SAMPLE_BYTES / HEARING_RATE_HZ)
    if emulator.ears is None:
        raise Refused("voice_failed")
    try:
        heard = await emulator.ears.hear(pcm)
    except RecognitionFailed:
        raise Refused("voice_failed") from None
    return {
        "language_code": "eng",
        "language_probability": 1.0,
        "text": heard.text,
        "words": _words(heard.words) if timestamps_granularity == "word" else [],
    }


def _words(words: tuple[Word, ...]) -> list[dict[str, Any]]:
    """With a space between one and the next, as the provider has it."""
    told: list[dict[str, Any]] = []
    for word in words:
        if told:
            told.append(_piece(" ", told[-1]["end"], word.start_ms / 1_000, "spacing", 0.0))
        sure = math.log(max(word.confidence, 1e-6))
        told.append(_piece(word.text, word.start_ms / 1_000, word.end_ms / 1_000, "word", sure))
    return told


def _piece(text: str, start: float, end: float, kind: str, logprob: float) -> dict[str, Any]:
    return {"text": text, "start": start, "end": end, "type": kind, "logprob": logprob, "speaker_id": None}
