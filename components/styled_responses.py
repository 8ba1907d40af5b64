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
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from rapport.personality.persona import read_persona

NAME = "assistant"
"""What responses call the assistant by its name: `{assistant}`."""
DETAILED = "expert"
"""The style for what somebody wants to know more about."""
SLOT = "style"
"""A style's name, or one that no variant has, such as `usual`: then it is as usual, whatever is kept."""


def _kept(message: UserUttered) -> str | None:
    """The style that is kept of whose message it is; else the expert's, of what they want to know more about."""
    metadata = message.metadata or {}
    wants_more = (message.intent or {}).get("name") in (metadata.get("deep") or ())
    kept = metadata.get(SLOT)
    return str(kept) if kept else DETAILED if wants_more else None


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
        filled = {**slots, SLOT: slots.get(SLOT) or (_kept(message) if message else None)}
        named = {NAME: self._persona.name, **kwargs}
        response: dict[str, Any] | None = self.generate_from_slots(utter_action, filled, output_channel, **named)
        return response
