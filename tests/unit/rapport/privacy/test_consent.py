from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.errors import ConsentMissing
from rapport.privacy.consent import Decision, Ledger
from rapport.privacy.purposes import Purpose, wordings

NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


def decided(purpose: Purpose, granted: bool, minutes: int = 0) -> Decision:
    return Decision.now(purpose, granted=granted, at=NOON + timedelta(minutes=minutes), channel="voice")


def test_nobody_has_agreed_to_anything_to_begin_with() -> None:
    assert Ledger().live() == {}
    with pytest.raises(ConsentMissing, match="memory"):
        Ledger().require(Purpose.MEMORY)


@given(st.lists(st.tuples(st.sampled_from(Purpose), st.booleans())))
def test_the_last_word_about_a_purpose_counts(said: list[tuple[Purpose, bool]]) -> None:
    ledger = Ledger(tuple(decided(purpose, granted, at) for at, (purpose, granted) in enumerate(said)))

    assert set(ledger.live()) == {purpose for purpose, granted in dict(said).items() if granted}


def test_a_new_wording_is_asked_for_anew() -> None:
    ledger = Ledger((decided(Purpose.MEMORY, True),))
    newer = {**wordings(), Purpose.MEMORY: replace(wordings()[Purpose.MEMORY], version=2)}

    assert Purpose.MEMORY in ledger.live()
    assert ledger.live(newer) == {}


def test_a_receipt_holds_the_words_that_were_used() -> None:
    spoken = decided(Purpose.MEMORY, True)
    written = Decision.now(Purpose.MEMORY, granted=True, at=NOON, channel="page")

    assert spoken.wording == wordings()[Purpose.MEMORY].spoken
    assert written.wording == wordings()[Purpose.MEMORY].written
    assert spoken.receipt != written.receipt
    assert Decision.from_record(spoken.as_record()) == spoken
