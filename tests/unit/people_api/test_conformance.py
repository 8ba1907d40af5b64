"""The API is what its OpenAPI description says: schemathesis makes up requests, fitting and unfitting ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

from people_api.limits import Buckets, Limit
from rapport.memory.values import Kind
from rapport.privacy.purposes import Purpose
from rapport.services import Services
from tests.unit.people_api.conftest import Caller, VoiceServer

LENIENT = (schemathesis.checks.negative_data_rejection,)
"""Query parameters that nobody knows are ignored, as everywhere; unfit bodies and paths have tests of their own."""

UNLIMITED = Limit(burst=1e9, per_s=1e9)


@pytest.fixture
def described(api: TestClient) -> schemathesis.BaseSchema:
    api.app.state.desk.people = Buckets(UNLIMITED)  # type: ignore[attr-defined]
    api.app.state.desk.addresses = Buckets(UNLIMITED)  # type: ignore[attr-defined]
    services = dataclasses.replace(api.app.state.desk.services, voice=VoiceServer())  # type: ignore[attr-defined]
    api.app.state.desk.services = services  # type: ignore[attr-defined]
    return schemathesis.openapi.from_asgi("/v1/openapi.json", api.app)


class Guests:
    """Somebody with memories; somebody new each time the one before has none left, or took their consent back."""

    def __init__(self, arrive: Callable[..., Caller], services: Services) -> None:
        self._arrive = arrive
        self._services = services
        self._guest: Caller | None = None

    def one(self) -> Caller:
        if self._guest is None or not self._has_memories(self._guest):
            self._guest = self._arrive()
            for kind in Kind:
                self._guest.remembers(f"something of the kind {kind.value}", kind)
        return self._guest

    def _has_memories(self, guest: Caller) -> bool:
        if (
            self._services.people.erasure.tombstones.holds(guest.id)
            or Purpose.MEMORY not in guest.person.ledger().live()
        ):
            return False
        return bool(guest.person.memories().page(limit=1))


@pytest.fixture
def guests(arrive: Callable[..., Caller], services: Services) -> Guests:
    return Guests(arrive, services)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_as_described(described: schemathesis.BaseSchema, guests: Guests, mode: GenerationMode) -> None:
    """No server error, no status, header or field that is not described, and what fits is taken."""
    tried = 0
    for found in described.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        def conforms(case: schemathesis.Case) -> None:
            guest = guests.one()
            if "memory_id" in case.path_parameters and mode.is_positive:
                case.path_parameters["memory_id"] = guest.person.memories().page(limit=1)[0].id
            case.call_and_validate(headers={"Authorization": f"Bearer {guest.token}"}, excluded_checks=LENIENT)

        try:
            conforms()
        except Unsatisfiable:
            assert not mode.is_positive  # it takes nothing, so there is nothing unfit to send
            assert not [*operation.body, *operation.query, *operation.path_parameters], operation.label
        tried += 1

    assert tried == 47


def test_each_error_shape_has_its_examples(api: TestClient) -> None:
    """Every operation tells what can go wrong, in the one shape, with an example a code."""
    for path, methods in api.get("/v1/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                if status.startswith("2") or path in ("/v1/health", "/v1/ready"):
                    continue
                content = response["content"]["application/json"]
                assert content["schema"]["$ref"].endswith("/Problem"), (path, method, status)
                assert content["examples"], (path, method, status)
