"""What the voice channel is told of whose session it is, and by whom it may ask."""

import base64
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from rapport.errors import ConsentMissing
from rapport.everyday.lists import Item, NamedList, keep_lists
from rapport.experiments.recordings import DAYS, Recorded, gathered, keep_recorded, recordings_of
from rapport.experiments.recordings import MOST as MOST_TURNS
from rapport.memory.drafts import Draft, Screened
from rapport.memory.values import Kind, Provenance, Statement
from rapport.people import VOICEPRINT, Person
from rapport.personality.own_words import MOST, own_words
from rapport.privacy.purposes import Purpose
from rapport.services import Services
from rapport.voices.sound import as_pcm, read_recording
from rapport.voices.speaker import as_text
from rapport.voices.voiceprint import voiceprint

PERSON = "p_" + "1" * 24
NOTHING = {"words": [], "voice": None, "learn": False, "record": False, "style": None, "deep": []}
SOUND = np.arange(-8_000, 8_000, dtype="<i2").tobytes()
TURN = Recorded(
    "s_1", 3, datetime(2026, 11, 27, tzinfo=timezone.utc), "will it rain", "ask_weather", (), ("utter_rain",)
)
VOICE = np.eye(1, 256, 3, dtype=np.float32)[0]


@pytest.fixture
def person(services: Services) -> Person:
    return services.people.person(PERSON)


def asked(api: TestClient, services: Services) -> dict[str, Any]:
    answer = api.post("/v1/hearing", json={"proof": services.proofs.hearing(PERSON, ttl_s=60)})
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


def learn(api: TestClient, services: Services, voice: str = as_text(VOICE)) -> int:
    proof = services.proofs.hearing(PERSON, ttl_s=60)
    return api.put("/v1/hearing/voice", json={"proof": proof, "voice": voice}).status_code


def tell(person: Person, value: str, subject: str = "my sister", text: str = "") -> None:
    statement = Statement(subject, "is called", value)
    person.memories().remember(
        Draft(Kind.FACT, text or f"{subject} is called {value}", Provenance("s_1"), statement), confirmed=True
    )


def test_nobody_known_is_heard_like_anybody(api: TestClient, services: Services, person: Person) -> None:
    assert asked(api, services) == NOTHING
    assert learn(api, services) == 403
    assert not person.known


def test_own_words_are_names_and_what_is_on_lists(api: TestClient, services: Services, person: Person) -> None:
    person.agree(Purpose.MEMORY, "voice")
    person.update_profile(name="Siobhan")
    keep_lists(person, [NamedList("Camping", (Item("oat milk"), Item("tent", done=True)))])
    tell(person, "Gertrude")
    tell(person, "a very long story about how it came to be", "my dog")
    tell(person, "allergic to nuts", "me")

    words = asked(api, services)["words"]
    assert words == [
        *("what's on the camping list", "put that on the camping list"),
        *("put oat milk on the list", "take oat milk off the list", "do i need oat milk"),
        *("siobhan", "who is siobhan", "remind me to call siobhan"),
        *("gertrude", "who is gertrude", "remind me to call gertrude"),
    ]

    person.withdraw(Purpose.MEMORY, "voice")
    assert asked(api, services)["words"] == []


def test_there_are_only_so_many_own_words(person: Person) -> None:
    person.agree(Purpose.MEMORY, "voice")
    keep_lists(
        person, [NamedList(f"list {at}", tuple(Item(f"thing {at} {each}") for each in range(60))) for at in range(9)]
    )

    assert 2 * MOST < len(own_words(person, date(2026, 5, 4))) <= 3 * MOST


def test_a_voice_is_learnt_known_and_forgotten(api: TestClient, services: Services, person: Person) -> None:
    person.agree(Purpose.VOICE_RECOGNITION, "voice")
    assert asked(api, services) == NOTHING | {"learn": True}

    assert learn(api, services) == 204
    assert asked(api, services) == NOTHING | {"voice": as_text(VOICE)}
    assert VOICEPRINT in person.everything()[1]

    person.withdraw(Purpose.VOICE_RECOGNITION, "page")
    assert asked(api, services)["voice"] is None
    assert VOICEPRINT not in person.everything()[1]
    with pytest.raises(ConsentMissing):
        voiceprint(person)


def test_another_network_s_voice_is_learnt_anew(api: TestClient, services: Services, person: Person) -> None:
    person.agree(Purpose.VOICE_RECOGNITION, "voice")
    learn(api, services)
    kept = person.record(VOICEPRINT, Purpose.VOICE_RECOGNITION)
    assert kept is not None
    person.keep_record(VOICEPRINT, {**kept, "network": "of before"}, Purpose.VOICE_RECOGNITION)

    assert asked(api, services) == NOTHING | {"learn": True}


def test_what_is_no_voice_is_refused(api: TestClient, services: Services, person: Person) -> None:
    person.agree(Purpose.VOICE_RECOGNITION, "voice")

    assert learn(api, services, "AAAA") == 422
    assert voiceprint(person) is None


def record(api: TestClient, services: Services, sound: bytes = SOUND, turn: int = 3) -> int:
    proof = services.proofs.hearing(PERSON, ttl_s=60)
    body = {"proof": proof, "session": "s_1", "turn": turn, "sound": base64.b64encode(sound).decode()}
    return api.post("/v1/hearing/recording", json=body).status_code


def harmless(text: str, *, asked: bool) -> Screened:
    return Screened(text)


def test_sound_is_kept_of_turns_that_were_kept_and_gone_with_the_consent(
    api: TestClient, services: Services, person: Person
) -> None:
    assert record(api, services) == 403
    person.agree(Purpose.VOICE_RECORDING, "voice")
    assert asked(api, services)["record"]
    record(api, services)
    assert recordings_of(person) == []

    assert keep_recorded(person, [TURN], harmless) == [3]
    assert recordings_of(person) == []
    assert record(api, services) == 204
    record(api, services, SOUND[::-1])

    [[kept]] = gathered([person])
    assert as_pcm(read_recording(kept.sound).samples) == SOUND
    assert kept.responses == ("utter_rain",)
    person.withdraw(Purpose.VOICE_RECORDING, "voice")
    assert gathered([person]) == []
    assert not any(name.startswith("recording") for name in person.everything()[1])


@pytest.mark.parametrize("sound", [b"", b"odd", bytes(2 * 16_000 * 16)], ids=["none", "half-a-sample", "too-long"])
def test_what_is_no_sound_of_a_turn_is_refused(
    api: TestClient, services: Services, person: Person, sound: bytes
) -> None:
    person.agree(Purpose.VOICE_RECORDING, "voice")
    keep_recorded(person, [TURN], harmless)

    assert record(api, services, sound) in (413, 422)
    assert recordings_of(person) == []


def test_recordings_are_bounded_and_expire(services: Services, person: Person) -> None:
    person.agree(Purpose.VOICE_RECORDING, "voice")
    now = services.people.clock()
    old = now - timedelta(days=DAYS, seconds=1)
    turns = [replace(TURN, turn=at, at=now, sound=b"fLaC") for at in range(MOST_TURNS + 5)]

    keep_recorded(person, [replace(TURN, session="s_0", at=old, sound=b"fLaC")], harmless)
    assert len(recordings_of(person)) == 1
    assert services.people.sweep().deleted == 1
    keep_recorded(person, turns, harmless)

    assert [each.turn for each in recordings_of(person)] == list(range(5, MOST_TURNS + 5))


def test_only_the_channel_may_ask(api: TestClient, services: Services) -> None:
    for proof in (services.proofs.speaking(PERSON, ttl_s=60), services.proofs.order(PERSON), "x"):
        assert api.post("/v1/hearing", json={"proof": proof}).status_code == 401
        answer = api.put("/v1/hearing/voice", json={"proof": proof, "voice": as_text(VOICE)})
        assert answer.status_code == 401


def test_an_erased_person_is_nobody(api: TestClient, services: Services, person: Person) -> None:
    person.agree(Purpose.VOICE_RECOGNITION, "voice")
    learn(api, services)
    person.erase("page")

    assert asked(api, services) == NOTHING
