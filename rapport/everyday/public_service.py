"""Asking a public service over HTTP, such as for the weather: with a limit of time, and not again for a while."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import httpx

from rapport.errors import ServiceUnavailable

TIMEOUT_S = 3.0
"""Seconds that somebody waits who asked; a connection and an answer take 0.1 to 0.5."""
ANSWERS = 64
"""Answers that are held."""

Answer = TypeVar("Answer")
Params = Mapping[str, "str | float"]


class PublicService(Generic[Answer]):
    """A service that answers with JSON. Safe from any thread.

    Args:
        url: Where it answers, without a path.
        setting: The variable that names the address, for messages.
        fresh_s: Seconds in which it is not asked the same again.
        read: Makes a value of an answer, and raises whatever it likes where that can't be.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        setting: str,
        fresh_s: float,
        read: Callable[[Any], Answer],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT_S)
        self._setting = setting
        self._fresh_s = fresh_s
        self._read = read
        self._clock = clock
        self._held: OrderedDict[tuple[Any, ...], tuple[float, Answer]] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, path: str, params: Params) -> Answer:
        """Its answer. Blocks, for some seconds at most.

        Raises:
            ServiceUnavailable: It can't be reached, or does not answer as it should. What was asked is not part of the
                message.
        """
        key = (path, *sorted(params.items()))
        with self._lock:
            held = self._held.get(key)
        if held is not None and self._clock() - held[0] < self._fresh_s:
            return held[1]
        answer = self._fetch(path, params)
        with self._lock:
            self._held[key] = self._clock(), answer
            self._held.move_to_end(key)
            while len(self._held) > ANSWERS:
                self._held.popitem(last=False)
        return answer

    def _fetch(self, path: str, params: Params) -> Answer:
        service = f"the service that {self._setting} names"
        try:
            response = self._client.get(path, params=dict(params))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ServiceUnavailable(f"{service} can't be reached ({type(error).__name__})") from None
        if response.status_code != httpx.codes.OK:
            raise ServiceUnavailable(f"{service} answered {response.status_code}")
        try:
            return self._read(response.json())
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            raise ServiceUnavailable(f"what {service} answered can't be read") from None
