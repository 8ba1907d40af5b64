"""A public service: asked with a limit, not too often, and without a word of what was asked in errors."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from rapport.errors import ServiceUnavailable
from rapport.everyday import public_service as module
from rapport.everyday.public_service import PublicService
from tests.fakes.public_service import WrittenService, serving

FRESH_S = 60.0


@dataclass
class Echo(WrittenService):
    path = "/echo"

    def answer(self, asked: dict[str, str]) -> dict[str, Any]:
        return asked


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def url(echo: Echo) -> Iterator[str]:
    with serving(echo) as address:
        yield address


class Now:
    s = 0.0

    def __call__(self) -> float:
        return self.s


def service(url: str, now: Now | None = None) -> PublicService[str]:
    return PublicService(
        url, setting="RAPPORT_X_URL", fresh_s=FRESH_S, read=lambda answer: str(answer["said"]), clock=now or Now()
    )


def test_the_same_is_asked_once_in_a_while(echo: Echo, url: str) -> None:
    now = Now()
    asking = service(url, now)
    asking.ask("/echo", {"said": "a"})
    now.s = FRESH_S - 1
    assert asking.ask("/echo", {"said": "a"}) == "a"
    assert asking.ask("/echo", {"said": "b"}) == "b"
    assert len(echo.asked) == 2

    now.s = FRESH_S + 1
    asking.ask("/echo", {"said": "a"})

    assert len(echo.asked) == 3


def test_some_answers_are_held_and_not_all(echo: Echo, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ANSWERS", 2)
    asking = service(url)
    for said in "abc":
        asking.ask("/echo", {"said": said})

    asking.ask("/echo", {"said": "c"})
    asking.ask("/echo", {"said": "a"})

    assert [asked["said"] for asked in echo.asked] == ["a", "b", "c", "a"]


@pytest.mark.parametrize("fault", ["status", "garbage", "lacking", "silence"])
def test_what_goes_wrong_is_one_error_that_does_not_say_what_was_asked(
    echo: Echo, url: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 0.2)
    echo.fault = fault

    with pytest.raises(ServiceUnavailable, match="RAPPORT_X_URL") as caught:
        service(url).ask("/echo", {"said": "where somebody is"})

    assert "somebody" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_service_that_is_not_there_is_told() -> None:
    with pytest.raises(ServiceUnavailable, match="can't be reached"):
        service("http://127.0.0.1:9").ask("/echo", {"said": "a"})


def test_it_is_asked_again_after_it_failed(echo: Echo, url: str) -> None:
    asking = service(url)
    echo.fault = "status"
    with pytest.raises(ServiceUnavailable):
        asking.ask("/echo", {"said": "a"})
    echo.fault = ""

    assert asking.ask("/echo", {"said": "a"}) == "a"
