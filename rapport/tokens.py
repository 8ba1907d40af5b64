"""Tokens: short-lived, signed, and bound to a person.

    session token   a client's, opens sessions and the people API: `SessionTokens`
    turn proof      goes with every turn from the channel to the actions: whose session it is: `Proofs.turn`
    export ticket   in a link, once: `Proofs.export`
    speaking proof  goes with every reply from the channel to the voice server: who is spoken to: `Proofs.speaking`
    hearing proof   from the channel to the people's side: whose own words and voice it asks for: `Proofs.hearing`
    order           from the people's side to the channel: let go of what you hold of this person, or tell them what is
                    due: `Proofs.order`

A session token says who opens a session, and nothing else. Persons are pseudonyms: a random one for who comes
anonymously, a keyed hash of the name for who is named by the operator's own page or identity provider, so that neither
a token nor a log holds a name.
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
TURN_AUDIENCE = "rapport/turn"
SPEAKING_AUDIENCE = "rapport/speaking"
HEARING_AUDIENCE = "rapport/hearing"
EXPORT_AUDIENCE = "rapport/export"
ORDER_AUDIENCE = "rapport/order"
EXPORT_TTL_S = 600
"""Seconds in which a link to an export works: time enough to click on it."""
ORDER_TTL_S = 60
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
        claims = _claims(token, self._settings.token_key, AUDIENCE)
        if claims is None:
            raise NotAllowed("the session token is not one of this server; ask for a new one")
        if self._clock() > claims["exp"] + leeway_s:
            raise NotAllowed("the session token has expired; ask for a new one")
        return str(claims["sub"])

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


@dataclass(frozen=True)
class ExportTicket:
    """What a link to an export holds: whose data, and a number that works once."""

    person: str
    number: str


class Proofs:
    """What Rapport's own processes show each other, signed with the key of the session tokens.

    Args:
        token_key: The key.
        clock: Seconds since the epoch.
    """

    def __init__(self, token_key: str, clock: Callable[[], float] = time.time) -> None:
        self._key = token_key
        self._clock = clock

    def turn(self, person: str, session: str, *, ttl_s: int) -> str:
        """Prove to the actions that a session is a person's, for as long as it may last."""
        return self._sign(TURN_AUDIENCE, person, ttl_s, sid=session)

    def person_of_turn(self, proof: str, session: str) -> str:
        """Say whose turn it is.

        Raises:
            NotAllowed: The proof is not ours, has expired, or is of another session.
        """
        claims = self._claimed(proof, TURN_AUDIENCE)
        if claims.get("sid") != session:
            raise NotAllowed("the proof is of another session")
        return str(claims["sub"])

    def speaking(self, person: str, *, ttl_s: int) -> str:
        """Show the people's side, by way of the voice server, who is spoken to; it is good for nothing else."""
        return self._sign(SPEAKING_AUDIENCE, person, ttl_s)

    def person_spoken_to(self, proof: str) -> str:
        """Say who is spoken to.

        Raises:
            NotAllowed: The proof is not ours, or has expired.
        """
        return str(self._claimed(proof, SPEAKING_AUDIENCE)["sub"])

    def hearing(self, person: str, *, ttl_s: int) -> str:
        """Show the people's side that the channel asks, and about whom."""
        return self._sign(HEARING_AUDIENCE, person, ttl_s)

    def person_heard(self, proof: str) -> str:
        """Say about whom the channel asks.

        Raises:
            NotAllowed: The proof is not ours, or has expired.
        """
        return str(self._claimed(proof, HEARING_AUDIENCE)["sub"])

    def owner(self, person: str) -> str:
        """What the voice server calls a person: a keyed hash, from which the id can't be told."""
        return "o_" + hmac.new(self._key.encode(), b"owner:" + person.encode(), hashlib.sha256).hexdigest()[:24]

    def export(self, person: str) -> str:
        """A ticket for one download."""
        return self._sign(EXPORT_AUDIENCE, person, EXPORT_TTL_S, jti=secrets.token_hex(8))

    def ticket_of(self, ticket: str) -> ExportTicket:
        """Say whose export it is; that it was not used before is for the caller to see to.

        Raises:
            NotAllowed: The ticket is not ours, or has expired.
        """
        claims = self._claimed(ticket, EXPORT_AUDIENCE)
        return ExportTicket(str(claims["sub"]), str(claims["jti"]))

    def order(self, person: str) -> str:
        """Tell the channel that what it holds of a person has to go."""
        return self._sign(ORDER_AUDIENCE, person, ORDER_TTL_S)

    def person_of_order(self, order: str) -> str:
        """Say about whom an order is.

        Raises:
            NotAllowed: It is not ours, or has expired.
        """
        return str(self._claimed(order, ORDER_AUDIENCE)["sub"])

    def _sign(self, audience: str, person: str, ttl_s: int, **more: str) -> str:
        now = int(self._clock())
        return jwt.encode(
            {"sub": person, "aud": audience, "iat": now, "exp": now + ttl_s, **more}, self._key, ALGORITHM
        )

    def _claimed(self, token: str, audience: str) -> dict[str, Any]:
        claims = _claims(token, self._key, audience)
        if claims is None or self._clock() > claims["exp"]:
            raise NotAllowed("this is not ours, or it has expired; ask anew")
        return claims


def _claims(token: str, key: str, audience: str) -> dict[str, Any] | None:
    """What a token of ours says, expired or not; None for any other."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=audience,
            # The clock is ours, for tests; PyJWT would read its own.
            options={"require": ["sub", "exp"], "verify_exp": False, "verify_iat": False},
        )
        return {**claims, "exp": float(claims["exp"])}
    except (jwt.InvalidTokenError, TypeError, ValueError):
        return None
