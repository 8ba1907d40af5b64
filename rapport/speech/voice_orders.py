"""Orders of the people's side to the voice server, over its own socket: clone a voice, drop clips, count.

One Wyoming event there, `rapport-order` and the order's name, and one back. Both sides hold the voice server's key.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

from wyoming.error import Error
from wyoming.event import Event, read_event, write_event

from rapport.errors import StoreUnavailable
from rapport.speech.wyoming_voice import UnixAddress, parse_voice_uri

ORDER = "rapport-order-"
DONE = "rapport-done"

TIMEOUT_S = 60.0
"""For what the provider has a part in; what is local takes milliseconds."""


class VoiceOrders:
    """The voice server, as the people's side gives it orders. Blocks.

    Args:
        uri: Where it listens; see `parse_voice_uri`.
        key: Its key; without one no orders are given.
    """

    def __init__(self, uri: str, key: str) -> None:
        self._address = parse_voice_uri(uri)
        self._key = key

    def give(self, name: str, data: Mapping[str, Any], payload: bytes | None = None) -> dict[str, Any]:
        """Have an order carried out.

        Args:
            name: Of the order; `voice_server/orders.py` lists them.
            data: What it says, as JSON has it.
            payload: Sound.

        Returns:
            The answer.

        Raises:
            StoreUnavailable: The server can't be reached, or could not do it; it can be tried again.
        """
        try:
            with self._connected() as connection:
                with connection.makefile("wb") as request:
                    write_event(Event(ORDER + name, {**data, "key": self._key}, payload), request)
                with connection.makefile("rb") as response:
                    answer = read_event(response)
        except (OSError, ValueError, KeyError) as error:
            raise StoreUnavailable("the voice server can't be reached; is it running?") from error
        if answer is None or answer.type != DONE:
            code = answer.data.get("code") if answer is not None and Error.is_type(answer.type) else None
            raise StoreUnavailable(f"the voice server did not carry out an order ({code or 'it closed'}); see its log")
        return dict(answer.data)

    def _connected(self) -> socket.socket:
        if isinstance(self._address, UnixAddress):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(TIMEOUT_S)
            try:
                connection.connect(str(self._address.path))
            except BaseException:
                connection.close()
                raise
            return connection
        return socket.create_connection((self._address.host, self._address.port), TIMEOUT_S)
