"""Simulated people talk with the running assistant over some days; does what it learns of them help, and is that found?

    python -m bench.simulated_people [--people N] [--days N] [--seed N] [--html FILE] [--json FILE]

Runs in the `rasa` environment, against a stack of its own for each day (libfaketime sets the clock: install
`faketime`). Everybody agreed to be learnt from, to suggestions and to be counted, and is in one of two arms
by the assistant's own assignment: half of them get nothing of what is learnt. What they want, how they type and when
they give up is drawn by the seed, and knows nothing of arms:

- each has a habit that they want most mornings, and two more things that they like; some days they want something else;
- they greet first, or not; what they say is a held-out sentence of `tests/nlu`, often with letters missing, so that it
  is not always understood;
- they read answers by their wordings: asked "did you want to …, or …?" they choose what they meant, else they say it
  anew, in other words and with more care, and give up after three times; a suggestion is taken if it is what they want;
- on the last day some of them speak, in the local voice, rather than type.

Then `rapport.experiments report` is run on what the assistant counted, in the `services` environment. Beside it stand
figures that only the simulation knows, such as how often somebody gave up.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from time import monotonic
from time import sleep as pause
from typing import Any
from zoneinfo import ZoneInfo

import requests
import yaml

from bench._typist import Typist, responses, sentences, wordings
from bench.report import machine
from bench.voice import speak_requests
from channels.client import ClientError, VoiceClient, fetch_token
from ops.layout import ROOT, python_of
from ops.stack import Stack, running_stack
from rapport.speech.audio import HEARING_RATE_HZ, SAMPLE_BYTES
from tests.fakes.open_meteo import WrittenWeather
from tests.fakes.public_service import serving

ZONE = ZoneInfo("Europe/London")
FIRST_DAY = date(2026, 6, 1)
MORNING = time(8, 20)
AT_ONCE, ALOUD_AT_ONCE = 4, 1
LEAD_MS, TAIL_MS = 500, 300
COUNTED_WITHIN_S = 30
PURPOSES = ("memory", "learning", "proactive", "analytics")
FAKETIME = (Path("/usr/lib/x86_64-linux-gnu/faketime"), Path("/usr/lib/aarch64-linux-gnu/faketime"))

HABITUAL, GREETS, CARELESS, ELSE = 0.85, 0.8, 0.55, 0.4
"""Chances: that the habit is wanted on a day; that somebody greets; that they type carelessly; that they want something
else besides."""
LETTERS_MISSING = 0.16
"""Of a careless sentence's letters, so many are missing."""
TRIES = 3
OPERATOR = hashlib.sha256(b"simulated people").hexdigest()
"""Names people by their seeds, so that they are in the same arms in each run; it opens nothing else."""

EXPERIMENT = {
    "version": 1,
    "experiments": [
        {
            "name": "learnt",
            "asks": "Does what is learnt from talks help?",
            "running": True,
            "arms": [
                {
                    "name": "generic",
                    "share": 0.5,
                    "without": ["style", "readings", "suggestions", "memories", "pace", "scale", "names"],
                },
                {"name": "personalized", "share": 0.5},
            ],
            "outcome": "turns_to_success",
            "least_effect": 0.1,
        }
    ],
}


@dataclass(frozen=True)
class Wish:
    """Something that can be wanted.

    Attributes:
        intent: Its intent.
        topic: The file of `tests/nlu` that has sentences for it.
        answers: The names of its responses, as a pattern.
    """

    intent: str
    topic: str
    answers: str

    def granted(self, reply: str) -> bool:
        """Whether a reply is an answer to it."""
        return any(wordings(name).search(reply) for name in responses() if re.fullmatch(self.answers, name))

    def offered(self, reply: str) -> str | None:
        """What to say to take it, where a question back offers it."""
        reading = responses()[f"utter_reading_{self.intent}"][0]["text"]
        for name in ("utter_did_you_mean", "utter_did_you_mean_one"):
            found = wordings(name).search(reply)
            offers = [each for each in found.groups() if each] if found else []
            if reading in offers:
                return "yes" if len(offers) == 1 else ("the first one", "the second one")[offers.index(reading)]
        return None

    def suggested(self, reply: str) -> bool:
        """Whether a reply suggests it."""
        name = f"utter_suggest_{self.intent}"
        return name in responses() and wordings(name).search(reply) is not None


HABITS = (
    Wish("ask_weather", "weather", "utter_weather_.+"),
    Wish("smalltalk_joke", "smalltalk", "utter_smalltalk_joke"),
    Wish("smalltalk_fun_fact", "smalltalk", "utter_smalltalk_fun_fact"),
    Wish("smalltalk_story", "smalltalk", "utter_smalltalk_story"),
)
OTHERS = (
    *HABITS,
    Wish("ask_time", "datetime", "utter_time"),
    Wish("ask_date", "datetime", "utter_date"),
    Wish("smalltalk_coin", "smalltalk", "utter_smalltalk_coin"),
    Wish("smalltalk_dice", "smalltalk", "utter_smalltalk_dice"),
)
_ELSEWHERE = ("in ", "there", "sister", "mother", " at ", "tomorrow", "tonight", "week", "day")
"""What a sentence holds that asks for another place or day: that is another wish."""


class Speaking:
    """Says what a typist would type, in the local voice, and hears the answers out.

    Attributes:
        turns: How many were said.
    """

    def __init__(self, client: VoiceClient, voice_uri: str) -> None:
        self._client = client
        self._voice_uri = voice_uri
        self.turns = 0

    async def say(self, text: str) -> list[str]:
        """Say it; the answer, or nothing where nothing was heard."""
        [utterance] = await speak_requests(self._voice_uri, (text,))
        seen, self.turns = len(self._client.received), self.turns + 1
        lead, tail = (bytes(ms * HEARING_RATE_HZ // 1_000 * SAMPLE_BYTES) for ms in (LEAD_MS, TAIL_MS))
        await self._client.say(lead + utterance.pcm + tail).ended
        try:
            return [await self._client.reply(after=seen)]
        except ClientError:
            return [""]


@dataclass
class Simulated:
    """Somebody, as a seed has them.

    Attributes:
        habit: What they want most mornings.
        likes: What else they like.
        token: Their latest.
        talked: Conversations that they had, to the end.
        suggested: Suggestions that they got.
        took: Of these, what they wanted.
        gave_up: Times they did.
        wished: Times they wanted something.
        turns: What they typed or said.
    """

    seed: int
    habit: Wish = field(init=False)
    likes: Sequence[Wish] = field(init=False)
    token: str = ""
    talked: int = 0
    suggested: int = 0
    took: int = 0
    gave_up: int = 0
    wished: int = 0
    turns: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._aloud = False
        self.habit = self._chance.choice(HABITS)
        self.likes = self._chance.sample([each for each in OTHERS if each != self.habit], 2)

    def wishes(self) -> list[Wish]:
        """What they want today."""
        wanted = [self.habit] if self._chance.random() < HABITUAL else []
        wanted += [self._chance.choice(self.likes)]
        if self._chance.random() < ELSE:
            wanted.append(self._chance.choice([each for each in OTHERS if each not in wanted]))
        return wanted

    @property
    def greets(self) -> bool:
        """Whether they greet now."""
        return self._chance.random() < GREETS

    def words(self, wish: Wish, tried: int) -> str:
        """How they ask for something: more carefully, the oftener it was tried."""
        said = sentences(wish.topic)[wish.intent]
        plain = [each for each in said if not any(word in each for word in _ELSEWHERE)] or said
        text = self._chance.choice(plain)
        careless = not self._aloud and self._chance.random() < CARELESS / (1 + 2 * tried)
        return "".join(each for each in text if not (careless and self._chance.random() < LETTERS_MISSING)) or text

    async def talk(self, typist: Typist | Speaking, *, first: bool) -> None:
        """One conversation."""
        self._aloud = isinstance(typist, Speaking)
        if first:
            await typist.say("remember that i live in london")
        wanted = self.wishes()
        if self.greets:
            [reply] = await typist.say("good morning")
            taken = next((each for each in wanted if each.suggested(reply)), None)
            self.suggested += any(each.suggested(reply) for each in HABITS)
            if taken is not None:
                self.wished += 1
                self.took += 1
                [reply] = await typist.say("yes please")
                wanted = wanted if not taken.granted(reply) else [each for each in wanted if each is not taken]
            elif any(each.suggested(reply) for each in HABITS):
                await typist.say("no thanks")
        for wish in wanted:
            self.wished += 1
            self.gave_up += not await self._ask(typist, wish)
        self.turns += typist.turns
        self.talked += 1

    async def _ask(self, typist: Typist | Speaking, wish: Wish) -> bool:
        for tried in range(TRIES):
            [reply] = await typist.say(self.words(wish, tried))
            if not wish.granted(reply) and (answer := wish.offered(reply)):
                [reply] = await typist.say(answer)
            if wish.granted(reply):
                return True
        return False


def clock_at(day: date) -> dict[str, str]:
    """What a stack's environment needs for its clock to begin on the morning of a day; it runs on from there."""
    library = next((each / "libfaketimeMT.so.1" for each in FAKETIME if each.is_dir()), None)
    if library is None:
        raise SystemExit("libfaketime is absent: install the package `faketime`, so that days can pass")
    offset = datetime.combine(day, MORNING, ZONE) - datetime.now(timezone.utc)
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{offset.total_seconds():+.0f}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }


async def spend_day(stack: Stack, everybody: Sequence[Simulated], number: int, *, aloud: bool = False) -> list[str]:
    """Have everybody talk once, in writing or aloud; what broke."""
    waiting = iter(everybody)

    async def one_by_one() -> list[str]:
        visits = [await _visit(stack, each, first=not number, aloud=aloud) for each in waiting]
        return [wrong for wrong in visits if wrong]

    broken = await asyncio.gather(*(one_by_one() for _ in range(ALOUD_AT_ONCE if aloud else AT_ONCE)))
    return [wrong for each in broken for wrong in each]


async def _visit(stack: Stack, each: Simulated, *, first: bool, aloud: bool) -> str:
    """One conversation; what went wrong with it, if anything."""
    how: dict[str, Any] = {"streaming": aloud, "speech": aloud, "timezone": str(ZONE)}
    try:
        each.token = await asyncio.to_thread(fetch_token, stack.page, bearer=OPERATOR, person=f"seed {each.seed}")
        if first:
            await asyncio.to_thread(_agree, stack, each.token)
        async with VoiceClient.connect(stack.page, token=each.token, **how) as client:
            await each.talk(Speaking(client, stack.voice_uri) if aloud else Typist(client), first=first)
            await client.end()
    except ClientError as error:
        return f"seed {each.seed}: {error}"
    return ""


def _agree(stack: Stack, token: str) -> None:
    for each in _api(stack, token, "GET", "/consents")["consents"]:
        if each["purpose"] in PURPOSES:
            _api(stack, token, "PUT", f"/consents/{each['purpose']}", {"version": each["version"]})


def _await_count(stack: Stack, each: Simulated) -> None:
    """Wait until all of somebody's conversations were counted: that is done once they are over."""
    deadline = monotonic() + COUNTED_WITHIN_S
    while _api(stack, each.token, "GET", "/experiments")["counted"] < each.talked:
        if monotonic() > deadline:
            raise SystemExit(f"a conversation of seed {each.seed} was not counted within {COUNTED_WITHIN_S} s")
        pause(0.5)


def _api(stack: Stack, token: str, method: str, path: str, body: Any = None) -> Any:
    """Ask the people API; where it is asked too much, later."""
    while True:
        bearer = {"Authorization": f"Bearer {token}"}
        told = requests.request(method, f"{stack.people}/v1{path}", headers=bearer, json=body, timeout=30)
        if told.status_code != requests.codes.too_many:
            told.raise_for_status()
            return told.json()
        pause(float(told.headers["Retry-After"]))


def _report(settings: dict[str, str], html: Path | None) -> str:
    command = [str(python_of("services")), "-m", "rapport.experiments", "report"]
    command += ["--html", str(html)] if html else []
    environment = {**os.environ, **settings}
    return subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout


def main() -> int:
    """Let the days pass, print the report, and write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=120)
    parser.add_argument("--days", type=int, default=12)
    parser.add_argument("--aloud", type=int, default=3, help="how many speak on the last day, rather than type")
    parser.add_argument("--seed", type=int, default=1, help="of the first; the others follow")
    parser.add_argument("--html", type=Path, help="write the report's page here")
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument("--log", type=Path, help="where the last day's processes' log goes")
    options = parser.parse_args()
    everybody = [Simulated(options.seed + number) for number in range(options.people)]
    broken: list[str] = []
    weather = WrittenWeather(now=datetime.combine(FIRST_DAY, MORNING))
    with tempfile.TemporaryDirectory() as name, serving(weather) as sky:
        folder = Path(name)
        (folder / "experiments.yml").write_text(yaml.safe_dump(EXPERIMENT))
        settings = {
            "RAPPORT_TOKEN_KEY": OPERATOR,
            "RAPPORT_SHARED_SECRET": OPERATOR,
            "RAPPORT_KEY": secrets.token_hex(32),
            "RAPPORT_MEMORY": f"embedded:{folder / 'people'}",
            "RAPPORT_STATE": str(folder / "state"),
            "RAPPORT_EXPERIMENTS": str(folder / "experiments.yml"),
        }
        for number in range(options.days):
            day = FIRST_DAY + timedelta(number)
            weather.now = datetime.combine(day, MORNING)
            environment = {**settings, **clock_at(day), "RAPPORT_WEATHER_URL": sky}
            with running_stack(environment, log=options.log) as stack:
                speaking = options.aloud if number == options.days - 1 else 0
                broken += asyncio.run(spend_day(stack, everybody[speaking:], number))
                broken += asyncio.run(spend_day(stack, everybody[:speaking], number, aloud=True))
                for each in everybody:
                    _await_count(stack, each)
            made, took = sum(each.suggested for each in everybody), sum(each.took for each in everybody)
            print(f"day {number + 1} of {options.days}: {made} suggestions, {took} taken", file=sys.stderr, flush=True)
        told = _report(settings, options.html)
    turns, wished = sum(each.turns for each in everybody), sum(each.wished for each in everybody)
    gave_up = sum(each.gave_up for each in everybody)
    print(f"bench.simulated_people; {machine()}")
    print(f"seeds {options.seed} to {options.seed + options.people - 1}, {options.days} days, {turns} turns")
    print(f"wished for {wished} things, and gave up {gave_up}\n")
    print(*broken, told, sep="\n")
    if options.json:
        figures = {"turns": turns, "wished": wished, "gave_up": gave_up, "broken": broken, "report": told}
        options.json.write_text(json.dumps({"machine": machine(), **figures}, indent=2) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
