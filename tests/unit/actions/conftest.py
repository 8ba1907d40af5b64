"""A conversation to run actions in, without Rasa."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from rapport.privacy.screening import SentenceModel
from tests.unit.actions.meeting import Channel, Meeting
from tests.unit.actions.meeting import services_in as meeting_services
from tests.unit.actions.memory_chat import MemoryChat, services_in

ROOT = Path(__file__).resolve().parents[3]
NOON_UTC = datetime(2025, 11, 22, 12, 30, tzinfo=timezone.utc)


class Talk:
    """Keeps events and slots as Rasa would between turns, and runs one action a turn.

    It does not choose actions, render responses or check the domain: conversation tests do. A reply's text is
    the response's name and its values, so that a test reads what would be said.
    """

    def __init__(self, domain: Mapping[str, Any]) -> None:
        self.domain = domain
        self.events: list[dict[str, Any]] = []
        self.slots: dict[str, Any] = {name: slot.get("initial_value") for name, slot in domain["slots"].items()}
        self.metadata: dict[str, Any] | None = {"timezone": "Europe/Berlin"}
        self.sender_id = "talk"

    def hear(
        self,
        text: str,
        intent: str,
        *,
        place: str = "",
        ranking: Mapping[str, float] | None = None,
    ) -> "Talk":
        """A message of the person's, as Rasa's NLU would parse it."""
        entities = [{"entity": "place", "value": place}] if place else []
        ranked = [{"name": name, "confidence": sure} for name, sure in (ranking or {intent: 0.9}).items()]
        if intent == "nlu_fallback":
            ranked.insert(0, {"name": "nlu_fallback", "confidence": 0.4})
        self._parsed(
            {
                "text": text,
                "intent": {"name": intent, "confidence": 0.9},
                "entities": entities,
                "intent_ranking": ranked,
                **({"metadata": self.metadata} if self.metadata is not None else {}),
            }
        )
        return self

    async def run(self, action: Action) -> list[dict[str, Any]]:
        """Run an action on the latest message; what it utters, and what it sets, is kept."""
        dispatcher = CollectingDispatcher()
        tracker = Tracker(
            self.sender_id, dict(self.slots), self.heard, list(self.events), False, None, {}, "action_listen"
        )
        for event in await action.run(dispatcher, tracker, self.domain):  # type: ignore[misc]
            if event["event"] == "user":
                said, self.events = self._utter(dispatcher.messages), [*self.events, *self._pending]
                self._parsed(event["parse_data"])
                return said
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
                self.events.append(dict(event))
        said = self._utter(dispatcher.messages)
        self.events += self._pending
        return said

    def cut(self, heard: str, unheard: str) -> None:
        """What the voice channel adds when the reply was cut off."""
        for name, value in (("reply_heard", heard), ("reply_unheard", unheard)):
            self.slots[name] = value
            self.events.append({"event": "slot", "name": name, "value": value})

    def _parsed(self, message: dict[str, Any]) -> None:
        self.heard = message
        self.events.append({"event": "user", "text": message["text"], "parse_data": message})

    def _utter(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        said = []
        self._pending = []
        for message in messages:
            kept = {key: value for key, value in message.items() if value}
            name, text = kept.pop("response", None), kept.pop("text", None)
            kept.pop("template", None)
            if name:
                assert name in self.domain["responses"], f"the domain has no response {name}"
                variation = self.domain["responses"][name][0]
                if "metadata" in variation:
                    kept.setdefault("metadata", variation["metadata"])
            said.append({"response": name, **kept, **({"text": text} if text else {})})
            spoken = text or " ".join([str(name), *(str(value) for value in kept.values())])
            self._pending.append({"event": "bot", "text": spoken, "metadata": {"utter_action": name, **kept}})
        return said


@pytest.fixture(scope="session")
def domain() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "domain.yml").read_text())


@pytest.fixture
def talk(domain: dict[str, Any]) -> Talk:
    """A new conversation with someone in Berlin."""
    return Talk(domain)


@pytest.fixture
def clock() -> Any:
    """Half past twelve, universal time, on a Saturday."""
    return lambda: NOON_UTC


@pytest.fixture(scope="session")
def sentence_model() -> SentenceModel:
    """The model that makes vectors and judges what is sensitive."""
    return SentenceModel(ROOT / "models" / "minilm")


@pytest.fixture
def chat(talk: Talk, sentence_model: SentenceModel, tmp_path: Path) -> MemoryChat:
    """A conversation with somebody who agreed to be remembered."""
    return MemoryChat(talk, services_in(tmp_path, sentence_model))


@pytest.fixture
def reserved_chat(talk: Talk, sentence_model: SentenceModel, tmp_path: Path) -> MemoryChat:
    """A conversation with somebody who agreed to nothing so far."""
    return MemoryChat(talk, services_in(tmp_path, sentence_model), agreed=False)


@pytest.fixture
def meeting(tmp_path: Path, domain: dict[str, Any]) -> Iterator[Meeting]:
    """A session of somebody who agreed to nothing so far, on a real store."""
    channel = Channel()
    services = meeting_services(tmp_path, channel)
    yield Meeting(services, domain, channel)
    services.people.store.close()  # type: ignore[attr-defined]
