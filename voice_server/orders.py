"""Orders of the people's side: who may give them, and to whom they go. `rapport/speech/voice_orders.py` gives them."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from wyoming.error import Error
from wyoming.event import Event

from rapport.errors import RapportError
from rapport.speech.voice_orders import DONE, ORDER

logger = logging.getLogger(__name__)

Handler = Callable[[Mapping[str, Any], bytes], Awaitable[dict[str, Any]]]
"""Carries an order out, from its data and its payload; gives the answer."""


class Orders:
    """The orders that the voice server takes.

    Args:
        key: Whoever gives one must know it; empty means that nobody may.
        handlers: By the order's name. One that raises a `RapportError` was not carried out; KeyError, TypeError and
            ValueError mean that its data is out of shape.
    """

    def __init__(self, key: str = "", handlers: Mapping[str, Handler] | None = None) -> None:
        self._key = key
        self._handlers = dict(handlers or {})

    async def carry_out(self, event: Event) -> Event:
        """The answer to an order's event."""
        name = event.type.removeprefix(ORDER)
        data = dict(event.data)
        key = data.pop("key", None)
        if not self._key or not isinstance(key, str) or not hmac.compare_digest(key.encode(), self._key.encode()):
            return Error("this server takes no orders from you", code="not-allowed").event()
        handler = self._handlers.get(name)
        if handler is None:
            return Error("there is no such order", code="unknown-order").event()
        try:
            return Event(DONE, await handler(data, event.payload or b""))
        except RapportError as error:
            logger.warning("an order was not carried out (%s): %s", name, error)
            return Error(str(error), code=type(error).__name__).event()
        except (KeyError, TypeError, ValueError) as error:
            logger.warning("an order is out of shape (%s): %s", name, type(error).__name__)
            return Error("the order is out of shape", code="out-of-shape").event()
