"""What becomes of personal data under a policy."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.privacy.dictated import as_written
from rapport.privacy.redaction import ASKED, PASSING, Action, Category, Policy, find, redact

KEY = bytes(range(32))
MASK_ALL: Policy = dict.fromkeys(Category, Action.MASK)
HASH_ALL: Policy = dict.fromkeys(Category, Action.HASH)


@pytest.mark.parametrize(
    "text",
    [
        "my pin is one two three four",
        "my password is sunshine",
        "the door code is 4 4 1 2",
        "my card number is four two four two four two four two four two four two four two four two",
    ],
)
@pytest.mark.parametrize("policy", [ASKED, PASSING], ids=["asked", "passing"])
def test_secrets_and_cards_are_refused(text: str, policy: Policy) -> None:
    """Nothing of such a text comes back, not even what stands around the secret."""
    redacted = redact(f"we have a dog and {text}", policy)

    assert redacted.dropped
    assert redacted.text == ""
    assert redacted.findings


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("remember my phone number is oh seven seven double oh nine hundred one two three", "[phone]"),
        ("my email is sam at example dot com", "[e-mail]"),
        ("i live at forty two maple street", "[address]"),
    ],
)
def test_what_one_may_want_known_is_asked_about_and_masked_when_said_in_passing(text: str, masked: str) -> None:
    asked, passing = redact(text, ASKED), redact(text, PASSING)

    assert (asked.text, asked.confirm, asked.dropped) == (text, True, False)
    assert passing.text.endswith(masked)
    assert not passing.confirm


def test_accounts_show_four_digits_and_ids_none() -> None:
    account = redact("my iban is GB82 WEST 1234 5698 7654 32")
    national = redact("my social security number is 123-45-6789")

    assert account.text == "my iban is [account ending 5432]"
    assert national.text == "my social security number is [national id]"


def test_a_short_account_number_shows_nothing() -> None:
    assert redact("the sort code is 20-30-40").text == "the sort code is [account]"


def test_a_card_can_be_masked_instead() -> None:
    redacted = redact("my card is 5555 5555 5555 4444 ok", {**ASKED, Category.CARD: Action.MASK})

    assert redacted.text == "my card is [card ending 4444] ok"
    assert not redacted.dropped


def test_a_hash_tells_the_same_value_apart_from_another_whether_said_or_typed() -> None:
    said = redact("call me on oh seven seven double oh nine double oh one two three", HASH_ALL, KEY).text
    typed = redact("call me on 07700 900123", HASH_ALL, KEY).text
    other = redact("call me on 07700 900124", HASH_ALL, KEY).text

    assert said == typed != other
    assert re.fullmatch(r"call me on \[phone:[a-p]{16}\]", typed)


def test_without_the_key_a_hash_is_another() -> None:
    text = "call me on 07700 900123"

    assert redact(text, HASH_ALL, KEY).text != redact(text, HASH_ALL, KEY[::-1]).text


def test_hashing_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="key"):
        redact("hello", HASH_ALL)


def test_text_without_personal_data_stays_as_it_is() -> None:
    redacted = redact("my sister lives in oslo and has 2 dogs")

    assert (redacted.text, redacted.findings) == ("my sister lives in oslo and has 2 dogs", ())


def test_findings_lie_in_the_text_as_it_was_given() -> None:
    text = "my iban is GB82 WEST 1234 5698 7654 32 and my phone is 07700 900123"

    findings = redact(text).findings

    assert [text[one.start : one.end] for one in findings] == ["GB82 WEST 1234 5698 7654 32", "07700 900123"]


# --- Properties ---

DIGITS = "zero one two three four five six seven eight nine".split()
NUMBERS = st.one_of(
    st.sampled_from(["4242424242424242", "5555555555554444", "378282246310005", "6011111111111117"]),
    st.from_regex(r"07[0-9]{9}", fullmatch=True),
    st.from_regex(r"[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}", fullmatch=True),
    st.from_regex(r"\+4[1-9] ?[0-9]{3} [0-9]{6}", fullmatch=True),
    st.from_regex(r"[1-5][0-9]{2}-[1-9]{2}-[1-9]{4}", fullmatch=True),
    st.just("DE89370400440532013000"),
)
FRAMES = st.sampled_from(
    [
        "remember that my phone number is {}",
        "call {} tomorrow",
        "my card number is {}",
        "my social security number is {} ok",
        "my account number is {}, thanks",
    ]
)
WORDS = st.sampled_from(
    [
        *"my pin is password card phone number address street lane at dot com the double oh one four 42 7".split(),
        *",.-+@[]\n",
    ]
)
TALK = st.one_of(
    st.text(),
    st.lists(st.one_of(WORDS, NUMBERS), max_size=14).map(" ".join),
    st.lists(st.one_of(WORDS, NUMBERS), max_size=8).map("".join),
)


def spoken(number: str) -> str:
    return " ".join(
        DIGITS[int(character)] if character.isdecimal() else {"+": "plus"}.get(character, character.lower())
        for character in number
        if character not in " -"
    )


@pytest.mark.parametrize("policy", [MASK_ALL, HASH_ALL, ASKED, PASSING], ids=["mask", "hash", "asked", "passing"])
@given(text=TALK)
def test_redacting_twice_changes_nothing(policy: Policy, text: str) -> None:
    once = redact(text, policy, KEY)

    twice = redact(once.text, policy, KEY)

    assert twice.text == once.text
    assert all(policy[one.category] is Action.CONFIRM for one in twice.findings)


@given(frame=FRAMES, number=NUMBERS, aloud=st.booleans())
def test_masked_text_holds_no_five_digits_of_what_was_said(frame: str, number: str, aloud: bool) -> None:
    text = frame.format(spoken(number) if aloud else number)

    masked = as_written(redact(text, MASK_ALL).text).text

    digits = re.sub(r"\D", "", number)
    left = re.sub(r"[^\d\w]", "", masked)
    assert not any(digits[at : at + 5] in left for at in range(len(digits) - 4)), masked


@given(TALK)
def test_what_find_finds_is_gone_from_masked_text(text: str) -> None:
    assert find(redact(text, MASK_ALL).text) == []
