"""What the voice server keeps of a person: clips of what was said to them, and what was spent on that. Blocks."""

from __future__ import annotations

from rapport.speech.voice_orders import VoiceOrders
from rapport.tokens import Proofs


class Spoken:
    """The part of an erasure, or of a withdrawal, that the voice server does.

    Args:
        voice: Takes the orders.
        proofs: Knows what the voice server calls a person.
    """

    name = "speech"

    def __init__(self, voice: VoiceOrders, proofs: Proofs) -> None:
        self._voice = voice
        self._proofs = proofs

    def erase(self, person: str) -> None:
        """Delete all that is kept of them.

        Raises:
            StoreUnavailable: The voice server can't be reached.
        """
        self._voice.give("forget", {"owner": self._proofs.owner(person)})

    def traces(self, person: str) -> list[str]:
        """What is left, a line each.

        Raises:
            StoreUnavailable: The voice server can't be reached.
        """
        return [str(line) for line in self._voice.give("traces", {"owner": self._proofs.owner(person)})["left"]]

    def expire(self, person: str) -> None:
        """Delete the clips: what they rest on was taken back, or sounds different by now.

        Raises:
            StoreUnavailable: The voice server can't be reached.
        """
        self._voice.give("expire-clips", {"owner": self._proofs.owner(person)})
