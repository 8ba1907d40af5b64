"""A day of conversation, drawn with a seed and replayed: how much of it the clips save.

The mix: conversations are drawn from `tests/conversations`, each as likely as any other, until there are enough
replies. A step that utters a response says one of its variants; an action says one of the responses that `SAID` has for
it, each as likely. What the domain leaves open is filled from `OPEN`: one person's places, times, sums and memories, so
that some of it comes again, as it does within a day. A step that neither knows is left out, and counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from bench.report import Report
from rapport.privacy.keys import KEY_BYTES
from rapport.privacy.purposes import wordings
from rapport.speech.clauses import cut_clauses
from rapport.speech.grant import Grant
from rapport.speech.synthesizer import SpeechStyle
from rapport.speech.wyoming_voice import WyomingSynthesizer
from rapport.spoken_numbers import number_words
from rapport.spoken_time import clock_words, date_words, weekday_words
from tests.emulator_process import EmulatorProcess
from tests.fakes.speaking_desk import PROOF, speaking_desk
from tests.voice_process import ROOT, running_voice_server
from voice_server.cost import cost_of
from voice_server.elevenlabs import MODEL
from voice_server.prices import read_prices
from voice_server.usage import Totals, Usage

REPLIES = 150
SEED = 4

REMEMBERED = Grant(owner="o_89abcdef0123456789abcdef", cloud=True, clip_key=bytes(range(KEY_BYTES)))
"""Somebody who agreed to be remembered too, so that clips of what is said to them are kept."""

SAID: Mapping[str, tuple[str, ...]] = {
    "action_tell_time": ("utter_time", "utter_time_there"),
    "action_take_place": ("utter_time_there",),
    "action_tell_date": ("utter_date",),
    "action_tell_day": ("utter_day",),
    "action_tell_time_difference": ("utter_ahead", "utter_behind"),
    "action_calculate": ("utter_result",),
    "action_choose": ("utter_affirmed", "utter_denied"),
    "action_ask_which_reading": ("utter_rephrase",),
    "action_greet": ("utter_greet", "utter_greet_by_name"),
    "action_get_to_know": ("utter_onboarding_begin",),
    "name_form": ("utter_ask_name", "utter_check_name"),
    "action_take_name": ("utter_name_kept",),
    "action_tell_name": ("utter_your_name",),
    "consent_form": ("utter_ask_consent",),
    "action_take_consent": ("utter_consent_given", "utter_consent_refused"),
    "action_give_consent": ("utter_consent_already",),
    "action_withdraw_consent": ("utter_ask_withdrawal",),
    "action_tell_consents": ("utter_consents_none",),
    "action_remember": ("utter_remembered",),
    "action_take_fact": ("utter_offer_to_remember", "utter_fact_remembered"),
    "action_recall": ("utter_recalled",),
    "action_correct": ("utter_what_is_right",),
    "action_forget": ("utter_ask_to_forget",),
    "action_forget_span": ("utter_ask_to_forget_span",),
    "action_tell_what_known": ("utter_known",),
    "action_tell_why_known": ("utter_why_told",),
    "action_tell_how_sure": ("utter_sure",),
    "deletion_form": ("utter_ask_erasure", "utter_ask_deletion_again"),
    "action_delete": ("utter_not_deleted", "utter_forgotten"),
    "action_tell_about_recording": ("utter_about_recording",),
    "action_tell_about_data": ("utter_about_data",),
    "action_speak_slower": ("utter_slower",),
    "action_speak_faster": ("utter_faster",),
    "action_speak_louder": ("utter_louder",),
    "action_speak_quieter": ("utter_quieter",),
    "action_speak_normally": ("utter_normal_speech",),
    "action_export": ("utter_export",),
}
"""What the commonest actions say."""

PLACES = ("Tokyo", "Paris", "New York", "Sydney", "Los Angeles", "Rome")
MEMORIES = (
    "your sister lives in Oslo",
    "your favourite coffee is a flat white",
    "you're allergic to nuts",
    "your dog is called Bruno",
    "you play the piano",
    "your mother's birthday is in May",
    "you take the train to work",
    "you don't like olives",
)
BEGAN = datetime(2026, 5, 4, 7)  # noqa: DTZ001 - a clock's face, nowhere
WAKING_MINUTES = 15 * 60

Open = Callable[[random.Random, datetime], str]
OPEN: Mapping[str, Open] = {
    "time": lambda dice, now: clock_words(now),
    "place": lambda dice, now: dice.choice(PLACES),
    "weekday": lambda dice, now: weekday_words(now),
    "date": lambda dice, now: date_words(now),
    "difference": lambda dice, now: f"{number_words(dice.randint(2, 10))} hours",
    "result": lambda dice, now: number_words(dice.randint(1, 400)),
    "name": lambda dice, now: "Anna",
    "spelled": lambda dice, now: "A, N, N, A",
    "memory": lambda dice, now: dice.choice(MEMORIES),
    "memories": lambda dice, now: " and that ".join(dice.sample(MEMORIES, 2)),
    "when": lambda dice, now: dice.choice(("yesterday", "last week", "this morning")),
    "span": lambda dice, now: "today",
    "count": lambda dice, now: number_words(dice.randint(2, 5)),
    "wording": lambda dice, now: dice.choice([each.spoken for each in wordings().values()]),
}

_SLOT = re.compile(r"\{([\w.]+)\}")


@dataclass(frozen=True)
class Day:
    """What was said.

    Attributes:
        replies: In their order.
        left_out: Steps that nothing here says the words of.
    """

    replies: list[str]
    left_out: int


def day_of(root: Path, dice: random.Random, replies: int = REPLIES) -> Day:
    """Draw a day.

    Args:
        root: The project's, with `domain.yml` and `tests/conversations`.
        dice: Seeded.
        replies: How many.
    """
    responses = _read(root / "domain.yml")["responses"]
    conversations = [
        [str(step["action"]) for step in story["steps"] if "action" in step]
        for file in sorted((root / "tests/conversations").glob("test_*.yml"))
        for story in _read(file)["stories"]
    ]
    said: list[str] = []
    left_out = 0
    while len(said) < replies:
        for action in dice.choice(conversations):
            response = dice.choice(SAID.get(action, (action,)))
            text = str(dice.choice(responses[response]).get("text", "")) if response in responses else ""
            if not text or not set(_SLOT.findall(text)) <= OPEN.keys():
                left_out += 1
                continue
            now = BEGAN + timedelta(minutes=WAKING_MINUTES * len(said) // replies)
            said.append(_SLOT.sub(lambda slot: OPEN[slot[1]](dice, now), text))  # noqa: B023 - used at once
    return Day(said[:replies], left_out)


def days(report: Report, emulator: EmulatorProcess, folder: Path, replies: int = REPLIES) -> None:
    """Replay two days of one person, the first of which begins without a clip; the second knows what the first left.

    Args:
        report: Told the share of clauses that were played again, and the price of 1,000 interactions.
        emulator: The provider.
        folder: For what the voice server keeps.
        replies: Of each day.
    """
    dice = random.Random(SEED)
    before = Totals(0, 0, 0, {}, 0, 0, 0, 0, 0)
    with speaking_desk(REMEMBERED) as desk:
        for number in (1, 2):
            day = day_of(ROOT, dice, replies)
            told = desk.environment | emulator.told | {"RAPPORT_VOICE_STATE": str(folder)}
            with running_voice_server(environment=told) as voice:
                asyncio.run(_replay(voice.uri, day.replies))
            usage = Usage(folder / "usage.db")
            totals = usage.totals()
            usage.close()
            cost = cost_of(_since(before, totals), read_prices(), MODEL, [])
            before = totals
            title = f"day {number} of {replies} replies"
            report.row(f"{title}: steps left out", value=day.left_out, unit="")
            report.row(f"{title}: clauses played again", value=100 * cost.hit_rate, unit="%")
            report.row(f"{title}: 1,000 interactions", value=cost.with_clips, unit=cost.currency)
            report.row(f"{title}: and without the clips", value=cost.without_clips, unit=cost.currency)


async def _replay(uri: str, replies: Sequence[str]) -> None:
    voice = WyomingSynthesizer(uri)

    async def told(reply: str) -> AsyncIterator[str]:
        for clause in cut_clauses(reply):
            yield clause.strip()

    for reply in replies:
        async with contextlib.aclosing(voice.speak(told(reply), SpeechStyle(proof=PROOF))) as pieces:
            async for _ in pieces:
                pass
    await voice.close()


def _since(before: Totals, now: Totals) -> Totals:
    spent = {model: many - before.credits.get(model, 0.0) for model, many in now.credits.items()}
    return Totals(
        now.replies - before.replies,
        now.requests - before.requests,
        now.characters - before.characters,
        spent,
        now.hits - before.hits,
        now.misses - before.misses,
        now.saved - before.saved,
        now.local_hits - before.local_hits,
        now.local_misses - before.local_misses,
    )


def _read(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
