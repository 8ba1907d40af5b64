"""The SDK imports every module of `actions` and makes every concrete action."""

from typing import Any

from rasa_sdk.executor import ActionExecutor


def test_the_action_server_registers_just_the_actions_that_the_domain_names(domain: dict[str, Any]) -> None:
    executor = ActionExecutor()

    executor.register_package("actions")

    assert set(executor.actions) == set(domain["actions"])


def test_every_reading_that_may_be_offered_is_of_an_intent(domain: dict[str, Any]) -> None:
    """A response `utter_reading_x` without an intent x would never be said."""
    readings = {name.removeprefix("utter_reading_") for name in domain["responses"] if "_reading_" in name}

    assert readings <= set(domain["intents"])


def test_replies_are_short_varied_and_plain(domain: dict[str, Any]) -> None:
    """Under 25 words, three variants or more, and nothing that cannot be spoken."""
    for name, variations in domain["responses"].items():
        texts = [variation["text"] for variation in variations]
        if not name.startswith(("utter_reading_", "utter_purpose_", "utter_learnt_")):  # parts of sentences
            assert len(set(texts)) >= 3, name
        for text in texts:
            assert len(text.split()) < 25, name
            assert not set(text) & set("*_`#<>[]0123456789/&") - set("_" if "{" in text else ""), text
