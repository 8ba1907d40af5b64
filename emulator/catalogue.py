"""The provider's models and plans: what each may do, and what it costs.

Figures of 2025-08 to 2026-06, from the provider's public pages; they move, so only this emulator goes by them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Group = Literal["standard", "turbo"]
"""Models of a group share one concurrency limit."""


@dataclass(frozen=True)
class Model:
    """A model for speech.

    Attributes:
        id: As requests name it.
        name: As people read it.
        longest_text: Characters of one request.
        credits_per_character: What a character costs.
        group: Whose concurrency limit it counts for.
        sockets: Whether text can be sent to it piece by piece, and speech be stitched to what came before.
        language_code: Whether a language can be forced on it.
    """

    id: str
    name: str
    longest_text: int
    credits_per_character: float
    group: Group
    sockets: bool = True
    language_code: bool = True

    def as_json(self) -> dict[str, Any]:
        """As `GET /v1/models` lists it."""
        return {
            "model_id": self.id,
            "name": self.name,
            "can_be_finetuned": False,
            "can_do_text_to_speech": True,
            "can_do_voice_conversion": False,
            "can_use_style": True,
            "can_use_speaker_boost": True,
            "serves_pro_voices": False,
            "token_cost_factor": 1.0,
            "description": f"{self.name}, emulated by a local voice.",
            "requires_alpha_access": False,
            "max_characters_request_free_user": self.longest_text,
            "max_characters_request_subscribed_user": self.longest_text,
            "maximum_text_length_per_request": self.longest_text,
            "languages": [{"language_id": "en", "name": "English"}],
            "model_rates": {
                "character_cost_multiplier": self.credits_per_character,
                "cost_discount_multiplier": 1.0,
            },
            "concurrency_group": self.group,
        }


MODELS: Mapping[str, Model] = {
    model.id: model
    for model in (
        Model("eleven_multilingual_v2", "Eleven Multilingual v2", 10_000, 1.0, "standard", language_code=False),
        Model("eleven_flash_v2_5", "Eleven Flash v2.5", 40_000, 0.5, "turbo"),
        Model("eleven_turbo_v2_5", "Eleven Turbo v2.5", 40_000, 0.5, "turbo"),
        Model("eleven_v3", "Eleven v3", 3_000, 1.0, "standard", sockets=False),
    )
}


@dataclass(frozen=True)
class Plan:
    """What a subscription allows.

    Attributes:
        character_limit: Credits in a period.
        concurrency: Requests that may speak at once, a group of models.
        voice_limit: Voices that may be added.
    """

    character_limit: int
    concurrency: Mapping[Group, int]
    voice_limit: int


PLANS: Mapping[str, Plan] = {
    "free": Plan(10_000, {"standard": 2, "turbo": 4}, 3),
    "starter": Plan(30_000, {"standard": 3, "turbo": 6}, 10),
    "creator": Plan(100_000, {"standard": 5, "turbo": 10}, 30),
    "pro": Plan(500_000, {"standard": 10, "turbo": 20}, 160),
    "scale": Plan(2_000_000, {"standard": 15, "turbo": 30}, 660),
}
