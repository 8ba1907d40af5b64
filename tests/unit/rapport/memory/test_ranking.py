"""Ranking: better scores never hurt, the order that matches come in never matters, and a doubt is told as one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.memory.ranking import ASK, USE, Ranked, rank, weigh
from rapport.memory.store import Match
from rapport.memory.values import Kind, Memory, Provenance, Statement
from rapport.privacy.purposes import Purpose

TOLD = datetime(2026, 1, 1, tzinfo=timezone.utc)
QUESTION = "where does my sister live"
TEXTS = ["your sister lives in Oslo", "your brother lives in Hamburg", "you take oat milk", "", "sister sister, live!"]
SISTER, BROTHER = Statement("my sister", "lives in", "Oslo"), Statement("my brother", "lives in", "Hamburg")


def match(
    number: int, text: str, similarity: float, words: float, statement: Statement | None = None, days: int = 0
) -> Match:
    told = TOLD + timedelta(days=days)
    memory = Memory(f"{number:032x}", Kind.FACT, text, Provenance("s"), Purpose.MEMORY, 1, told, told, statement)
    return Match(memory, similarity, words)


def found(ranked: list[Ranked], number: int) -> Ranked:
    return next(each for each in ranked if int(each.memory.id, 16) == number)


@st.composite
def searches(draw: st.DrawFn) -> list[Match]:
    """What a search might find: up to eight memories, each once."""
    return [
        match(
            number,
            draw(st.sampled_from(TEXTS)),
            draw(st.floats(-1, 1)),
            draw(st.one_of(st.just(0.0), st.floats(0.001, 40))),
            draw(st.sampled_from([None, SISTER, BROTHER])),
            draw(st.integers(0, 3)),
        )
        for number in range(draw(st.integers(0, 8)))
    ]


def test_nothing_found_ranks_nothing() -> None:
    """No matches, no memories; that is no error."""
    assert rank([], QUESTION) == []


@given(searches(), st.randoms())
def test_the_order_that_matches_come_in_does_not_matter(matches: list[Match], random: Random) -> None:
    """The same memories, scores and confidences, tie or no tie."""
    shuffled = list(matches)
    random.shuffle(shuffled)

    assert rank(shuffled, QUESTION) == rank(matches, QUESTION)


@given(searches(), st.sampled_from([QUESTION, "", "?", "what is it", "my SÏSTER's life"]))
def test_every_memory_is_ranked_once_and_its_confidence_is_a_share(matches: list[Match], question: str) -> None:
    """Whatever was asked: best first, nobody lost or doubled, confidence within 0 and 1."""
    ranked = rank(matches, question)

    assert sorted(each.memory.id for each in ranked) == [each.memory.id for each in matches]
    assert all(0 <= each.confidence <= 1 for each in ranked)
    assert [each.score for each in ranked] == sorted((each.score for each in ranked), reverse=True)


@given(searches().filter(bool), st.data())
def test_a_higher_score_never_costs_a_place_or_confidence(matches: list[Match], data: st.DataObject) -> None:
    """More alike or more words in common: as far ahead as before, or farther, and as sure, or surer."""
    number = data.draw(st.integers(0, len(matches) - 1))
    before = matches[number]
    raised = data.draw(
        st.sampled_from(
            [
                replace(before, similarity=min(1.0, before.similarity + 0.25)),
                replace(before, words=before.words + 5),
            ]
        )
    )
    was = rank(matches, QUESTION)

    now = rank([*matches[:number], raised, *matches[number + 1 :]], QUESTION)

    assert now.index(found(now, number)) <= was.index(found(was, number))
    assert found(now, number).confidence >= found(was, number).confidence - 1e-12


def test_both_scores_count() -> None:
    """Ahead in one and equal in the other is ahead."""
    ranked = rank([match(1, "a", 0.5, 2), match(2, "b", 0.6, 2), match(3, "c", 0.6, 3)], QUESTION)

    assert [int(each.memory.id, 16) for each in ranked] == [3, 2, 1]


def test_what_was_told_or_affirmed_last_comes_first_where_all_else_is_equal() -> None:
    """Then the ids decide, so that the order is always the same."""
    ranked = rank([match(1, "a", 0.5, 2), match(3, "a", 0.5, 2, days=1), match(2, "a", 0.5, 2)], QUESTION)

    assert [int(each.memory.id, 16) for each in ranked] == [3, 1, 2]


def test_a_clear_answer_is_used() -> None:
    """Alike, with all words, and nothing else near it."""
    (first, *_) = rank([match(1, TEXTS[0], 0.8, 4, SISTER), match(2, TEXTS[1], 0.4, 1, BROTHER)], QUESTION)

    assert first.memory.text == "your sister lives in Oslo"
    assert first.confidence >= USE


@pytest.mark.parametrize(
    ("question", "matches"),
    [
        pytest.param(
            "what's my favourite tea",
            [match(1, "your favourite coffee is a flat white", 0.57, 2, Statement("me", "favourite coffee", "black"))],
            id="coffee-for-tea",
        ),
        pytest.param(
            "where does my friend live",
            [match(1, "your friend Anna lives in Vienna", 0.59, 3), match(2, "your friend Tom lives in Lyon", 0.55, 3)],
            id="which-friend",
        ),
        pytest.param(
            "when is my birthday",
            [match(1, "your sister's birthday is in May", 0.57, 2, Statement("my sister", "birthday", "May")),
             match(2, "your wedding anniversary is in June", 0.4, 0)],
            id="somebody-else's",
        ),
        pytest.param("tell me a joke", [match(1, "your dog is called Bruno", 0.15, 0)], id="nothing-of-the-kind"),
    ],
)  # fmt: skip
def test_what_is_not_the_answer_is_not_used(question: str, matches: list[Match]) -> None:
    """A question back is better than a false answer."""
    assert rank(matches, question)[0].confidence < USE


def test_what_has_nothing_to_do_with_it_is_not_even_asked_about() -> None:
    """Below `ASK`, nothing is known."""
    ranked = rank([match(1, TEXTS[0], 0.1, 0), match(2, TEXTS[1], 0.05, 0)], "how do you make pancakes")

    assert all(each.confidence < ASK for each in ranked)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param("what's my favorite color", "your favourite colour is green", id="american"),
        pytest.param("who likes swimming", "Ada likes to swim", id="endings"),
        pytest.param("who lives in krakow", "Ewa lives in Kraków", id="accents"),
    ],
)
def test_a_word_is_known_in_its_other_forms(asked: str, told: str) -> None:
    """Spelling, endings, case and accents are no difference."""
    (evidence,) = weigh([match(1, told, 0.5, 1)], asked)

    assert evidence.coverage == pytest.approx(1)


def test_words_count_in_whatever_form_they_were_told() -> None:
    """The person's own words and the canonical form are looked at, too; what was said around it is not."""
    plain = match(1, "you live there", 0.5, 1)
    own = replace(plain, memory=replace(plain.memory, provenance=Provenance("s", words="my sister lives there")))
    canonical = replace(plain, memory=replace(plain.memory, statement=SISTER))
    around = replace(plain, memory=replace(plain.memory, context="my sister"))

    of_plain, *of_others = [weigh([each], QUESTION)[0].coverage for each in (plain, own, canonical, around)]

    assert of_others == pytest.approx([1, 1, of_plain])
    assert of_plain < 0.5


def test_a_word_that_no_memory_holds_is_missed_most() -> None:
    """`favourite` is in many memories, `tea` in none: the one about coffee covers little of the question."""
    likes = [
        match(number, f"your favourite {thing} is black", 0.5, 1) for number, thing in enumerate(["coffee", "hat"])
    ]

    assert all(each.coverage < 0.5 for each in weigh(likes, "what's my favourite tea"))


def test_whose_it_is_must_fit() -> None:
    """What is somebody else's, or the person's where somebody else's was asked for, speaks against it."""
    sisters = match(1, "your sister's birthday is in May", 0.5, 1, Statement("my sister", "birthday", "May"))
    mine = match(2, "you are lactose intolerant", 0.5, 1)

    assert weigh([sisters], "when is my sister's birthday")[0].elsewhere == 0
    assert weigh([sisters], "when is a birthday")[0].elsewhere == 1
    assert weigh([mine], "am i lactose intolerant")[0].elsewhere == 0
    assert weigh([mine], "is my partner lactose intolerant")[0].elsewhere == 1
