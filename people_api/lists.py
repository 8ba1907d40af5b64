"""Lists: to see, change and delete. `actions/lists.py` is their voice."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from people_api.access import Asking
from people_api.problems import OF_A_PERSON, Refused, described
from rapport.everyday.lists import LONGEST, LONGEST_NAME, MOST_ITEMS, Item, NamedList, keep_lists, lists_of

routes = APIRouter(prefix="/lists", tags=["lists"])

_PLAIN = r"^[^\x00-\x1f\x7f/\\]+$"
Name = Annotated[
    str,
    Path(description="A list's name.", min_length=1, max_length=LONGEST_NAME, pattern=_PLAIN, examples=["shopping"]),
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00-\x1f\x7f]+$")]
ONE = (*OF_A_PERSON, "consent_missing")


class Thing(BaseModel):
    """A thing on a list."""

    model_config = ConfigDict(extra="forbid")

    text: Text = Field(examples=["oat milk"])
    done: bool = Field(default=False, description="It was ticked off.")


class Things(BaseModel):
    """What is on a list."""

    model_config = ConfigDict(extra="forbid")

    items: list[Thing] = Field(max_length=MOST_ITEMS)


class AList(Things):
    """A list."""

    name: str = Field(description='As it is said before "list".', examples=["shopping"])

    @classmethod
    def of(cls, named: NamedList) -> AList:
        """From the value."""
        return cls(name=named.name, items=[Thing(text=each.text, done=each.done) for each in named.items])


class Lists(BaseModel):
    """All of them."""

    lists: list[AList]


@routes.get("", summary="Your lists", responses=described(*ONE))
def read(person: Asking) -> Lists:
    """In the order in which they were begun."""
    return Lists(lists=[AList.of(each) for each in lists_of(person).values()])


@routes.put("/{name}", summary="Change a list, or begin one", responses=described(*ONE, "quota"))
def change(person: Asking, name: Name, things: Things) -> AList:
    """With these things in place of what was on it."""
    named = NamedList(name, tuple(Item(each.text, each.done) for each in things.items))
    keep_lists(person, {**lists_of(person), name: named}.values())
    return AList.of(named)


@routes.delete(
    "/{name}",
    summary="Delete a list",
    status_code=204,
    response_class=Response,
    responses=described(*ONE, "no_such_list"),
)
def delete(person: Asking, name: Name) -> None:
    """With all that is on it."""
    lists = lists_of(person)
    if name not in lists:
        raise Refused("no_such_list")
    keep_lists(person, [each for each in lists.values() if each.name != name])
