"""What an edited memory says canonically."""

from datetime import datetime, timezone

import pytest

from rapport.memory.editing import restated
from rapport.memory.values import Kind, Memory, Provenance, Statement
from rapport.privacy.purposes import Purpose

SISTER = Statement("my sister", "lives in", "Oslo")


def memory(text: str, statement: Statement | None) -> Memory:
    now = datetime(2026, 5, 1, tzinfo=timezone.utc)
    return Memory("0" * 32, Kind.RELATION, text, Provenance("s"), Purpose.MEMORY, 1, now, now, statement)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("your sister lives in Bergen", "Bergen", id="another-value"),
        pytest.param("Your sister lives in New York City", "New York City", id="case-does-not-matter"),
        pytest.param("your sister moved to Bergen", None, id="another-attribute"),
        pytest.param("your brother lives in Bergen", None, id="another-subject"),
        pytest.param("your sister lives in", None, id="no-value"),
    ],
)
def test_a_new_value_keeps_the_form(text: str, value: str | None) -> None:
    """Anything else is text without one: better none than a wrong one."""
    after = restated(memory("your sister lives in Oslo", SISTER), text)

    assert after == (Statement("my sister", "lives in", value) if value else None)


def test_a_memory_without_a_form_gets_none() -> None:
    assert restated(memory("you like tea", None), "you like coffee") is None
    assert restated(memory("Oslo is where your sister lives", SISTER), "Bergen is where your sister lives") is None
