"""What is the embedded store's own: encryption in force, bytes on disk, processes, crashes."""

import hashlib
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import apsw
import numpy as np
import pytest

from rapport.embedding import DIMENSIONS
from rapport.errors import KeyUnavailable, StoreUnavailable
from rapport.memory import embedded_store
from rapport.memory.embedded_file import CIPHER
from rapport.memory.embedded_schema import question
from rapport.memory.embedded_store import EmbeddedStore
from rapport.memory.embedded_unit import EmbeddedUnit
from rapport.memory.store import Filter
from rapport.memory.values import Kind, Memory, Provenance, Statement, Vector
from rapport.privacy.keys import PersonKeys
from rapport.privacy.purposes import Purpose

ROOT = Path(__file__).resolve().parents[4]
ANA = "p_" + "a" * 24
NOW = datetime(2026, 5, 4, 12, tzinfo=timezone.utc)
ALL = Filter(purposes=frozenset(Purpose), at=NOW, superseded=True)
SOURCE = "e" * 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "people"


@pytest.fixture
def new_store(folder: Path) -> Iterator[Callable[[], EmbeddedStore]]:
    made: list[EmbeddedStore] = []

    def make() -> EmbeddedStore:
        made.append(EmbeddedStore(folder))
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(new_store: Callable[[], EmbeddedStore]) -> EmbeddedStore:
    return new_store()


@pytest.fixture
def keys() -> PersonKeys:
    return PersonKeys.fresh()


@pytest.fixture
def unit(store: EmbeddedStore, keys: PersonKeys) -> EmbeddedUnit:
    return store.open(ANA, keys, create=True)


def vector_of(number: int) -> Vector:
    vector = np.random.default_rng(number).standard_normal(DIMENSIONS).astype(np.float32)
    return vector / np.linalg.norm(vector)


def told(number: int, text: str = "you like tea") -> Memory:
    """A memory whose every text holds its number's canary."""
    canary = f"quokka{number:05d}"
    return Memory(
        id=hashlib.sha256(str(number).encode()).hexdigest()[:32],
        kind=Kind.FACT,
        text=f"{text} {canary}text",
        statement=Statement(f"{canary}subject", f"{canary}attribute", f"{canary}value"),
        context=f"{canary}context",
        provenance=Provenance(f"{canary}session", words=f"{canary}words", derived_from=(SOURCE,)),
        purpose=Purpose.MEMORY,
        consent_version=1,
        created=NOW - timedelta(minutes=number),
        confirmed=NOW,
    )


def bytes_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def decrypted(database: Path, keys: PersonKeys, into: Path) -> bytes:
    """The bytes of a copy of the file, with the log that lies beside it, without encryption."""
    into.mkdir()
    for path in database.parent.glob(f"{database.name}*"):
        shutil.copy(path, into)
    connection = apsw.Connection(str(into / database.name))
    try:
        connection.pragma("cipher", CIPHER)
        connection.pragma("key", f"raw:{keys.file.hex()}")
        connection.pragma("journal_mode", "delete")
        connection.pragma("rekey", "")
    finally:
        connection.close()
    plain = bytes_under(into)
    assert plain.startswith(b"SQLite format 3\0")
    return plain


# Encryption


def test_nothing_is_readable_in_file_log_or_names(unit: EmbeddedUnit, folder: Path) -> None:
    """While it is open, with the log full, and once it is closed."""
    unit.put([(told(number), vector_of(number)) for number in range(200)])
    unit.put_record("profile-quokka", {"name": "quokka"})

    for _ in range(2):
        on_disk = bytes_under(folder)
        assert len(on_disk) > 200 * DIMENSIONS * 4
        for secret in (b"quokka", b"you like", b"CREATE TABLE", b"SQLite format", vector_of(7).tobytes()[:12]):
            assert secret not in on_disk
        assert not any("quokka" in path.name for path in folder.rglob("*"))
        unit.close()


def test_two_files_with_the_same_content_have_nothing_in_common(store: EmbeddedStore, folder: Path) -> None:
    pages = []
    for person in (ANA, "p_" + "b" * 24):
        unit = store.open(person, PersonKeys.fresh(), create=True)
        unit.put([(told(1), vector_of(1))])
        unit.close()
        content = (folder / person / "memory.db").read_bytes()
        pages.append({content[at : at + 32] for at in range(32, len(content) - 32, 32)})

    assert not pages[0] & pages[1]


def test_files_are_for_their_owner_only(unit: EmbeddedUnit, store: EmbeddedStore, folder: Path) -> None:
    unit.put([(told(1), vector_of(1))])
    store.keep_wrapped_key(ANA, b"wrapped", before=None)

    paths = list((folder / ANA).iterdir())
    assert {path.name for path in paths} >= {"memory.db", "memory.db-wal", "key.json"}
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in paths)
    assert stat.S_IMODE((folder / ANA).stat().st_mode) == 0o700


def test_plain_apsw_is_refused(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """It has the same import name and takes any key without encrypting."""
    monkeypatch.delattr(apsw, "mc_version")

    with pytest.raises(StoreUnavailable, match="apsw-sqlite3mc"):
        EmbeddedStore(folder)

    assert not folder.exists()


def test_a_build_that_would_spoil_a_log_at_rekeying_is_refused(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(apsw, "mc_version", "SQLite3 Multiple Ciphers 2.3.9")

    with pytest.raises(StoreUnavailable, match="too old"):
        EmbeddedStore(folder)


def test_a_sqlite_that_does_not_know_the_cipher_is_refused(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    class Deaf(apsw.Connection):
        def pragma(self, name: str, *arguments: object, **named: object) -> object:
            return None if name == "cipher" else super().pragma(name, *arguments, **named)

    monkeypatch.setattr(apsw, "Connection", Deaf)

    with pytest.raises(StoreUnavailable, match=CIPHER):
        EmbeddedStore(folder)


def test_a_file_without_encryption_is_refused_and_left(store: EmbeddedStore, keys: PersonKeys, folder: Path) -> None:
    (folder / ANA).mkdir()
    path = folder / ANA / "memory.db"
    plain = apsw.Connection(str(path))
    plain.execute("CREATE TABLE memories(x)")
    plain.close()
    before = path.read_bytes()

    for create in (False, True):
        with pytest.raises(StoreUnavailable, match="not encrypted"):
            store.open(ANA, keys, create=create)

    assert path.read_bytes() == before


# Damage


def read_all(store: EmbeddedStore, keys: PersonKeys) -> None:
    unit = store.open(ANA, keys)
    list(unit.everything())
    unit.find(ALL, limit=1_000)
    unit.search("quokka00001text tea", vector_of(1), ALL)
    unit.usage()


def test_a_flipped_bit_anywhere_is_an_error_and_no_other_answer(
    unit: EmbeddedUnit, store: EmbeddedStore, keys: PersonKeys, folder: Path
) -> None:
    """In every page, in its content and in its tag; and the file is left as it is."""
    unit.put([(told(number), vector_of(number)) for number in range(20)])
    expected = [(memory, vector.tobytes()) for memory, vector in unit.everything()]
    unit.compact()
    unit.close()
    path = folder / ANA / "memory.db"
    whole = path.read_bytes()
    chance, found = random.Random(5), 0
    places = [page + at for page in range(0, len(whole), 4_096) for at in (chance.randrange(4_064), 4_095)]
    for place in [*places, 3]:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        try:
            read_all(store, keys)
            assert [(m, v.tobytes()) for m, v in store.open(ANA, keys).everything()] == expected
        except (KeyUnavailable, StoreUnavailable):
            found += 1
        store.close()
        assert path.read_bytes() == damaged

    path.write_bytes(whole)
    read_all(store, keys)
    # Pages that no question of these reads (the counter of rows, the search index's spare ones) go unseen.
    assert found >= len(places) * 0.8


def test_a_truncated_file_is_an_error(unit: EmbeddedUnit, store: EmbeddedStore, keys: PersonKeys, folder: Path) -> None:
    unit.put([(told(number), vector_of(number)) for number in range(50)])
    unit.close()
    path = folder / ANA / "memory.db"
    os.truncate(path, path.stat().st_size // 2)

    with pytest.raises((KeyUnavailable, StoreUnavailable)):
        read_all(store, keys)


def test_a_file_of_a_newer_version_is_left_alone(
    unit: EmbeddedUnit, store: EmbeddedStore, keys: PersonKeys, folder: Path
) -> None:
    unit.close()
    connection = apsw.Connection(str(folder / ANA / "memory.db"))
    connection.pragma("cipher", CIPHER)
    connection.pragma("key", f"raw:{keys.file.hex()}")
    connection.pragma("user_version", 99)
    connection.close()

    for create in (False, True):
        with pytest.raises(StoreUnavailable, match="newer"):
            store.open(ANA, keys, create=create)


def test_a_file_whose_making_was_cut_short_is_made_whole(store: EmbeddedStore, keys: PersonKeys, folder: Path) -> None:
    (folder / ANA).mkdir()
    (folder / ANA / "memory.db").touch()

    with pytest.raises(StoreUnavailable):
        store.open(ANA, keys)
    unit = store.open(ANA, keys, create=True)
    unit.put([(told(1), vector_of(1))])

    assert unit.find(ALL) == [told(1)]


def test_errors_say_nothing_of_whom_or_what(unit: EmbeddedUnit, store: EmbeddedStore, folder: Path) -> None:
    unit.put([(told(1), vector_of(1))])
    with pytest.raises(KeyUnavailable) as wrong_key:
        store.open(ANA, PersonKeys.fresh())
    shutil.rmtree(folder / ANA)
    with pytest.raises(StoreUnavailable) as gone:
        unit.search("quokka", vector_of(1), ALL)

    for error in (wrong_key.value, gone.value):
        assert ANA not in str(error)
        assert "quokka" not in str(error)


# What is deleted


def test_deleted_memories_leave_no_byte(unit: EmbeddedUnit, keys: PersonKeys, folder: Path, tmp_path: Path) -> None:
    """Neither texts nor words of the index nor vectors, in the decrypted file; and the log is empty."""
    path = folder / ANA / "memory.db"
    unit.put([(told(number), vector_of(number)) for number in range(600)])
    unit.put_record("wombat", {"said": "wombat"})
    unit.put([(replace(told(1), text="another text"), vector_of(10_001))])
    before = decrypted(path, keys, tmp_path / "before")
    gone = [number for number in range(600) if number % 3]

    unit.delete([told(number).id for number in gone])
    unit.put_record("wombat", None)
    unit.compact()

    assert (folder / ANA / "memory.db-wal").stat().st_size == 0
    after = decrypted(path, keys, tmp_path / "after")
    for number in range(600):
        canary, vector = f"quokka{number:05d}".encode(), vector_of(number).tobytes()
        if number in gone:
            assert canary not in after
            assert told(number).id.encode() not in after
            assert vector not in after
            assert vector[200:232] not in after
        else:
            assert after.count(canary) >= 7
            assert vector in after
        assert number == 1 or vector in before
    assert b"quokka00598" in before
    assert b"wombat" in before
    assert b"wombat" not in after


def test_the_rest_is_found_by_words_after_compacting(unit: EmbeddedUnit) -> None:
    unit.put([(told(number), vector_of(number)) for number in range(100)])
    unit.delete([told(number).id for number in range(50)])
    unit.compact()

    (best, *_) = sorted(unit.search("quokka00077words", vector_of(0), ALL), key=lambda match: -match.words)

    assert best.memory == told(77)


def test_the_wrapped_key_is_written_over_before_it_goes(store: EmbeddedStore, folder: Path, tmp_path: Path) -> None:
    """Whoever still has the file's blocks finds no key in them: the replaced one's, and the destroyed one's."""
    path = folder / ANA / "key.json"
    store.keep_wrapped_key(ANA, b"first wrapped key", before=None)
    os.link(path, tmp_path / "first")
    store.keep_wrapped_key(ANA, b"second wrapped key", before=b"first wrapped key")
    os.link(path, tmp_path / "second")

    assert path.read_bytes() == b"second wrapped key"
    store.destroy_wrapped_key(ANA)

    for name in ("first", "second"):
        assert b"wrapped" not in (tmp_path / name).read_bytes()
        assert (tmp_path / name).stat().st_size > 0


def test_an_unfinished_key_file_is_no_key_and_goes_with_it(store: EmbeddedStore, folder: Path) -> None:
    (folder / ANA).mkdir()
    (folder / ANA / "key.json.new").write_bytes(b"half of a wra")

    assert store.wrapped_key(ANA) is None
    store.keep_wrapped_key(ANA, b"wrapped", before=None)
    assert store.wrapped_key(ANA) == b"wrapped"
    (folder / ANA / "key.json.new").write_bytes(b"half of a wra")
    store.destroy_wrapped_key(ANA)

    assert store.traces(ANA) == []


def test_nothing_of_an_erased_person_is_in_the_names_that_stay(
    unit: EmbeddedUnit, store: EmbeddedStore, folder: Path
) -> None:
    empty = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if ANA not in path.as_posix())
    unit.put([(told(1), vector_of(1))])
    store.keep_wrapped_key(ANA, b"wrapped", before=None)
    store.erase(ANA)
    store.destroy_wrapped_key(ANA)

    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")) == empty
    assert bytes_under(folder) == b""


# Many units


def test_only_so_many_units_stay_open(monkeypatch: pytest.MonkeyPatch, store: EmbeddedStore, folder: Path) -> None:
    """The longest unused is closed, and opens itself again when it is used."""
    monkeypatch.setattr(embedded_store, "OPEN_UNITS", 3)
    units = [store.open(f"p_{number:024x}", PersonKeys.fresh(), create=True) for number in range(6)]

    assert len(list(folder.glob("*/memory.db-wal"))) == 3
    for number, unit in enumerate(units):
        unit.put([(told(number), vector_of(number))])
        assert unit.find(ALL) == [told(number)]
        unit.close()


def test_opening_twice_shares_one_unit(store: EmbeddedStore, unit: EmbeddedUnit, keys: PersonKeys) -> None:
    assert store.open(ANA, PersonKeys(keys.data)) is unit


# Several processes

CHILD = f"""
import sys
from pathlib import Path
from tests.unit.rapport.memory.test_embedded_store import *
store = EmbeddedStore(Path(sys.argv[1]))
keys, coming = (PersonKeys(bytes.fromhex(each)) for each in sys.argv[2:4])
unit = store.open("{ANA}", keys)
def say(*words):
    print(*words, flush=True)
"""


class Child:
    """Another process with the same person open; what it says is read line by line."""

    def __init__(self, folder: Path, keys: PersonKeys, coming: PersonKeys, script: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD + script, folder, keys.data.hex(), coming.data.hex()],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def child(folder: Path, keys: PersonKeys, unit: EmbeddedUnit) -> Iterator[Callable[..., Child]]:
    children: list[Child] = []

    def start(script: str, coming: PersonKeys | None = None) -> Child:
        children.append(Child(folder, keys, coming or keys, script))
        return children[-1]

    yield start
    for each in children:
        each.end()


def test_processes_write_and_search_at_once(child: Callable[..., Child], unit: EmbeddedUnit) -> None:
    script = """
base = int(sys.stdin.readline())
for number in range(base, base + 30):
    unit.put([(told(number), vector_of(number))])
    assert any(match.memory == told(number) for match in unit.search("tea", vector_of(number), ALL, limit=3))
say("done")
"""
    children = [child(script) for _ in range(2)]
    for at, each in enumerate(children):
        assert each.process.stdin is not None
        each.process.stdin.write(f"{(at + 1) * 100}\n")
        each.process.stdin.flush()
    for number in range(30):
        unit.put([(told(number), vector_of(number))])
        assert any(match.memory == told(number) for match in unit.search("tea", vector_of(number), ALL, limit=3))

    assert [each.hear() for each in children] == ["done", "done"]
    assert unit.usage().items == 90
    assert len(list(unit.everything())) == 90


def test_another_process_has_to_open_a_rekeyed_file_anew(
    child: Callable[..., Child], unit: EmbeddedUnit, store: EmbeddedStore
) -> None:
    """It writes nothing with the old key, not even when it closes, and goes on with the new ones."""
    coming = PersonKeys.fresh()
    unit.put([(told(1), vector_of(1))])
    other = child(
        """
unit.put([(told(2), vector_of(2))])
say(len(unit.search("tea", vector_of(1), ALL)))
sys.stdin.readline()
for use in (lambda: unit.find(ALL), lambda: unit.put([(told(3), vector_of(3))])):
    try:
        use()
    except KeyUnavailable:
        say("KeyUnavailable")
unit.close()
unit = store.open(ANA, coming)
say(len(unit.search("tea", vector_of(1), ALL)))
unit.put([(told(4), vector_of(4))])
store.close()
say("closed")
""",
        coming,
    )
    assert other.hear() == "2"
    unit.rekey(coming)
    unit.put([(told(5), vector_of(5))])
    other.go_on()

    assert [other.hear() for _ in range(4)] == ["KeyUnavailable", "KeyUnavailable", "3", "closed"]
    assert {memory.id for memory in unit.find(ALL)} == {told(number).id for number in (1, 2, 4, 5)}
    assert {memory.id for memory, _ in store.open(ANA, coming).everything()} == {told(n).id for n in (1, 2, 4, 5)}


def test_a_write_that_is_killed_is_there_whole_or_not_at_all(
    child: Callable[..., Child], unit: EmbeddedUnit, keys: PersonKeys, new_store: Callable[[], EmbeddedStore]
) -> None:
    """What was said to be written is there; a wrong key in between does no harm to the log."""
    writer = child(
        """
for batch in range(1_000):
    unit.put([(told(batch * 10 + at), vector_of(at)) for at in range(10)])
    say(batch)
"""
    )
    written = -1
    for killed_after in (3, 9):
        while written < killed_after:
            written = int(writer.hear())
        writer.process.send_signal(signal.SIGKILL)
        rest = writer.process.communicate()[0].split()
        written = int(rest[-1]) if rest else written
        with pytest.raises(KeyUnavailable):
            new_store().open(ANA, PersonKeys.fresh())

        numbers = {int((NOW - memory.created).total_seconds()) // 60 for memory in unit.find(ALL, limit=100_000)}

        assert len(numbers) % 10 == 0
        assert set(range((written + 1) * 10)) <= numbers
        assert len(unit.search("tea", vector_of(1), ALL, limit=5)) >= 5
        written = -1
        writer = child(
            "for batch in range(1_000): unit.put([(told(batch * 10 + a), vector_of(a)) for a in range(10)]); say(batch)"
        )


@pytest.mark.parametrize("moment", range(6))
def test_a_rekeying_that_is_killed_leaves_all_under_one_of_the_keys(
    child: Callable[..., Child],
    unit: EmbeddedUnit,
    keys: PersonKeys,
    new_store: Callable[[], EmbeddedStore],
    moment: int,
) -> None:
    """And then can be done again."""
    coming = PersonKeys.fresh()
    memories = [told(number) for number in range(1_500)]
    unit.put([(memory, vector_of(at % 7)) for at, memory in enumerate(memories)])
    unit.close()
    other = child("sys.stdin.readline(); say('begins'); unit.rekey(coming); say('done'); sys.stdin.readline()", coming)
    other.go_on()
    assert other.hear() == "begins"
    with pytest.raises(subprocess.TimeoutExpired):
        other.process.wait(0.015 * moment)
    other.process.send_signal(signal.SIGKILL)
    other.process.communicate()

    fitting = []
    for each in (keys, coming):
        try:
            fitting.append((each, new_store().open(ANA, each)))
        except KeyUnavailable:
            continue
    ((_, found),) = fitting

    found.rekey(coming)
    again = new_store().open(ANA, coming)
    assert again.find(ALL, limit=10_000) == memories
    assert len(list(again.everything())) == len(memories)


# Vectors in memory


def test_a_search_is_right_after_any_writes_here_and_elsewhere(
    unit: EmbeddedUnit, keys: PersonKeys, new_store: Callable[[], EmbeddedStore]
) -> None:
    """Whatever is put, put again or deleted by either of two processes: the five nearest of what is there are found."""
    units = unit, new_store().open(ANA, keys)
    chance, there, drawn = random.Random(3), dict[str, Vector](), 0
    for _ in range(120):
        writer = chance.choice(units)
        numbers = chance.sample(range(80), chance.choice((1, 1, 9)))
        if chance.random() < 0.4:
            writer.delete([told(number).id for number in numbers])
            there = {key: vector for key, vector in there.items() if key not in {told(n).id for n in numbers}}
        else:
            drawn += len(numbers)
            written = {told(number).id: vector_of(1_000 * drawn + number) for number in numbers}
            writer.put([(told(number), written[told(number).id]) for number in numbers])
            there.update(written)
        sought = vector_of(chance.randrange(10_000))
        cosines = {key: float(vector @ sought) for key, vector in there.items()}

        found = chance.choice(units).search("", sought, ALL, limit=5)

        assert [m.memory.id for m in found] == sorted(cosines, key=lambda key: -cosines[key])[:5]
        assert [m.similarity for m in found] == pytest.approx(sorted(cosines.values(), reverse=True)[:5], abs=1e-5)


def test_a_deleted_vector_is_written_over_in_memory_too(
    unit: EmbeddedUnit, keys: PersonKeys, new_store: Callable[[], EmbeddedStore]
) -> None:
    """At the next search, also where another process deleted it."""
    unit.put([(told(number), vector_of(number)) for number in range(10)])
    unit.search("", vector_of(3), ALL)
    held = unit._vectors._vectors
    assert vector_of(3).tobytes() in held.tobytes()

    new_store().open(ANA, keys).delete([told(3).id])
    unit.search("", vector_of(3), ALL)

    assert vector_of(3).tobytes() not in held.tobytes()
    assert vector_of(4).tobytes() in unit._vectors._vectors.tobytes()


# Questions


def test_a_question_is_its_words_without_those_of_grammar() -> None:
    assert question("What's the name of my sister's dog?") == '"name" OR "sister" OR "dog"'
    assert question("tea TEA Tea") == '"tea"'
    assert question("where are you") == ""
