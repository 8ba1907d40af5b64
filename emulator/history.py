"""What was spoken, as the account's history lists it, and what later requests can be stitched to. In memory only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from emulator.refusals import Refused

LONGEST = 1_000
"""Entries that are kept; the oldest go first."""


@dataclass
class Generation:
    """One text that was spoken.

    Attributes:
        cost: Credits.
        count_before: Credits that were spent before it.
        read: Whether its client took all of the answer.
        logged: Whether it may be kept: not with enable_logging=false.
        deleted: Whether its history entry was.
    """

    request_id: str
    history_item_id: str
    voice_id: str
    voice_name: str
    voice_category: str
    model_id: str
    text: str
    output_format: str
    content_type: str
    settings: dict[str, Any]
    at: float
    cost: int
    count_before: int
    key_id: str
    logged: bool = True
    read: bool = False
    deleted: bool = False

    def as_json(self) -> dict[str, Any]:
        """As the history lists it."""
        return {
            "history_item_id": self.history_item_id,
            "request_id": self.request_id,
            "voice_id": self.voice_id,
            "model_id": self.model_id,
            "voice_name": self.voice_name,
            "voice_category": self.voice_category,
            "text": self.text,
            "date_unix": int(self.at),
            "character_count_change_from": self.count_before,
            "character_count_change_to": self.count_before + self.cost,
            "content_type": self.content_type,
            "state": "created",
            "settings": self.settings,
            "source": "TTS",
            "output_format": self.output_format,
        }


class History:
    """The generations, by request id."""

    def __init__(self) -> None:
        self._generations: dict[str, Generation] = {}

    def add(self, generation: Generation) -> None:
        """Keep one."""
        if not generation.logged:
            return
        self._generations[generation.request_id] = generation
        while len(self._generations) > LONGEST:
            del self._generations[next(iter(self._generations))]

    def listed(self) -> list[Generation]:
        """Those that were not deleted, newest first."""
        return [generation for generation in reversed(self._generations.values()) if not generation.deleted]

    def get(self, item_id: str) -> Generation:
        """The one of a history item's id.

        Raises:
            Refused: There is none.
        """
        found = next((each for each in self.listed() if each.history_item_id == item_id), None)
        if found is None:
            raise Refused("not_found")
        return found

    def delete(self, item_id: str) -> None:
        """Forget a text.

        Raises:
            Refused: There is none of that id.
        """
        generation = self.get(item_id)
        generation.deleted = True
        generation.text = ""

    def check_stitching(self, request_ids: list[str], *, model_id: str, now: float, within_s: float) -> None:
        """See that speech can be stitched to these requests.

        Raises:
            Refused: One is unknown, too old, of another model, or its answer was not read to its end.
        """
        for request_id in request_ids:
            generation = self._generations.get(request_id)
            if generation is None:
                raise Refused("invalid_stitching", "It is not known.")
            if now - generation.at > within_s:
                raise Refused("invalid_stitching", "It is too old.")
            if generation.model_id != model_id:
                raise Refused("invalid_stitching", "It is of another model.")
            if not generation.read:
                raise Refused("invalid_stitching", "Its answer was not read to the end.")
