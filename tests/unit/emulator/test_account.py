"""Keys, quotas, concurrency and tokens."""

import pytest

from emulator.account import Account, Key
from emulator.catalogue import MODELS
from emulator.refusals import Refused
from emulator.switches import Switches

FLASH, MULTILINGUAL = MODELS["eleven_flash_v2_5"], MODELS["eleven_multilingual_v2"]
HERE = "127.0.0.1"


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def account(clock: Clock) -> Account:
    return Account(Switches(), clock)


@pytest.fixture
def key(account: Account) -> Key:
    return account.add_key(secret="mine")


def _refused(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.code(Switches())


def test_a_key_opens_what_it_may(account: Account) -> None:
    """And nothing else; the message says which permission is missing."""
    key = account.add_key(secret="reader", permissions=frozenset({"voices_read"}))

    assert account.key_of("reader", permission="voices_read", address=HERE) is key
    with pytest.raises(Refused, match="text_to_speech") as refused:
        account.key_of("reader", permission="text_to_speech", address=HERE)
    assert _refused(refused) == "missing_permissions"


@pytest.mark.parametrize(("secret", "code"), [(None, "needs_authorization"), ("wrong", "invalid_api_key")])
def test_no_key_and_a_wrong_one_are_told_apart(account: Account, key: Key, secret: str | None, code: str) -> None:
    """As the provider does."""
    with pytest.raises(Refused) as refused:
        account.key_of(secret, permission=None, address=HERE)
    assert _refused(refused) == code


def test_a_disabled_key_is_no_key(account: Account, key: Key) -> None:
    """Whatever it could do before."""
    key.enabled = False
    with pytest.raises(Refused):
        account.key_of("mine", permission=None, address=HERE)


def test_a_key_may_be_bound_to_addresses(account: Account) -> None:
    """It is refused from any other."""
    account.add_key(secret="bound", allowed_ips=frozenset({"192.0.2.1"}))
    with pytest.raises(Refused) as refused:
        account.key_of("bound", permission=None, address=HERE)
    assert _refused(refused) == "ip_not_allowed"


def test_characters_cost_what_the_model_says(account: Account, key: Key) -> None:
    """Half a credit with flash, rounded up, and one with multilingual."""
    assert account.charge(key, FLASH, 11) == 6
    assert account.charge(key, MULTILINGUAL, 11) == 11
    assert account.character_count == key.character_count == 17
    assert sum(account.usage.values()) == 17


def test_a_used_up_quota_refuses_and_spends_nothing(account: Account, key: Key) -> None:
    """The account's own, and that of the key."""
    account.switches.character_limit = 10
    with pytest.raises(Refused) as refused:
        account.charge(key, MULTILINGUAL, 11)
    assert _refused(refused) == "quota_exceeded"
    assert account.character_count == 0

    account.switches.character_limit = None
    key.character_limit = 5
    with pytest.raises(Refused):
        account.charge(key, MULTILINGUAL, 6)
    assert account.character_count == 0


@pytest.mark.parametrize(("plan", "standard", "turbo"), [("free", 2, 4), ("creator", 5, 10), ("scale", 15, 30)])
def test_the_plan_limits_concurrency_a_group_of_models(account: Account, plan: str, standard: int, turbo: int) -> None:
    """Flash has twice as much as multilingual, each for itself."""
    account.switches.plan = plan  # type: ignore[assignment]
    assert (account.concurrency(MULTILINGUAL), account.concurrency(FLASH)) == (standard, turbo)


def test_one_too_many_at_once_is_refused_until_one_is_done(account: Account) -> None:
    """And the refused one does not count."""
    account.switches.concurrency = 1
    with account.occupied(FLASH) as current:
        assert current == 1
        with pytest.raises(Refused) as refused, account.occupied(FLASH):
            pass
        assert _refused(refused) == "too_many_concurrent_requests"
        with account.occupied(MULTILINGUAL):
            pass
    with account.occupied(FLASH):
        assert account.speaking["turbo"] == 1


def test_a_token_is_for_once_and_for_a_while(account: Account, key: Key, clock: Clock) -> None:
    """Fifteen minutes, one use, one purpose."""
    token = account.issue_token("tts_websocket", key)
    assert account.redeem_token(token, "tts_websocket") is key
    late = account.issue_token("tts_websocket", key)
    other = account.issue_token("realtime_scribe", key)
    clock.now += 900

    for spent in (token, late, other, "never issued"):
        with pytest.raises(Refused) as refused:
            account.redeem_token(spent, "tts_websocket")
        assert _refused(refused) == "invalid_token"
