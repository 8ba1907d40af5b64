"""Conversations kept in this process, for as long as somebody may go on with them. Named in endpoints.yml."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event
from rasa.shared.core.trackers import DialogueStateTracker

IDLE_MINUTES = 120
"""Longer than a voice session may be idle and wait for its client, and than the domain's session_expiration_time."""


class SessionTrackerStore(TrackerStore):
    """Keeps events as they are, where Rasa's in-memory store writes and reads JSON every turn, and keeps it forever.

    Reading that JSON is half of a turn's work in a conversation of fifty turns (docs/adr/0002-pipeline.md). As with
    Rasa's, a conversation is lost when the process ends, and only its last session is given out.

    Args:
        idle_minutes: Minutes after its last turn until a conversation is dropped.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        domain: Domain | None,
        event_broker: EventBroker | None = None,
        idle_minutes: float = IDLE_MINUTES,
        clock: Callable[[], float] = time.monotonic,
        **endpoint: Any,
    ) -> None:
        self._idle_s = idle_minutes * 60
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Sequence[Event]]] = OrderedDict()
        self._forgotten: OrderedDict[str, float] = OrderedDict()
        super().__init__(domain, event_broker, **endpoint)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep what was said so far, and drop the conversations that were left."""
        if tracker.sender_id in self._forgotten:
            return
        await self.stream_events(tracker)
        self._kept[tracker.sender_id] = (self._clock(), tuple(tracker.events))
        self._kept.move_to_end(tracker.sender_id)
        self._drop_left()

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """A new tracker of the conversation's last session; changes to it count once it is saved."""
        return self._tracker(sender_id, _last_session)

    async def retrieve_full_tracker(self, sender_id: str) -> DialogueStateTracker | None:
        """A new tracker of all that is kept of the conversation."""
        return self._tracker(sender_id, lambda events: events)

    async def keys(self) -> Iterable[str]:
        """The conversations that are kept."""
        self._drop_left()
        return tuple(self._kept)

    def forget(self, sender_id: str) -> None:
        """Drop a conversation now, and whatever a turn under way would still save of it."""
        self._kept.pop(sender_id, None)
        self._forgotten[sender_id] = self._clock()
        self._drop_left()

    def _tracker(
        self, sender_id: str, chosen: Callable[[Sequence[Event]], Sequence[Event]]
    ) -> DialogueStateTracker | None:
        self._drop_left()
        if sender_id not in self._kept:
            return None
        _, events = self._kept[sender_id]
        tracker: DialogueStateTracker = self.init_tracker(sender_id)
        tracker.events.extend(chosen(events))
        tracker.replay_events()
        return tracker

    def _drop_left(self) -> None:
        left_since = self._clock() - self._idle_s
        while self._kept and next(iter(self._kept.values()))[0] < left_since:
            self._kept.popitem(last=False)
        while self._forgotten and next(iter(self._forgotten.values())) < left_since:
            self._forgotten.popitem(last=False)


def _last_session(events: Sequence[Event]) -> Sequence[Event]:
    starts = (
        at
        for at in range(len(events) - 1, -1, -1)
        if isinstance(events[at], ActionExecuted) and events[at].action_name == ACTION_SESSION_START_NAME
    )
    return events[next(starts, 0) :]
