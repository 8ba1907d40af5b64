"""One encrypted SQLite file: opened with its raw key, or not at all; and locks between processes.

The cipher is ChaCha20-Poly1305 (RFC 8439), SQLite3 Multiple Ciphers' own default: every page carries a tag, so a
changed byte is an error and no other answer, and it needs no AES instructions to be fast. AES-256-CBC without a tag
would be none of that; AEGIS measured alike here, and is the younger. What is in the tables is not known here.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rapport.errors import KeyUnavailable, StoreUnavailable

if TYPE_CHECKING:
    import apsw

CIPHER = "chacha20"
CACHE_KIB = 32_768
"""Pages that stay decrypted: without vectors, 10,000 memories take 15 MB; SQLite's default is 2 MB."""

WAIT_S = 10.0
"""How long one process or thread waits for another before it gives up."""

_PLAIN = b"SQLite format 3\0"
_REKEYS_IN_WAL = (2, 4)
"""The first version that rekeys a file with a write-ahead log; earlier ones could spoil it."""


def require_encryption() -> None:
    """Check that this process's SQLite encrypts; plain `apsw` has the same import name and would take any key.

    Raises:
        StoreUnavailable: It does not.
    """
    try:
        import apsw
    except ImportError:
        raise StoreUnavailable("apsw-sqlite3mc is not installed; `make setup` installs it") from None
    version = str(getattr(apsw, "mc_version", "")).rpartition(" ")[2].split(".")
    if not version[0].isdecimal() or tuple(map(int, version[:2])) < _REKEYS_IN_WAL:
        raise StoreUnavailable(
            "SQLite here does not encrypt, or is too old: uninstall apsw, then install apsw-sqlite3mc"
            " as requirements/services.txt has it; nothing was opened"
        )
    memory = apsw.Connection(":memory:")
    try:
        if memory.pragma("cipher", CIPHER) != CIPHER:
            raise StoreUnavailable(f"SQLite here has no cipher {CIPHER}; install apsw-sqlite3mc; nothing was opened")
    finally:
        memory.close()


def make_file(path: Path) -> None:
    """An empty file that only its owner may read, with its folder; SQLite gives its log the same rights."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def connect(path: Path, key: bytes) -> apsw.Connection:
    """A connection to a file that is there, made sure to be encrypted with this key.

    It never writes to the file when it is closed: that another process replaced or deleted it meanwhile must do no
    harm. `tidy_close` does.

    Raises:
        KeyUnavailable: It opens with another key, or its first page is damaged.
        StoreUnavailable: It is not encrypted, or can't be read.
    """
    import apsw

    refuse_plaintext(path)
    with translated():
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
            connection.set_busy_timeout(int(WAIT_S * 1_000))
            if connection.pragma("cipher", CIPHER) != CIPHER or connection.pragma("key", f"raw:{key.hex()}") != "ok":
                raise StoreUnavailable("SQLite did not take the key; is apsw-sqlite3mc installed? Nothing was written")
            connection.pragma("cache_size", -CACHE_KIB)
            connection.pragma("temp_store", 2)  # in memory: what SQLite sorts would else be plain on disk
            connection.pragma("secure_delete", 1)
            connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "full")
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        except BaseException:
            connection.close()
            raise
    return connection


def refuse_plaintext(path: Path) -> None:
    """Look at how a file begins.

    Raises:
        StoreUnavailable: It begins like a file of SQLite's that is not encrypted, or can't be read.
    """
    try:
        with path.open("rb") as file:
            plain = file.read(len(_PLAIN)) == _PLAIN
    except OSError:
        raise StoreUnavailable("a person's file can't be read; check the folder's rights") from None
    if plain:
        raise StoreUnavailable("a person's file is not encrypted; it was not made by Rapport: move it away")


def tidy_close(connection: apsw.Connection) -> None:
    """Close the connection to a file that is still the one that was opened, its log written into it."""
    import apsw

    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
    connection.close()


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Raise SQLite's and the system's errors as ours; theirs can quote what was asked."""
    import apsw

    try:
        yield
    except apsw.NotADBError:
        raise KeyUnavailable("a person's file does not open with this key; nothing was changed") from None
    except apsw.BusyError:
        raise StoreUnavailable("a person's file is in use elsewhere; try again") from None
    except (apsw.CorruptError, apsw.IOError):
        raise StoreUnavailable("a person's file is damaged; restore it from a backup") from None
    except apsw.FullError:
        raise StoreUnavailable("the disk is full; nothing was written") from None
    except apsw.Error as error:
        raise StoreUnavailable(f"SQLite could not do it ({type(error).__name__})") from None
    except OSError as error:
        raise StoreUnavailable(f"a file could not be used ({type(error).__name__}); check disk and rights") from None


@contextlib.contextmanager
def writing(connection: apsw.Connection) -> Iterator[None]:
    """A transaction that has the write lock from the start: all of it, or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:  # SQLite has itself rolled back after some errors
            connection.execute("ROLLBACK")


@contextlib.contextmanager
def reading(connection: apsw.Connection) -> Iterator[None]:
    """A transaction that sees one state."""
    connection.execute("BEGIN")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextlib.contextmanager
def held(path: Path, *, alone: bool) -> Iterator[None]:
    """Hold a lock file, together with others that need not be alone; between threads as between processes.

    Raises:
        StoreUnavailable: Somebody else has had it for too long.
    """
    with translated():
        file = os.open(path, os.O_RDWR)
    try:
        deadline = time.monotonic() + WAIT_S
        while not _locked(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH):
            if time.monotonic() > deadline:
                raise StoreUnavailable("a person's files are in use elsewhere; try again")
            time.sleep(0.002)  # flock itself can't wait with a limit
        yield
    finally:
        os.close(file)


def _locked(file: int, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
