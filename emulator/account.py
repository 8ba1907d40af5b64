"""The account: its keys with their scopes, its quota, its concurrency, and its single-use tokens. Does no I/O."""

from __future__ import annotations

import contextlib
import hashlib
import math
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from emulator.catalogue import PLANS, Model
from emulator.refusals import Refused, new_id
from emulator.switches import Switches

OWNER_ID = "emulated-owner"


@dataclass
class Key:
    """An API key.

    Attributes:
        id: Names it in logs and lists; the secret does not appear there.
        secret: What requests send.
        permissions: What it may do; None: everything.
        character_limit: Credits that it may spend; None: as many as the account.
        allowed_ips: Addresses it may come from; None: any.
        service_account: Whose it is; None: the owner's.
    """

    id: str
    secret: str
    name: str = "emulator"
    permissions: frozenset[str] | None = None
    character_limit: int | None = None
    character_count: int = 0
    allowed_ips: frozenset[str] | None = None
    enabled: bool = True
    service_account: str | None = None
    created_at: int = 0

    def as_json(self) -> dict[str, Any]:
        """As lists of keys show it."""
        return {
            "name": self.name,
            "hint": self.secret[-4:],
            "key_id": self.id,
            "service_account_user_id": self.service_account,
            "created_at_unix": self.created_at,
            "is_disabled": not self.enabled,
            "permissions": None if self.permissions is None else sorted(self.permissions),
            "character_limit": self.character_limit,
            "character_count": self.character_count,
            "hashed_xi_api_key": hashlib.sha256(self.secret.encode()).hexdigest(),
            "allowed_ips": None if self.allowed_ips is None else sorted(self.allowed_ips),
        }


@dataclass
class Account:
    """Whose voices are spoken with, and who pays.

    Attributes:
        clock: Seconds since 1970.
        keys: By their ids.
        service_accounts: Names, by id.
        character_count: Credits spent in this period.
        usage: Credits spent, by the day they were spent on (seconds since 1970 of its midnight, UTC).
        speaking: Requests that speak now, a group of models.
        most_speaking: The most that spoke at once so far, over all groups.
    """

    switches: Switches
    clock: Callable[[], float]
    keys: dict[str, Key] = field(default_factory=dict)
    service_accounts: dict[str, str] = field(default_factory=dict)
    character_count: int = 0
    usage: Counter[int] = field(default_factory=Counter)
    speaking: Counter[str] = field(default_factory=Counter)
    most_speaking: int = 0
    _tokens: dict[str, tuple[str, float, Key]] = field(default_factory=dict)

    @property
    def character_limit(self) -> int:
        """Credits of this period."""
        limit = self.switches.character_limit
        return PLANS[self.switches.plan].character_limit if limit is None else limit

    @property
    def voice_limit(self) -> int:
        """Voices that may be added."""
        return PLANS[self.switches.plan].voice_limit

    def concurrency(self, model: Model) -> int:
        """Requests to models of its group that may speak at once."""
        limit = self.switches.concurrency
        return PLANS[self.switches.plan].concurrency[model.group] if limit is None else limit

    def add_key(self, **values: Any) -> Key:
        """Make a key; see `Key` for the values."""
        values.setdefault("secret", f"sk_{secrets.token_hex(24)}")
        key = Key(id=new_id(), created_at=int(self.clock()), **values)
        self.keys[key.id] = key
        return key

    def key_of(self, secret: str | None, *, permission: str | None, address: str) -> Key:
        """The key that a request came with.

        Raises:
            Refused: There is none, or it may not do that.
        """
        if not secret:
            raise Refused("needs_authorization")
        key = next((key for key in self.keys.values() if secrets.compare_digest(key.secret, secret)), None)
        if key is None or not key.enabled:
            raise Refused("invalid_api_key")
        if permission is not None and key.permissions is not None and permission not in key.permissions:
            raise Refused("missing_permissions", permission)
        if key.allowed_ips is not None and address not in key.allowed_ips:
            raise Refused("ip_not_allowed")
        return key

    def charge(self, key: Key, model: Model, characters: int) -> int:
        """Have so many characters paid for; the credits they cost.

        Raises:
            Refused: There are not that many left; nothing is spent.
        """
        cost = math.ceil(characters * model.credits_per_character)
        if self.character_count + cost > self.character_limit:
            raise Refused("quota_exceeded")
        if key.character_limit is not None and key.character_count + cost > key.character_limit:
            raise Refused("quota_exceeded", "The key's own limit is reached.")
        self.character_count += cost
        key.character_count += cost
        self.usage[int(self.clock()) // 86_400 * 86_400] += cost
        return cost

    @contextlib.contextmanager
    def occupied(self, model: Model) -> Iterator[int]:
        """Speak for as long as the context lasts; gives how many do now, this one included.

        Raises:
            Refused: As many as are allowed speak already.
        """
        if self.speaking[model.group] >= self.concurrency(model):
            raise Refused("concurrency")
        self.speaking[model.group] += 1
        self.most_speaking = max(self.most_speaking, self.speaking.total())
        try:
            yield self.speaking[model.group]
        finally:
            self.speaking[model.group] -= 1

    def issue_token(self, purpose: str, key: Key) -> str:
        """A token that stands for a key, once, for a while."""
        token = f"sutkn_{secrets.token_urlsafe(32)}"
        self._tokens[token] = (purpose, self.clock() + self.switches.token_s, key)
        return token

    def redeem_token(self, token: str, purpose: str) -> Key:
        """The key that a token stands for; the token is used up.

        Raises:
            Refused: It is none, was used, has expired, or is for something else.
        """
        for_what, expires_at, key = self._tokens.pop(token, ("", 0.0, None))
        if key is None or for_what != purpose or self.clock() >= expires_at or not key.enabled:
            raise Refused("invalid_token")
        return key
