"""Random conversations with the running assistant: mixed topics, corrections, interruptions, answers and non-answers.

    python -m bench.soak [--conversations N] [--seed N] [--json FILE]

Runs in the `rasa` environment, over text, against a stack of its own. What is said is drawn from the held-out sentences
of `tests/nlu` and from what people answer; nobody's plan is followed. Every turn has to be answered, by anything but an
apology for a failure; whatever state a conversation was left in, "stop" and a question for the time have to get the
time; and the processes' log may hold no error. Prints what broke that, with the seed of the conversation; 1 then.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bench._typist import Typist, sentences, wordings
from bench.report import machine, percentiles
from channels.client import ClientError, VoiceClient, fetch_token
from ops.layout import ROOT
from ops.stack import Stack, running_stack
from tests.fakes.frankfurter import WrittenRates
from tests.fakes.open_meteo import WrittenWeather
from tests.fakes.public_service import serving

TURNS = 10
AT_ONCE = 6
ANSWERED, CORRECTED, INTERRUPTED = 0.6, 0.15, 0.12
"""Shares: of questions that get an answer to them; of other turns that correct the last, or that do not wait for it."""

ANSWERS = (
    "yes", "yes please", "no", "no thanks", "okay", "the first one", "the second one", "later", "skip", "never mind",
    "seven", "at half past six", "ten minutes", "tomorrow", "oslo", "in springfield", "milk and eggs", "sam", "s a m",
    "call the bank", "that's all", "i don't know", "what", "uh", "what did you say",
)  # fmt: skip
CORRECTIONS = (
    "no i meant tomorrow", "no ten minutes", "no in boston", "not milk bread", "no that's wrong", "you misheard me",
    "i mean seven thirty", "no the other one", "that was wrong", "sorry i meant my brother", "no she lives in bergen",
)  # fmt: skip


@dataclass
class Found:
    """What came of it.

    Attributes:
        broken: What must not be, each with the conversation's seed.
        turns: How many were said.
        answer_ms: Milliseconds to each whole answer.
        ends: How conversations ended.
    """

    broken: list[str] = field(default_factory=list)
    turns: int = 0
    answer_ms: list[float] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)


def all_sentences() -> list[list[str]]:
    """The held-out sentences, by topic."""
    topics = (path.stem.removeprefix("test_") for path in sorted((ROOT / "tests/nlu").glob("*.yml")))
    return [[line for lines in sentences(topic).values() for line in lines] for topic in topics]


class Simulated:
    """Somebody who talks as a seed has it."""

    def __init__(self, seed: int, topics: Sequence[Sequence[str]]) -> None:
        self.seed = seed
        self._chance = random.Random(seed)
        self._topics = topics

    def says(self, reply: str) -> list[str]:
        """What they say after a reply: one thing, or two where they do not wait for the answer."""
        chance = self._chance
        if reply.rstrip().endswith("?") and chance.random() < ANSWERED:
            return [chance.choice(ANSWERS)]
        if reply and chance.random() < CORRECTED:
            return [chance.choice(CORRECTIONS)]
        said = [chance.choice(chance.choice(self._topics))]
        if chance.random() < INTERRUPTED:
            said.append(chance.choice(chance.choice(self._topics)))
        return said


async def converse(stack: Stack, simulated: Simulated, found: Found) -> None:
    """One conversation, to its end."""
    told_time, apology = wordings("utter_time"), wordings("utter_trouble")
    token = await asyncio.to_thread(fetch_token, stack.page)
    async with VoiceClient.connect(
        stack.page, token=token, streaming=False, speech=False, timezone="Europe/Oslo"
    ) as client:
        person, reply = Typist(client), ""
        try:
            for _ in range(TURNS):
                turn = simulated.says(reply)
                for said, reply in zip(turn, await person.say(*turn), strict=True):
                    if not reply.strip() or apology.search(reply):
                        found.broken.append(f"seed {simulated.seed}: {said!r} was answered with {reply!r}")
            for said in ("stop", "never mind", "what time is it"):
                [reply] = await person.say(said)
            if not told_time.search(reply):
                found.broken.append(f"seed {simulated.seed}: a dead end; the time was answered with {reply!r}")
            await client.end()
            found.ends["whole"] += 1
        except ClientError as error:
            if any(each.fields.get("code") == "erased" for each in client.received):
                found.ends["erased on request"] += 1
            else:
                found.broken.append(f"seed {simulated.seed}: {error}")
        found.turns += person.turns
        found.answer_ms += person.answer_ms


async def soak(stack: Stack, seeds: Sequence[int]) -> Found:
    """Many conversations, some at once."""
    found, topics, waiting = Found(), all_sentences(), iter(seeds)

    async def talk() -> None:
        for seed in waiting:
            await converse(stack, Simulated(seed, topics), found)

    await asyncio.gather(*(talk() for _ in range(AT_ONCE)))
    return found


def errors_in(log: Path) -> list[str]:
    """Lines of the processes' log that tell of a failure, each with the one after it."""
    lines = log.read_text(errors="replace").splitlines()
    return [" | ".join(lines[at : at + 2]) for at, line in enumerate(lines) if re.search(r"\bERROR\b|Traceback", line)]


def main() -> int:
    """Talk, print what came of it, and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1, help="of the first; the others follow")
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.conversations)
    weather = WrittenWeather(now=datetime.now())  # noqa: DTZ005 - on the clocks of the place that it is for
    with tempfile.TemporaryDirectory() as folder, serving(weather) as sky, serving(WrittenRates()) as rates:
        log = Path(folder) / "log"
        with running_stack({"RAPPORT_WEATHER_URL": sky, "RAPPORT_RATES_URL": rates}, log=log) as stack:
            found = asyncio.run(soak(stack, seeds))
            found.broken += errors_in(log)
    figures: dict[str, Any] = {
        "conversations": options.conversations,
        "turns": found.turns,
        "ends": dict(found.ends),
        "broken": found.broken,
        **{f"answer_{name}_ms": value for name, value in percentiles(found.answer_ms).items() if name != "n"},
    }
    print(f"bench.soak; {machine()}")
    print(*found.broken, sep="\n")
    print(
        f"{options.conversations} conversations of seeds {seeds[0]} to {seeds[-1]}, {found.turns} turns, "
        f"{len(found.broken)} broken; "
        f"answered in {figures['answer_p50_ms']:.0f} ms, p95 {figures['answer_p95_ms']:.0f}, {AT_ONCE} at once"
    )
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), **figures}, indent=2) + "\n")
    return 1 if found.broken else 0


if __name__ == "__main__":
    sys.exit(main())
