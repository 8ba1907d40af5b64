"""Which variant is said: of two people who ask the same, each in the style that is theirs."""

from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from components.styled_responses import StyledResponses
from rapport.personality.persona import read_persona

ROOT = Path(__file__).resolve().parents[3]
MANNERS = ("concise", "warm", "playful", "formal")
STYLES = (*MANNERS, "expert")
HEARD_MOST = ("greet", "goodbye", "welcome", "unclear_speech", "rephrase", "result", "stopped", "waiting", "timer_set")
HEARD_MOST += ("alarm_set", "reminder_set", "timer_due", "added_to_list", "taken_off", "weather_now", "remembered")


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.load(str(ROOT / "domain.yml"))


async def said(
    domain: Domain, response: str, *, kept: str | None = None, wished: str | None = None, deep: str = ""
) -> set[str]:
    """What may be said to a greeting: each of many draws."""
    tracker = DialogueStateTracker("somebody", domain.slots)
    metadata = {**({"style": kept} if kept else {}), **({"deep": [deep]} if deep else {})}
    tracker.update(UserUttered("hello", {"name": "greet", "confidence": 1.0}, metadata=metadata), domain)
    if wished:
        tracker.update(SlotSet("style", wished), domain)
    responses = StyledResponses(EndpointConfig(), domain)
    drawn = [await responses.generate(response, tracker, "voice", name="Sam", time="noon") for _ in range(40)]
    return {str(each["text"]) for each in drawn if each}


def variants(domain: Domain, response: str, style: str | None) -> set[str]:
    def of(variant: dict[str, Any]) -> str | None:
        conditions = [each for each in variant.get("condition", ()) if each["name"] == "style"]
        return str(conditions[0]["value"]) if conditions else None

    return {each["text"] for each in domain.responses[response] if of(each) == style}


async def test_the_kept_style_chooses_and_the_wish_of_the_session_before_it(domain: Domain) -> None:
    usual, concise, warm = (variants(domain, "utter_greet", style) for style in (None, "concise", "warm"))
    assert all((usual, concise, warm))

    assert await said(domain, "utter_greet") <= usual
    assert await said(domain, "utter_greet", kept="concise") <= concise
    assert await said(domain, "utter_greet", kept="concise", wished="warm") <= warm
    assert await said(domain, "utter_greet", kept="concise", wished="usual") <= usual


async def test_of_what_they_want_to_know_more_the_expert_speaks_where_no_style_is_liked(domain: Domain) -> None:
    usual, expert, concise = (variants(domain, "utter_help", style) for style in (None, "expert", "concise"))

    assert await said(domain, "utter_help", deep="greet") <= expert
    assert await said(domain, "utter_help", deep="ask_weather") <= usual
    assert await said(domain, "utter_help", deep="greet", kept="concise") <= concise
    assert await said(domain, "utter_help", deep="greet", wished="usual") <= usual


async def test_the_assistant_is_called_as_the_persona_has_it(domain: Domain) -> None:
    name = read_persona().name

    assert all(name in each and "{" not in each for each in await said(domain, "utter_about_identity"))


async def test_a_response_without_a_variant_for_it_is_said_as_usual(domain: Domain) -> None:
    assert await said(domain, "utter_trouble", kept="playful") <= variants(domain, "utter_trouble", None)


def test_every_response_can_be_said_in_the_usual_style_and_names_styles_that_there_are(domain: Domain) -> None:
    for name, response in domain.responses.items():
        named = [each["value"] for one in response for each in one.get("condition", ()) if each["name"] == "style"]
        assert len(named) < len(response), f"{name} has no variant for the usual style"
        assert set(named) <= set(STYLES), name


def test_what_is_heard_most_and_each_suggestion_has_a_variant_in_every_manner(domain: Domain) -> None:
    heard_most = {f"utter_{name}" for name in HEARD_MOST} | {name for name in domain.responses if "_suggest_" in name}
    for name in heard_most:
        for style in MANNERS:
            assert variants(domain, name, style), f"{name} has no {style} variant"


def test_warmth_and_jokes_vary(domain: Domain) -> None:
    """The same one each time soon sounds like a machine's."""
    for name in domain.responses:
        for style in ("warm", "playful"):
            assert len(variants(domain, name, style)) != 1, f"{name} has one {style} variant alone"


def test_concise_variants_are_the_shortest(domain: Domain) -> None:
    for name in domain.responses:
        concise, usual = variants(domain, name, "concise"), variants(domain, name, None)
        if concise:
            assert max(map(len, concise)) <= min(map(len, usual)), name
