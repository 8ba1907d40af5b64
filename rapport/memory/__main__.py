"""An operator's commands over where memories are kept. Settings come from the environment, as for the servers.

python -m rapport.memory move FROM TO    move everybody, and erase them where they were

FROM and TO are written like RAPPORT_MEMORY: embedded:FOLDER or weaviate://host[:port]. Stop the servers first, then set
RAPPORT_MEMORY to TO. After an interruption the same command goes on.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from rapport.errors import KeyUnavailable, RapportError
from rapport.memory.moving import move
from rapport.memory.store import MemoryStore
from rapport.privacy.keys import KeyEncryption, PersonKeys, WrappedKey, key_encryption
from rapport.services import store_at
from rapport.settings import PeopleSettings

OK, FAILED = 0, 1


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    """Run a command; 0 where everybody was moved, 1 where not, 2 for a command line that makes no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m rapport.memory", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    moving = commands.add_parser("move")
    moving.add_argument("source", metavar="FROM")
    moving.add_argument("target", metavar="TO")
    asked = parser.parse_args(arguments)
    try:
        settings = PeopleSettings.from_environment(os.environ if environment is None else environment)
        keys = key_encryption(settings.key, settings.key_previous, vault_token=settings.vault_token)
        return _move(
            store_at(asked.source, weaviate_key=settings.weaviate_key),
            store_at(asked.target, weaviate_key=settings.weaviate_key),
            keys,
        )
    except RapportError as error:
        _tell(f"{type(error).__name__}: {error}", aside=True)
        return FAILED


def _move(source: MemoryStore, target: MemoryStore, keys: KeyEncryption) -> int:
    try:
        moved = move(source, target, lambda person, wrapped: _opened(person, wrapped, keys))
    finally:
        source.close()
        target.close()
    _tell(f"{moved.people} people moved, {moved.memories} memories compared, {len(moved.failed)} people not moved")
    for error in sorted({f"{type(error).__name__}: {error}" for error in moved.failed}):
        _tell(error, aside=True)
    return FAILED if moved.failed else OK


def _opened(person: str, kept: bytes, keys: KeyEncryption) -> PersonKeys:
    wrapped = WrappedKey.from_bytes(kept)
    if wrapped.coming is not None:
        raise KeyUnavailable("a data key is being rotated; `python -m rapport.privacy rewrap` goes through with it")
    return PersonKeys(keys.unwrap(wrapped.current, person, wrapped.key_id))


def _tell(text: str, *, aside: bool = False) -> None:
    print(text, file=sys.stderr if aside else sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
