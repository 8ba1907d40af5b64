"""Every way in which the emulator refuses a request, with its status and code, in both shapes that errors come in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Literal

from emulator.switches import Switches

Kind = Literal[
    "needs_authorization",
    "invalid_api_key",
    "missing_permissions",
    "ip_not_allowed",
    "invalid_token",
    "quota_exceeded",
    "concurrency",
    "voice_not_found",
    "model_not_found",
    "model_not_supported",
    "unsupported_language",
    "text_too_long",
    "text_empty",
    "invalid_voice_settings",
    "invalid_stitching",
    "dictionary_not_found",
    "dictionary_invalid",
    "zero_retention_not_allowed",
    "voice_limit_reached",
    "invalid_sample",
    "sample_too_short",
    "voice_not_editable",
    "not_found",
    "invalid_message",
    "input_timeout_exceeded",
    "max_active_conversations",
    "voice_failed",
]

_STATUS: Mapping[Kind, tuple[int, str, str]] = {
    "needs_authorization": (401, "authentication_error", "Neither authorization header nor xi-api-key received."),
    "invalid_api_key": (401, "authentication_error", "Invalid API key."),
    "missing_permissions": (401, "authorization_error", "The API key is missing a permission for this operation."),
    "ip_not_allowed": (403, "authorization_error", "The API key cannot be used from this address."),
    "invalid_token": (401, "authentication_error", "The single-use token is unknown, used or expired."),
    "quota_exceeded": (401, "quota_error", "This request exceeds your quota."),
    "concurrency": (429, "rate_limit_error", "Too many concurrent requests; your subscription allows fewer at once."),
    "voice_not_found": (404, "not_found", "A voice with that id was not found."),
    "model_not_found": (400, "validation_error", "A model with that id does not exist."),
    "model_not_supported": (403, "validation_error", "This model cannot be used that way."),
    "unsupported_language": (400, "validation_error", "This model does not take a language_code."),
    "text_too_long": (400, "validation_error", "The text is longer than this model takes in one request."),
    "text_empty": (400, "validation_error", "There is nothing to say in the text."),
    "invalid_voice_settings": (400, "validation_error", "The speed must be between 0.7 and 1.2."),
    "invalid_stitching": (400, "validation_error", "A request id to be stitched to cannot be."),
    "dictionary_not_found": (404, "not_found", "A pronunciation dictionary, or that version of it, was not found."),
    "dictionary_invalid": (400, "validation_error", "That is no pronunciation dictionary that can be read."),
    "zero_retention_not_allowed": (403, "authorization_error", "enable_logging=false is for enterprise plans."),
    "voice_limit_reached": (400, "quota_error", "You have reached the maximum amount of custom voices."),
    "invalid_sample": (400, "validation_error", "A file is no audio that can be read."),
    "sample_too_short": (400, "validation_error", "The samples are too short; send at least ten seconds."),
    "voice_not_editable": (400, "validation_error", "Only voices that were added can be changed or deleted."),
    "not_found": (404, "not_found", "There is nothing with that id."),
    "invalid_message": (400, "validation_error", "That message is out of shape."),
    "input_timeout_exceeded": (
        408,
        "timeout_error",
        "Have not received a new text input within the timeout. Streaming input terminated. "
        'Please send input in time, or the empty string "" when done.',
    ),
    "max_active_conversations": (
        429,
        "rate_limit_error",
        "Maximum simultaneous contexts per WebSocket connection exceeded. "
        "Please close an existing context before opening a new one.",
    ),
    "voice_failed": (500, "internal_error", "The local voice could not speak; see the emulator's log."),
}


class Refused(Exception):
    """A request that is refused.

    Args:
        kind: Why.
        more: Said in the message besides; never what was to be spoken.
    """

    def __init__(self, kind: Kind, more: str = "") -> None:
        self.kind = kind
        self.message = f"{_STATUS[kind][2]} {more}".strip()
        super().__init__(self.message)

    def status(self, switches: Switches) -> int:
        """The HTTP status."""
        if self.kind == "voice_not_found":
            return switches.voice_not_found_status
        return switches.quota_status if self.kind == "quota_exceeded" else _STATUS[self.kind][0]

    def code(self, switches: Switches) -> str:
        """What clients should go by."""
        if self.kind == "concurrency":
            return switches.concurrency_code
        if self.kind == "quota_exceeded" and switches.quota_status == 402:
            return "insufficient_credits"
        return self.kind

    def body(self, switches: Switches) -> dict[str, Any]:
        """The JSON of an HTTP answer."""
        return error_body(_STATUS[self.kind][1], self.code(switches), self.message, switches)

    def frame(self, switches: Switches) -> dict[str, Any]:
        """The JSON of a socket's last frame; the socket is then closed with the same code."""
        return {"message": self.message, "error": self.code(switches), "code": 1008}


def error_body(error_type: str, code: str, message: str, switches: Switches) -> dict[str, Any]:
    """An error, in the shape that is switched on."""
    if switches.error_shape == "brief":
        return {"detail": {"status": code, "message": message}}
    detail = {"type": error_type, "code": code, "message": message, "status": code, "request_id": new_id()}
    return {"detail": detail}


def new_id(length: int = 20) -> str:
    """An id as the provider makes them: letters and digits."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(alphabet) for _ in range(length))
