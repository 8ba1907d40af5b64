"""Rasa's responses, in the style that somebody likes. Named in endpoints.yml.

Designers write variants under a condition on the slot `style`, as Rasa has it; one with the style's condition is said
before one without any. The slot holds what was wished for in this conversation. Where nothing was, the channel's word
counts: the style that is kept of the person goes along with each of their messages. What the assistant is called is the
persona's.
"""

from __future__ import annotations

from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from rapport.personality.persona import read_persona
from rapport.personality.style_of_turn import STYLE_SLOT, style_of_turn

NAME = "assistant"
"""What responses call the assistant by its name: `{assistant}`."""


class StyledResponses(TemplatedNaturalLanguageGenerator):
    """Chooses and fills responses.

    Args:
        endpoint_config: Rasa gives it; nothing in it is used.
        domain: Its responses.
    """

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        super().__init__(domain.responses)
        self._persona = read_persona()

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """See `NaturalLanguageGenerator.generate`."""
        slots = tracker.current_slot_values()
        message = tracker.latest_message
        metadata, intent = (message.metadata or {}, message.intent or {}) if message else ({}, {})
        filled = {**slots, STYLE_SLOT: style_of_turn(slots.get(STYLE_SLOT), metadata, intent.get("name"))}
        named = {NAME: self._persona.name, **kwargs}
        response: dict[str, Any] | None = self.generate_from_slots(utter_action, filled, output_channel, **named)
        return response
