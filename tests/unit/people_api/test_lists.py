"""Lists over the API."""

from collections.abc import Callable

import pytest

from rapport.everyday.lists import MOST_LISTS
from rapport.privacy.purposes import Purpose
from tests.unit.people_api.conftest import Caller

LISTS = "/v1/lists"


@pytest.fixture
def anna(arrive: Callable[..., Caller]) -> Caller:
    return arrive()


def test_a_list_is_begun_changed_and_deleted(anna: Caller) -> None:
    assert anna.api.get(LISTS).json() == {"lists": []}

    things = {"items": [{"text": "oat milk"}, {"text": "eggs", "done": True}]}
    assert anna.api.put(LISTS + "/shopping", json=things).status_code == 200
    assert anna.api.put(LISTS + "/books%20to%20read", json={"items": []}).status_code == 200

    lists = anna.api.get(LISTS).json()["lists"]
    assert [each["name"] for each in lists] == ["shopping", "books to read"]
    assert lists[0]["items"] == [{"text": "oat milk", "done": False}, {"text": "eggs", "done": True}]
    assert anna.api.delete(LISTS + "/shopping").status_code == 204
    assert anna.api.delete(LISTS + "/shopping").json()["code"] == "no_such_list"


def test_without_the_consent_there_are_none(anna: Caller) -> None:
    anna.api.put(LISTS + "/shopping", json={"items": [{"text": "milk"}]})
    anna.person.withdraw(Purpose.MEMORY, "page")
    for answer in (
        anna.api.get(LISTS),
        anna.api.put(LISTS + "/shopping", json={"items": []}),
        anna.api.delete(LISTS + "/shopping"),
    ):
        assert answer.json()["code"] == "consent_missing"


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("shopping", [{"text": ""}]),
        ("shopping", [{"text": "a" * 81}]),
        ("shopping", [{"text": "milk", "price": 2}]),
        ("shopping", [{"text": "milk\n"}]),
        ("s" * 41, []),
        ("shop%0Aping", []),
    ],
)
def test_what_is_no_list_is_refused(anna: Caller, name: str, items: list[dict[str, object]]) -> None:
    assert anna.api.put(f"{LISTS}/{name}", json={"items": items}).status_code == 422


def test_there_is_room_for_so_many(anna: Caller) -> None:
    for number in range(MOST_LISTS):
        assert anna.api.put(f"{LISTS}/list{number}", json={"items": []}).status_code == 200
    assert anna.api.put(LISTS + "/one too many", json={"items": []}).json()["code"] == "quota"
