"""The voice channel's settings: checked at start, with errors that say what to do."""

from pathlib import Path

import pytest

from rapport.errors import SettingsError
from rapport.settings import VoiceSettings

KEY = {"RAPPORT_TOKEN_KEY": "k" * 32}


def test_a_key_is_all_it_takes() -> None:
    settings = VoiceSettings.from_environment(KEY)

    assert settings.vosk_model == Path("models/vosk")
    assert settings.limits.turn_s == 30
    assert settings.access.shared_secret is None


def test_everything_can_be_set() -> None:
    settings = VoiceSettings.from_environment(
        KEY
        | {
            "RAPPORT_ORIGINS": "https://a.example https://b.example",
            "RAPPORT_VOICE_URI": "tcp://10.0.0.7:10200",
            "RAPPORT_SESSIONS": "7",
            "RAPPORT_SHARED_SECRET": " s ",
            "RAPPORT_PEOPLE_URL": "https://rapport.example/people/",
        }
    )

    assert settings.access.origins == ("https://a.example", "https://b.example")
    assert settings.voice_uri == "tcp://10.0.0.7:10200"
    assert settings.limits.sessions == 7
    assert settings.people_url == "https://rapport.example/people"
    assert settings.access.shared_secret == "s"


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({}, "RAPPORT_TOKEN_KEY"),
        ({"RAPPORT_TOKEN_KEY": "short"}, "RAPPORT_TOKEN_KEY"),
        (KEY | {"RAPPORT_SESSIONS": "many"}, "RAPPORT_SESSIONS"),
        (KEY | {"RAPPORT_IDLE_S": "0"}, "RAPPORT_IDLE_S"),
        (KEY | {"RAPPORT_VOICE_URI": "http://x"}, "RAPPORT_VOICE_URI"),
        (KEY | {"RAPPORT_PEOPLE_URL": "ftp://x"}, "RAPPORT_PEOPLE_URL"),
        (KEY | {"RAPPORT_PEOPLE_URL": "http://x; script-src *"}, "RAPPORT_PEOPLE_URL"),
        (KEY | {"RAPPORT_PEOPLE_URL": "https://x *"}, "RAPPORT_PEOPLE_URL"),
        (KEY | {"RAPPORT_OIDC_ISSUER": "https://id.example"}, "RAPPORT_OIDC_AUDIENCE"),
        (
            KEY | {"RAPPORT_OIDC_ISSUER": "https://i", "RAPPORT_OIDC_AUDIENCE": "a", "RAPPORT_SHARED_SECRET": "s"},
            "not both",
        ),
    ],
)
def test_a_wrong_variable_is_named(environment: dict[str, str], name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        VoiceSettings.from_environment(environment)


def test_secrets_are_not_shown() -> None:
    settings = VoiceSettings.from_environment(KEY | {"RAPPORT_SHARED_SECRET": "open sesame"})

    assert "k" * 32 not in repr(settings)
    assert "sesame" not in repr(settings)
