"""Every error as one shape, `{code, message}`, with what to do; and as OpenAPI descriptions of it.

Messages are written here for the person who reads the page. Nothing of a request or of an exception's text goes into
them, since neither may hold what a person said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from rapport.errors import (
    AuditBroken,
    ConfirmationNeeded,
    ConsentMissing,
    ErasurePending,
    KeyUnavailable,
    ListeningBusy,
    ModelMissing,
    NotAllowed,
    NotErased,
    NotKept,
    PersonErased,
    QuotaReached,
    RapportError,
    RevocationPending,
    StoreUnavailable,
    WrongState,
)


class Problem(BaseModel):
    """What went wrong, and what to do."""

    code: str = Field(description="For programs; stays as it is.", examples=["consent_missing"])
    message: str = Field(
        description="For people; may change.", examples=["You did not agree to be remembered, so nothing is kept."]
    )


class Refused(Exception):
    """A request that is answered with a problem.

    Args:
        problem: A code of `PROBLEMS`.
        headers: To send along.
        more: A sentence of our own that is said besides.
    """

    def __init__(self, problem: str, headers: Mapping[str, str] | None = None, more: str = "") -> None:
        self.problem = problem
        self.headers = headers
        self.more = more
        super().__init__(problem)


PROBLEMS: Mapping[str, tuple[int, str]] = {
    "bad_request": (422, "The request is not as the API describes it; see /v1/openapi.json."),
    "token": (401, "The session token is missing, expired or not of this server. Ask the voice channel for a new one."),
    "consent_missing": (403, "You did not agree to what this needs, so nothing is kept. Agree first."),
    "voice_consent": (
        403,
        "A cloned voice needs two consents: a voice made for you, and a cloud service. Agree first.",
    ),
    "cloud_consent": (403, "You did not agree to have a cloud service used for speech. Agree first."),
    "not_found": (404, "There is nothing here. Look the address up in /v1/openapi.json."),
    "no_such_memory": (404, "There is no such memory, or it has expired. Load the list again."),
    "no_such_list": (404, "There is no such list. Load them again."),
    "no_such_timer": (404, "There is no such timer, alarm or reminder. Load them again."),
    "no_such_take": (404, "There is no such take. Load the list again."),
    "nothing_kept": (404, "Nothing is kept about you, so there is nothing to take back or to send."),
    "method": (405, "This address is not used that way; see /v1/openapi.json."),
    "wording_changed": (409, "The wording is another by now. Read it again, then decide."),
    "confirmation_needed": (409, "This is sensitive. Confirm that it is to be kept, with `confirmed`."),
    "voice_state": (409, "That is not possible at this point of making your voice. Load how it stands again."),
    "voice_limit": (409, "What may be spent on a provider's voice is spent. The server's own voice speaks on."),
    "quota": (409, "You have as much as you may have. Let go of some first."),
    "erased": (410, "This person was erased, or is being erased. Begin anew with a new token."),
    "ticket": (404, "This link was used, has expired, or was never one. Ask for a new export."),
    "too_large": (413, "The request is larger than anything this API takes."),
    "bad_audio": (422, "This recording can't be used."),
    "not_kept": (422, "This holds what is never kept, such as a password. Leave that out."),
    "too_many_requests": (429, "That was a lot at once. Wait as long as Retry-After says, then go on."),
    "listening_busy": (503, "Others are being listened to. Wait as long as Retry-After says, then send it again."),
    "voice_away": (503, "The voices can't be reached now. Nothing is lost; try again soon."),
    "no_provider": (
        503,
        "No provider of voices is set up here; the server's own voice speaks. Ask who runs this server.",
    ),
    "internal": (500, "Something went wrong here, and is in the log. Try again; then ask who runs this server."),
    "not_erased": (503, "Something of you is still there, and is being tried again. Ask who runs this server."),
    "store": (503, "What is kept about you can't be reached now. Nothing was changed; try again soon."),
    "key": (503, "What is kept about you can't be opened now. Nothing was changed; ask who runs this server."),
}
"""Every code, with its status and what it says."""

OF_ERRORS: Mapping[type[RapportError], str] = {
    NotAllowed: "token",
    ConsentMissing: "consent_missing",
    PersonErased: "erased",
    ConfirmationNeeded: "confirmation_needed",
    NotKept: "not_kept",
    QuotaReached: "quota",
    ErasurePending: "store",
    NotErased: "not_erased",
    StoreUnavailable: "store",
    AuditBroken: "store",
    ModelMissing: "store",
    ListeningBusy: "listening_busy",
    RevocationPending: "store",
    WrongState: "voice_state",
    KeyUnavailable: "key",
}

CATEGORIES = (ConfirmationNeeded, NotKept)
"""Errors that say what it was in a text; only sorts of things, so the message may name them."""


def described(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` for these problems, besides those that any authenticated request can have."""
    responses: dict[int | str, dict[str, Any]] = {}
    for code in (*codes, "bad_request", "too_large", "too_many_requests", "internal", "store"):
        status, message = PROBLEMS[code]
        entry = responses.setdefault(status, {"description": "", "content": _json_problem()})
        entry["description"] = " ".join(filter(None, (entry["description"], message)))
        entry["content"]["application/json"]["examples"][code] = {"value": {"code": code, "message": message}}
    responses[429]["headers"] = {
        "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
    }
    if 401 in responses:
        responses[401]["headers"] = {"WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}}
    return responses


OF_A_PERSON = ("token", "erased", "key")
"""What any request with a session token can meet."""


def answer(code: str, *, headers: Mapping[str, str] | None = None, more: str = "") -> JSONResponse:
    """A problem as a response."""
    status, message = PROBLEMS[code]
    if code == "token":
        headers = {**(headers or {}), "WWW-Authenticate": "Bearer"}
    body = Problem(code=code, message=f"{message} {more}".strip())
    return JSONResponse(body.model_dump(), status, headers=dict(headers or {}))


def tell_problems(app: FastAPI) -> None:
    """Have every error of an app answered in this shape."""

    @app.exception_handler(Refused)
    def refused(request: Request, error: Refused) -> JSONResponse:
        return answer(error.problem, headers=error.headers, more=error.more)

    @app.exception_handler(RapportError)
    def known(request: Request, error: RapportError) -> JSONResponse:
        code = next((code for kind, code in OF_ERRORS.items() if isinstance(error, kind)), "internal")
        found = ", ".join(error.categories) if isinstance(error, CATEGORIES) else ""
        return answer(code, more=f"Found: {found}." if found else "")

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        places = sorted({".".join(str(part) for part in each["loc"][:2]) for each in error.errors()})
        return answer("bad_request", more=f"Look at: {', '.join(places)}.")

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method", 413: "too_large"}.get(error.status_code, "bad_request")
        return answer(code, headers=error.headers)


def _json_problem() -> dict[str, Any]:
    # Not by FastAPI's `model`: that would take the media type of the route, which may be a zip's.
    return {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}}
