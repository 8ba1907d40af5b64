"""The account over HTTP: models, subscription, usage, single-use tokens, service accounts and their keys, history."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

from emulator.access import Here, permitted
from emulator.account import OWNER_ID, Account, Key
from emulator.catalogue import MODELS
from emulator.refusals import Refused, new_id
from emulator.state import Emulator

routes = APIRouter(prefix="/v1")

DAY_S = 86_400

AnyKey = Annotated[Key, Depends(permitted(None))]


@routes.get("/models", dependencies=[Depends(permitted("models_read"))])
async def models() -> Any:
    """Every model."""
    return [model.as_json() for model in MODELS.values()]


@routes.get("/user", dependencies=[Depends(permitted("user_read"))])
async def user(emulator: Here) -> Any:
    """The owner."""
    return {
        "user_id": OWNER_ID,
        "subscription": _subscription(emulator),
        "is_new_user": False,
        "can_use_delayed_payment_methods": False,
        "is_onboarding_completed": True,
        "is_onboarding_checklist_completed": True,
        "created_at": 0,
        "seat_type": "workspace_admin",
    }


@routes.get("/user/subscription", dependencies=[Depends(permitted("user_read"))])
async def subscription(emulator: Here) -> Any:
    """What is paid for, and what is left of it."""
    return {**_subscription(emulator), "open_invoices": [], "has_open_invoices": False}


@routes.get("/usage/character-stats", dependencies=[Depends(permitted("user_read"))])
async def usage(emulator: Here, start_unix: int, end_unix: int) -> Any:
    """Credits a day; times in milliseconds, as the provider has them. Breakdowns are not imitated."""
    per_ms = 1_000
    days = sorted(
        day for day in emulator.account.usage if start_unix <= (day + DAY_S) * per_ms and day * per_ms <= end_unix
    )
    return {
        "time": [day * per_ms for day in days],
        "usage": {"All": [emulator.account.usage[day] for day in days]},
    }


@routes.post("/single-use-token/{token_type}")
async def single_use_token(
    emulator: Here, key: AnyKey, token_type: Literal["realtime_scribe", "batch_scribe", "tts_websocket"]
) -> Any:
    """A token for a client that talks to the provider itself."""
    permission = "speech_to_text" if token_type.endswith("scribe") else "text_to_speech"
    if key.permissions is not None and permission not in key.permissions:
        raise Refused("missing_permissions", permission)
    return {"token": emulator.account.issue_token(token_type, key)}


class NewServiceAccount(BaseModel):
    """The body that makes a service account."""

    name: str


class NewKey(BaseModel):
    """The body that makes a key."""

    name: str
    permissions: list[str] | Literal["all"]
    character_limit: int | None = Field(default=None, ge=0)
    allowed_ips: list[str] | None = None


class ChangedKey(BaseModel):
    """The body that changes a key; what is not given stays."""

    is_enabled: bool | Literal["no_update"] = "no_update"
    name: str | None = None
    permissions: list[str] | Literal["all", "no_update"] = "no_update"
    character_limit: int | Literal["clear", "no_update"] | None = "no_update"
    allowed_ips: list[str] | Literal["clear", "no_update"] = "no_update"


@routes.get("/service-accounts", dependencies=[Depends(permitted("workspace_read"))])
async def service_accounts(emulator: Here) -> Any:
    """Every service account with its keys."""
    account = emulator.account
    return {
        "service-accounts": [
            {"service_account_user_id": user_id, "name": name, "api-keys": _keys_of(account, user_id)}
            for user_id, name in account.service_accounts.items()
        ]
    }


@routes.post("/service-accounts", dependencies=[Depends(permitted("service_account_write"))])
async def add_service_account(emulator: Here, body: NewServiceAccount) -> Any:
    """Make one."""
    user_id = new_id()
    emulator.account.service_accounts[user_id] = body.name
    return {"service-account-user-id": user_id}


@routes.get("/service-accounts/{user_id}/api-keys", dependencies=[Depends(permitted("workspace_read"))])
async def service_keys(emulator: Here, user_id: str) -> Any:
    """The keys of one."""
    _exists(emulator.account, user_id)
    return {"api-keys": _keys_of(emulator.account, user_id)}


@routes.post("/service-accounts/{user_id}/api-keys", dependencies=[Depends(permitted("service_account_write"))])
async def add_service_key(emulator: Here, user_id: str, body: NewKey) -> Any:
    """Make a key; only now is its secret told."""
    _exists(emulator.account, user_id)
    key = emulator.account.add_key(
        name=body.name,
        permissions=None if body.permissions == "all" else frozenset(body.permissions),
        character_limit=body.character_limit,
        allowed_ips=None if body.allowed_ips is None else frozenset(body.allowed_ips),
        service_account=user_id,
    )
    return {"xi-api-key": key.secret, "key_id": key.id}


@routes.patch(
    "/service-accounts/{user_id}/api-keys/{key_id}", dependencies=[Depends(permitted("service_account_write"))]
)
async def change_service_key(emulator: Here, user_id: str, key_id: str, body: ChangedKey | None = None) -> JSONResponse:
    """Change a key, or put it out of use."""
    key = _service_key(emulator.account, user_id, key_id)
    changes = body or ChangedKey()
    if changes.is_enabled != "no_update":
        key.enabled = changes.is_enabled
    if changes.name is not None:
        key.name = changes.name
    if changes.permissions != "no_update":
        key.permissions = None if changes.permissions == "all" else frozenset(changes.permissions)
    if changes.character_limit != "no_update":
        key.character_limit = None if changes.character_limit == "clear" else changes.character_limit
    if changes.allowed_ips != "no_update":
        key.allowed_ips = None if changes.allowed_ips == "clear" else frozenset(changes.allowed_ips)
    return JSONResponse({})


@routes.delete(
    "/service-accounts/{user_id}/api-keys/{key_id}", dependencies=[Depends(permitted("service_account_write"))]
)
async def delete_service_key(emulator: Here, user_id: str, key_id: str) -> JSONResponse:
    """Let go of a key."""
    del emulator.account.keys[_service_key(emulator.account, user_id, key_id).id]
    return JSONResponse({})


@routes.get("/history", dependencies=[Depends(permitted("speech_history_read"))])
async def history(
    emulator: Here,
    page_size: Annotated[int, Query(ge=1, le=1_000)] = 100,
    start_after_history_item_id: str | None = None,
    voice_id: str | None = None,
    model_id: str | None = None,
    date_before_unix: int | None = None,
    date_after_unix: int | None = None,
    sort_direction: Literal["asc", "desc"] | None = None,
    search: str | None = None,
    source: Literal["TTS", "STS", "Flows"] | None = None,
) -> Any:
    """What was spoken, newest first unless asked otherwise."""
    listed = [
        each
        for each in emulator.history.listed()
        if (voice_id is None or each.voice_id == voice_id)
        and (model_id is None or each.model_id == model_id)
        and (date_before_unix is None or each.at < date_before_unix)
        and (date_after_unix is None or each.at >= date_after_unix)
        and (search is None or search.lower() in each.text.lower())
        and source in (None, "TTS")
    ]
    if sort_direction == "asc":
        listed.reverse()
    ids = [each.history_item_id for each in listed]
    if start_after_history_item_id in ids:
        listed = listed[ids.index(start_after_history_item_id) + 1 :]
    page = listed[:page_size]
    return {
        "history": [each.as_json() for each in page],
        "last_history_item_id": page[-1].history_item_id if page else None,
        "has_more": len(listed) > len(page),
    }


@routes.get("/history/{item_id}", dependencies=[Depends(permitted("speech_history_read"))])
async def history_item(emulator: Here, item_id: str) -> Any:
    """One of them."""
    return emulator.history.get(item_id).as_json()


@routes.delete("/history/{item_id}", dependencies=[Depends(permitted("speech_history_write"))])
async def delete_history_item(emulator: Here, item_id: str) -> Any:
    """Forget one of them."""
    emulator.history.delete(item_id)
    return {"status": "ok"}


def _subscription(emulator: Emulator) -> dict[str, Any]:
    account = emulator.account
    return {
        "tier": emulator.switches.plan,
        "character_count": account.character_count,
        "character_limit": account.character_limit,
        "max_character_limit_extension": 0,
        "max_credit_limit_extension": 0,
        "can_extend_character_limit": False,
        "allowed_to_extend_character_limit": False,
        "next_character_count_reset_unix": int(emulator.now()) // DAY_S * DAY_S + 30 * DAY_S,
        "voice_slots_used": emulator.voices.added,
        "professional_voice_slots_used": 0,
        "professional_voice_slots_used_in_workspace": 0,
        "voice_limit": account.voice_limit,
        "voice_add_edit_counter": emulator.voices.added,
        "professional_voice_limit": 0,
        "can_extend_voice_limit": False,
        "can_use_instant_voice_cloning": emulator.switches.plan != "free",
        "can_use_professional_voice_cloning": False,
        "current_overage": {"amount": "0", "currency": "usd"},
        "status": "active",
        "currency": "usd",
        "billing_period": "monthly_period",
        "character_refresh_period": "monthly_period",
    }


def _exists(account: Account, user_id: str) -> None:
    if user_id not in account.service_accounts:
        raise Refused("not_found")


def _keys_of(account: Account, user_id: str) -> list[dict[str, Any]]:
    return [key.as_json() for key in account.keys.values() if key.service_account == user_id]


def _service_key(account: Account, user_id: str, key_id: str) -> Key:
    _exists(account, user_id)
    key = account.keys.get(key_id)
    if key is None or key.service_account != user_id:
        raise Refused("not_found")
    return key
