"""Answers that a language model words, where one is set up: to what nothing else answers, and never to what is about
somebody's data, their consents or their memory. `rapport.answers` decides what it is asked, and what of it may be said.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.datetime import Clock, utc_now
from actions.memory_recall import GROUPS
from actions.memory_turn import again, now_of, off_record, on_record, raw, speak_of_memory, when_words
from actions.onboarding import known_name
from actions.person import Events, GetServices, Later, PersonAction, wait_for_consent
from actions.turns import UNCLEAR_INTENT, Turn, turns
from rapport.answers.prompt import Exchange, Prompt, Question, Recalled, TooLong, assemble
from rapport.answers.redacted import redacted
from rapport.answers.spoken import Refused, Spoken
from rapport.errors import ConsentMissing, NotKept, ServiceUnavailable, StoreUnavailable
from rapport.memory.values import Kind, Memory, Sensitivity
from rapport.people import Person
from rapport.personality.persona import read_persona
from rapport.personality.style_of_turn import STYLE_SLOT, style_of_turn
from rapport.privacy.purposes import Purpose
from rapport.services import get_services
from rapport.spoken_time import clock_and_part_words, month_and_day_words, weekday_words
from rapport.telemetry import metrics

INTENT = "ask_general"
ACTS = frozenset(
    "give_consent withdraw_consent go_off_record go_on_record export_data erase_me remember correct_fact forget_memory "
    "forget_span forget_name learn_my_voice".split()
)
"""Intents that only actions carry out: that a model said so would be believed."""
KNOWLEDGE = frozenset(
    "recall tell_fact ask_what_known ask_why_known ask_how_sure ask_consents ask_off_record ask_learnt ask_my_voice "
    "about_data about_recording ask_name".split()
)
"""Intents whose answers only what is kept has."""
LIKELIEST_ACT, LIKELIEST_KNOWLEDGE = 0.15, 0.4
"""Confidences from which a message may be about one of those, and is none for a model."""
FILLER_S = 0.9
"""Seconds without a word after which a few are said in between."""
EXCHANGES = 3
MEMORIES = 5
BEARS_ON = 0.3
"""A memory's score, as recall ranks them, from which it may bear on a question."""
VOICE_CHANNEL = "voice"
FREE = "free"
"""Marks what a model worded, in the conversation's own record."""
MOMENT, ORIGIN = "utter_moment", "utter_free_answer_origin"

if TYPE_CHECKING:
    from rapport.answers.model import LanguageModel

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Asked:
    """A question on its way to the model.

    Attributes:
        prompt: What the model is asked.
        person: Whose question it is; None where that is nobody known.
        memories: By their marks.
        names: What stands for which name.
        now: In the person's zone.
        talked: Something was said before.
    """

    prompt: Prompt
    person: Person | None
    now: datetime
    memories: Mapping[str, Memory] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    talked: bool = False


class ActionAnswerFreely(PersonAction):
    """Answer with a language model's words, as they come; where none is set up, say that it can't.

    Args:
        services: As for `PersonAction`.
        clock: Gives the moment, with a zone.
    """

    anybody = True

    def __init__(self, services: GetServices = get_services, clock: Clock = utc_now) -> None:
        super().__init__(services)
        self._clock = clock
        self._persona = read_persona()

    def name(self) -> str:
        return "action_answer_freely"

    def act(
        self, person: Person, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events | Later:
        answers = self._services().settings.answers
        if answers is None or not may_be_answered(tracker):
            return _cannot(dispatcher)
        if not answers.own:
            if off_record(tracker):
                return _cannot(dispatcher)
            ledger = person.ledger()
            if Purpose.CLOUD_ANSWERS not in ledger.decided():
                return wait_for_consent(Purpose.CLOUD_ANSWERS.value, again(tracker, INTENT))
            if Purpose.CLOUD_ANSWERS not in ledger.live():
                return _cannot(dispatcher)
        return self._ask(person, dispatcher, tracker, domain, own=answers.own)

    def without_person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events | Later:
        answers = self._services().settings.answers
        if answers is None or not answers.own or not may_be_answered(tracker):
            return _cannot(dispatcher)
        return self._ask(None, dispatcher, tracker, domain, own=True)

    def _ask(
        self,
        person: Person | None,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Mapping[str, Any],
        *,
        own: bool,
    ) -> Events | Later:
        """Put the question, as far as that blocks; the rest is left for later."""
        model = self._services().answers  # here, since its library loads at the first
        if model is None:
            return _cannot(dispatcher)
        now = now_of(tracker, self._clock())
        recalled = self._recalled(person, raw(tracker)) if person is not None else []
        memories = {f"m{number}": memory for number, (memory, _) in enumerate(recalled, 1)}
        question = Question(
            raw(tracker),
            style=_style(tracker, theirs=person is not None),
            now=f"{weekday_words(now)}, {month_and_day_words(now)}, {clock_and_part_words(now)}",
            memories=[
                Recalled(mark, memory.text, memory.provenance.source, when_words(memory.confirmed, now), confidence)
                for mark, (memory, confidence) in zip(memories, recalled, strict=True)
            ],
            before=_before(tracker) if person is not None else (),
        )
        names: Mapping[str, str] = {}
        try:
            if not own and person is not None:
                sent = redacted(question, _names(person), self._services().people.screen)
                question, names = sent.question, sent.names
            prompt = assemble(self._persona, question)
        except (NotKept, TooLong):
            return _cannot(dispatcher)
        if person is not None and not own:
            person.note("answers.asked", purpose=Purpose.CLOUD_ANSWERS.value, count=len(prompt.memories))
        asked = _Asked(prompt, person, now, memories, names, talked=bool(question.before))
        return self._answer(model, asked, dispatcher, tracker, domain)

    def _recalled(self, person: Person, text: str) -> list[tuple[Memory, float]]:
        """What may bear on a question, with how sure that is; what is sensitive stays where it is."""
        try:
            found = person.memories().recall(text, kinds=GROUPS, limit=MEMORIES)
        except ConsentMissing:
            return []
        normal = [each for each in found if each.memory.sensitivity is Sensitivity.NORMAL]
        return [(each.memory, each.confidence) for each in normal if each.score >= BEARS_ON]

    async def _answer(
        self,
        model: "LanguageModel",
        asked: _Asked,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: Mapping[str, Any],
    ) -> Events:
        spoken = Spoken(
            words=asked.prompt.words,
            rules=asked.prompt.rules,
            marks=[each.mark for each in asked.prompt.memories],
            talked=asked.talked,
            names=asked.names,
        )
        telling = _Telling(asked.person, dispatcher, tracker, self._services)
        filler = asyncio.ensure_future(_fill(telling, domain))
        asked_at = time.monotonic()
        broke_off = False
        try:
            async with contextlib.aclosing(model.answer(asked.prompt)) as pieces:
                async for clause in _clauses(pieces, spoken):
                    if not telling.begun:
                        await _stop(filler)
                        metrics.ANSWER_BEGINS.observe(time.monotonic() - asked_at)
                    if not await telling.tell(clause):
                        break
        except ServiceUnavailable as error:
            _log.warning("%s", error)
            broke_off = True
        finally:
            await _stop(filler)
        telling.end()
        outcome = "let_go" if telling.unheard else _outcome(spoken, broke_off=broke_off)
        metrics.ANSWERS.labels(outcome).inc()
        if telling.unheard:
            return []
        return await self._conclude(asked, spoken, outcome, dispatcher, tracker)

    async def _conclude(
        self, asked: _Asked, spoken: Spoken, outcome: str, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Events:
        """What is said after an answer: that it broke off, or where it comes from."""
        if outcome != "whole":
            dispatcher.utter_message(response=f"utter_free_answer_{outcome}")
        elif used := [asked.memories[mark] for mark in sorted(spoken.cited)]:
            when = when_words(used[0].confirmed, asked.now)
            dispatcher.utter_message(response="utter_free_answer_from_memory", when=when)
            if asked.person is not None and not off_record(tracker):
                await asyncio.to_thread(_used, asked.person, used)
            return [speak_of_memory(tracker, used[0])]
        elif not any(ORIGIN in turn.responses for turn in turns(tracker.events)):
            dispatcher.utter_message(response=ORIGIN)
        return []


class _Telling:
    """Tells an answer clause by clause: aloud at once where the voice channel listens, else as one message at the end.

    Attributes:
        unheard: The person talks about something else already.
    """

    def __init__(
        self, person: Person | None, dispatcher: CollectingDispatcher, tracker: Tracker, services: GetServices
    ) -> None:
        self._person = person
        self._dispatcher = dispatcher
        self._session = tracker.sender_id
        self._turn = (tracker.latest_message.get("metadata") or {}).get("turn")
        self._services = services
        self._aloud = (
            person is not None and tracker.get_latest_input_channel() == VOICE_CHANNEL and isinstance(self._turn, int)
        )
        self._told: list[str] = []
        self._kept: list[str] = []
        self.unheard = False

    async def tell(self, clause: str) -> bool:
        """Say a clause; False where nobody listens any more."""
        if self._aloud:
            try:
                self.unheard = not await self.say(clause)
                if self.unheard:
                    return False
            except StoreUnavailable as error:
                _log.warning("an answer is said as a whole, not as it comes: %s", error)
                self._aloud = False
        (self._told if self._aloud else self._kept).append(clause)
        return True

    @property
    def begun(self) -> bool:
        """Whether a clause was told."""
        return bool(self._told or self._kept)

    async def say(self, text: str) -> bool:
        """Say something that is not part of the answer, where it can be said at once."""
        if not self._aloud or self._person is None or self._turn is None:
            return True
        return await self._services().conversations.say(self._person.id, self._session, self._turn, text)

    def end(self) -> None:
        """Put the answer into the conversation, and have said what was not."""
        if self._told:
            self._dispatcher.utter_message(text=" ".join(self._told), said=True, **{FREE: True})
        if self._kept:
            self._dispatcher.utter_message(text=" ".join(self._kept), **{FREE: True})


def may_be_answered(tracker: Tracker) -> bool:
    """Whether a model may word the answer to the latest message: not where that may be about somebody's data."""
    sure = {str(each["name"]): float(each["confidence"]) for each in tracker.latest_message.get("intent_ranking") or ()}
    act, knowledge = (max(sure.get(name, 0.0) for name in names) for names in (ACTS, KNOWLEDGE))
    return act < LIKELIEST_ACT and knowledge < LIKELIEST_KNOWLEDGE


def goes_on_freely(tracker: Tracker, readings: Sequence[object]) -> bool:
    """Whether what was not understood is for a model to answer: it is most likely a question of that kind, or nothing
    else, or goes on with such an answer ("and why is that").

    Args:
        tracker: The conversation.
        readings: What could be offered instead.
    """
    ranking = [
        each["name"] for each in tracker.latest_message.get("intent_ranking") or () if each["name"] != UNCLEAR_INTENT
    ]
    said = turns(tracker.events)[:-1]
    asks = ranking[:1] == [INTENT] or not readings or (bool(said) and _answered_freely(said[-1]))
    return asks and may_be_answered(tracker) and len(raw(tracker).split()) > 1


def _answered_freely(turn: Turn) -> bool:
    return any((reply.get("metadata") or {}).get(FREE) for reply in turn.replies)


def _outcome(spoken: Spoken, *, broke_off: bool) -> str:
    """How an answer ended; what is not whole is told by the response of that name."""
    if spoken.refused is Refused.RULES or (spoken.refused and not spoken.text):
        return "refused"
    if not spoken.text:
        return "failed"
    return "broke_off" if broke_off or spoken.refused else "whole"


def _cannot(dispatcher: CollectingDispatcher) -> Events:
    dispatcher.utter_message(response="utter_out_of_scope")
    return []


async def _clauses(pieces: AsyncGenerator[str, None], spoken: Spoken) -> AsyncGenerator[str, None]:
    """The clauses of an answer as they become certain, and what of it is certain where it breaks off."""
    try:
        async for piece in pieces:
            for clause in spoken.feed(piece):
                yield clause
            if spoken.over:
                return
    except ServiceUnavailable:
        for clause in spoken.flush():
            yield clause
        raise
    for clause in spoken.flush():
        yield clause


async def _fill(telling: _Telling, domain: Mapping[str, Any]) -> None:
    """Say a few words where the first of the answer lets one wait."""
    await asyncio.sleep(FILLER_S)
    variants = [each for each in (domain.get("responses") or {}).get(MOMENT) or () if "condition" not in each]
    if variants:
        with contextlib.suppress(StoreUnavailable):  # the answer itself says so
            await telling.say(str(random.choice(variants)["text"]))  # noqa: S311 - which one is no secret


async def _stop(task: "asyncio.Future[None]") -> None:
    task.cancel()
    # Not the task itself: that we are cancelled meanwhile is not to be taken for its end.
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()


def _before(tracker: Tracker) -> list[Exchange]:
    """What was said last, but for what may be about somebody's data."""
    said = turns(tracker.events)
    last = [turn for at, turn in on_record(said) if at < len(said) - 1 and turn.intent not in ACTS | KNOWLEDGE]
    exchanges = [
        Exchange(str(turn.message.get("text") or ""), " ".join(str(reply.get("text") or "") for reply in turn.replies))
        for turn in last[-EXCHANGES:]
    ]
    return [each for each in exchanges if each.said and not each.said.startswith("/")]


def _style(tracker: Tracker, *, theirs: bool) -> str | None:
    """As responses are said; what the channel knows of a person counts where it is their turn."""
    message = tracker.latest_message
    metadata = (message.get("metadata") or {}) if theirs else {}
    return style_of_turn(tracker.get_slot(STYLE_SLOT), metadata, (message.get("intent") or {}).get("name"))


def _names(person: Person) -> list[str]:
    """Of people, as far as they are known: their own, and of those that they told of."""
    try:
        told = person.memories().told(kinds=[Kind.RELATION])
    except ConsentMissing:
        return []
    said = [each.statement.value for each in told if each.statement is not None and each.statement.attribute == "name"]
    return [name for name in [known_name(person), *said] if name]


def _used(person: Person, memories: Sequence[Memory]) -> None:
    with contextlib.suppress(ConsentMissing):
        person.memories().used(memories)
