"""People on the embedded store: consent at each way in and out, withdrawal, rotation, retention, erasure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("apsw", reason="people's files are opened in the services environment")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.errors import (
    ConfirmationNeeded,
    ConsentMissing,
    ErasurePending,
    KeyUnavailable,
    NotAllowed,
    NotErased,
    NotKept,
    PersonErased,
    QuotaReached,
    RapportError,
    StoreUnavailable,
)
from rapport.memory.drafts import Draft, Outcome, Quota, Screened
from rapport.memory.embedded_store import EmbeddedStore
from rapport.memory.memories import Memories
from rapport.memory.values import Kind, Provenance, Sensitivity, Statement, Vector
from rapport.people import People
from rapport.privacy.audit import AuditTrail
from rapport.privacy.erasure import Erasure, Receipt, Tombstones
from rapport.privacy.keys import key_encryption
from rapport.privacy.purposes import Purpose
from rapport.privacy.retention import Retention

ANNA, BEN = "p_" + "a" * 24, "p_" + "b" * 24
KEY, OTHER_KEY = "11" * 32, "22" * 32
CANARY = "xylophonist"


def embed(text: str) -> Vector:
    """Words as directions: near where they share words."""
    vector = np.zeros(384, np.float32)
    for word in text.lower().split():
        vector[sum(word.encode()) * 31 % 384] += 1
    return (vector / max(float(np.linalg.norm(vector)), 1e-6)).astype(np.float32)


embed.version = "words-1"


def screen(text: str, *, asked: bool) -> Screened:
    if "password" in text:
        return Screened(text, refused=True, found=("password",))
    if "nuts" in text:
        return Screened(text, sensitivity=Sensitivity.SENSITIVE, found=("health",))
    if "4242" in text:
        return Screened(text.replace("4242424242424242", "card ending 4242"), found=("card",))
    return Screened(text)


@dataclass
class Conversations:
    """What Rasa's server would hold."""

    name: str = "conversations"
    held: dict[str, int] = field(default_factory=dict)
    reachable: bool = True
    stubborn: bool = False

    def erase(self, person: str) -> None:
        if not self.reachable:
            raise StoreUnavailable("the voice channel does not answer")
        if not self.stubborn:
            self.held.pop(person, None)

    def traces(self, person: str) -> list[str]:
        return ["1 conversation"] if self.held.get(person) else []


@dataclass
class World:
    folder: Path
    now: datetime = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
    conversations: Conversations = field(default_factory=Conversations)
    key: str = KEY
    previous: str = ""
    quota: Quota = field(default_factory=Quota)
    _stores: list[EmbeddedStore] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def people(self) -> People:
        """As a process that starts now has them."""
        store = EmbeddedStore(self.folder / "people")
        self._stores.append(store)
        audit = AuditTrail(self.folder / "state" / "audit", b"s" * 32, self.clock)
        erasure = Erasure(
            store,
            [self.conversations],
            audit,
            Tombstones(self.folder / "state" / "erased", b"t" * 32),
            journals=self.folder / "state" / "erasing",
            searched=[self.folder],
            clock=self.clock,
        )
        keys = key_encryption(self.key, self.previous)
        return People(
            store, keys, audit, erasure,
            embed=embed, screen=screen, quota=self.quota, retention=Retention(), clock=self.clock,
        )  # fmt: skip

    def close(self) -> None:
        for store in self._stores:
            store.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def draft(text: str, *statement: str, kind: Kind = Kind.FACT, many: bool = False) -> Draft:
    words = Statement(*statement, many=many) if statement else None
    return Draft(kind, text, Provenance("s_1", turn=1, words=text), words)


OSLO = draft("your sister lives in Oslo", "my sister", "lives in", "Oslo")
BERGEN = draft("your sister lives in Bergen", "my sister", "lives in", "Bergen")


def agreed(people: People, person: str = ANNA) -> Memories:
    people.person(person).agree(Purpose.MEMORY, "voice")
    return people.person(person).memories()


# Consent


def test_without_consent_nothing_is_kept_and_no_file_begins(world: World) -> None:
    people = world.people()

    with pytest.raises(ConsentMissing):
        people.person(ANNA).memories().remember(OSLO)

    assert people.store.people() == []
    assert not people.person(ANNA).known
    assert people.person(ANNA).audited() == []


EVERY_WAY = {
    "remember": lambda m: m.remember(OSLO),
    "recall": lambda m: m.recall("where does my sister live"),
    "about": lambda m: m.about("my sister"),
    "told": lambda m: m.told(),
    "page": lambda m: m.page(),
    "get": lambda m: m.get("0" * 32),
    "correct": lambda m: m.correct("0" * 32, OSLO),
    "used": lambda m: m.used([]),
}


@given(st.lists(st.tuples(st.sampled_from(Purpose), st.booleans()), max_size=6), st.sampled_from(sorted(EVERY_WAY)))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_way_in_or_out_works_without_a_live_consent(
    tmp_path_factory: pytest.TempPathFactory, decisions: list[tuple[Purpose, bool]], way: str
) -> None:
    world = World(tmp_path_factory.mktemp("people"))
    person = world.people().person(ANNA)
    live = False
    for purpose, granted in decisions:
        world.now += timedelta(minutes=1)
        if granted:
            person.agree(purpose, "voice")
        elif person.known:
            person.withdraw(purpose, "voice")
        if purpose is Purpose.MEMORY:
            live = granted
    try:
        EVERY_WAY[way](person.memories())
        allowed = True
    except ConsentMissing:
        allowed = False
    except KeyError:
        allowed = True  # asked, and not there
    world.close()

    assert allowed is live


def test_every_way_in_and_out_is_known_to_this_test() -> None:
    free = {"forget", "forget_purpose", "usage", "quota"}  # deleting, and what tells nothing
    public = {name for name in dir(Memories) if not name.startswith("_")}
    assert public - free == set(EVERY_WAY)


def test_withdrawal_deletes_what_rested_on_it(world: World) -> None:
    people = world.people()
    agreed(people).remember(OSLO)
    people.person(ANNA).update_profile(name="Anna")

    withdrawal = people.person(ANNA).withdraw(Purpose.MEMORY, "page")

    assert withdrawal.erased == 1
    assert not withdrawal.decision.granted
    memories, records = people.person(ANNA).everything()
    assert memories == []
    assert [name.split("/")[0] for name in records] == ["consent", "consent"]
    again = agreed(people)
    assert again.recall("where does my sister live") == []
    assert people.person(ANNA).profile() == {}


def test_a_withdrawal_by_somebody_unknown_begins_no_file(world: World) -> None:
    with pytest.raises(ConsentMissing):
        world.people().person(ANNA).withdraw(Purpose.MEMORY, "page")
    assert world.people().store.people() == []


# Remembering


def test_what_was_told_in_one_session_is_known_in_the_next(world: World) -> None:
    agreed(world.people()).remember(OSLO)

    found = world.people().person(ANNA).memories().recall("where does my sister live")

    assert found[0].memory.text == "your sister lives in Oslo"
    assert found[0].memory.provenance.session == "s_1"
    assert found[0].memory.provenance.models == {"embedding": "words-1"}
    assert found[0].memory.expires == world.now + timedelta(days=730)


def test_the_same_again_confirms_it(world: World) -> None:
    memories = agreed(world.people())
    first = memories.remember(OSLO)
    world.now += timedelta(days=10)

    again = memories.remember(OSLO)

    assert (first.outcome, again.outcome) == (Outcome.NEW, Outcome.CONFIRMED)
    assert again.memory.id == first.memory.id
    assert again.memory.created == first.memory.created
    assert again.memory.confirmed == world.now
    assert again.memory.expires == world.now + timedelta(days=730)
    assert memories.usage().items == 1


def test_a_contradiction_supersedes_and_stays_as_history(world: World) -> None:
    memories = agreed(world.people())
    old = memories.remember(OSLO).memory

    kept = memories.remember(BERGEN)

    assert kept.outcome is Outcome.SUPERSEDED
    assert kept.before is not None
    assert kept.before.id == old.id
    assert [each.text for each in memories.about("my sister", "lives in")] == ["your sister lives in Bergen"]
    assert [ranked.memory.text for ranked in memories.recall("where does my sister live")] == [
        "your sister lives in Bergen"
    ]
    assert {each.text for each in memories.told(history=True)} == {OSLO.text, BERGEN.text}


def test_what_takes_several_values_is_added_to(world: World) -> None:
    memories = agreed(world.people())
    memories.remember(draft("you like tea", "me", "likes", "tea", many=True))
    assert memories.remember(draft("you like jazz", "me", "likes", "jazz", many=True)).outcome is Outcome.NEW
    assert len(memories.about("me", "likes")) == 2


def test_something_sensitive_is_kept_once_it_was_confirmed(world: World) -> None:
    memories = agreed(world.people())
    allergy = draft("you are allergic to nuts", "me", "allergic to", "nuts")

    with pytest.raises(ConfirmationNeeded) as needed:
        memories.remember(allergy)
    assert needed.value.categories == ("health",)
    assert memories.usage().items == 0

    assert memories.remember(allergy, confirmed=True).memory.sensitivity is Sensitivity.SENSITIVE


def test_a_password_is_never_kept_not_even_confirmed(world: World) -> None:
    memories = agreed(world.people())
    with pytest.raises(NotKept):
        memories.remember(draft("your password is hunter2"), confirmed=True)
    assert memories.usage().items == 0


def test_what_is_masked_is_masked_everywhere(world: World) -> None:
    memories = agreed(world.people())
    kept = memories.remember(draft("your card is 4242424242424242", "my card", "is", "4242424242424242"))

    assert kept.memory.text == "your card is card ending 4242"
    assert kept.found == ("card",)
    assert "4242424242424242" not in repr(memories.told())


def test_what_was_said_around_it_is_masked_too(world: World) -> None:
    memories = agreed(world.people())
    for context, kept in (("pay with 4242424242424242", "pay with card ending 4242"), ("my password is", None)):
        draft_ = Draft(Kind.NOTE, f"lunch {len(context)}", Provenance("s_1"), context=context)
        assert memories.remember(draft_).memory.context == kept


def test_a_full_memory_says_so_and_drops_nothing(world: World) -> None:
    world.quota = Quota(items=2)
    memories = agreed(world.people())
    memories.remember(draft("you like tea"))
    memories.remember(draft("your dog is called Rex"))

    with pytest.raises(QuotaReached):
        memories.remember(draft("your bike is blue"))

    assert memories.usage().items == 2
    memories.forget([memories.told()[0].id])
    memories.remember(draft("your bike is blue"))


def test_forgetting_takes_history_and_what_was_derived_along(world: World) -> None:
    memories = agreed(world.people())
    memories.remember(OSLO)
    bergen = memories.remember(BERGEN).memory
    derived = Draft(Kind.SUMMARY, "you spoke of your family", Provenance("s_1", "derived", derived_from=(bergen.id,)))
    memories.remember(derived)
    memories.remember(draft("you like tea"))

    assert memories.forget([bergen.id]) == 1

    assert [each.text for each in memories.told(history=True)] == ["you like tea"]
    assert memories.forget([bergen.id]) == 0


def test_a_correction_takes_the_place_of_what_it_corrects(world: World) -> None:
    memories = agreed(world.people())
    old = memories.remember(draft("your flight is at six")).memory

    kept = memories.correct(old.id, draft("your flight leaves at seven in the evening"))

    assert kept.outcome is Outcome.SUPERSEDED
    assert [each.text for each in memories.told()] == ["your flight leaves at seven in the evening"]
    with pytest.raises(KeyError):
        memories.correct("0" * 32, OSLO)


def test_what_expired_is_not_read_and_then_deleted(world: World) -> None:
    people = world.people()
    memories = agreed(people)
    note = memories.remember(draft("the code word is heron", kind=Kind.NOTE)).memory
    world.now += timedelta(days=366)

    assert memories.get(note.id) is None
    assert memories.told() == []
    assert memories.usage().items == 1
    assert people.sweep().deleted == 1
    assert memories.usage().items == 0


# Persons apart


def test_nobody_reaches_another_s_memories(world: World) -> None:
    people = world.people()
    annas = agreed(people, ANNA).remember(OSLO).memory
    ben = agreed(people, BEN)

    assert ben.get(annas.id) is None
    assert ben.forget([annas.id]) == 0
    assert ben.recall("where does my sister live") == []
    with pytest.raises(KeyError):
        ben.correct(annas.id, BERGEN)
    assert agreed(people, ANNA).get(annas.id) is not None


@pytest.mark.parametrize("person", ["", "p_", "../p_" + "a" * 24, ANNA + "/..", ANNA.upper(), "p_" + "a" * 23 + "\n"])
def test_what_is_no_person_is_refused(world: World, person: str) -> None:
    with pytest.raises(NotAllowed):
        world.people().person(person)


# Keys


def test_a_new_data_key_opens_everything_and_the_old_one_nothing(world: World) -> None:
    people = world.people()
    agreed(people).remember(OSLO)
    before = people.store.wrapped_key(ANNA)
    entries = len(people.person(ANNA).audited())

    people.person(ANNA).rekey()

    assert people.store.wrapped_key(ANNA) != before
    assert len(world.people().person(ANNA).memories().told()) == 1
    assert len(people.person(ANNA).audited()) == entries + 1
    assert before is not None
    people.store.keep_wrapped_key(ANNA, before, before=people.store.wrapped_key(ANNA))
    with pytest.raises(KeyUnavailable):
        world.people().person(ANNA).memories()


def test_a_change_of_data_key_survives_a_crash_at_each_step(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agreed(world.people()).remember(OSLO)
    for broken in range(4):
        calls = 0
        people = world.people()
        keep = people.store.keep_wrapped_key

        def crash(*arguments: object, **named: object) -> None:
            nonlocal calls
            calls += 1
            if calls == broken:  # noqa: B023
                raise RuntimeError("crash")
            keep(*arguments, **named)  # type: ignore[arg-type]  # noqa: B023

        monkeypatch.setattr(people.store, "keep_wrapped_key", crash)
        try:
            people.person(ANNA).rekey()
        except RuntimeError:
            people.store.close()
        assert [each.text for each in world.people().person(ANNA).memories().told()] == [OSLO.text]


def test_a_new_key_encryption_key_takes_over_while_the_old_one_still_opens(world: World) -> None:
    agreed(world.people(), ANNA).remember(OSLO)
    agreed(world.people(), BEN)
    world.key, world.previous = OTHER_KEY, KEY
    people = world.people()
    assert len(people.person(ANNA).memories().told()) == 1

    assert people.rewrap() == 2
    assert people.rewrap() == 0

    world.previous = ""
    assert len(world.people().person(ANNA).memories().told()) == 1


def test_a_lost_key_is_a_refusal_and_overwrites_nothing(world: World) -> None:
    agreed(world.people()).remember(OSLO)
    file = world.folder / "people" / ANNA / "memory.db"
    before = file.read_bytes()
    world.key = OTHER_KEY

    people = world.people()
    for attempt in (
        lambda: people.person(ANNA).memories(),
        lambda: people.person(ANNA).agree(Purpose.MEMORY, "voice"),
        lambda: people.person(ANNA).sweep(),
    ):
        with pytest.raises(KeyUnavailable):
            attempt()
    assert people.sweep().failed == 1
    assert file.read_bytes() == before
    world.key = KEY
    assert len(world.people().person(ANNA).memories().told()) == 1


def test_a_missing_wrapped_key_is_a_refusal_and_no_new_key_is_made(world: World) -> None:
    people = world.people()
    agreed(people)
    kept = people.store.wrapped_key(ANNA)
    assert kept is not None
    people.store.close()
    (world.folder / "people" / ANNA / "key.json").unlink()

    with pytest.raises(KeyUnavailable, match="backup"):
        world.people().person(ANNA).agree(Purpose.MEMORY, "voice")


# Erasure


def planted(world: World) -> None:
    """A canary in everything that is kept about Anna."""
    memories = agreed(world.people())
    memories.remember(
        Draft(
            Kind.FACT,
            f"your sister is a {CANARY}",
            Provenance("s_1", turn=1, words=f"my sister is a {CANARY}"),
            Statement("my sister", "is", CANARY),
            f"talk of the {CANARY}",
        )
    )
    memories.remember(Draft(Kind.NOTE, f"{CANARY} lesson on monday", Provenance("s_1", words=CANARY)))
    world.people().person(ANNA).update_profile(name=CANARY)
    memories.forget([memories.told()[0].id])
    agreed(world.people(), BEN).remember(OSLO)
    world.conversations.held[ANNA] = 1


def assert_erased(world: World, receipt: Receipt | None) -> None:
    people = world.people()
    assert world.conversations.held == {}
    assert people.store.people() == [BEN]
    assert len(people.person(BEN).memories().told()) == 1
    with pytest.raises(PersonErased):
        people.person(ANNA)
    needles = (CANARY.encode(), ANNA.encode())
    files = [file for file in world.folder.rglob("*") if file.is_file()]
    assert [file.name for file in files if any(needle in file.read_bytes() for needle in needles)] == []
    assert people.audit.verify() > 0
    told = [entry for entry in people.audit.entries() if entry.what == "person.erased"]
    assert told
    if receipt is not None:
        assert (told[-1].who, told[-1].details["receipt"]) == (receipt.who, receipt.id)
    assert people.erasure.pending() == 0


def test_an_erased_person_is_nowhere_and_has_a_signed_receipt(world: World) -> None:
    planted(world)

    receipt = world.people().person(ANNA).erase("voice")

    assert_erased(world, receipt)
    assert receipt.memories == 1
    assert receipt.erased == ("return", "key", "memories", "conversations")
    assert receipt.searched_files > 0
    audit = world.people().audit
    assert audit.sign(receipt.signed_text) == receipt.signature  # Ed25519 is deterministic


STEPS = [
    "tombstones.add",
    "store.destroy_wrapped_key",
    "store.erase",
    "conversations.erase",
    "audit.sign",
    "audit.append",
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_erasure_goes_on_after_a_crash_at_any_step(
    world: World, monkeypatch: pytest.MonkeyPatch, step: str, after: bool
) -> None:
    planted(world)
    people = world.people()
    person = people.person(ANNA)
    owner = {
        "tombstones": people.erasure.tombstones,
        "store": people.store,
        "conversations": world.conversations,
        "audit": people.audit,
    }[step.split(".")[0]]
    name = step.split(".")[1]
    works = getattr(owner, name)
    asked = 0

    def crash(*arguments: object, **named: object) -> object:
        nonlocal asked
        asked += 1
        if step.startswith("audit") and asked == 1:
            return works(*arguments, **named)  # that it was asked for, before it begins
        if after:
            works(*arguments, **named)
        raise RuntimeError("crash")

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, crash)
        with pytest.raises(RuntimeError):
            person.erase("voice")
    people.store.close()

    again = world.people()
    assert again.sweep().failed == 0
    assert_erased(world, None)


def test_a_part_that_is_out_of_reach_is_erased_later(world: World) -> None:
    planted(world)
    world.conversations.reachable = False

    with pytest.raises(ErasurePending):
        world.people().person(ANNA).erase("voice")
    people = world.people()
    assert people.store.people() == [BEN]
    assert people.erasure.pending() == 1
    assert "person.erased" not in [entry.what for entry in people.audit.entries()]

    world.conversations.reachable = True
    people.sweep()
    assert people.erasure.pending() == 0
    assert "person.erased" in [entry.what for entry in people.audit.entries()]


def test_no_receipt_is_given_while_something_is_left(world: World) -> None:
    planted(world)
    world.conversations.stubborn = True
    with pytest.raises(NotErased):
        world.people().person(ANNA).erase("voice")

    world.conversations.stubborn = False
    (world.folder / "stray-copy").write_text(f"… {ANNA} …")
    with pytest.raises(NotErased, match="copies"):
        world.people().sweep()

    (world.folder / "stray-copy").unlink()
    world.people().sweep()
    assert world.people().erasure.pending() == 0


def test_who_comes_back_with_a_backup_is_erased_again(world: World) -> None:
    planted(world)
    backup = {file: file.read_bytes() for file in (world.folder / "people" / ANNA).iterdir()}
    world.people().person(ANNA).erase("voice")
    for file, content in backup.items():
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)

    people = world.people()
    with pytest.raises(PersonErased):
        people.person(ANNA)
    people.sweep()

    assert people.store.people() == [BEN]


def test_erasing_somebody_unknown_is_no_error(world: World) -> None:
    receipt = world.people().person(ANNA).erase("page")
    assert receipt.memories == 0
    assert receipt.who == ""


def test_even_what_can_no_longer_be_read_can_be_erased(world: World) -> None:
    planted(world)
    world.key = OTHER_KEY

    world.people().person(ANNA).erase("page")

    assert ANNA not in world.people().store.people()


def test_no_error_names_a_person_or_what_they_said(world: World) -> None:
    people = world.people()
    agreed(people)
    errors: list[RapportError] = []
    attempts = [
        lambda: people.person(BEN).memories().remember(draft(CANARY)),
        lambda: people.person(ANNA).memories().remember(draft(f"your password is {CANARY}")),
        lambda: people.person(ANNA).memories().remember(draft(f"nuts and {CANARY}")),
        lambda: people.person(f"p_{CANARY}"),
    ]
    for attempt in attempts:
        with pytest.raises(RapportError) as raised:
            attempt()
        errors.append(raised.value)
    assert not [error for error in errors if CANARY in str(error) or ANNA in str(error) or BEN in str(error)]


def test_the_audit_trail_tells_what_was_done_and_not_what_was_said(world: World) -> None:
    people = world.people()
    memories = agreed(people)
    memories.remember(draft(f"your cat is a {CANARY}"))
    memories.recall("cat")
    memories.forget([memories.told()[0].id])

    told = [entry.what for entry in people.person(ANNA).audited()]

    assert told == ["consent.granted", "memory.written", "memory.recalled", "memory.deleted"]
    trail = (world.folder / "state" / "audit" / "trail.jsonl").read_text()
    assert CANARY not in trail
    assert ANNA not in trail
