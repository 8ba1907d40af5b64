"""Orders to the voice channel: to let go of a person's conversations, to tell them what is due, to know them anew, and
to say a part of an answer while the rest of it is being made."""

from __future__ import annotations

import httpx

from rapport.errors import StoreUnavailable
from rapport.tokens import Proofs

TIMEOUT_S = 5


class Conversations:
    """A person's conversations, which Rasa's server holds: a part of an erasure, and the way to speak unasked. Blocks.

    Args:
        channel_url: The channel's address, as in `http://127.0.0.1:5005/webhooks/voice`.
        proofs: Signs orders.
    """

    name = "conversations"

    def __init__(self, channel_url: str, proofs: Proofs) -> None:
        self._url = channel_url.rstrip("/")
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

    def tell_due(self, person: str) -> int:
        """Have them told what is due, in each conversation that is open, else in their next; how many are open.

        Raises:
            StoreUnavailable: The channel can't be reached.
        """
        return self._ask("POST", person, "due", "sessions")

    def know_anew(self, person: str) -> int:
        """Have it looked up anew what they are known by, in each conversation that is open; how many are.

        Raises:
            StoreUnavailable: The channel can't be reached.
        """
        return self._ask("POST", person, "known", "sessions")

    async def say(self, person: str, session: str, turn: int, text: str) -> bool:
        """Say a part of the answer to a turn that is being answered; False where nobody listens to it any more.

        Raises:
            StoreUnavailable: The channel can't be reached.
        """
        part: dict[str, str | int] = {"session": session, "turn": turn, "text": text}
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S) as http:
                answer = await http.post(f"{self._url}/say", headers=self._order(person), json=part)
            answer.raise_for_status()
            return answer.json()["heard"] is True
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise StoreUnavailable("the voice channel does not answer; is Rasa running?") from error

    def _order(self, person: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._proofs.order(person)}"}

    def _ask(self, method: str, person: str, what: str = "forget", counted: str = "left") -> int:
        try:
            answer = httpx.request(method, f"{self._url}/{what}", headers=self._order(person), timeout=TIMEOUT_S)
            answer.raise_for_status()
            return int(answer.json()[counted])
        except (httpx.HTTPError, ValueError, KeyError) as error:
            raise StoreUnavailable("the voice channel does not answer; is Rasa running?") from error
