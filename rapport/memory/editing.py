"""What an edited memory says canonically: a person who edits writes text, and no form."""

from __future__ import annotations

from dataclasses import replace

from rapport.memory.values import Memory, Statement


def restated(memory: Memory, text: str) -> Statement | None:
    """The canonical form of an edited text, where only the value at its end was changed; None where more was.

    Args:
        memory: As it was, such as "your sister lives in Oslo" of `my sister` · `lives in` · `Oslo`.
        text: As it is to be: "your sister lives in Bergen".
    """
    said = memory.statement
    if said is None or not memory.text.lower().endswith(said.value.lower()):
        return None
    stem = memory.text[: -len(said.value)]
    value = text[len(stem) :].strip()
    return replace(said, value=value) if stem and value and text.lower().startswith(stem.lower()) else None
