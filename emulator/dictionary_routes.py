"""Pronunciation dictionaries over HTTP, as far as a product needs them: made, changed, listed, read, archived."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from pydantic import BaseModel
from starlette.responses import Response

from emulator.access import Here, permitted
from emulator.dictionaries import Rule, read_pls, write_pls

routes = APIRouter(prefix="/v1/pronunciation-dictionaries")

READ = [Depends(permitted("pronunciation_dictionaries_read"))]
WRITE = [Depends(permitted("pronunciation_dictionaries_write"))]


class NewDictionary(BaseModel):
    """The body that makes a dictionary of rules."""

    name: str
    rules: list[Rule]
    description: str | None = None


class ChangedDictionary(BaseModel):
    """The body that renames or archives one."""

    name: str | None = None
    archived: bool | None = None


class Rules(BaseModel):
    """The body that adds or sets rules."""

    rules: list[Rule]


class Words(BaseModel):
    """The body that takes rules away."""

    rule_strings: list[str]


@routes.get("", dependencies=READ)
async def dictionaries(
    emulator: Here, cursor: str | None = None, page_size: Annotated[int, Query(ge=1, le=100)] = 30
) -> Any:
    """Those that are not archived."""
    listed = [each for each in emulator.dictionaries.all() if each.archived_at is None]
    ids = [each.id for each in listed]
    start = ids.index(cursor) if cursor in ids else 0
    page, rest = listed[start : start + page_size], listed[start + page_size :]
    return {
        "pronunciation_dictionaries": [each.as_json() for each in page],
        "next_cursor": rest[0].id if rest else None,
        "has_more": bool(rest),
    }


@routes.post("/add-from-rules", dependencies=WRITE)
async def add_from_rules(emulator: Here, body: NewDictionary) -> Any:
    """Make one of rules."""
    return emulator.dictionaries.add(body.name, body.description, body.rules).as_added()


@routes.post("/add-from-file", dependencies=WRITE)
async def add_from_file(
    emulator: Here,
    name: Annotated[str, Form()],
    file: Annotated[UploadFile, File()],
    description: Annotated[str | None, Form()] = None,
) -> Any:
    """Make one of a PLS file."""
    return emulator.dictionaries.add(name, description, read_pls(await file.read())).as_added()


@routes.get("/{dictionary_id}", dependencies=READ)
async def dictionary(emulator: Here, dictionary_id: str) -> Any:
    """One, with the rules of its newest version."""
    found = emulator.dictionaries.get(dictionary_id)
    rules = [rule.model_dump(exclude_none=True) for rule in found.versions[found.latest]]
    return {**found.as_json(), "rules": rules}


@routes.patch("/{dictionary_id}", dependencies=WRITE)
async def change(emulator: Here, dictionary_id: str, body: ChangedDictionary) -> Any:
    """Rename or archive one."""
    found = emulator.dictionaries.get(dictionary_id)
    if body.name is not None:
        found.name = body.name
    if body.archived is not None:
        found.archived_at = int(emulator.now()) if body.archived else None
    return found.as_json()


@routes.get("/{dictionary_id}/{version_id}/download", dependencies=READ)
async def download(emulator: Here, dictionary_id: str, version_id: str) -> Response:
    """A version as a PLS file."""
    return Response(write_pls(emulator.dictionaries.rules(dictionary_id, version_id)), media_type="text/xml")


@routes.post("/{dictionary_id}/set-rules", dependencies=WRITE)
async def set_rules(emulator: Here, dictionary_id: str, body: Rules) -> Any:
    """A new version with these rules alone."""
    found = emulator.dictionaries.get(dictionary_id)
    found.change(body.rules)
    return found.as_changed()


@routes.post("/{dictionary_id}/add-rules", dependencies=WRITE)
async def add_rules(emulator: Here, dictionary_id: str, body: Rules) -> Any:
    """A new version with these rules too; a word has one rule, the newest."""
    found = emulator.dictionaries.get(dictionary_id)
    words = {rule.string_to_replace for rule in body.rules}
    kept = [rule for rule in found.versions[found.latest] if rule.string_to_replace not in words]
    found.change([*kept, *body.rules])
    return found.as_changed()


@routes.post("/{dictionary_id}/remove-rules", dependencies=WRITE)
async def remove_rules(emulator: Here, dictionary_id: str, body: Words) -> Any:
    """A new version without the rules of these words."""
    found = emulator.dictionaries.get(dictionary_id)
    found.change([rule for rule in found.versions[found.latest] if rule.string_to_replace not in body.rule_strings])
    return found.as_changed()
