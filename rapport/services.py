"""Which adapters make up what is kept about people, chosen by the environment. Nothing is opened at import.

with_services = get_services()       # of this process, made at the first call
person = with_services.person_of_turn(proof, session)
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rapport.answers.allowance import Allowance
from rapport.errors import KeyUnavailable, RapportError, StoreUnavailable
from rapport.everyday.alarm_clock import AlarmClock
from rapport.everyday.currencies import RateService
from rapport.everyday.frankfurter import Frankfurter
from rapport.everyday.open_meteo import OpenMeteo
from rapport.everyday.weather import WeatherService
from rapport.experiments.plan import PlanFile
from rapport.memory.drafts import Quota
from rapport.memory.store import MemoryStore
from rapport.people import People, Person, Swept, utc_now
from rapport.privacy.audit import AuditTrail
from rapport.privacy.conversations import Conversations
from rapport.privacy.erasure import Artefacts, Erasure, Tombstones
from rapport.privacy.keys import KEY_BYTES, KeyEncryption, derive, key_encryption
from rapport.privacy.purposes import Purpose
from rapport.privacy.screening import SentenceModel
from rapport.privacy.spoken import Spoken
from rapport.settings import PeopleSettings
from rapport.speech.voice_orders import VoiceOrders
from rapport.tokens import Proofs
from rapport.voices.enrolment import PURPOSES
from rapport.voices.revocation import JOURNALS, Revocations

if TYPE_CHECKING:
    from rapport.answers.model import LanguageModel

logger = logging.getLogger(__name__)

AUDIT_KEY = "server"
"""Whom the key of the audit trail is wrapped for: nobody, but the server."""


HEARD_BY = (
    Purpose.MEMORY,
    Purpose.VOICE_RECOGNITION,
    Purpose.VOICE_RECORDING,
    Purpose.VOICE_PERSONALIZATION,
    Purpose.LEARNING,
    Purpose.ANALYTICS,
)
"""What open sessions were told of a person rests on: their own words, their voice, what is recorded, their style, and
the experiments that may leave some of that out."""


@dataclass(frozen=True)
class Services:
    """What actions, API and commands use.

    Attributes:
        people: Everybody.
        proofs: Says whose a turn, ticket or order is.
        settings: As they were read.
        voice: The voice server.
    """

    people: People
    proofs: Proofs
    settings: PeopleSettings
    voice: VoiceOrders

    def person_of_turn(self, proof: str, session: str) -> Person:
        """Whose turn it is. Blocks.

        Raises:
            NotAllowed: The proof is not ours, or of another session.
            PersonErased: They asked to be forgotten.
        """
        return self.people.person(self.proofs.person_of_turn(proof, session))

    @cached_property
    def revocations(self) -> Revocations:
        """Of cloned voices."""
        people = self.people
        return Revocations(
            people, self.voice, self.proofs.owner, self.settings.state / JOURNALS, people.audit, lambda: people.clock()
        )

    @cached_property
    def alarm_clock(self) -> AlarmClock:
        """Of timers, alarms and reminders; the action server starts it."""
        return AlarmClock(self.people, self.conversations.tell_due)

    @cached_property
    def answers(self) -> LanguageModel | None:
        """What answers freely; None where nothing is set up."""
        found = self.settings.answers
        if found is None:
            return None
        from rapport.answers.model import OpenAiModel  # its library takes a second to load, and is seldom wanted

        allowance = Allowance(self.settings.state / "answers.count", found.a_day)
        return OpenAiModel(found.url, found.model, found.key, allowance=allowance)

    @cached_property
    def conversations(self) -> Conversations:
        """The conversations that the voice channel holds."""
        return Conversations(self.settings.channel_url, self.proofs)

    @cached_property
    def weather(self) -> WeatherService:
        """Where the weather comes from."""
        return OpenMeteo(self.settings.weather_url)

    @cached_property
    def rates(self) -> RateService:
        """Where rates of exchange come from."""
        return Frankfurter(self.settings.rates_url)

    def withdrawn(self, person: Person, purpose: Purpose) -> None:
        """A consent was taken back: a cloned voice that rests on it speaks no more, and is deleted everywhere; what
        open sessions are heard by is looked up anew.

        What is slow about that, the provider, is not waited for; it is journalled before this returns.
        """
        if purpose in PURPOSES and self.revocations.begin(person):
            threading.Thread(target=self._revoke, args=(person,), name="revoking", daemon=True).start()
        if purpose in HEARD_BY:
            self.known_anew(person)

    def known_anew(self, person: Person) -> None:
        """Have the sessions that are open look up anew what they know somebody by; blocks for up to some seconds."""
        try:
            self.conversations.know_anew(person.id)
        except StoreUnavailable as error:
            logger.warning("the sessions that are open know a person as before: %s", error)

    def sweep(self) -> Swept:
        """Delete what has expired, and go on with erasures and revocations that were cut off."""
        self.revocations.resume()
        return self.people.sweep()

    def _revoke(self, person: Person) -> None:
        try:
            self.revocations.revoke(person)
        except RapportError as error:
            logger.warning("a cloned voice could not be deleted everywhere yet (%s)", type(error).__name__)

    def warm_up(self) -> None:
        """Load the sentence model now, not while the first person waits. Blocks for some seconds."""
        self.people.embed("hello")
        self.people.screen("hello", asked=True)


@lru_cache(maxsize=1)
def get_services() -> Services:
    """This process's services, from its environment.

    Raises:
        SettingsError: A variable is missing or wrong.
        KeyUnavailable, StoreUnavailable, ModelMissing: What a variable names can't be used.
    """
    return services_from(os.environ)


def services_from(environment: Mapping[str, str], *, artefacts: Sequence[Artefacts] = ()) -> Services:
    """Services as an environment describes them.

    Args:
        environment: See `.env.example`.
        artefacts: What else an erasure has to erase.
    """
    settings = PeopleSettings.from_environment(environment)
    keys = key_encryption(settings.key, settings.key_previous, vault_token=settings.vault_token)
    proofs = Proofs(settings.token_key)
    voice = VoiceOrders(settings.voice_uri, settings.voice_key)
    spoken = Spoken(voice, proofs) if settings.voice_key else None
    store = store_at(settings.memory, weaviate_key=settings.weaviate_key)
    state = settings.state
    secret = _server_secret(state / "server.key", keys)
    audit = AuditTrail(state / "audit", secret)
    erasure = Erasure(
        store,
        [Conversations(settings.channel_url, proofs), *([spoken] if spoken else []), *artefacts],
        audit,
        Tombstones(state / "erased", derive(secret, "tombstones")),
        journals=state / "erasing",
        searched=[state, *_folder_of(settings.memory)],
        clock=utc_now,
    )
    model = SentenceModel(settings.sentence_model)
    people = People(
        store,
        keys,
        audit,
        erasure,
        embed=model,
        screen=model.screen,
        quota=Quota(settings.quota_items, settings.quota_bytes),
        retention=settings.retention,
        spoken=spoken,
        plan=PlanFile(settings.experiments),
    )
    services = Services(people, proofs, settings, voice)
    people.on_withdrawal.append(services.withdrawn)
    return services


def store_at(url: str, *, weaviate_key: str = "") -> MemoryStore:
    """The store that a setting names: `embedded:FOLDER` or `weaviate://host[:port]`."""
    if url.startswith("embedded:"):
        from rapport.memory.embedded_store import EmbeddedStore

        return EmbeddedStore(Path(url.removeprefix("embedded:")))
    from rapport.memory.weaviate_store import WeaviateStore

    return WeaviateStore(url, api_key=weaviate_key or None)


def _folder_of(memory: str) -> list[Path]:
    return [Path(memory.removeprefix("embedded:"))] if memory.startswith("embedded:") else []


def _server_secret(file: Path, keys: KeyEncryption) -> bytes:
    """The secret behind signatures and tombstones, wrapped like a person's key; made where there is none, and wrapped
    anew where the key-encryption key has changed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="ascii") as made:
            secret = secrets.token_bytes(KEY_BYTES)
            made.write(f"{keys.id} {keys.wrap(secret, AUDIT_KEY)}\n")
            return secret
    except FileExistsError:
        pass
    try:
        key_id, wrapped = file.read_text(encoding="ascii").split()
    except (OSError, ValueError) as error:
        raise KeyUnavailable("the server's key file is damaged; restore it from a backup") from error
    secret = keys.unwrap(wrapped, AUDIT_KEY, key_id)
    if key_id != keys.id:
        anew = file.with_suffix(f".{os.getpid()}")
        anew.write_text(f"{keys.id} {keys.wrap(secret, AUDIT_KEY)}\n", encoding="ascii")
        anew.replace(file)
    return secret
