"""The voices over HTTP: listed, added from samples, changed and deleted, with their settings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from starlette.responses import Response

from emulator.access import Here, permitted
from emulator.refusals import Refused
from emulator.voices import Sample, Voice, VoiceSettings, read_sample

routes = APIRouter()

READ = [Depends(permitted("voices_read"))]
WRITE = [Depends(permitted("voices_write"))]

LONGEST_PAGE = 100


@routes.get("/v1/voices", dependencies=READ)
async def voices(emulator: Here, show_legacy: bool | None = None) -> Any:
    """All of them."""
    return {"voices": [voice.as_json(with_settings=True) for voice in emulator.voices.all()]}


@routes.get("/v2/voices", dependencies=READ)
async def page_of_voices(
    emulator: Here,
    next_page_token: str | None = None,
    page_size: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = 10,
    search: str | None = None,
    category: str | None = None,
    sort: str | None = None,
    sort_direction: str | None = None,
    voice_type: str | None = None,
    voice_ids: Annotated[list[str] | None, Query()] = None,
    include_total_count: bool = True,
) -> Any:
    """Some of them; `next_page_token` leads to the next ones."""
    found = [
        voice
        for voice in emulator.voices.all()
        if (search is None or search.lower() in _searched(voice))
        and (category is None or voice.category == category)
        and (voice_type != "personal" or voice.category == "cloned")
        and (voice_type != "default" or voice.category == "premade")
        and (voice_ids is None or voice.id in voice_ids)
    ]
    if sort == "name":
        found.sort(key=lambda voice: voice.name)
    elif sort == "created_at_unix":
        found.sort(key=lambda voice: voice.created_at)
    if sort_direction == "desc":
        found.reverse()
    ids = [voice.id for voice in found]
    start = ids.index(next_page_token) if next_page_token in ids else 0
    page, rest = found[start : start + page_size], found[start + page_size :]
    return {
        "voices": [voice.as_json(with_settings=True) for voice in page],
        "has_more": bool(rest),
        "total_count": len(found),
        "next_page_token": rest[0].id if rest else None,
    }


@routes.get("/v1/voices/settings/default")
async def default_settings() -> Any:
    """How a voice speaks where nothing is set."""
    return VoiceSettings()


@routes.post("/v1/voices/add", dependencies=[Depends(permitted("voices_write"))])
async def add_voice(
    emulator: Here,
    name: Annotated[str, Form()],
    files: Annotated[list[UploadFile], File()],
    remove_background_noise: Annotated[bool, Form()] = False,
    description: Annotated[str | None, Form()] = None,
    labels: Annotated[str | None, Form()] = None,
) -> Any:
    """An instant clone."""
    if emulator.voices.added >= emulator.account.voice_limit:
        raise Refused("voice_limit_reached")
    voice = emulator.voices.add(name, await _samples(files), description, _labels(labels))
    return {"voice_id": voice.id, "requires_verification": False}


@routes.get("/v1/voices/{voice_id}", dependencies=READ)
async def voice(emulator: Here, voice_id: str, with_settings: bool = True) -> Any:
    """One of them."""
    return emulator.voices.get(voice_id).as_json(with_settings=with_settings)


@routes.delete("/v1/voices/{voice_id}", dependencies=WRITE)
async def delete_voice(emulator: Here, voice_id: str) -> Any:
    """Let go of one that was added, with its samples."""
    emulator.voices.delete(voice_id)
    return {"status": "ok"}


@routes.post("/v1/voices/{voice_id}/edit", dependencies=WRITE)
async def edit_voice(
    emulator: Here,
    voice_id: str,
    name: Annotated[str, Form()],
    files: Annotated[list[UploadFile] | None, File()] = None,
    remove_background_noise: Annotated[bool, Form()] = False,
    description: Annotated[str | None, Form()] = None,
    labels: Annotated[str | None, Form()] = None,
) -> Any:
    """Change one that was added; files are added to its samples."""
    changed = emulator.voices.own(voice_id)
    samples = await _samples(files or [])
    parsed = None if labels is None else _labels(labels)
    changed.name = name
    changed.samples.extend(samples)
    if description is not None:
        changed.description = description
    if parsed is not None:
        changed.labels = parsed
    return {"status": "ok"}


@routes.get("/v1/voices/{voice_id}/settings", dependencies=READ)
async def settings(emulator: Here, voice_id: str) -> Any:
    """How it speaks where a request says nothing."""
    return emulator.voices.get(voice_id).settings


@routes.post("/v1/voices/{voice_id}/settings/edit", dependencies=WRITE)
async def edit_settings(emulator: Here, voice_id: str, body: VoiceSettings) -> Any:
    """Change that."""
    changed = emulator.voices.get(voice_id)
    changed.settings = changed.settings.model_copy(update=body.model_dump(exclude_unset=True))
    return {"status": "ok"}


@routes.get("/v1/voices/{voice_id}/samples/{sample_id}/audio", dependencies=READ)
async def sample_audio(emulator: Here, voice_id: str, sample_id: str) -> Response:
    """A sample, as it was sent."""
    sample = _sample(emulator.voices.get(voice_id), sample_id)
    return Response(sample.content, media_type=sample.mime_type)


@routes.delete("/v1/voices/{voice_id}/samples/{sample_id}", dependencies=WRITE)
async def delete_sample(emulator: Here, voice_id: str, sample_id: str) -> Any:
    """Let go of a sample."""
    changed = emulator.voices.own(voice_id)
    changed.samples.remove(_sample(changed, sample_id))
    return {"status": "ok"}


async def _samples(files: Sequence[UploadFile]) -> list[Sample]:
    return [
        await asyncio.to_thread(
            read_sample, file.filename or "sample", file.content_type or "audio/mpeg", await file.read()
        )
        for file in files
    ]


def _labels(given: str | None) -> dict[str, str]:
    if given in (None, "", "null"):
        return {}
    try:
        labels = json.loads(given or "{}")
    except ValueError as error:
        raise Refused("invalid_message", "The labels are no JSON.") from error
    if not isinstance(labels, dict):
        raise Refused("invalid_message", "The labels are no JSON object.")
    return {str(name): str(value) for name, value in labels.items()}


def _sample(voice: Voice, sample_id: str) -> Sample:
    found = next((sample for sample in voice.samples if sample.id == sample_id), None)
    if found is None:
        raise Refused("not_found")
    return found


def _searched(voice: Voice) -> str:
    return " ".join((voice.name, voice.description or "", voice.category, *voice.labels.values())).lower()
