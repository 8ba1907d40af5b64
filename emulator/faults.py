"""Faults on demand: what can go wrong between the provider and a client, and when.

They are asked for through the control endpoint (`control.py`); each takes effect on the requests that it fits, a number
of times. How they strike is in `faulty_wire.py`.
"""

from __future__ import annotations

import fnmatch
import random
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from emulator.refusals import new_id


class Fault(BaseModel):
    """Something that goes wrong.

    On HTTP, bytes are those of the body; on a socket, those of the audio in its frames.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["latency", "jitter", "cut", "stall", "error", "malformed", "odd"] = Field(
        description=(
            "latency: the first bytes come `ms` later, and by up to `jitter_ms` more. jitter: every piece comes by up "
            "to `jitter_ms` later. cut: the connection breaks. stall: nothing more comes for `ms`, or at all. error: "
            "`status` and `code` instead of an answer; on a socket, a frame and a close, or with `handshake` no "
            "upgrade. malformed: broken JSON; in place of sound, an error's JSON under status 200. odd: pieces with "
            "an odd number of bytes."
        )
    )
    path: str = Field(
        default="*", description="Which requests, with * and ?: */stream, */multi-stream-input, /v1/voices*"
    )
    times: int | None = Field(default=1, ge=1, description="How many requests; null: all, until it is taken back.")
    skip: int = Field(default=0, ge=0, description="How many requests are spared first.")
    after_bytes: int = Field(default=0, ge=0, description="Of cut, stall, malformed, and error on a socket.")
    ms: int | None = Field(default=None, ge=0)
    jitter_ms: int = Field(default=0, ge=0)
    status: int = Field(default=429, ge=400, le=599)
    code: str = "system_busy"
    handshake: bool = False


class Faults:
    """The faults that are asked for, and the dice."""

    def __init__(self, seed: int = 0) -> None:
        self._planned: dict[str, Fault] = {}
        self.dice = random.Random(seed)  # noqa: S311 - jitter, no secret

    def add(self, fault: Fault) -> str:
        """Plan a fault; its id."""
        fault_id = new_id(8)
        self._planned[fault_id] = fault.model_copy()
        return fault_id

    def planned(self) -> dict[str, Fault]:
        """Those that are still to come, by id."""
        return dict(self._planned)

    def clear(self, fault_id: str | None = None) -> None:
        """Take one back, or all."""
        if fault_id is None:
            self._planned.clear()
        else:
            self._planned.pop(fault_id, None)

    def draw(self, path: str) -> list[Fault]:
        """What goes wrong with a request to this path."""
        drawn = []
        for fault_id, fault in list(self._planned.items()):
            if not fnmatch.fnmatchcase(path, fault.path):
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            drawn.append(fault)
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    del self._planned[fault_id]
        return drawn
