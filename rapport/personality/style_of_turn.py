"""In which style a message is answered, by what the conversation and the channel know. Pure, for Rasa's side too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

STYLE_SLOT = "style"
"""A style's name, or one that no variant has, such as `usual`: then it is as usual, whatever is kept."""
DETAILED = "expert"
"""The style for what somebody wants to know more about."""


def style_of_turn(wished: str | None, metadata: Mapping[str, Any], intent: str | None) -> str | None:
    """As was wished for in this conversation; else as it is kept of whose message it is; else the expert's, of what
    they want to know more about; None is the usual one.

    Args:
        wished: What the slot holds.
        metadata: Of the message; the channel puts `style` and `deep` there.
        intent: The message's.
    """
    if wished or metadata.get(STYLE_SLOT):
        return str(wished or metadata[STYLE_SLOT])
    return DETAILED if intent in (metadata.get("deep") or ()) else None
