"""Some of the random conversations that `python -m bench.soak` holds by the hundred."""

from bench.soak import soak
from ops.stack import Stack

SEEDS = range(1_001, 1_009)


async def test_no_conversation_breaks_or_ends_in_a_dead_end(stack: Stack) -> None:
    found = await soak(stack, SEEDS)

    assert found.broken == []
    assert found.turns > 10 * len(SEEDS)
    assert sum(found.ends.values()) == len(SEEDS)
