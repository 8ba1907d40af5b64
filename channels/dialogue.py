"""The dialogue as a session sees it, and Rasa behind it.

A session asks what words mean, has a turn answered, and tells what of a reply was heard. `RasaDialogue` does that with
the agent of the server it lives in; tests use a scripted one.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.core.events import SlotSet

from rapport.errors import NotAllowed, SettingsError
from rapport.speech.recognizer import Transcript
from rapport.speech.voice_profile import USUAL, VoiceProfile

logger = logging.getLogger(__name__)

CHANNEL = "voice"
WHOLE_CONFIDENCE = 0.7
"""Intent confidence from which words count as a whole request, so that a short silence ends the turn."""
FIRST_LEAD = 0.02
"""By so much another way to hear it has to make more sense than the first. Of 300 held-out sentences, spoken by Piper,
92.3 % got their intent with this, 90.0 % by the first way alone, 88.0 % by an open recogniser, 94.3 % as they were
written."""
NOT_UNDERSTOOD = "nlu_fallback"
"""What a parse has as its intent where none is sure."""
NEVER_WHOLE = frozenset({NOT_UNDERSTOOD, "out_of_scope", "ask_general"})
"""What anything could be, half a sentence too."""
END = "/end_session"
"""Sent when a session is over; a rule has what is to be kept of it kept."""
DUE = "/tell_due"
"""Sent where something of the person's is due; a rule tells it, or nothing where it was cancelled meanwhile."""
RECORDED = "recorded"
"""What an action shows, at the end, of the turns whose sound is to be kept."""
RATE = "/rate_reply"
"""Sent where somebody judged an answer by a thumb; a rule notes it, and nothing is said."""
UNCLEAR = "/unclear_speech"
"""Sent instead of words that the recogniser could not make out; a rule answers it."""
TROUBLE_RESPONSE = "utter_trouble"
"""What is said when a turn gave no answer."""
STAND_IN_RESPONSE = "utter_voice_changed"
"""What is said once where another voice than the person's has to speak."""
MOMENT_RESPONSE = "utter_moment"
"""What is said while somebody waits for what they said to be heard again."""
HEARD_SLOT, UNHEARD_SLOT = "reply_heard", "reply_unheard"


@dataclass(frozen=True)
class Reading:
    """What words mean, as far as Rasa's understanding goes.

    Attributes:
        parse: Rasa's parse, to be passed along with the message so that it is made once.
        whole: True where the words make a whole request; None where that is not known.
        heard: The way to hear it that makes most sense.
    """

    parse: dict[str, Any]
    whole: bool | None
    heard: Transcript


@dataclass(frozen=True)
class Said:
    """One message of the assistant.

    Attributes:
        text: What to say.
        wishes: How to speak from now on: fields of a voice profile; None as a value goes back to the person's own.
        volume: Loudness from now on, as a factor; None leaves it.
        expects_short_answer: It asks something that a word or two answers.
        interruptible: False for what has to be heard whole, such as what somebody is asked to agree to.
        can_wait: Nobody minds if it begins later, in a voice that takes its time.
        chime: A chime comes first, since it is said unasked.
        stay_s: Something is due in so many seconds, which the person wants to be there for.
        likely: What is likely to be said next: names that were just spoken of.
        learn_voice: The person wants to be known by their voice; learn it from what they say.
        style: They want to be answered in it from now on, in this conversation; the voice leans with it.
    """

    text: str
    wishes: Mapping[str, Any] = field(default_factory=dict)
    volume: float | None = None
    expects_short_answer: bool = False
    interruptible: bool = True
    can_wait: bool = False
    chime: bool = False
    stay_s: float = 0
    likely: tuple[str, ...] = ()
    learn_voice: bool = False
    style: str | None = None


Say = Callable[[Said], None]
Show = Callable[[Mapping[str, Any]], None]


class Dialogue(Protocol):
    """Understands and answers one conversation's turns."""

    async def understand(self, heard: Transcript) -> Reading:
        """Say what the words mean, or one of the other ways to hear them, without answering them."""

    async def answer(
        self, conversation: str, text: str, reading: Reading | None, metadata: Mapping[str, Any], say: Say, show: Show
    ) -> None:
        """Answer one turn; `say` is called for each message as soon as it is known, at least once if anybody said
        something, and `show` for what the page is to show besides."""

    async def rate(self, conversation: str, metadata: Mapping[str, Any], show: Show) -> None:
        """Have a judgement of an earlier answer noted; nothing is said."""

    async def note_cut(self, conversation: str, heard: str | None, unheard: str | None) -> None:
        """Put into the conversation what of the last reply was heard, and what was not."""

    async def end(self, conversation: str, metadata: Mapping[str, Any]) -> Collection[int]:
        """Let the dialogue know that the conversation is over, and drop it; the turns whose sound is to be kept."""

    async def forget(self, conversation: str) -> None:
        """Drop the conversation as it is, and keep nothing that a turn under way would still add."""

    def wording(self, response: str) -> str:
        """A variant of one of the domain's fixed wordings."""


class RasaDialogue:
    """Rasa, inside whose server the channel lives.

    Args:
        agent: Gives the agent; it is loaded after the channel.
        on_new_message: Has Rasa handle a message; ends with the turn.
    """

    def __init__(self, agent: Callable[[], Agent], on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> None:
        self._agent = agent
        self._on_new_message = on_new_message

    async def understand(self, heard: Transcript) -> Reading:
        """Parse it with the loaded model, and its alternatives; the reading that the model is surest of is taken."""
        best, best_parse = heard, await self._parse(heard)
        most = _sense(best_parse) + FIRST_LEAD
        for other in heard.alternatives:
            parse = await self._parse(other)
            if _sense(parse) > most:
                best, best_parse, most = other, parse, _sense(parse)
        intent = best_parse["intent"]
        sure = (intent.get("confidence") or 0.0) >= WHOLE_CONFIDENCE and intent.get("name") not in NEVER_WHOLE
        return Reading(best_parse, True if sure else None, best)

    async def _parse(self, heard: Transcript) -> dict[str, Any]:
        processor = self._agent().processor
        if processor is None:
            raise SettingsError("no model is loaded; run `make train`")
        metadata = {"source": "speech", "confidence": heard.confidence, "words": words_of(heard)}
        parse: dict[str, Any] = await processor.parse_message(UserMessage(heard.text, metadata=metadata))
        return parse

    async def answer(
        self, conversation: str, text: str, reading: Reading | None, metadata: Mapping[str, Any], say: Say, show: Show
    ) -> None:
        """Have Rasa handle the turn, and say what it utters; where it utters nothing, say that something is wrong."""
        output = VoiceOutput(say, show)
        message = UserMessage(
            text,
            output,
            conversation,
            parse_data=reading.parse if reading else None,
            input_channel=CHANNEL,
            metadata=dict(metadata),
        )
        await self._on_new_message(message)
        if not output.spoke and text != DUE:
            logger.error("a turn gave no answer; the log of the action server tells why")
            say(Said(self.wording(TROUBLE_RESPONSE)))

    async def note_cut(self, conversation: str, heard: str | None, unheard: str | None) -> None:
        """Set the two slots in the tracker, under Rasa's lock; the session has no turn under way."""
        agent = self._agent()
        async with agent.lock_store.lock(conversation):
            tracker = await agent.tracker_store.retrieve(conversation)
            if tracker is None:
                return
            for slot, text in ((HEARD_SLOT, heard), (UNHEARD_SLOT, unheard)):
                if slot in tracker.slots:
                    tracker.update(SlotSet(slot, text))
            await agent.tracker_store.save(tracker)

    async def rate(self, conversation: str, metadata: Mapping[str, Any], show: Show) -> None:
        """Have Rasa handle it, once the turn under way is over; a question that is open stays open, and is not asked
        again."""
        await self._unheard(RATE, conversation, metadata, show)

    async def end(self, conversation: str, metadata: Mapping[str, Any]) -> Collection[int]:
        """Have Rasa handle the end, unheard, and drop the tracker."""
        shown: list[Mapping[str, Any]] = []
        try:
            await self._unheard(END, conversation, metadata, shown.append)
        finally:
            await self.forget(conversation)
        return {int(turn) for each in shown if each["show"] == RECORDED for turn in each["turns"]}

    async def _unheard(self, text: str, conversation: str, metadata: Mapping[str, Any], show: Show) -> None:
        output = VoiceOutput(lambda said: None, show)
        message = UserMessage(text, output, conversation, input_channel=CHANNEL, metadata=dict(metadata))
        await self._on_new_message(message)

    async def forget(self, conversation: str) -> None:
        """Drop the tracker, and bar the conversation from being kept again."""
        forgetful(self._agent().tracker_store).forget(conversation)

    def wording(self, response: str) -> str:
        """A variant, by chance."""
        # What is said whatever somebody's style is: no tracker is asked here.
        variants = [each for each in self._agent().domain.responses[response] if "condition" not in each]
        # Which variant is said is no secret.
        return str(random.choice(variants)["text"])  # noqa: S311


class VoiceOutput(OutputChannel):
    """Hands a turn's messages to the session as they come.

    Attributes:
        spoke: Whether there was one.
    """

    def __init__(self, say: Say, show: Show) -> None:
        self._say = say
        self._show = show
        self.spoke = False

    @classmethod
    def name(cls) -> str:
        """Channel name for Rasa's channel-specific responses."""
        return CHANNEL

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Say one message: its text, then its buttons as alternatives. What can't be said is left out."""
        titles = [str(button["title"]) for button in message.get("buttons") or () if button.get("title")]
        text = " ".join(part for part in (message.get("text"), _alternatives(titles)) if part)
        custom = message.get("custom")
        if isinstance(custom, dict) and "show" in custom:
            self._show(custom)
            if not text.strip():
                return
        if not text.strip():
            logger.warning("a response has nothing that can be said; give it a text for the voice channel")
            return
        # What a designer writes into a response's `metadata`, and what an action adds to it.
        hints = {**(message.get("metadata") or {}), **message}
        self.spoke = True
        if hints.get("said") is True:
            return  # part by part, while it was being made
        self._say(
            Said(
                text.strip(),
                wishes=_wishes(hints.get("voice")),
                volume=_number(hints.get("volume")),
                expects_short_answer=hints.get("expects") == "short",
                interruptible=hints.get("interruptible") is not False,
                can_wait=hints.get("can_wait") is True,
                chime=hints.get("chime") is True,
                stay_s=_number(hints.get("stay_s")) or 0,
                likely=_phrases(hints.get("likely")),
                learn_voice=hints.get("learn_voice") is True,
                style=str(hints["style"]) if hints.get("style") else None,
            )
        )


class ForgetfulStore(Protocol):
    """A tracker store that can drop a conversation; Rasa's own can't."""

    def forget(self, sender_id: str) -> None:
        """Drop a conversation, and don't keep it again."""


def words_of(heard: Transcript) -> list[dict[str, Any]]:
    """The words as messages and metadata have them."""
    return [
        {
            "word": word.text,
            "start_ms": word.start_ms,
            "end_ms": word.end_ms,
            "confidence": round(word.confidence, 3),
        }
        for word in heard.words
    ]


def _sense(parse: Mapping[str, Any]) -> float:
    """How sure the model is of its likeliest reading; of none, where it is one that is out of scope."""
    ranking = [each for each in parse.get("intent_ranking") or () if each["name"] not in NEVER_WHOLE]
    return float(ranking[0]["confidence"]) if ranking else 0.0


def forgetful(store: Any) -> ForgetfulStore:
    """The tracker store behind what Rasa wraps it in.

    Raises:
        SettingsError: It can't forget; then nobody could be erased.
    """
    while not hasattr(store, "forget"):
        if not hasattr(store, "_tracker_store"):
            raise SettingsError("endpoints.yml names a tracker store that can't forget; it needs a method `forget`")
        store = store._tracker_store
    kept: ForgetfulStore = store
    return kept


def _alternatives(titles: list[str]) -> str:
    if len(titles) < 2:
        return "".join(f"{title}?" for title in titles)
    return ", ".join(titles[:-1]) + f", or {titles[-1]}?"


def _wishes(value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    try:
        if not isinstance(value, Mapping) or not set(value) <= set(USUAL.as_record()):
            raise NotAllowed("there is a field that no voice profile has")
        VoiceProfile.from_record({name: wish for name, wish in value.items() if wish is not None})
    except NotAllowed as error:
        logger.error("what a message says of the voice can't be used: %s", error)
        return {}
    return value


def _phrases(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, (list, tuple)) else ()


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
