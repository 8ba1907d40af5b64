"""What clients of the sockets send: the query of the handshake, and messages, parsed and checked."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, Field, ValidationError

from emulator.buffering import SCHEDULE
from emulator.formats import DEFAULT_FORMAT, StreamedFormat
from emulator.orders import Wanted
from emulator.refusals import Refused

DEFAULT_CONTEXT = "default"
"""Of messages that name none."""

LONGEST_IDLE_S = 180

_T = TypeVar("_T", bound=BaseModel)


class Opening(BaseModel):
    """The query of a handshake."""

    model_id: str = "eleven_multilingual_v2"
    language_code: str | None = None
    enable_logging: bool = True
    output_format: StreamedFormat = DEFAULT_FORMAT
    inactivity_timeout: int = Field(default=20, ge=1, le=LONGEST_IDLE_S)
    sync_alignment: bool = False
    auto_mode: bool = False
    single_use_token: str | None = None


class GenerationConfig(BaseModel):
    """When gathered text is spoken."""

    chunk_length_schedule: list[Annotated[float, Field(ge=5, le=500)]] = Field(default=list(SCHEDULE), min_length=1)


def _absent(value: object) -> object:
    return False if value is None else value


Flag = Annotated[bool, BeforeValidator(_absent)]
"""Clients send null for what they leave unset."""


class ClientMessage(Wanted):
    """A message, of either socket."""

    text: str | None = None
    flush: Flag = False
    try_trigger_generation: Flag = False
    generation_config: GenerationConfig | None = None
    key: str | None = Field(default=None, validation_alias=AliasChoices("xi-api-key", "xi_api_key"))
    context: str | None = Field(default=None, validation_alias=AliasChoices("context_id", "contextId"))
    close_context: Flag = False
    close_socket: Flag = False

    @property
    def schedule(self) -> list[float]:
        """See `TextBuffer`."""
        return (self.generation_config or GenerationConfig()).chunk_length_schedule


def parse_opening(query: dict[str, str]) -> Opening:
    """The query.

    Raises:
        Refused: It is out of shape.
    """
    return _parsed(Opening, query)


def parse_message(text: str) -> ClientMessage:
    """A message.

    Raises:
        Refused: It is out of shape.
    """
    try:
        return ClientMessage.model_validate_json(text)
    except ValidationError as error:
        raise _refusal(error) from None


def _parsed(kind: type[_T], values: object) -> _T:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> Refused:
    # Where it is wrong, never what was sent: that may be text to be spoken.
    places = sorted({".".join(map(str, each["loc"][:2])) or "JSON" for each in error.errors()})
    return Refused("invalid_message", f"Look at: {', '.join(places)}.")
