"""Session tokens: short-lived, signed, and bound to a person.

A token says who opens a session, and nothing else. Persons are pseudonyms: a random one for who comes anonymously, a
keyed hash of the name for who is named by the operator's own page or identity provider, so that neither a token nor a
log holds a name.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt

from rapport.errors import NotAllowed
from rapport.settings import AccessSettings

ALGORITHM = "HS256"
AUDIENCE = "rapport/session"
RENEWAL_S = 30 * 24 * 3600
"""Seconds after its end in which a token still says who wants the next one."""


@dataclass(frozen=True)
class SessionToken:
    """A fresh token and who it is for."""

    token: str
    person: str
    expires_in_s: int


class SessionTokens:
    """Issues and checks session tokens.

    Args:
        settings: Keys and who may ask.
        clock: Seconds since the epoch.
    """

    def __init__(self, settings: AccessSettings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock
        self._identity_keys = self._key_source(settings)

    @staticmethod
    def _key_source(settings: AccessSettings) -> jwt.PyJWKClient | None:
        if settings.oidc_issuer is None:
            return None
        return jwt.PyJWKClient(settings.oidc_issuer.rstrip("/") + "/.well-known/jwks.json", timeout=10)

    def issue(self, *, credential: str | None, person: str | None, previous: str | None) -> SessionToken:
        """Give a token to who may have one. Blocks on the network where an identity provider is configured.

        Args:
            credential: What the `Authorization: Bearer` header held.
            person: The name that the operator's page gives, with the shared secret only.
            previous: A token of before, whose person asks again.

        Raises:
            NotAllowed: The credential is missing or wrong.
        """
        if self._settings.oidc_issuer is not None:
            return self._sign(self._pseudonym(self._identity(credential)))
        if self._settings.shared_secret is not None:
            if not hmac.compare_digest((credential or "").encode(), self._settings.shared_secret.encode()):
                raise NotAllowed("the shared secret is missing or wrong; send it as Authorization: Bearer")
            if not person:
                raise NotAllowed("name the person that the session is for")
            return self._sign(self._pseudonym(person))
        if previous is not None:
            return self._sign(self._check(previous, leeway_s=RENEWAL_S))
        return self._sign("p_" + secrets.token_hex(12))

    def person_of(self, token: str) -> str:
        """Say who a token is for.

        Raises:
            NotAllowed: It is expired, or was not signed here.
        """
        return self._check(token, leeway_s=0)

    def _sign(self, person: str) -> SessionToken:
        now = int(self._clock())
        ttl_s = self._settings.token_ttl_s
        claims = {"sub": person, "aud": AUDIENCE, "iat": now, "exp": now + ttl_s}
        return SessionToken(jwt.encode(claims, self._settings.token_key, ALGORITHM), person, ttl_s)

    def _check(self, token: str, *, leeway_s: int) -> str:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                self._settings.token_key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                # The clock is ours, for tests; PyJWT would read its own.
                options={"require": ["sub", "exp"], "verify_exp": False, "verify_iat": False},
            )
            person, end = claims["sub"], float(claims["exp"])
        except (jwt.InvalidTokenError, TypeError, ValueError):
            raise NotAllowed("the session token is not one of this server; ask for a new one") from None
        if self._clock() > end + leeway_s:
            raise NotAllowed("the session token has expired; ask for a new one")
        return str(person)

    def _identity(self, credential: str | None) -> str:
        if not credential or self._identity_keys is None:
            raise NotAllowed("sign in first: send the identity token as Authorization: Bearer")
        try:
            key = self._identity_keys.get_signing_key_from_jwt(credential)
            claims = jwt.decode(
                credential,
                key.key,
                algorithms=["RS256", "ES256", "PS256"],
                audience=self._settings.oidc_audience,
                issuer=self._settings.oidc_issuer,
                options={"require": ["sub", "exp"]},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise NotAllowed("the identity provider does not answer; try again") from error
        except jwt.PyJWTError:
            raise NotAllowed("the identity token is not valid; sign in again") from None
        return f"{self._settings.oidc_issuer}|{claims['sub']}"

    def _pseudonym(self, name: str) -> str:
        digest = hmac.new(self._settings.token_key.encode(), b"person:" + name.encode(), hashlib.sha256)
        return "p_" + digest.hexdigest()[:24]
