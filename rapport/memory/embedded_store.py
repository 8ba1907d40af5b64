"""The embedded store: one folder a person, in it one encrypted SQLite file and the wrapped key to it.

    folder/p_…/memory.db (-wal, -shm)   everything kept about the person
    folder/p_…/key.json                 their wrapped data key
    folder/locks/0 … f                  empty; held by whoever uses files, of all whose id ends with this digit

Processes may share a folder. Whoever uses a file holds its lock together with others; who makes, rekeys, compacts or
erases holds it alone, so no file vanishes under somebody's hands.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from rapport.errors import NotAllowed, StoreUnavailable
from rapport.memory.embedded_file import held, make_file, require_encryption, translated
from rapport.memory.embedded_key_file import replace, shred, sync
from rapport.memory.embedded_unit import EmbeddedUnit, NotThere
from rapport.memory.store import checked
from rapport.privacy.keys import PersonKeys

UNIT, KEY = "memory.db", "key.json"

LOCKS = "0123456789abcdef"

OPEN_UNITS = 32
"""Units kept open, the longest unused closed first: each takes up to 50 MB at 10,000 memories."""


class EmbeddedStore:
    """People's files in a folder.

    Args:
        folder: Made where it is not there.

    Raises:
        StoreUnavailable: SQLite does not encrypt here, or the folder can't be used.
    """

    def __init__(self, folder: Path) -> None:
        require_encryption()
        self._folder = folder
        self._units: OrderedDict[str, EmbeddedUnit] = OrderedDict()
        self._mutex = threading.Lock()
        with translated():
            for lock in LOCKS:
                make_file(folder / "locks" / lock)

    def open(self, person: str, keys: PersonKeys, *, create: bool = False) -> EmbeddedUnit:
        """The person's unit; one that is open already is shared."""
        with self._mutex:
            unit = self._units.get(checked(person))
        if unit is None or unit.keys.data != keys.data:
            unit = EmbeddedUnit(self._of(person) / UNIT, self._lock(person), keys)
        try:
            unit.check()
        except NotThere:
            if not create:
                raise
            unit.make()
        self._share(person, unit)
        return unit

    def _share(self, person: str, unit: EmbeddedUnit) -> None:
        with self._mutex:
            former = self._units.get(person)
            self._units[person] = unit
            self._units.move_to_end(person)
            closed = [] if former is None or former is unit else [former]
            while len(self._units) > OPEN_UNITS:
                closed.append(self._units.popitem(last=False)[1])
        for each in closed:
            each.close()

    def people(self) -> list[str]:
        """Everybody who has a file or a wrapped key."""
        with translated():
            folders = [path for path in self._folder.iterdir() if _is_person(path.name)]
            return sorted(path.name for path in folders if (path / UNIT).exists() or (path / KEY).exists())

    def erase(self, person: str) -> None:
        """Delete the file and what SQLite keeps beside it."""
        with self._mutex:
            unit = self._units.pop(checked(person), None)
        if unit is not None:
            unit.close()
        with self._alone(person) as folder:
            for path in folder.glob("*"):
                if not path.name.startswith(KEY):
                    path.unlink()

    def traces(self, person: str) -> list[str]:
        """What is still in the person's folder, and the folder."""
        folder = self._of(person)
        with translated():
            if not folder.exists():
                return []
            return ["the person's folder", *(f"the file {path.name}" for path in sorted(folder.rglob("*")))]

    def wrapped_key(self, person: str) -> bytes | None:
        """The person's wrapped data key."""
        with translated():
            try:
                return (self._of(person) / KEY).read_bytes()
            except FileNotFoundError:
                return None

    def keep_wrapped_key(self, person: str, wrapped: bytes, *, before: bytes | None) -> None:
        """Keep a wrapped key in place of the one before, which is written over."""
        with held(self._lock(person), alone=True), translated():
            if self.wrapped_key(person) != before:
                raise StoreUnavailable("a person's key was changed by another process; read it again")
            replace(self._of(person) / KEY, wrapped)

    def destroy_wrapped_key(self, person: str) -> None:
        """Write over the wrapped key and delete it."""
        with self._alone(person) as folder:
            for path in folder.glob(f"{KEY}*"):
                shred(path)

    def close(self) -> None:
        """Close all units."""
        with self._mutex:
            units, self._units = list(self._units.values()), OrderedDict()
        for unit in units:
            unit.close()

    def _of(self, person: str) -> Path:
        return self._folder / checked(person)

    def _lock(self, person: str) -> Path:
        return self._folder / "locks" / checked(person)[-1]

    @contextlib.contextmanager
    def _alone(self, person: str) -> Iterator[Path]:
        """The person's folder, for deleting in it; it goes too when it is left empty."""
        folder = self._of(person)
        with held(self._lock(person), alone=True), translated():
            yield folder
            if folder.exists():
                sync(folder)
                if not any(folder.iterdir()):
                    folder.rmdir()
                    sync(self._folder)


def _is_person(name: str) -> bool:
    try:
        checked(name)
    except NotAllowed:
        return False
    return True
