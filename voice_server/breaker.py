"""Why a voice over the network failed, and for how long it is then left alone. Time is the caller's clock; no I/O."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import Enum

from rapport.errors import VoiceUnavailable


class Kind(Enum):
    """What is wrong, as far as it matters for what is done next."""

    AUTH = "the key is not accepted, or may not do this"
    QUOTA = "the quota is used up"
    VOICE = "the voice or the model is unknown, or cannot be used this way"
    CONCURRENCY = "the plan's concurrency is used up"
    SERVER = "the provider has trouble"
    NETWORK = "the provider could not be reached, or the connection broke"
    STALLED = "nothing came for too long"
    REFUSED = "the request was refused"


LASTING = frozenset((Kind.AUTH, Kind.QUOTA, Kind.VOICE))
"""Somebody has to mend these, so one failure is enough."""

PASSING = frozenset((Kind.CONCURRENCY, Kind.REFUSED))
"""These say nothing about the next utterance."""

FAILURES = 3
"""In a row, until a voice is left alone."""

SHORTEST_REST_S = 5.0
LONGEST_REST_S = 120.0
"""The rest doubles with each probe that fails."""

LASTING_REST_S = 60.0


class RungFailed(VoiceUnavailable):
    """A voice over the network could not speak. The message never holds a key, a text, or the provider's words.

    Attributes:
        kind: Why.
        code: The provider's code, where it gave one that is known; else in a word what happened.
    """

    def __init__(self, kind: Kind, more: str = "") -> None:
        self.kind = kind
        self.code = more
        super().__init__(f"{kind.value} ({more})" if more else kind.value)


class Breaker:
    """Keeps utterances from a voice that fails. After a rest, one utterance is let through as a probe.

    Every utterance that `allows` let through ends with `worked`, `failed` or `given_up`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._rest_s = SHORTEST_REST_S
        self._until: float | None = None
        self._probing = False

    @property
    def resting(self) -> bool:
        """Whether it is left alone now; unlike `allows`, asking changes nothing."""
        return self._until is not None and (self._probing or self._clock() < self._until)

    def allows(self) -> bool:
        """Whether the next utterance may try it."""
        if self._until is None:
            return True
        if self._probing or self._clock() < self._until:
            return False
        self._probing = True
        return True

    def worked(self) -> None:
        """An utterance was spoken to its end."""
        self._failures = 0
        self._rest_s = SHORTEST_REST_S
        self._until = None
        self._probing = False

    def failed(self, error: VoiceUnavailable | None = None) -> None:
        """An utterance failed; None: it was too late."""
        kind = error.kind if isinstance(error, RungFailed) else Kind.STALLED
        if kind in PASSING:
            self.given_up()
            return
        self._failures += 1
        if kind in LASTING:
            self._rest(LASTING_REST_S)
        elif self._probing or self._failures >= FAILURES:
            self._rest(self._rest_s)
            self._rest_s = min(self._rest_s * 2, LONGEST_REST_S)

    def given_up(self) -> None:
        """An utterance ended in a way that tells nothing of the voice."""
        self._probing = False

    def _rest(self, rest_s: float) -> None:
        self._probing = False
        self._until = self._clock() + rest_s
