"""The provider's `multi-stream-input` protocol, without I/O: messages to send, and events from what is received.

Each utterance has a context of its own on one connection. What still comes for a context that was left is dropped,
and so is a late end of it. Both spellings that the provider's sources give are understood.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from voice_server.breaker import Kind, RungFailed
from voice_server.elevenlabs import WholeSamples, failure
from voice_server.word_ends import Alignment

CONTEXTS = 5
"""That a connection may have at once, those included that were closed and have not ended yet."""


@dataclass(frozen=True)
class Audio:
    """Sound of a context."""

    context: str
    pcm: bytes
    alignment: Alignment | None


@dataclass(frozen=True)
class Ended:
    """A context is over."""

    context: str


Event = Audio | Ended


class Contexts:
    """The contexts of one connection."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._open: dict[str, WholeSamples] = {}
        self._leaving: set[str] = set()

    @property
    def free(self) -> bool:
        """Whether there is room for another context."""
        return len(self._open) + len(self._leaving) < CONTEXTS

    def begin(self, settings: Mapping[str, float]) -> tuple[str, str]:
        """A new context: its name, and the message that opens it, with the provider's `voice_settings`."""
        name = f"u{next(self._numbers)}"
        self._open[name] = WholeSamples()
        return name, _message(name, text=" ", voice_settings=dict(settings))

    def say(self, name: str, text: str) -> str:
        """The message with more text, which ends with a space."""
        return _message(name, text=text)

    def flush(self, name: str) -> str:
        """The message that nothing is to be waited for any more."""
        return _message(name, text="", flush=True)

    def close(self, name: str) -> str | None:
        """The message that closes a context; None where it is over already."""
        return _message(name, close_context=True) if name in self._open else None

    def leave(self, name: str) -> None:
        """Nobody listens to it any more; it was closed, and takes up its place until the provider says it is over."""
        if self._open.pop(name, None) is not None:
            self._leaving.add(name)

    def forget(self, name: str) -> bool:
        """Count on no word of its end any more; whether that was still to come."""
        late = name in self._leaving
        self._leaving.discard(name)
        return late

    def keep_alive(self) -> list[str]:
        """The messages that keep every context, or else the connection, from its inactivity time-out."""
        return [_message(name, text="") for name in self._open] or [_message("idle", text="")]

    def receive(self, frame: str | bytes) -> list[Event]:
        """What a frame means.

        Raises:
            RungFailed: It is an error, or makes no sense: the connection is of no use any more.
        """
        try:
            said = json.loads(frame)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise RungFailed(Kind.SERVER, "a frame out of shape")
        if said.get("error") is not None:
            raise failure(said["error"])
        name = said.get("contextId") or said.get("context_id")
        over = said.get("isFinal") is True or said.get("is_final") is True
        if over and name in self._leaving:
            self._leaving.discard(name)
        if name not in self._open:
            return []
        events: list[Event] = []
        pcm = self._open[name].feed(_sound(said))
        if pcm or said.get("alignment"):
            events.append(Audio(name, pcm, _alignment(said.get("alignment"))))
        if over:
            del self._open[name]
            events.append(Ended(name))
        return events


def _message(name: str, **fields: Any) -> str:
    return json.dumps({"context_id": name, **fields})


def _sound(said: dict[str, Any]) -> bytes:
    try:
        return base64.b64decode(said.get("audio") or "", validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise RungFailed(Kind.SERVER, "a frame out of shape") from None


def _alignment(said: Any) -> Alignment | None:
    if not isinstance(said, dict):
        return None
    durations = next((said[name] for name in ("charDurationsMs", "charsDurationsMs") if said.get(name)), None)
    characters, starts = said.get("chars"), said.get("charStartTimesMs")
    lists = (characters, starts, durations)
    if not all(isinstance(each, list) for each in lists):
        return None
    numbers = [*(starts or ()), *(durations or ())]
    if not all(isinstance(each, str) for each in characters or ()) or not all(
        isinstance(each, (int, float)) for each in numbers
    ):
        return None
    return Alignment(characters or (), starts or (), durations or ())
