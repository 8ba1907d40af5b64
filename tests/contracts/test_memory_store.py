"""What every memory store keeps to. An adapter joins by a branch in `new_store`."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rapport.embedding import DIMENSIONS
from rapport.errors import KeyUnavailable, NotAllowed, StoreUnavailable
from rapport.memory.store import Filter, MemoryStore, Unit
from rapport.memory.values import Kind, Memory, Provenance, Sensitivity, Statement, Vector
from rapport.privacy.keys import PersonKeys
from rapport.privacy.purposes import Purpose

ANA, BEN = "p_" + "a" * 24, "p_" + "b" * 24
NOW = datetime(2026, 5, 4, 12, 0, 0, 123_456, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)
ALL = Filter(purposes=frozenset(Purpose), at=NOW, superseded=True)
NewStore = Callable[[], MemoryStore]


@pytest.fixture(params=["embedded", "weaviate"])
def new_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewStore]:
    """Makes stores of one adapter, all over the same people, as several processes have them."""
    made: list[MemoryStore] = []
    server = request.getfixturevalue("weaviate_url") if request.param == "weaviate" else ""

    def embedded() -> MemoryStore:
        from rapport.memory.embedded_store import EmbeddedStore

        return EmbeddedStore(tmp_path / "people")

    def weaviate() -> MemoryStore:
        from rapport.memory.weaviate_store import WeaviateStore

        return WeaviateStore(server)

    adapters = {"embedded": embedded, "weaviate": weaviate}

    def make() -> MemoryStore:
        made.append(adapters[request.param]())
        return made[-1]

    yield make
    if request.param == "weaviate":
        for person in make().people():
            made[-1].erase(person)
            made[-1].destroy_wrapped_key(person)
    for store in made:
        store.close()


@pytest.fixture
def store(new_store: NewStore) -> MemoryStore:
    return new_store()


@pytest.fixture
def keys() -> PersonKeys:
    return PersonKeys.fresh()


@pytest.fixture
def unit(store: MemoryStore, keys: PersonKeys) -> Unit:
    """Ana's, empty."""
    return store.open(ANA, keys, create=True)


def axis(number: int) -> Vector:
    """A unit vector that is orthogonal to those of other numbers."""
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    vector[number] = 1
    return vector


def between(one: int, other: int, cosine: float) -> Vector:
    """A unit vector with this cosine to the axis of the first number."""
    return (cosine * axis(one) + np.sqrt(1 - cosine**2) * axis(other)).astype(np.float32)


def told(number: int, text: str = "you like tea", **fields: Any) -> Memory:
    """A memory that was told so many minutes ago."""
    at = NOW - timedelta(minutes=number)
    usual: dict[str, Any] = {
        "id": f"{number:032x}",
        "kind": Kind.FACT,
        "text": text,
        "provenance": Provenance("session-1"),
        "purpose": Purpose.MEMORY,
        "consent_version": 1,
        "created": at,
        "confirmed": at,
    }
    return Memory(**{**usual, **fields})


def put(unit: Unit, *memories: Memory) -> list[Memory]:
    """Keep memories with vectors that don't matter."""
    unit.put([(memory, axis(at % DIMENSIONS)) for at, memory in enumerate(memories)])
    return list(memories)


FULL = told(
    1,
    "your sister lives in Oslo",
    kind=Kind.RELATION,
    statement=Statement("my sister", "lives in", "Oslo", many=True),
    context="we spoke about the trip to Norway – naïve ☕",
    provenance=Provenance(
        "session-7", "passing", 3, "um my sister lives in oslo", ("f" * 32, "e" * 32), 0.8125, {"embedding": "1f"}
    ),
    consent_version=4,
    confirmed=NOW - timedelta(microseconds=1),
    used=NOW,
    expires=NOW + 300 * HOUR,
    sensitivity=Sensitivity.SENSITIVE,
    superseded_by="d" * 32,
)


# Keeping and reading


@pytest.mark.parametrize("memory", [pytest.param(told(1), id="least"), pytest.param(FULL, id="everything-set")])
def test_what_is_put_comes_back_as_it_was(unit: Unit, memory: Memory) -> None:
    """Every field, times to the microsecond."""
    put(unit, memory)

    assert unit.get([memory.id]) == [memory]


def test_what_is_put_outlives_its_store(new_store: NewStore, keys: PersonKeys) -> None:
    first = new_store()
    put(first.open(ANA, keys, create=True), FULL)
    first.close()

    assert new_store().open(ANA, keys).get([FULL.id]) == [FULL]


def test_get_answers_in_the_order_asked_and_leaves_out_the_unknown(unit: Unit) -> None:
    one, two, three = put(unit, told(1), told(2), told(3))

    assert unit.get([three.id, "0" * 32, one.id, "no' id\"", two.id]) == [three, one, two]
    assert unit.get([]) == []


def test_get_gives_expired_ones_too(unit: Unit) -> None:
    (old,) = put(unit, told(1, expires=NOW - HOUR))

    assert unit.get([old.id]) == [old]


def test_put_takes_the_place_of_the_one_with_its_id(unit: Unit) -> None:
    """Text, words and vector: nothing of the former one is found."""
    (former,) = put(unit, told(1, "you like tea"))
    later = replace(former, text="you like coffee", used=NOW)

    unit.put([(later, axis(9))])

    assert unit.find(ALL) == [later]
    assert [match.words for match in unit.search("tea", axis(0), ALL)] == [0]
    (match,) = unit.search("coffee", axis(9), ALL)
    assert match.memory == later
    assert match.words > 0
    assert match.similarity == pytest.approx(1, abs=1e-4)


def test_of_two_with_one_id_the_last_is_kept(unit: Unit) -> None:
    put(unit, told(1, "first"), told(1, "second"))

    assert [memory.text for memory in unit.find(ALL)] == ["second"]


def test_a_put_that_fails_keeps_none(unit: Unit) -> None:
    before = put(unit, told(1))

    def broken() -> Iterator[tuple[Memory, Vector]]:
        yield told(1, "changed"), axis(1)
        yield told(2), axis(2)
        raise RuntimeError("the caller's own")

    with pytest.raises(RuntimeError):
        unit.put(broken())
    with pytest.raises(ValueError, match="shape"):
        unit.put([(told(3), axis(3)), (told(4), axis(4)[:10])])

    assert unit.find(ALL) == before


# Finding


def test_the_newest_come_first_and_pages_hold_each_once(unit: Unit) -> None:
    """Also where several were told at the same moment."""
    memories = put(unit, *(replace(told(number), created=NOW - (number // 3) * HOUR) for number in range(10)))

    pages, after = [], None
    while page := unit.find(ALL, after=after, limit=4):
        pages.append(page)
        after = page[-1].id

    found = [memory for page in pages for memory in page]
    assert [len(page) for page in pages] == [4, 4, 2]
    assert sorted(memory.id for memory in found) == sorted(memory.id for memory in memories)
    assert [memory.created for memory in found] == sorted((memory.created for memory in memories), reverse=True)


def test_after_one_that_is_gone_pages_begin_anew(unit: Unit) -> None:
    """Who deletes page by page misses none."""
    memories = put(unit, *map(told, range(5)))
    first = unit.find(ALL, limit=2)
    unit.delete([memory.id for memory in first])

    assert unit.find(ALL, after=first[-1].id, limit=2) == memories[2:4]


CASES = [
    pytest.param({"purposes": [Purpose.MEMORY]}, {"purpose": Purpose.ANALYTICS}, id="purpose"),
    pytest.param({}, {"expires": NOW}, id="expired-at-this-moment"),
    pytest.param({}, {"expires": NOW - HOUR}, id="expired"),
    pytest.param({}, {"superseded_by": "e" * 32}, id="superseded"),
    pytest.param({"kinds": [Kind.FACT, Kind.EVENT]}, {"kind": Kind.NOTE}, id="kind"),
    pytest.param({"since": NOW - HOUR}, {"created": NOW - 2 * HOUR, "confirmed": NOW - 2 * HOUR}, id="since"),
    pytest.param({"until": NOW - HOUR / 60}, {"created": NOW - HOUR / 60, "confirmed": NOW}, id="until"),
    pytest.param({"subject": "my sister"}, {"statement": None}, id="no-subject"),
    pytest.param({"subject": "my sister"}, {"statement": Statement("me", "lives in", "Oslo")}, id="subject"),
    pytest.param({"attribute": "lives in"}, {"statement": Statement("my sister", "likes", "Oslo")}, id="attribute"),
    pytest.param({"session": "session-1"}, {"provenance": Provenance("session-2")}, id="session"),
    pytest.param(
        {"resting_on": "f" * 32}, {"provenance": Provenance("session-1", derived_from=("e" * 32,))}, id="resting-on"
    ),
]
FITTING = told(
    2,
    statement=Statement("my sister", "lives in", "Oslo"),
    provenance=Provenance("session-1", derived_from=("e" * 32, "f" * 32)),
    expires=NOW + timedelta(microseconds=1),
)


@pytest.mark.parametrize(("asked", "amiss"), CASES)
def test_a_filter_leaves_out_what_does_not_fit(unit: Unit, asked: dict[str, Any], amiss: dict[str, Any]) -> None:
    """In pages as in searches."""
    put(unit, FITTING, replace(FITTING, id="c" * 32, **amiss))
    where = Filter(**{"purposes": frozenset(Purpose), "at": NOW, **asked})

    assert unit.find(where) == [FITTING]
    assert [match.memory for match in unit.search("tea", axis(1), where)] == [FITTING]


def test_filters_count_together(unit: Unit) -> None:
    """Each of these lacks one thing of all that is asked."""
    others = [replace(FITTING, id=f"{at + 100:032x}", **case.values[1]) for at, case in enumerate(CASES)]
    put(unit, FITTING, *others)
    asked = {name: value for case in CASES for name, value in case.values[0].items()}
    where = Filter(**{"at": NOW, **asked})

    assert unit.find(where) == [FITTING]
    assert [match.memory for match in unit.search("tea", axis(1), where)] == [FITTING]


def test_without_a_purpose_nothing_is_found(unit: Unit) -> None:
    put(unit, FITTING)
    where = Filter(purposes=[], at=NOW)

    assert unit.find(where) == []
    assert unit.search("tea", axis(0), where) == []


def test_of_no_kind_nothing_is_found(unit: Unit) -> None:
    put(unit, FITTING)

    assert unit.find(replace(ALL, kinds=[])) == []


def test_what_was_confirmed_lately_counts_as_told_lately(unit: Unit) -> None:
    (affirmed,) = put(unit, told(1, created=NOW - 9 * HOUR, confirmed=NOW))

    assert unit.find(replace(ALL, since=NOW - HOUR)) == [affirmed]


def test_history_is_found_where_it_is_asked_for(unit: Unit) -> None:
    """With it, what rests on a memory is also what it superseded."""
    new, old = put(unit, told(1, "now"), told(2, "before", superseded_by=f"{1:032x}"))

    assert unit.find(replace(ALL, superseded=False)) == [new]
    assert unit.find(ALL) == [new, old]
    assert unit.find(replace(ALL, resting_on=new.id)) == [old]
    assert unit.find(replace(ALL, resting_on=new.id, superseded=False)) == []


@pytest.mark.parametrize("text", ["x' OR '1'='1", 'a"b', "%", "_", "\0", "my sister; DROP TABLE memories"])
def test_what_is_asked_for_is_never_understood_as_a_command(unit: Unit, text: str) -> None:
    kept = put(unit, FITTING)

    for field in ("subject", "attribute", "session", "resting_on"):
        assert unit.find(replace(ALL, **{field: text})) == []
    assert unit.find(ALL, after=text) == kept
    assert unit.delete([text]) == 0
    assert unit.record(text) is None


# Searching


def test_search_gives_the_best_by_words_and_by_vector_with_both_scores(unit: Unit) -> None:
    near, worded, neither = told(1, "green things"), told(2, "your sister lives in Oslo"), told(3, "blue things")
    unit.put([(near, between(0, 1, 0.9)), (worded, between(0, 2, 0.2)), (neither, between(0, 3, 0.5))])

    found = {match.memory.id: match for match in unit.search("where is my sister", axis(0), ALL, limit=1)}

    assert set(found) == {near.id, worded.id}
    assert found[near.id].similarity == pytest.approx(0.9, abs=1e-3)
    assert found[near.id].words == 0
    assert found[worded.id].similarity == pytest.approx(0.2, abs=1e-3)
    assert found[worded.id].words > 0


def test_search_gives_at_most_its_limit_of_each(unit: Unit) -> None:
    unit.put([(told(number, f"tea {number}"), axis(number)) for number in range(30)])

    assert len(unit.search("tea", axis(3), ALL, limit=5)) <= 10
    assert len(unit.search("coffee", axis(3), ALL, limit=5)) == 5


def test_more_shared_words_score_higher(unit: Unit) -> None:
    texts = ["your sister lives in Oslo", "your sister has a dog", "a tree stands there", "tea is warm", "it rains"]
    put(unit, *(told(number, text) for number, text in enumerate(texts)))

    scores = {match.memory.text: match.words for match in unit.search("Oslo sister", axis(0), ALL)}

    assert scores[texts[0]] > scores[texts[1]] > scores[texts[2]] == 0


@pytest.mark.parametrize(
    "memory",
    [
        pytest.param(told(1, "your sisters live there"), id="text"),
        pytest.param(told(1, provenance=Provenance("s", words="my sister, you know")), id="own-words"),
        pytest.param(told(1, statement=Statement("my sister", "lives in", "Oslo")), id="statement"),
        pytest.param(told(1, context="About my SISTER."), id="context"),
    ],
)
def test_words_are_found_wherever_they_were_said(unit: Unit, memory: Memory) -> None:
    """In whatever form of the word, great or small."""
    put(unit, memory, told(2), told(3), told(4))

    scores = {match.memory.id: match.words for match in unit.search("Sister's", axis(0), ALL)}

    assert scores.pop(memory.id) > 0
    assert set(scores.values()) == {0}


def test_filters_apply_before_the_limit(unit: Unit) -> None:
    """Fifty nearer ones that are not asked for hide none that are."""
    nearer = [(told(number, "tea tea tea", kind=Kind.NOTE), between(0, number, 0.9)) for number in range(1, 51)]
    wanted = [(told(number, "tea"), between(0, number, 0.1)) for number in range(51, 54)]
    unit.put([*nearer, *wanted])

    found = unit.search("tea", axis(0), replace(ALL, kinds=[Kind.FACT]), limit=3)

    assert sorted(match.memory.id for match in found) == sorted(memory.id for memory, _ in wanted)
    assert all(match.words > 0 for match in found)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("", id="empty"),
        pytest.param("?!… -- ''", id="no-word"),
        pytest.param('"', id="quote"),
        pytest.param('tea" OR text:* NEAR(a b) ^x {text}: -y + (', id="operators"),
        pytest.param("AND OR NOT NEAR", id="operator-words"),
        pytest.param("tea\0tea", id="nul"),
        pytest.param("\ud800 tea \udfff", id="half-a-pair"),
        pytest.param("茶 чай ☕ 'é́́", id="other-scripts"),
        pytest.param("tea " * 20_000, id="long"),
        pytest.param(" ".join(f"word{number}" for number in range(20_000)), id="many-words"),
        pytest.param("x" * 1_000_000, id="long-word"),
    ],
)
def test_any_question_is_harmless(unit: Unit, words: str) -> None:
    kept = put(unit, told(1), told(2))

    found = unit.search(words, axis(0), ALL)

    assert [match.memory for match in found] == kept
    assert unit.find(ALL) == kept


def test_an_empty_unit_finds_nothing(unit: Unit) -> None:
    assert unit.search("tea", axis(0), ALL) == []
    assert unit.find(ALL) == []
    assert unit.expired(NOW) == []
    assert list(unit.everything()) == []
    assert unit.usage().items == unit.usage().bytes == 0


# Deleting


def test_what_is_deleted_is_found_in_no_way(unit: Unit) -> None:
    gone, stays = put(unit, FULL, told(2, "you like tea"))

    assert unit.delete([gone.id, "0" * 32]) == 1

    assert unit.get([gone.id]) == []
    assert unit.find(ALL) == [stays]
    assert [match.memory for match in unit.search("sister Oslo Norway", axis(0), ALL)] == [stays]
    assert [memory for memory, _ in unit.everything()] == [stays]
    assert unit.delete([gone.id]) == 0
    assert unit.delete([]) == 0


def test_deleting_many_counts_each_once(unit: Unit) -> None:
    memories = put(unit, *map(told, range(300)))
    ids = [memory.id for memory in memories]

    assert unit.delete([*ids[:250], *ids[:250]]) == 250
    assert len(unit.find(ALL, limit=1_000)) == 50


def test_deleting_what_superseded_leaves_history(unit: Unit) -> None:
    """That history falls with it is for who deletes to say."""
    new, old = put(unit, told(1), told(2, superseded_by=f"{1:032x}"))

    unit.delete([new.id])

    assert unit.get([old.id]) == [old]


def test_expired_tells_what_is_to_be_gone(unit: Unit) -> None:
    """At the very moment too, history included, and never what is kept for ever."""
    at_once, before, *_ = put(
        unit,
        told(1, expires=NOW),
        told(2, expires=NOW - HOUR, superseded_by="e" * 32),
        told(3, expires=NOW + timedelta(microseconds=1)),
        told(4),
    )

    assert sorted(unit.expired(NOW)) == sorted([at_once.id, before.id])


def test_compacting_changes_nothing_that_is_kept(unit: Unit) -> None:
    memories = put(unit, *(told(number, f"tea {number}") for number in range(20)))
    unit.put_record("setting", {"a": 1})
    unit.delete([memory.id for memory in memories[:10]])

    unit.compact()

    assert unit.find(ALL) == memories[10:]
    assert len(unit.search("tea", axis(15), ALL)) == 10
    assert unit.record("setting") == {"a": 1}


# Everything, usage, records


def test_everything_is_history_expired_ones_and_vectors_too(unit: Unit) -> None:
    rng = np.random.default_rng(7)
    given = {}
    for number in range(450):
        vector = rng.standard_normal(DIMENSIONS).astype(np.float32)
        memory = told(
            number, expires=NOW - HOUR if number % 3 else None, superseded_by="e" * 32 if number % 2 else None
        )
        given[memory.id] = memory, vector / np.linalg.norm(vector)
    unit.put(given.values())

    found = list(unit.everything())

    assert len(found) == len(given)
    for memory, vector in found:
        assert memory == given[memory.id][0]
        assert vector.shape == (DIMENSIONS,)
        assert vector.dtype == np.float32
        np.testing.assert_allclose(vector, given[memory.id][1], atol=1e-5)


def test_everything_can_be_put_into_another_unit_while_it_is_read(unit: Unit, store: MemoryStore) -> None:
    memories = put(unit, *map(told, range(250)))
    other = store.open(BEN, PersonKeys.fresh(), create=True)

    other.put(unit.everything())

    assert other.find(ALL, limit=1_000) == memories


def test_usage_counts_items_and_bytes_of_texts_and_vectors(unit: Unit) -> None:
    (short,) = put(unit, told(1, "x"))
    before = unit.usage()
    assert before.items == 1
    assert before.bytes >= DIMENSIONS * 4 + 1

    put(unit, replace(short, text="x" * 1_001))
    assert unit.usage().items == 1
    assert unit.usage().bytes == before.bytes + 1_000

    unit.delete([short.id])
    assert unit.usage().items == unit.usage().bytes == 0


def test_records_are_kept_replaced_and_deleted(unit: Unit) -> None:
    value = {"text": "naïve ☕", "list": [1, 2.5, None, True], "inner": {"a": {}}}

    unit.put_record("profile", value)
    assert unit.record("profile") == value

    unit.put_record("profile", {})
    assert unit.record("profile") == {}

    unit.put_record("profile", None)
    unit.put_record("profile", None)
    assert unit.record("profile") is None


def test_records_come_by_prefix_in_the_order_of_their_names(unit: Unit) -> None:
    """No sign of a name stands for others."""
    names = ["consent/2", "consent/10", "consent/1", "consent", "Consent/3", "x", "%", "consent_1"]
    for at, name in enumerate(names):
        unit.put_record(name, {"at": at})

    assert list(unit.records("consent/")) == ["consent/1", "consent/10", "consent/2"]
    assert unit.records("consent/")["consent/10"] == {"at": 1}
    assert list(unit.records("%")) == ["%"]
    assert list(unit.records("")) == sorted(names)
    assert unit.records("none") == {}


def test_records_are_no_memories(unit: Unit) -> None:
    unit.put_record("profile", {"text": "tea"})

    assert unit.find(ALL) == []
    assert unit.usage().items == 0


# Keys


def test_another_key_opens_nothing_and_changes_nothing(new_store: NewStore, keys: PersonKeys) -> None:
    first = new_store()
    kept = put(first.open(ANA, keys, create=True), told(1))

    for store in (first, new_store()):
        for create in (False, True):
            with pytest.raises(KeyUnavailable):
                store.open(ANA, PersonKeys.fresh(), create=create)

    assert first.open(ANA, keys).find(ALL) == kept
    assert new_store().open(ANA, keys).find(ALL) == kept


def test_an_absent_unit_is_made_only_where_that_is_said(store: MemoryStore, keys: PersonKeys) -> None:
    with pytest.raises(StoreUnavailable):
        store.open(ANA, keys)
    assert store.people() == []
    assert store.traces(ANA) == []

    store.open(ANA, keys, create=True)

    assert store.people() == [ANA]
    assert store.open(ANA, keys).find(ALL) == []


def test_after_rekeying_only_the_new_keys_open(new_store: NewStore, store: MemoryStore, keys: PersonKeys) -> None:
    """The unit itself goes on, and all that is kept stays as it was."""
    unit, coming = store.open(ANA, keys, create=True), PersonKeys.fresh()
    memories = put(unit, FULL, *(told(number, f"tea {number}") for number in range(2, 40)))
    unit.put_record("setting", {"a": 1})
    vectors = {memory.id: vector for memory, vector in unit.everything()}

    unit.rekey(coming)

    for each in (unit, store.open(ANA, coming), new_store().open(ANA, coming)):
        assert each.get([memory.id for memory in memories]) == memories
        assert each.record("setting") == {"a": 1}
        assert each.search("sister", axis(0), ALL)[0].memory == FULL
        for memory, vector in each.everything():
            np.testing.assert_allclose(vector, vectors[memory.id], atol=1e-5)
    for each in (store, new_store()):
        with pytest.raises(KeyUnavailable):
            each.open(ANA, keys)


def test_rekeying_again_comes_to_the_same(new_store: NewStore, store: MemoryStore, keys: PersonKeys) -> None:
    """As after a crash between the rekeying and the note that it was done."""
    unit, coming = store.open(ANA, keys, create=True), PersonKeys.fresh()
    kept = put(unit, told(1), told(2))
    unit.rekey(coming)
    unit.rekey(coming)

    again = new_store().open(ANA, coming)
    again.rekey(coming)

    assert again.find(ALL) == unit.find(ALL) == kept


def test_what_is_rekeyed_elsewhere_must_be_opened_with_the_new_keys(new_store: NewStore, keys: PersonKeys) -> None:
    """The other process gets no answer with the old ones, writes nothing with them, and then goes on."""
    here, there, coming = new_store(), new_store(), PersonKeys.fresh()
    kept = put(here.open(ANA, keys, create=True), told(1), told(2))
    open_there = there.open(ANA, keys)
    assert open_there.find(ALL) == kept

    here.open(ANA, keys).rekey(coming)

    for use in (
        lambda: open_there.find(ALL),
        lambda: open_there.search("tea", axis(0), ALL),
        lambda: open_there.put([(told(3), axis(3))]),
        lambda: open_there.put_record("x", {}),
        lambda: open_there.delete([kept[0].id]),
        lambda: list(open_there.everything()),
        lambda: there.open(ANA, keys),
    ):
        with pytest.raises(KeyUnavailable):
            use()
    open_there.close()

    assert there.open(ANA, coming).find(ALL) == kept
    assert len(there.open(ANA, coming).search("tea", axis(0), ALL)) == 2
    assert here.open(ANA, coming).find(ALL) == kept


def test_a_wrapped_key_is_kept_and_replaced(new_store: NewStore, store: MemoryStore) -> None:
    assert store.wrapped_key(ANA) is None

    store.keep_wrapped_key(ANA, b"first", before=None)
    assert new_store().wrapped_key(ANA) == b"first"
    assert store.people() == [ANA]
    assert store.wrapped_key(BEN) is None

    store.keep_wrapped_key(ANA, b"second, and longer", before=b"first")
    assert new_store().wrapped_key(ANA) == b"second, and longer"


@pytest.mark.parametrize("before", [pytest.param(None, id="none"), pytest.param(b"another", id="another")])
def test_a_wrapped_key_is_not_replaced_unseen(store: MemoryStore, before: bytes | None) -> None:
    store.keep_wrapped_key(ANA, b"first", before=None)

    with pytest.raises(StoreUnavailable):
        store.keep_wrapped_key(ANA, b"second", before=before)
    with pytest.raises(StoreUnavailable):
        store.keep_wrapped_key(BEN, b"second", before=b"first")

    assert store.wrapped_key(ANA) == b"first"
    assert store.wrapped_key(BEN) is None


def test_of_many_who_make_a_key_at_once_one_does(new_store: NewStore) -> None:
    stores = [new_store() for _ in range(4)]
    wrapped = [f"wrapped {at}".encode() for at in range(16)]

    def keep(at: int) -> bool:
        try:
            stores[at % 4].keep_wrapped_key(ANA, wrapped[at], before=None)
        except StoreUnavailable:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        kept = list(threads.map(keep, range(16)))

    assert sum(kept) == 1
    assert stores[0].wrapped_key(ANA) == wrapped[kept.index(True)]


def test_a_destroyed_key_is_gone_and_leaves_the_unit(store: MemoryStore, unit: Unit, keys: PersonKeys) -> None:
    kept = put(unit, told(1))
    store.keep_wrapped_key(ANA, b"wrapped", before=None)

    store.destroy_wrapped_key(ANA)
    store.destroy_wrapped_key(ANA)

    assert store.wrapped_key(ANA) is None
    assert store.people() == [ANA]
    assert store.open(ANA, keys).find(ALL) == kept


# Erasing and isolation


def test_an_erased_person_leaves_no_trace(new_store: NewStore, store: MemoryStore, keys: PersonKeys) -> None:
    """Once the key is destroyed too. It can be done again."""
    unit = store.open(ANA, keys, create=True)
    put(unit, FULL)
    unit.put_record("profile", {"name": "Ana"})
    store.keep_wrapped_key(ANA, b"wrapped", before=None)
    assert store.traces(ANA)

    store.erase(ANA)
    assert store.wrapped_key(ANA) == b"wrapped"
    assert store.traces(ANA)
    assert store.people() == [ANA]
    store.destroy_wrapped_key(ANA)
    store.erase(ANA)
    store.destroy_wrapped_key(ANA)

    for each in (store, new_store()):
        assert each.traces(ANA) == []
        assert each.people() == []
        with pytest.raises(StoreUnavailable):
            each.open(ANA, keys)
    with pytest.raises(StoreUnavailable):
        unit.find(ALL)


def test_the_order_of_erasing_does_not_matter(store: MemoryStore, unit: Unit) -> None:
    put(unit, told(1))
    store.keep_wrapped_key(ANA, b"wrapped", before=None)

    store.destroy_wrapped_key(ANA)
    store.erase(ANA)

    assert store.traces(ANA) == []


def test_traces_say_nothing_of_whom_or_what(store: MemoryStore, unit: Unit) -> None:
    put(unit, FULL)
    store.keep_wrapped_key(ANA, b"wrapped", before=None)

    told_of = " ".join(store.traces(ANA))

    assert ANA not in told_of
    assert "Oslo" not in told_of


def test_what_is_erased_elsewhere_is_gone_here(new_store: NewStore, keys: PersonKeys) -> None:
    """A unit that was open gives and takes nothing, and does not bring the person back."""
    here, there = new_store(), new_store()
    put(here.open(ANA, keys, create=True), told(1))
    open_there = there.open(ANA, keys)
    open_there.find(ALL)

    here.erase(ANA)

    for use in (
        lambda: open_there.find(ALL),
        lambda: open_there.put([(told(2), axis(2))]),
        lambda: open_there.put_record("x", {}),
    ):
        with pytest.raises(StoreUnavailable):
            use()
    there.close()
    assert here.traces(ANA) == []
    assert here.people() == []


def test_who_was_erased_can_begin_anew(new_store: NewStore, keys: PersonKeys) -> None:
    """A unit that was open before keeps out of the new one's way."""
    here, there = new_store(), new_store()
    put(here.open(ANA, keys, create=True), told(1))
    open_there = there.open(ANA, keys)
    open_there.find(ALL)
    here.erase(ANA)

    fresh = PersonKeys.fresh()
    unit = here.open(ANA, fresh, create=True)
    kept = put(unit, told(2))
    with pytest.raises(KeyUnavailable):
        open_there.find(ALL)
    there.close()

    assert unit.find(ALL) == kept
    assert new_store().open(ANA, fresh).find(ALL) == kept


def test_people_have_nothing_of_each_other(store: MemoryStore, keys: PersonKeys) -> None:
    """Not by id, search, page, record or erasure."""
    ana, ben = store.open(ANA, keys, create=True), store.open(BEN, PersonKeys.fresh(), create=True)
    put(ana, told(1, "Ana likes tea"))
    put(ben, told(1, "Ben likes tea"), told(2, "Ben likes tea a lot"))
    ana.put_record("profile", {"name": "Ana"})

    assert [match.memory.text for match in ana.search("tea", axis(0), ALL)] == ["Ana likes tea"]
    assert ana.get([f"{2:032x}"]) == []
    assert ana.delete([f"{2:032x}"]) == 0
    assert ben.record("profile") is None
    assert ben.usage().items == 2
    assert store.people() == [ANA, BEN]

    store.erase(ANA)

    assert len(ben.find(ALL)) == 2
    assert store.people() == [BEN]


def test_nobodys_key_opens_anothers_unit(store: MemoryStore, keys: PersonKeys) -> None:
    store.open(ANA, keys, create=True)
    bens = PersonKeys.fresh()
    store.open(BEN, bens, create=True)

    with pytest.raises(KeyUnavailable):
        store.open(ANA, bens)


@pytest.mark.parametrize(
    "person",
    ["", "p_", ANA.upper(), ANA + "\n", ANA[:-1], ANA + "a", "../" + ANA, "p_../../../../etc/passwd.....", "locks"],
)
def test_what_is_no_persons_id_is_refused(store: MemoryStore, keys: PersonKeys, person: str) -> None:
    for use in (
        lambda: store.open(person, keys, create=True),
        lambda: store.erase(person),
        lambda: store.traces(person),
        lambda: store.wrapped_key(person),
        lambda: store.keep_wrapped_key(person, b"x", before=None),
        lambda: store.destroy_wrapped_key(person),
    ):
        with pytest.raises(NotAllowed):
            use()
    assert store.people() == []


# Sharing


def test_stores_over_the_same_people_see_each_others_writes(new_store: NewStore, keys: PersonKeys) -> None:
    here, there = new_store().open(ANA, keys, create=True), new_store().open(ANA, keys)
    first, second = told(1, "tea"), told(2, "coffee")
    here.put([(first, axis(1))])
    assert [match.memory for match in there.search("tea", axis(1), ALL)] == [first]

    there.put([(second, axis(2))])
    assert here.search("coffee", axis(2), ALL)[0].memory == second
    assert here.search("coffee", axis(2), ALL)[0].similarity == pytest.approx(1, abs=1e-3)

    there.delete([first.id])
    there.compact()
    assert [match.memory for match in here.search("tea", axis(1), ALL)] == [second]


def test_a_closed_unit_opens_itself_again(unit: Unit) -> None:
    kept = put(unit, told(1))

    unit.close()
    unit.close()

    assert unit.find(ALL) == kept
    assert len(unit.search("tea", axis(0), ALL)) == 1


def test_threads_share_a_unit(store: MemoryStore, keys: PersonKeys) -> None:
    """Writes, searches, pages, closing and rekeying at once: nothing is lost, nothing is half there."""
    unit = store.open(ANA, keys, create=True)
    coming = PersonKeys.fresh()

    def work(worker: int) -> None:
        for step in range(10):
            number = worker * 10 + step
            unit.put([(told(number, f"tea {number}"), axis(number)), (told(1_000 + number), axis(number))])
            assert any(match.memory.id == f"{number:032x}" for match in unit.search(f"{number}", axis(number), ALL))
            assert unit.delete([f"{1_000 + number:032x}"]) == 1
            if step == 5 and worker == 0:
                unit.rekey(coming)
            if step == 5 and worker == 1:
                unit.close()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(work, range(6)))

    assert {memory.text for memory in unit.find(ALL, limit=1_000)} == {f"tea {number}" for number in range(60)}
    assert len(store.open(ANA, coming).find(ALL, limit=1_000)) == 60
