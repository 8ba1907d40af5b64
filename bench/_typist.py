"""Somebody who types into the running assistant and reads its answers; what benchmarks over text share."""

from __future__ import annotations

import re
import time
from functools import lru_cache
from typing import Any

import yaml

from channels.client import VoiceClient
from ops.layout import ROOT

_HOURS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon|midnight"
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_VALUES = {
    "time": rf"[a-z' -]*\b(?:{_HOURS})\b[a-z' -]*",
    "weekday": "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day",
    "place": r"[A-Z][\w'-]+(?: [A-Z][\w'-]+)*",
    "date": rf"(?:{_MONTHS})\b[a-z' -]*",
}
"""What a value looks like that fills a response which has hardly any words besides."""
_ANNOTATION = re.compile(r"\[([^\]]+)\]\([^)]*\)")


class Typist:
    """Types, and reads the answers.

    Attributes:
        turns: How many were said.
        answer_ms: Milliseconds to each whole answer.
    """

    def __init__(self, client: VoiceClient) -> None:
        self._client = client
        self.turns = 0
        self.answer_ms: list[float] = []

    async def say(self, *texts: str) -> list[str]:
        """Send texts one right after the other; give the answer to each."""
        client, first, since = self._client, self.turns, time.perf_counter()
        for text in texts:
            await client.send("text", text=text)
        self.turns += len(texts)
        turns = [await self._turn(number) for number in range(first, self.turns)]
        await client.until("reply_end", turn=turns[-1])
        answers = [self._answer(turn) for turn in turns]
        self.answer_ms.append((time.perf_counter() - since) * 1_000 / len(texts))
        return answers

    def _answer(self, turn: int) -> str:
        """What a turn was answered, or was going to be when somebody typed over it."""
        told = [each.fields for each in self._client.received if each.fields.get("turn") == turn]
        cut = [each["heard"] + each["unheard"] for each in told if each["type"] == "cut"]
        return " ".join(cut or [each["text"] for each in told if each["type"] == "reply"])

    async def _turn(self, number: int) -> int:
        """The turn that a text became; the server tells that before it answers, and numbers others in between."""
        passed = 0
        for _ in range(number + 1):
            final = await self._client.until("final", after=passed)
            passed = next(at for at, each in enumerate(self._client.received) if each.fields is final) + 1
        return int(final["turn"])


@lru_cache
def sentences(topic: str) -> dict[str, list[str]]:
    """The held-out sentences of a topic's file in `tests/nlu`, by intent."""
    blocks = yaml.safe_load((ROOT / f"tests/nlu/test_{topic}.yml").read_text())["nlu"]
    return {
        block["intent"]: [
            _ANNOTATION.sub(r"\1", line.strip().removeprefix("- "))
            for line in block["examples"].splitlines()
            if line.strip()
        ]
        for block in blocks
    }


@lru_cache
def responses() -> dict[str, list[dict[str, Any]]]:
    """The domain's, by name."""
    read: dict[str, list[dict[str, Any]]] = yaml.safe_load((ROOT / "domain.yml").read_text())["responses"]
    return read


@lru_cache
def wordings(response: str) -> re.Pattern[str]:
    """A response of the domain, whatever fills it; what does is a group by its name, in its first variant."""
    return re.compile("|".join(_pattern(variant["text"]) for variant in responses()[response]))


def _pattern(text: str) -> str:
    return re.sub(r"\\{(\w+)\\}", lambda found: f"({_VALUES.get(found[1], '.+')})", re.escape(text))
