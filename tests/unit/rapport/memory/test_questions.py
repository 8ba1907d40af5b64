import pytest

from rapport.memory.questions import Asked, asked, to_forget, topic_of


@pytest.mark.parametrize(
    ("question", "subject", "attribute"),
    [
        ("where does my sister live", "my sister", "lives in"),
        ("do you remember where my sister lives", "my sister", "lives in"),
        ("can you tell me where mum lives now", "mother", "lives in"),
        ("where do i live", "me", "lives in"),
        ("what does my brother do for a living", "my brother", "works as"),
        ("what's my favourite coffee", "me", "favourite coffee"),
        ("what is my favorite color again", "me", "favourite color"),
        ("what's my sister's favourite food", "my sister", "favourite food"),
        ("which coffee do i like best", "me", "favourite coffee"),
        ("when is my birthday", "me", "birthday"),
        ("when's my sister's birthday", "my sister", "birthday"),
        ("when was my father born", "my father", "birthday"),
        ("how old is my daughter", "my daughter", "age"),
        ("what's my sister called", "my sister", "name"),
        ("what's the name of my cat", "my cat", "name"),
        ("who is my boss", "my boss", "name"),
        ("what am i allergic to", "me", "allergic to"),
        ("am i allergic to nuts", "me", "allergic to"),
        ("how many cats do i have", "me", "has cat"),
        ("do i have any kids", "me", "has child"),
        ("how do i take my tea", "me", "takes tea"),
        ("what's my shoe size", "my shoe size", "is"),
        ("where are my glasses", "my glasses", "is"),
        ("where's the spare key", "the spare key", "is"),
        ("what's my sister's address", "my sister", "address"),
        ("what do i drive", "me", "drives"),
    ],
)
def test_a_question_asks_for_an_attribute(question: str, subject: str, attribute: str) -> None:
    found = asked(question)

    assert found is not None
    assert (found.subject, found.attributes[0]) == (subject, attribute)


def test_a_question_may_name_a_value() -> None:
    assert asked("do i like jazz") == Asked("me", ("likes", "prefers"), "jazz")
    assert asked("what don't i like") == Asked("me", ("dislikes", "doesn't eat"))


@pytest.mark.parametrize("question", ["tell me about my sister", "what do you know about my sister"])
def test_all_about_somebody_is_asked_for(question: str) -> None:
    assert asked(question) == Asked("my sister")


def test_she_and_her_are_whom_was_spoken_of() -> None:
    assert asked("where does she live", referent="my sister") == asked("where does my sister live")
    assert asked("what's her name", referent="my sister") == asked("what's my sister's name")
    assert asked("where does she live") is None


@pytest.mark.parametrize("question", ["what time is it", "do you remember where i parked", "tell me a joke"])
def test_other_questions_have_no_canonical_form(question: str) -> None:
    assert asked(question) is None


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("what did i tell you about the trip", "the trip"),
        ("did i say anything about my job", "my job"),
        ("what did i just say about the boiler", "the boiler"),
        ("where does my sister live", None),
    ],
)
def test_a_topic_is_what_comes_after_about(question: str, topic: str | None) -> None:
    assert topic_of(question) == topic


@pytest.mark.parametrize(
    "words",
    ["forget that", "please forget it", "don't remember that anymore", "erase that memory", "forget what i just said"],
)
def test_forget_that_names_nothing(words: str) -> None:
    assert to_forget(words) is None


@pytest.mark.parametrize(
    ("words", "target"),
    [
        ("forget where i live", Asked("me", ("lives in", "lives with"))),
        ("forget that my sister lives in oslo", Asked("my sister", ("lives in",))),
        ("forget that i like jazz", Asked("me", ("likes",), "jazz")),
        ("forget my sister's address", Asked("my sister", ("address", "lives in"))),
        ("forget my favourite coffee", Asked("me", ("favourite coffee",))),
        ("forget my sister", Asked("my sister")),
        ("forget everything about my sister", Asked("my sister")),
        ("you can forget my shoe size", Asked("my shoe size")),
        ("please remove the note about the boiler", Asked("the boiler")),
        ("delete what you know about paul", "paul"),
        ("forget the aurora thing", "the aurora"),
    ],
)  # fmt: skip
def test_what_is_to_be_forgotten_is_named(words: str, target: Asked | str) -> None:
    found = to_forget(words)

    assert found == target or (isinstance(found, Asked) and isinstance(target, str) and found.subject == target)
