"""Which addresses only this machine reaches: where a server without authentication may listen."""

from __future__ import annotations

import contextlib
import ipaddress

from rapport.errors import SettingsError


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host, by its name or address."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def refuse_strangers(host: str, *, allowed: bool) -> None:
    """Let a server listen at a host only if no other machine reaches it, unless that is allowed.

    Raises:
        SettingsError: Other machines could.
    """
    if allowed or is_loopback(host):
        return
    raise SettingsError("other machines could reach that address; use a loopback one, or say --allow-remote")
