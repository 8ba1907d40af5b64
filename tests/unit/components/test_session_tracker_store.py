"""Conversations in memory: given back as they were, their last session alone, and not for ever."""

import pytest
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from components.session_tracker_store import SessionTrackerStore

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [greet]
slots:
  pace:
    type: any
    mappings: [{type: custom}]
"""
)
TURN = [
    UserUttered("hello", {"name": "greet", "confidence": 0.9}),
    ActionExecuted("utter_greet"),
    BotUttered("hi"),
    SlotSet("pace", 0.8),
    ActionExecuted("action_listen"),
]
SESSION = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen"), *TURN]


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def tracker_of(events: list[Event], sender: str = "s") -> DialogueStateTracker:
    return DialogueStateTracker.from_events(sender, events, DOMAIN.slots)


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(SESSION, id="one session"),
        pytest.param([*SESSION, *SESSION], id="two sessions"),
        pytest.param(TURN, id="no session was started"),
        pytest.param([*SESSION, Restarted(), *TURN], id="restarted"),
    ],
)
async def test_gives_what_rasas_own_store_gives(events: list[Event]) -> None:
    """Its trackers are those of Rasa's in-memory store, whichever session is asked for."""
    ours, rasas = SessionTrackerStore(DOMAIN), InMemoryTrackerStore(DOMAIN)
    for store in (ours, rasas):
        await store.save(tracker_of(events))

    for one, other in (
        (await ours.retrieve("s"), await rasas.retrieve("s")),
        (await ours.retrieve_full_tracker("s"), await rasas.retrieve_full_tracker("s")),
    ):
        assert one is not None
        assert other is not None
        assert list(one.events) == list(other.events)
        assert one.current_slot_values() == other.current_slot_values()
        assert one.get_slot("pace") == 0.8
        assert one.latest_message == other.latest_message
        assert one.latest_action_name == other.latest_action_name


async def test_a_turn_that_is_not_saved_leaves_no_trace() -> None:
    """A cancelled turn changes its own tracker only."""
    store = SessionTrackerStore(DOMAIN)
    await store.save(tracker_of(SESSION))

    cancelled = await store.retrieve("s")
    assert cancelled is not None
    cancelled.update(SlotSet("pace", 2.0))

    kept = await store.retrieve("s")
    assert kept is not None
    assert kept.get_slot("pace") == 0.8
    assert len(kept.events) == len(SESSION)


async def test_conversations_that_were_left_are_dropped() -> None:
    """Each turn gives a conversation its full time again; without one it is gone after that."""
    clock = Clock()
    store = SessionTrackerStore(DOMAIN, idle_minutes=1, clock=clock)
    await store.save(tracker_of(SESSION, "left"))
    await store.save(tracker_of(SESSION, "going on"))
    clock.seconds = 50
    await store.save(tracker_of(SESSION, "going on"))

    clock.seconds = 70

    assert await store.keys() == ("going on",)
    assert await store.retrieve("left") is None


async def test_unknown_conversations_are_none() -> None:
    """As Rasa expects it of a store."""
    assert await SessionTrackerStore(DOMAIN).retrieve("nobody") is None


def test_rasa_makes_it_from_endpoints() -> None:
    """As endpoints.yml names it, with its setting; Rasa would take its own store where the name were wrong."""
    named = EndpointConfig(type="components.session_tracker_store.SessionTrackerStore", idle_minutes=5)

    store = TrackerStore.create(named, DOMAIN)

    assert isinstance(store, SessionTrackerStore)
