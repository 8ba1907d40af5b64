"""An order for speech, checked: who pays, which voice and model, how, and into which format."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from emulator.account import Key
from emulator.catalogue import Model
from emulator.dictionaries import Rule, pronounced_by
from emulator.formats import OutputFormat
from emulator.history import Generation
from emulator.refusals import Refused, new_id
from emulator.speaking import Spoken
from emulator.state import Emulator
from emulator.voices import Voice, VoiceSettings

SLOWEST, FASTEST = 0.7, 1.2


class Locator(BaseModel):
    """Names a version of a pronunciation dictionary; without one, the newest."""

    pronunciation_dictionary_id: str
    version_id: str | None = None


class Wanted(BaseModel):
    """How something is to be said, as requests and sockets' first messages give it."""

    voice_settings: VoiceSettings | None = None
    pronunciation_dictionary_locators: list[Locator] | None = Field(default=None, max_length=3)


@dataclass(frozen=True)
class Order:
    """What it takes to speak.

    Attributes:
        key: Who pays.
        output_format: Its name.
        settings: The voice's own, with those of the request over them.
        rules: Of pronunciation.
        logged: Whether the history may keep it.
    """

    key: Key
    voice: Voice
    model: Model
    output_format: str
    settings: VoiceSettings
    rules: tuple[Rule, ...] = ()
    logged: bool = True

    @property
    def format(self) -> OutputFormat:
        """The output format, taken apart."""
        return OutputFormat.named(self.output_format)

    def generation(self, emulator: Emulator, text: str, cost: int) -> Generation:
        """The entry for the history, once it is paid for."""
        return Generation(
            request_id=new_id(),
            history_item_id=new_id(),
            voice_id=self.voice.id,
            voice_name=self.voice.name,
            voice_category=self.voice.category,
            model_id=self.model.id,
            text=text,
            output_format=self.output_format,
            content_type=self.format.content_type,
            settings=self.settings.model_dump(),
            at=emulator.now(),
            cost=cost,
            count_before=emulator.account.character_count - cost,
            key_id=self.key.id,
            logged=self.logged,
        )


def take_order(
    emulator: Emulator,
    key: Key,
    wanted: Wanted,
    *,
    voice_id: str,
    model_id: str,
    output_format: str,
    language_code: str | None,
    enable_logging: bool,
) -> Order:
    """Check what is wanted.

    Raises:
        Refused: It cannot be had.
    """
    voice = emulator.voices.get(voice_id)
    model = emulator.model(model_id)
    if language_code is not None and not model.language_code:
        raise Refused("unsupported_language")
    if not enable_logging and not emulator.switches.zero_retention:
        raise Refused("zero_retention_not_allowed")
    settings = _over(voice.settings, wanted.voice_settings)
    if not SLOWEST <= (settings.speed or 1.0) <= FASTEST:
        raise Refused("invalid_voice_settings")
    rules = [
        rule
        for locator in wanted.pronunciation_dictionary_locators or ()
        for rule in emulator.dictionaries.rules(locator.pronunciation_dictionary_id, locator.version_id)
    ]
    return Order(key, voice, model, output_format, settings, tuple(rules), enable_logging)


def spoken(emulator: Emulator, order: Order, text: str) -> AsyncGenerator[Spoken, None]:
    """The clauses of a text, as ordered; see `Speaker.speak`."""
    return emulator.speaker.speak(
        text,
        voice_id=order.voice.id,
        speed=order.settings.speed or 1.0,
        rate_hz=order.format.rate_hz,
        pronounced=pronounced_by(order.rules),
    )


def check_text(text: str, model: Model) -> None:
    """See that a text can be said in one request.

    Raises:
        Refused: It is too long, or there is nothing in it.
    """
    if not text.strip():
        raise Refused("text_empty")
    if len(text) > model.longest_text:
        raise Refused("text_too_long", f"At most {model.longest_text} characters.")


def check_stitching(emulator: Emulator, order: Order, request_ids: Sequence[str]) -> None:
    """See that speech can be stitched to those requests.

    Raises:
        Refused: It cannot.
    """
    if not request_ids:
        return
    if not order.model.sockets:
        raise Refused("invalid_stitching", "This model does not stitch.")
    if not order.logged:
        raise Refused("invalid_stitching", "Not with enable_logging=false.")
    emulator.history.check_stitching(
        list(request_ids), model_id=order.model.id, now=emulator.now(), within_s=emulator.switches.stitch_s
    )


def _over(settings: VoiceSettings, changes: VoiceSettings | None) -> VoiceSettings:
    given = {} if changes is None else changes.model_dump(exclude_unset=True, exclude_none=True)
    return settings.model_copy(update=given)
