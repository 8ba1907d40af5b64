"""Rasa's voice channel: tokens, the socket, and the page, as routes of the Rasa server.

A shell: messages are parsed in `wire`, sessions live in `session`. `docs/protocol.md` says what a client sees.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import async_timeout
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.exceptions import WebsocketClosed
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.server.websockets.impl import WebsocketImplProtocol

from channels.dialogue import CHANNEL, RasaDialogue, forgetful
from channels.likely import trained_sentences
from channels.log_privacy import keep_content_out_of_logs
from channels.own_names import Pronouncing
from channels.page import page_headers
from channels.people_side import NOTHING_KNOWN, PeopleSide
from channels.session import Parts, Session, SessionProofs
from channels.sessions import Sessions
from channels.wire import Hello, Message, WireError, encode_error, parse
from rapport.errors import ModelMissing, NotAllowed, RecognitionFailed, SettingsError
from rapport.personality.persona import read_persona
from rapport.settings import VoiceSettings
from rapport.speech.biased import BiasedRecognizer
from rapport.speech.ear import Ear
from rapport.speech.recognizer import Transcript, Word
from rapport.speech.second_opinion import InTurn, WyomingSecondOpinion
from rapport.speech.vad import SileroVad
from rapport.speech.vosk_recognizer import VoskModel
from rapport.speech.wake import OPEN_WAKE_WORD_PHRASE, OpenWakeWordDetector, PhraseWakeDetector, WakeDetector
from rapport.speech.wyoming_voice import WyomingSynthesizer
from rapport.telemetry import metrics, traces
from rapport.tokens import Proofs, SessionTokens
from rapport.voices.speaker import speaker_model
from rapport.voices.speakers import Speakers

logger = logging.getLogger(__name__)

WEB = Path(__file__).resolve().parent.parent / "web"
HELLO_WITHIN_S = 10
SEND_WITHIN_S = 15
"""How long one message may take to reach a client's socket buffer before the client counts as gone."""
REFUSED_WITHIN_S = 3
PROVEN_AFTER_S = 120
"""How long after its end a session may still be shown to be a person's: its last turn, and what is kept of it."""
MAX_BODY_BYTES = 8 * 1024
PROVIDER_S = 2.0
"""How long a provider may take to hear again, before this machine does."""


class VoiceInput(InputChannel):
    """Speech in and out, over one WebSocket a session.

    Args:
        settings: Read from the environment; `credentials.yml` holds none, so that no secret lies in a file.
    """

    def __init__(self, settings: VoiceSettings) -> None:
        keep_content_out_of_logs()
        self._settings = settings
        self._persona = read_persona()
        self._tokens = SessionTokens(settings.access)
        self._threads = ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="hearing")
        self._model: VoskModel | None = None
        self._likely: list[str] = []
        self._synthesizer: WyomingSynthesizer | None = None
        # A provider first, where there is one and the person agreed to it; the voice server knows.
        self._second_opinion = InTurn(
            [
                WyomingSecondOpinion(settings.voice_uri, longest_s=PROVIDER_S, proven=True),
                *([WyomingSecondOpinion(settings.listening_uri)] if settings.listening_uri else []),
            ]
        )
        self._dialogue: RasaDialogue | None = None
        self._proofs = Proofs(settings.access.token_key)
        self._people = PeopleSide(settings.grants_url, self._proofs) if settings.grants_url else None
        limits = settings.limits
        proven_s = limits.session_s + limits.linger_s + PROVEN_AFTER_S
        self._sessions = Sessions(
            limits,
            self._parts,
            lambda person, session: SessionProofs(
                self._proofs.turn(person, session, ttl_s=proven_s), self._proofs.speaking(person, ttl_s=proven_s)
            ),
        )

    @classmethod
    def name(cls) -> str:
        """The channel's name, and its place under `/webhooks/`."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> VoiceInput:
        """Make the channel that `credentials.yml` names.

        Raises:
            SettingsError: A variable is missing or wrong, or `data/persona.yml` can't be used.
        """
        if credentials:
            raise SettingsError("channels.voice.VoiceInput takes no credentials; see .env.example for its variables")
        return cls(VoiceSettings.from_environment(os.environ))

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Give Rasa's server the channel's routes."""
        voice = Blueprint("voice", strict_slashes=False)
        headers = page_headers(self._settings.people_url)

        @voice.listener("after_server_start")
        async def start(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            await self._start(app, on_new_message)

        @voice.listener("before_server_stop")
        async def stop(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
            await self._sessions.close()
            if self._synthesizer is not None:
                await self._synthesizer.close()
            self._threads.shutdown(wait=False, cancel_futures=True)

        @voice.get("/")
        async def page(request: Request) -> HTTPResponse:
            return await response.file(WEB / "index.html", headers=dict(headers))

        @voice.get("/health")
        async def health(request: Request) -> HTTPResponse:
            ready = self._model is not None
            return response.json({"ready": ready, "sessions": len(self._sessions)}, 200 if ready else 503)

        @voice.post("/session")
        async def session(request: Request) -> HTTPResponse:
            return await self._issue_token(request)

        @voice.route("/forget", methods=["GET", "POST"])
        async def forget(request: Request) -> HTTPResponse:
            return await self._obey(request, lambda person: self._forget(person, erase=request.method == "POST"))

        @voice.post("/due")
        async def due(request: Request) -> HTTPResponse:
            return await self._obey(request, self._due)

        @voice.post("/known")
        async def known(request: Request) -> HTTPResponse:
            return await self._obey(request, self._known)

        @voice.post("/say")
        async def say(request: Request) -> HTTPResponse:
            return await self._obey(request, lambda person: self._say(person, request))

        @voice.websocket("/stream")
        async def stream(request: Request, socket: WebsocketImplProtocol) -> None:
            await self._stream(request, socket)

        @voice.middleware("response")
        async def as_the_page(request: Request, answer: HTTPResponse) -> None:
            # Fresh like the page too: modules of two versions must not meet.
            if "/static/" in request.path:
                for name, value in headers.items():
                    answer.headers.setdefault(name, value)

        voice.static("/static", str(WEB), name="web")
        return voice

    async def _start(self, app: Sanic, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> None:
        """Load what hears, and make the first words as fast as the later ones."""
        metrics.serve(os.environ)
        traces.export("channel", os.environ)
        metrics.SESSIONS.set_function(lambda: len(self._sessions))
        loop = asyncio.get_running_loop()
        self._dialogue = RasaDialogue(lambda: app.ctx.agent, on_new_message)
        self._synthesizer = WyomingSynthesizer(self._settings.voice_uri)
        model = await loop.run_in_executor(self._threads, VoskModel, self._settings.vosk_model)
        await loop.run_in_executor(self._threads, _warm_up, model)
        forgetful(app.ctx.agent.tracker_store)
        await self._dialogue.understand(Transcript.of([Word("hello", 0, 400, 1.0)]))
        self._likely = await loop.run_in_executor(
            self._threads, trained_sentences, _archive_of(app.ctx.agent.processor)
        )
        self._model = model

    async def _parts(self, hello: Hello, person: str) -> Parts:
        model, dialogue, synthesizer = self._model, self._dialogue, self._synthesizer
        if model is None or dialogue is None or synthesizer is None:
            raise WireError("starting", "still starting; try again in a moment")
        known = await self._people.about(person) if self._people is not None else NOTHING_KNOWN

        def make() -> Parts:
            return Parts(
                ear=Ear(SileroVad(), BiasedRecognizer(model, self._likely)),
                wake=self._wake(model, hello.wake_phrase),
                dialogue=dialogue,
                synthesizer=synthesizer,
                threads=self._threads,
                recognizer=model.version,
                second_opinion=self._second_opinion,
                acquaintance=self._people,
                known=known,
                pronouncing=Pronouncing(model, synthesizer, self._likely, self._threads),
                persona=self._persona,
            )

        return await asyncio.get_running_loop().run_in_executor(None, make)

    @staticmethod
    def _wake(model: VoskModel, phrase: str | None) -> WakeDetector | None:
        if phrase is None:
            return None
        return OpenWakeWordDetector() if phrase == OPEN_WAKE_WORD_PHRASE else PhraseWakeDetector(model, phrase)

    async def _issue_token(self, request: Request) -> HTTPResponse:
        if not self._same_origin(request):
            return _refusal("origin", "this page is not one of this server's", 403)
        if len(request.body) > MAX_BODY_BYTES:
            return _refusal("too_large", f"at most {MAX_BODY_BYTES} bytes", 413)
        body = _json_object(request)
        if body is None:
            return _refusal("bad_message", "the body must be empty or a JSON object of strings", 400)
        scheme, _, credential = request.headers.get("authorization", "").partition(" ")
        try:
            issued = await asyncio.get_running_loop().run_in_executor(
                None,
                lambda: self._tokens.issue(
                    credential=credential.strip() if scheme.lower() == "bearer" else None,
                    person=body.get("person"),
                    previous=body.get("token"),
                ),
            )
        except NotAllowed as error:
            return _refusal("token", str(error), 401)
        return response.json(
            {
                "token": issued.token,
                "person": issued.person,
                "expires_in_s": issued.expires_in_s,
                "people": self._settings.people_url,
            },
            headers={"Cache-Control": "no-store"},
        )

    async def _obey(self, request: Request, do: Callable[[str], Awaitable[Mapping[str, int]]]) -> HTTPResponse:
        """Carry out an order of the people's side about the person that it names."""
        scheme, _, order = request.headers.get("authorization", "").partition(" ")
        try:
            person = self._proofs.person_of_order(order.strip() if scheme.lower() == "bearer" else "")
        except NotAllowed as error:
            return _refusal("token", str(error), 401)
        return response.json(await do(person), headers={"Cache-Control": "no-store"})

    async def _forget(self, person: str, *, erase: bool) -> dict[str, int]:
        """Let go of an erased person, or tell how much of them is held."""
        if erase:
            await self._sessions.erase(person)
        return {"left": self._sessions.kept_of(person)}

    async def _due(self, person: str) -> dict[str, int]:
        """Have a person told what is due."""
        return {"sessions": self._sessions.tell_due(person)}

    async def _known(self, person: str) -> dict[str, int]:
        """Look up anew what is known of a person: something of it was changed, or taken back."""
        known = await self._people.about(person) if self._people is not None else NOTHING_KNOWN
        return {"sessions": self._sessions.know(person, known)}

    async def _say(self, person: str, request: Request) -> dict[str, bool]:
        """Say a part of an answer that is still being made."""
        part = _part(request)
        session = self._sessions.find(part[0], person) if part else None
        return {"heard": part is not None and session is not None and session.say_part(*part[1:])}

    async def _stream(self, request: Request, socket: WebsocketImplProtocol) -> None:
        # Sanic cancels this task when the caller leaves: the session cleans up in its finally.
        try:
            if not self._same_origin(request):
                raise WireError("token", "this page is not one of this server's")
            await self._converse(socket)
        except WireError as error:
            await _refuse(socket, error)
        except WebsocketClosed:
            logger.debug("a client left")

    async def _converse(self, socket: WebsocketImplProtocol) -> None:
        limit_bytes = self._settings.limits.message_bytes

        async def receive() -> Message | None:
            message = await socket.recv()
            return None if message is None else parse(message, limit_bytes=limit_bytes)

        async def send(message: str | bytes) -> None:
            try:
                async with async_timeout.timeout(SEND_WITHIN_S):
                    await socket.send(message)
            except asyncio.TimeoutError:
                raise WireError("slow_client", "read what you are sent") from None

        try:
            async with async_timeout.timeout(HELLO_WITHIN_S):
                hello = await receive()
        except asyncio.TimeoutError:
            raise WireError("bad_message", f"say hello within {HELLO_WITHIN_S} seconds") from None
        if hello is None:
            return
        if not isinstance(hello, Hello):
            raise WireError("bad_message", "hello comes first")
        session, resumed = await self._open(hello, send)
        await session.serve(hello, receive, send, resumed=resumed)

    async def _open(self, hello: Hello, send: Callable[[str | bytes], Awaitable[None]]) -> tuple[Session, bool]:
        try:
            person = self._tokens.person_of(hello.token)
        except NotAllowed as error:
            raise WireError("token", str(error)) from None
        if hello.session is not None:
            session = self._sessions.find(hello.session, person)
            if session is not None:
                return session, True
            await send(encode_error("no_such_session", "that conversation is over; this is a new one"))
        try:
            return await self._sessions.open(hello, person), False
        except (SettingsError, ModelMissing, RecognitionFailed) as error:
            raise WireError("unsupported", str(error)) from None

    def _same_origin(self, request: Request) -> bool:
        """Whether a browser's page may do this; what is no browser sends no origin."""
        origin = request.headers.get("origin")
        if origin is None or origin in self._settings.access.origins:
            return True
        return bool(urlsplit(origin).netloc == request.headers.get("host"))


def _warm_up(model: VoskModel) -> None:
    ear = Ear(SileroVad(), model.recognizer())
    ear.hear(bytes(32_000))
    ear.finish()
    Speakers(speaker_model).hear(bytes(32_000))


def _archive_of(processor: Any) -> Path:
    """The model's archive; Rasa is told a file, or a folder whose latest it takes."""
    path = Path(processor.model_path)
    return path if path.is_file() else path / str(processor.model_filename)


def _part(request: Request) -> tuple[str, int, str] | None:
    """Session, turn and text of an order to say something; None where it is none."""
    try:
        said = request.json
        session, turn, text = said["session"], said["turn"], said["text"]
    except Exception:  # noqa: BLE001 - Sanic raises whatever its JSON library does
        return None
    usable = isinstance(session, str) and isinstance(turn, int) and isinstance(text, str) and text.strip()
    return (session, turn, text) if usable else None


def _json_object(request: Request) -> dict[str, str] | None:
    if not request.body:
        return {}
    try:
        body = request.json
    except Exception:  # noqa: BLE001 - Sanic raises whatever its JSON library does
        return None
    if not isinstance(body, dict):
        return None
    fields = {name: body[name] for name in ("token", "person") if body.get(name) is not None}
    return fields if all(isinstance(value, str) for value in fields.values()) else None


def _refusal(code: str, message: str, status: int) -> HTTPResponse:
    return response.json({"code": code, "message": message}, status, headers={"Cache-Control": "no-store"})


async def _refuse(socket: WebsocketImplProtocol, error: WireError) -> None:
    try:
        async with async_timeout.timeout(REFUSED_WITHIN_S):
            await socket.send(encode_error(error.code, error.public))
            await socket.close(error.close_code, error.code)
    except (asyncio.TimeoutError, WebsocketClosed):
        logger.debug("a client left before it was told why")
