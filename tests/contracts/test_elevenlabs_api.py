"""The emulator answers as the provider's published OpenAPI file says: schemathesis makes up requests for it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

schemathesis = pytest.importorskip("schemathesis", reason="the emulator lives in the services environment")
from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis.errors import Unsatisfiable  # noqa: E402
from schemathesis.checks import not_a_server_error  # noqa: E402
from schemathesis.generation import GenerationMode  # noqa: E402
from schemathesis.specs.openapi.checks import response_schema_conformance  # noqa: E402

from emulator.app import make_app  # noqa: E402
from emulator.speaking import Speaker  # noqa: E402
from emulator.state import Emulator  # noqa: E402
from tests.fakes.synthesizer import ScriptedSynthesizer  # noqa: E402

KEY = "key-of-a-test"
ROOT = Path(__file__).resolve().parent.parent.parent

LEFT_OUT = {"/v1/speech-to-text"}
"""Not imitated; see docs/emulator.md."""

JSON_LINES = "/stream/with-timestamps"
"""Described as one JSON object, but it is one a line."""

TRIES = 10
"""Requests made up for an operation."""


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    folder = Path(os.environ.get("RAPPORT_ELEVENLABS_FILES", ROOT.parent / "shared/elevenlabs"))
    if not (folder / "openapi.json").is_file():
        pytest.skip("the provider's openapi.json is absent; RAPPORT_ELEVENLABS_FILES says in which folder it lies")
    description: dict[str, Any] = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    return description


@pytest.fixture
def emulator() -> Emulator:
    emulator = Emulator(Speaker(ScriptedSynthesizer()), KEY)
    emulator.switches.plan = "scale"
    emulator.switches.character_limit = 10**9
    return emulator


def known_ids(emulator: Emulator) -> dict[str, str]:
    """Ids that exist, by the name of the path's parameter."""
    voice = emulator.voices.all()[0]
    emulator.account.service_accounts["machines"] = "machines"
    key = emulator.account.add_key(name="of machines", service_account="machines")
    return {"voice_id": voice.id, "service_account_user_id": "machines", "api_key_id": key.id}


def answers(operation: Any, emulator: Emulator, mode: GenerationMode) -> bool:
    """Make up requests for an operation; whether one was answered with 200.

    Half of them name ids that exist. Those for speech name a real model, as made-up ones are refused.
    """
    checks = [not_a_server_error]
    if not operation.path.endswith(JSON_LINES):
        checks.append(response_schema_conformance)
    statuses: list[int] = []

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=TRIES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def conforms(case: Any) -> None:
        if len(statuses) % 2 == 0:
            ids = known_ids(emulator)
            case.path_parameters = {name: ids.get(name, value) for name, value in (case.path_parameters or {}).items()}
            if mode.is_positive and operation.path.startswith("/v1/text-to-speech"):
                case.body = {"text": case.body["text"], "model_id": "eleven_flash_v2_5"}
                case.query = {"output_format": (case.query or {}).get("output_format", "pcm_16000")}
        case.headers = {**(case.headers or {}), "xi-api-key": KEY}
        answer = case.call()
        statuses.append(answer.status_code)
        case.validate_response(answer, checks=checks)

    try:
        conforms()
    except Unsatisfiable:
        assert not mode.is_positive  # it takes nothing, so there is nothing unfit to send
    return 200 in statuses


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_as_published(published: dict[str, Any], emulator: Emulator, mode: GenerationMode) -> None:
    """No request makes it fail, and every 200 and 422 has the published shape."""
    description = schemathesis.openapi.from_dict(published)
    description.app = make_app(emulator)
    operations = [found.ok() for found in description.get_all_operations()]
    answered = {
        operation.label: answers(operation, emulator, mode)
        for operation in operations
        if operation.path not in LEFT_OUT
    }

    assert len(answered) == 27
    if mode.is_positive:
        # Samples, and ids of history entries, are made up: those requests are refused, as they should be.
        assert sum(answered.values()) >= 20, answered
        assert sum(answered[label] for label in answered if "text-to-speech" in label) == 4
