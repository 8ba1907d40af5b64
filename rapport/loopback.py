"""Which addresses only this machine reaches: where a server without authentication may listen."""

from __future__ import annotations

import contextlib
import ipaddress

from rapport.errors import SettingsError


def refuse_strangers(host: str, *, allowed: bool) -> None:
    """Let a server listen at a host only if no other machine reaches it, unless that is allowed.

    Raises:
        SettingsError: Other machines could.
    """
    if allowed or host == "localhost":
        return
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    raise SettingsError("other machines could reach that address; use a loopback one, or say --allow-remote")
