"""The operator's commands, as an operator types them."""

import json
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("apsw", reason="people's files are opened in the services environment")

from rapport.memory.drafts import Draft
from rapport.memory.values import Kind, Provenance
from rapport.privacy.__main__ import main
from rapport.privacy.purposes import Purpose
from rapport.services import Services, services_from
from tests.fakes.channel import running_channel

ANNA = "p_" + "a" * 24
MODEL = Path("models/minilm/model.onnx")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "RAPPORT_TOKEN_KEY": "t" * 32,
        "RAPPORT_KEY": "11" * 32,
        "RAPPORT_MEMORY": f"embedded:{tmp_path / 'people'}",
        "RAPPORT_STATE": str(tmp_path / "state"),
        "RAPPORT_CHANNEL_URL": "http://127.0.0.1:9/webhooks/voice",
    }


@pytest.fixture
def services(environment: dict[str, str]) -> Services:
    """Somebody who agreed and has a name."""
    services = services_from(environment)
    person = services.people.person(ANNA)
    person.agree(Purpose.MEMORY, "page")
    person.update_profile(name="Anna")
    return services


def test_people_are_listed_by_pseudonym(
    services: Services, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["people"], environment) == 0
    assert capsys.readouterr().out.split() == [ANNA]


def test_an_export_is_whole_and_for_the_operator_s_eyes_only(
    services: Services, environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "anna.zip"

    assert main(["export", ANNA, str(file)], environment) == 0

    assert file.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(file) as archive:
        assert "Anna" in archive.read("data.json").decode()


def test_the_trail_is_verified_and_an_edit_is_found(
    services: Services, environment: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", "verify"], environment) == 0
    assert "2 entries" in capsys.readouterr().out
    trail = tmp_path / "state" / "audit" / "trail.jsonl"
    trail.write_text(trail.read_text().replace("consent.granted", "consent.refused"))

    assert main(["audit", "verify"], environment) == 1
    assert "entry 1" in capsys.readouterr().err


def test_keys_are_changed_while_nothing_is_lost(services: Services, environment: dict[str, str]) -> None:
    assert main(["rekey", ANNA], environment) == 0
    rotated = {**environment, "RAPPORT_KEY": "22" * 32, "RAPPORT_KEY_PREVIOUS": "11" * 32}
    assert main(["rewrap"], rotated) == 0
    alone = {**rotated, "RAPPORT_KEY_PREVIOUS": ""}

    assert services_from(alone).people.person(ANNA).profile() == {"name": "Anna"}
    assert main(["audit", "verify"], alone) == 0
    assert main(["people"], {**environment, "RAPPORT_KEY": "33" * 32}) == 1


def test_an_erasure_waits_for_rasa_and_then_gives_a_receipt(
    services: Services, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["erase", ANNA], environment) == 1
    assert main(["erase", ANNA, "--yes"], environment) == 1
    assert "ErasurePending" in capsys.readouterr().err
    assert main(["sweep"], environment) == 1
    assert "1 erasures pending" in capsys.readouterr().out
    with running_channel() as channel:
        reached = {**environment, "RAPPORT_CHANNEL_URL": channel.url}

        assert main(["sweep"], reached) == 0
        assert channel.forgotten(services.proofs) == [ANNA]
    assert main(["people"], environment) == 0
    assert ANNA not in capsys.readouterr().out


def test_an_erasure_prints_its_receipt(
    services: Services, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with running_channel() as channel:
        assert main(["erase", ANNA, "--yes"], {**environment, "RAPPORT_CHANNEL_URL": channel.url}) == 0

    receipt = json.loads(capsys.readouterr().out)
    assert receipt["signature"]
    assert receipt["public_key"] == services.people.audit.public_key


@pytest.mark.skipif(not MODEL.exists(), reason="the sentence model is not there; run `make models`")
def test_memories_are_swept_when_their_time_is_over(
    services: Services, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    memories = services.people.person(ANNA).memories()
    memories.remember(Draft(Kind.NOTE, "your bike is in the cellar", Provenance("s_1")))

    assert main(["sweep"], environment) == 0
    assert "1 people, 0 memories deleted" in capsys.readouterr().out
