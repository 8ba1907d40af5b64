"""What is found in what people say and type, and what is left alone."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rapport.privacy.personal_data import Category, Finding, find


def found(text: str) -> list[tuple[Category, str]]:
    return [(finding.category, text[finding.start : finding.end]) for finding in find(text)]


SAID = [
    (Category.CARD, "my card is ", "four one one one one one one one one one one one one one one one"),
    (Category.CARD, "my visa ", "4242 4242 4242 4242"),
    (Category.CARD, "amex ", "378282246310005"),
    (Category.CARD, "it's ", "5555-5555-5555-4444"),
    (Category.CARD, "my credit card number is ", "4242424242424241"),
    (Category.SECRET, "the pin for my card is ", "one two three four"),
    (Category.SECRET, "my password is ", "correct horse battery staple"),
    (Category.SECRET, "my netflix password is ", "sunshine"),
    (Category.SECRET, "password: ", "P@ss.w0rd!"),
    (Category.SECRET, "password for the wifi is ", "blue horse seven"),
    (Category.SECRET, "remember that the alarm code is ", "four four one two"),
    (Category.SECRET, "the code to the front door is ", "nine nine one two"),
    (Category.SECRET, "the cvv is ", "123"),
    (Category.EMAIL, "my email is ", "sam at example dot com"),
    (Category.EMAIL, "write to ", "s a m underscore j at proton mail dot co dot uk"),
    (Category.EMAIL, "write to ", "sam.jones+home@example.co.uk"),
    (Category.PHONE, "my phone number is ", "oh seven seven double oh nine hundred one two three"),
    (Category.PHONE, "my sister's number is ", "plus four four two oh seven nine four six oh nine five eight"),
    (Category.PHONE, "call me on ", "(415) 555-2671"),
    (Category.PHONE, "reach mum at ", "555 1234"),
    (Category.ADDRESS, "i live at ", "forty two maple street"),
    (Category.ADDRESS, "i live at ", "twelve b rosemary gardens"),
    (Category.ADDRESS, "my address is ", "7 Rue de la Paix, 75002 Paris"),
    (Category.ADDRESS, "he's at ", "Lindenstraße 12"),
    (Category.ADDRESS, "my postcode is ", "s w one a one a a"),
    (Category.ADDRESS, "send it to ", "po box nine one two"),
    (Category.NATIONAL_ID, "my social security number is ", "one two three four five six seven eight nine"),
    (Category.NATIONAL_ID, "it is ", "123-45-6789"),
    (Category.NATIONAL_ID, "my passport number is ", "five oh three two two oh nine eight one"),
    (Category.NATIONAL_ID, "it's ", "a b one two three four five six c"),
    (Category.BANK_ACCOUNT, "my iban is ", "GB82 WEST 1234 5698 7654 32"),
    (
        Category.BANK_ACCOUNT,
        "it's ",
        "g b eight two w e s t one two three four five six nine eight seven six five four three two",
    ),
    (Category.BANK_ACCOUNT, "my account number is ", "one two three four five six seven eight"),
    (Category.BANK_ACCOUNT, "the sort code is ", "20-30-40"),
]


@pytest.mark.parametrize(("category", "before", "value"), SAID, ids=[f"{one[0].name}-{one[2][:14]}" for one in SAID])
def test_personal_data_is_found_whole(category: Category, before: str, value: str) -> None:
    assert found(before + value) == [(category, value)]


@pytest.mark.parametrize(
    "text",
    [
        "what is my password",
        "my password manager is bitwarden",
        "i forgot my password",
        "my password is too long",
        "my favourite pin is the enamel one with a cat",
        "the combination of salt and caramel is great",
        "the dress code is smart casual",
        "i work at amazon dot com",
        "i was born on june twenty first nineteen ninety",
        "the meeting is at ten thirty on the fifth of may twenty twenty six",
        "there are two thousand and twelve people on the street",
        "we drove twenty five miles down the road",
        "it's twenty minutes by train",
        "my order number is 12345678",
        "my library card number is 12345678901234",
        "i scored 1 000 000 points",
        "it costs $1234567",
        "pi is 3.14159265",
        "the server is 192.168.100.201",
        "it happened on 2024-05-17",
        "i take the 42 bus down king street",
        "my top ten list of films",
        "i have three dogs and two cats",
    ],
)
def test_ordinary_talk_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_a_card_is_found_with_what_follows_it_and_shows_its_own_ending() -> None:
    """Spoken in one breath, expiry and check code run into the number."""
    [card] = find("four two four two " * 4 + "one two two seven one two three")

    assert (card.category, card.start, card.ending) == (Category.CARD, 0, "4242")


def test_an_accounts_number_and_its_sort_code_are_two_findings() -> None:
    text = "my account number is 12345678 and the sort code is 203040"

    assert found(text) == [(Category.BANK_ACCOUNT, "12345678"), (Category.BANK_ACCOUNT, "203040")]


def test_a_finding_does_not_show_what_it_found() -> None:
    [card] = find("4242 4242 4242 4242")

    assert "4242" not in repr(card)


PIECES = st.sampled_from(
    [piece for _, before, value in SAID for piece in (before, value)]
    + [
        "one",
        "oh",
        "double",
        " at ",
        " dot ",
        "@",
        ".",
        ",",
        "-",
        "\n",
        "[",
        "]",
        "[phone]",
        "12",
        "+",
        "(",
        "é",
        "\ue000",
    ]
)
TALK = st.one_of(st.text(), st.lists(PIECES, max_size=12).map(" ".join), st.lists(PIECES, max_size=12).map("".join))


@given(TALK)
@example("İ" * 3 + " password is ﬃ ß")
def test_any_text_is_read_without_a_fall_and_findings_lie_in_it(text: str) -> None:
    findings = find(text)

    assert all(0 <= one.start < one.end <= len(text) and 0 < one.confidence <= 1 for one in findings)
    assert all(one.end <= other.start for one, other in zip(findings, findings[1:], strict=False))
    assert find(text) == findings
    assert all(isinstance(one, Finding) for one in findings)


@pytest.mark.parametrize(
    "part", ["1 ", "1", "a ", "a", "one ", "a.b", "a-", "a at ", "password is ", "12 a b c d ", "gb 12 "]
)
def test_long_monotonous_text_takes_no_long_time(part: str) -> None:
    """No pattern runs away: 6,000 characters take a second at most, where a quadratic one takes many."""
    began_s = time.thread_time()

    find(part * (6_000 // len(part)))

    assert time.thread_time() - began_s < 1
