"""What Rasa's server holds of a person: open sessions and their trackers. Erased by an order to the voice channel."""

from __future__ import annotations

import httpx

from rapport.errors import StoreUnavailable
from rapport.tokens import Proofs

TIMEOUT_S = 5


class Conversations:
    """The part of an erasure that the voice channel does. Blocks.

    Args:
        channel_url: The channel's address, as in `http://127.0.0.1:5005/webhooks/voice`.
        proofs: Signs orders.
    """

    name = "conversations"

    def __init__(self, channel_url: str, proofs: Proofs) -> None:
        self._url = channel_url.rstrip("/") + "/forget"
        self._proofs = proofs

    def erase(self, person: str) -> None:
        """End their sessions and drop what was said in them.

        Raises:
            StoreUnavailable: The channel can't be reached.
        """
        self._ask("POST", person)

    def traces(self, person: str) -> list[str]:
        """How many conversations are left.

        Raises:
            StoreUnavailable: The channel can't be reached.
        """
        left = self._ask("GET", person)
        return [f"{left} conversations"] if left else []

    def _ask(self, method: str, person: str) -> int:
        order = {"Authorization": f"Bearer {self._proofs.order(person)}"}
        try:
            answer = httpx.request(method, self._url, headers=order, timeout=TIMEOUT_S)
            answer.raise_for_status()
            return int(answer.json()["left"])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise StoreUnavailable("the voice channel does not answer; is Rasa running?") from error
