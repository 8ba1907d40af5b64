"""The emulator's own endpoint, for whoever tests with it: state, switches, faults, requests. No provider has it.

It is for this machine only, wherever the emulator listens.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import ValidationError
from starlette.requests import HTTPConnection

from emulator.access import Here, address_of
from emulator.faults import Fault
from emulator.switches import Switches

PREFIX = "/_emulator"


async def _local(connection: HTTPConnection) -> None:
    if not ipaddress.ip_address(address_of(connection)).is_loopback:
        raise HTTPException(403, "the control endpoint is for the emulator's own machine")


routes = APIRouter(prefix=PREFIX, dependencies=[Depends(_local)])


@routes.get("")
async def state(emulator: Here) -> Any:
    """What goes on."""
    return {
        "sockets": len(emulator.sockets),
        "sockets_opened": emulator.sockets_opened,
        "contexts": emulator.contexts,
        "speaking": emulator.account.speaking.total(),
        "most_speaking": emulator.account.most_speaking,
        "character_count": emulator.account.character_count,
        "voices_added": emulator.voices.added,
    }


@routes.post("/reset")
async def reset(emulator: Here) -> Any:
    """Begin anew: no faults, default switches, nothing spent, only the owner's key and the ready-made voices."""
    emulator.begin_anew()
    return {}


@routes.post("/hangup")
async def hang_up(emulator: Here) -> Any:
    """Close every open socket, as a provider does that restarts; clients come back, and draw faults anew."""
    for each in emulator.sockets:
        each.set()
    return {}


@routes.get("/requests")
async def requests(emulator: Here) -> Any:
    """What was asked for since the beginning, without the texts."""
    return list(emulator.requests)


@routes.get("/switches")
async def switches(emulator: Here) -> Any:
    """How they are set."""
    return emulator.switches


@routes.patch("/switches")
async def switch(emulator: Here, changes: dict[str, Any]) -> Any:
    """Set some."""
    try:
        changed = Switches.model_validate({**emulator.switches.model_dump(), **changes})
    except ValidationError as error:
        raise HTTPException(422, error.errors(include_url=False, include_context=False)) from error
    for name in Switches.model_fields:
        setattr(emulator.switches, name, getattr(changed, name))
    return emulator.switches


@routes.get("/faults")
async def faults(emulator: Here) -> Any:
    """Those that are still to come."""
    return emulator.faults.planned()


@routes.post("/faults")
async def add_fault(emulator: Here, fault: Fault) -> Any:
    """Ask for one."""
    return {"id": emulator.faults.add(fault)}


@routes.delete("/faults")
async def clear_faults(emulator: Here) -> Any:
    """Take all back."""
    emulator.faults.clear()
    return {}


@routes.delete("/faults/{fault_id}")
async def clear_fault(emulator: Here, fault_id: str) -> Any:
    """Take one back."""
    emulator.faults.clear(fault_id)
    return {}
