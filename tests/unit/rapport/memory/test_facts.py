"""What sentences say, as people speak them and recognisers write them."""

import pytest

from rapport.memory.facts import asked_to_remember, fact, note
from rapport.memory.phrasing import told_back
from rapport.memory.values import Kind, Statement


@pytest.mark.parametrize(
    ("said", "kind", "subject", "attribute", "value"),
    [
        ("my sister lives in oslo", Kind.RELATION, "my sister", "lives in", "oslo"),
        ("My sister lives in Oslo.", Kind.RELATION, "my sister", "lives in", "Oslo"),
        ("our mum lives near the park", Kind.RELATION, "my mother", "lives in", "near the park"),
        ("my brother just moved to bergen", Kind.RELATION, "my brother", "lives in", "bergen"),
        ("i live in berlin now", Kind.FACT, "me", "lives in", "berlin"),
        ("i'm from spain", Kind.FACT, "me", "comes from", "spain"),
        ("i was born in glasgow", Kind.FACT, "me", "born in", "glasgow"),
        ("i was born on the fifth of may", Kind.FACT, "me", "birthday", "the fifth of may"),
        ("my sister's name is anna", Kind.RELATION, "my sister", "name", "anna"),
        ("my sisters name is anna", Kind.RELATION, "my sister", "name", "anna"),
        ("my sister is called anna", Kind.RELATION, "my sister", "name", "anna"),
        ("my sisters called anna", Kind.RELATION, "my sister", "name", "anna"),
        ("anna is my sister", Kind.RELATION, "my sister", "name", "anna"),
        ("i have a dog called rex", Kind.RELATION, "my dog", "name", "rex"),
        ("i've a cat cold minka", Kind.RELATION, "my cat", "name", "minka"),
        ("my boss is called maria", Kind.RELATION, "my boss", "name", "maria"),
        ("my sister's husband works at google", Kind.RELATION, "my sister's husband", "works at", "google"),
        ("i work as a nurse", Kind.FACT, "me", "works as", "a nurse"),
        ("i work at the post office", Kind.FACT, "me", "works at", "the post office"),
        ("my birthday is on the third of june", Kind.FACT, "me", "birthday", "the third of june"),
        ("my wife's birthday is in may", Kind.RELATION, "my wife", "birthday", "may"),
        ("i'm thirty four years old", Kind.FACT, "me", "age", "thirty four"),
        ("my favourite coffee is a flat white", Kind.PREFERENCE, "me", "favourite coffee", "a flat white"),
        ("my favorite color is blue", Kind.PREFERENCE, "me", "favourite color", "blue"),
        ("a flat white is my favourite coffee", Kind.PREFERENCE, "me", "favourite coffee", "a flat white"),
        ("my sister's favorite color is green", Kind.PREFERENCE, "my sister", "favourite color", "green"),
        ("i take my tea without sugar", Kind.PREFERENCE, "me", "takes tea", "without sugar"),
        ("i have two cats", Kind.FACT, "me", "has cat", "two cats"),
        ("my brother has three kids", Kind.RELATION, "my brother", "has child", "three kids"),
        ("i have an interview on friday", Kind.EVENT, "my interview", "when", "on friday"),
        ("my flight leaves at nine", Kind.EVENT, "my flight", "when", "at nine"),
        ("my car is a red volvo", Kind.FACT, "my car", "is", "a red volvo"),
        ("my shoe size is forty two", Kind.FACT, "my shoe size", "is", "forty two"),
        ("my glasses are in the drawer", Kind.FACT, "my glasses", "is", "in the drawer"),
        ("my sister's phone number is in the book", Kind.RELATION, "my sister", "phone number", "in the book"),
        ("my partner and i live in leeds", Kind.FACT, "me", "lives in", "leeds"),
        ("well you know my sister lives in oslo by the way", Kind.RELATION, "my sister", "lives in", "oslo"),
    ],
)  # fmt: skip
def test_what_has_one_value(said: str, kind: Kind, subject: str, attribute: str, value: str) -> None:
    found = fact(said)

    assert found is not None
    assert found.kind is kind
    assert found.statement == Statement(subject, attribute, value)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("my sister lives in oslo", "your sister lives in oslo"),
        ("My sister lives in Oslo.", "your sister lives in Oslo"),
        ("our mum lives near the park", "your mum lives near the park"),
        ("i was born in glasgow", "you were born in glasgow"),
        ("my sisters name is anna", "your sister's name is anna"),
        ("my sisters called anna", "your sister's called anna"),
        ("i have a dog called rex", "you have a dog called rex"),
        ("i've a cat cold minka", "you've a cat called minka"),
        ("my favorite color is blue", "your favorite color is blue"),
        ("a flat white is my favourite coffee", "a flat white is your favourite coffee"),
        ("my partner and i live in leeds", "your partner and you live in leeds"),
    ],
)
def test_a_fact_is_told_back_in_the_second_person(said: str, told: str) -> None:
    found = fact(said)

    assert found is not None
    assert found.text == told


@pytest.mark.parametrize(
    ("said", "attribute", "value"),
    [
        ("i'm allergic to nuts", "allergic to", "nuts"),
        ("i have a nut allergy", "allergic to", "nut"),
        ("i like jazz", "likes", "jazz"),
        ("i really love dark chocolate", "likes", "dark chocolate"),
        ("i can't stand mushrooms", "dislikes", "mushrooms"),
        ("i don't really like mushrooms", "dislikes", "mushrooms"),
        ("i prefer tea to coffee", "prefers", "tea to coffee"),
        ("i don't eat pork", "doesn't eat", "pork"),
        ("i speak french and spanish", "speaks", "french and spanish"),
        ("i'm a vegetarian", "is", "a vegetarian"),
        ("i'm left handed", "is", "left handed"),
    ],
)
def test_what_can_have_several_values_stands_beside_them(said: str, attribute: str, value: str) -> None:
    found = fact(said)

    assert found is not None
    assert found.statement == Statement("me", attribute, value, many=True)


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        ("every monday i go swimming", Kind.ROUTINE, "every monday you go swimming"),
        ("i go swimming on tuesdays", Kind.ROUTINE, "you go swimming on tuesdays"),
        ("i usually get up at six", Kind.ROUTINE, "you usually get up at six"),
        ("i'm seeing my aunt on thursday", Kind.EVENT, "you're seeing your aunt on thursday"),
        ("we're going to paris next week", Kind.EVENT, "you're going to paris next week"),
        ("my brother snores at night", Kind.RELATION, "your brother snores at night"),
    ],
)
def test_what_has_no_canonical_form_is_kept_as_it_is_told(said: str, kind: Kind, told: str) -> None:
    found = fact(said)

    assert found is not None
    assert (found.kind, found.text, found.statement) == (kind, told, None)


@pytest.mark.parametrize(
    "said",
    [
        "i'm tired", "i'm a bit tired", "my husband is late", "i like you", "i love it", "i have a question", "",
        "it's raining", "the weather is nice", "what time is it", "i want a pizza", "anna is nice", "hello",
        "call me tom", "my name is tom", "i have no idea",
    ],
)  # fmt: skip
def test_what_is_of_the_moment_or_nobodys_is_no_fact(said: str) -> None:
    assert fact(said) is None


def test_a_pronoun_is_whom_was_spoken_of() -> None:
    found = fact("she moved to bergen", referent="my sister")

    assert found is not None
    assert found.text == "your sister moved to bergen"
    assert found.statement == Statement("my sister", "lives in", "bergen")
    assert fact("she moved to bergen") is None


def test_a_pronoun_may_own_what_is_said() -> None:
    found = fact("her name is anna", referent="my sister")

    assert found is not None
    assert found.statement == Statement("my sister", "name", "anna")


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("remember that my flight leaves at nine", "my flight leaves at nine"),
        ("could you please remember my flight leaves at nine", "my flight leaves at nine"),
        ("don't forget i'm seeing the dentist", "i'm seeing the dentist"),
        ("make a note that the key is at my neighbour's", "the key is at my neighbour's"),
        ("remember this: i park on level two", "i park on level two"),
        ("i'd like you to keep in mind that i don't eat pork", "i don't eat pork"),
        ("remember to call my mum", "to call my mum"),
        ("remember that", ""),
        ("please remember this for me", ""),
        ("my sister lives in oslo", "my sister lives in oslo"),
    ],
)
def test_what_is_to_be_remembered_comes_after_the_request(said: str, rest: str) -> None:
    assert asked_to_remember(said) == rest


def test_a_note_keeps_whatever_was_said() -> None:
    assert note("i parked on level three").text == "you parked on level three"
    assert note("to call my mum").text == "you want to call your mum"
    assert note("the spare key is under the mat").statement == Statement("the spare key", "is", "under the mat")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("i am glad that my wife and i met", "you are glad that your wife and you met"),
        ("he told me that i was late", "he told you that you were late"),
        ("I gave you my number", "you gave me your number"),
        ("the blame is mine", "the blame is yours"),
        ("we've done it ourselves", "you've done it yourselves"),
    ],
)
def test_telling_back_turns_the_persons_around(said: str, told: str) -> None:
    assert told_back(said) == told
