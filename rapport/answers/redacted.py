"""What a question loses before it goes to a provider: personal data, and the names of people; those come back in the
answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from rapport.answers.prompt import Exchange, Question
from rapport.errors import NotKept
from rapport.memory.drafts import Screened
from rapport.memory.values import Sensitivity

Screen = Callable[..., Screened]
"""As `rapport.privacy.screening.SentenceModel.screen`."""


@dataclass(frozen=True)
class Redacted:
    """A question that may be sent.

    Attributes:
        question: With stand-ins for names, and labels for personal data.
        names: What stands for which name.
    """

    question: Question
    names: dict[str, str]


def redacted(question: Question, names: Iterable[str], screen: Screen) -> Redacted:
    """A question as a provider may see it. What was said before and is sensitive is left out.

    Args:
        question: What is asked.
        names: Of people, as they are known.
        screen: Says what of a text may be kept; the same may be sent.

    Raises:
        NotKept: It holds what nobody may have, such as a password.
    """
    longest = sorted({name for name in names if name.strip()}, key=lambda name: (-len(name), name))
    stand_ins = {f"NAME_{number}": name for number, name in enumerate(longest, 1)}

    def without(text: str) -> str | None:
        screened = screen(text, asked=False)
        if screened.refused:
            return None
        for stand_in, name in stand_ins.items():
            screened = replace(screened, text=re.sub(rf"\b{re.escape(name)}\b", stand_in, screened.text, flags=re.I))
        return screened.text

    asked = without(question.text)
    if asked is None:
        raise NotKept(screen(question.text, asked=False).found)
    memories = [(each, without(each.text)) for each in question.memories]
    before = [
        Exchange(said, answered)
        for each in question.before
        if screen(each.said, asked=False).sensitivity is Sensitivity.NORMAL
        and (said := without(each.said)) is not None
        and (answered := without(each.answered)) is not None
    ]
    sent = replace(
        question,
        text=asked,
        memories=[replace(each, text=text) for each, text in memories if text is not None],
        before=before,
    )
    return Redacted(sent, stand_ins)
