"""What a thousand interactions cost at the provider, with the clips and without them.

An interaction is one utterance of the assistant. Where some were counted, these are their figures; else it says so, and
works them out from the length of the assistant's own wordings.
"""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta, timezone
from statistics import mean

import httpx
from rich.console import Console
from rich.table import Table

from voice_server.elevenlabs import MODEL, Account
from voice_server.phrases import fixed_wordings
from voice_server.prices import Prices, read_prices
from voice_server.settings import VoiceServerSettings
from voice_server.usage import SOON_MS, Totals, Usage

logger = logging.getLogger(__name__)

DAYS = 30
READ_S = 5.0


@dataclass(frozen=True)
class Cost:
    """Of a thousand interactions.

    Attributes:
        basis: `counted`, or `estimated` from the wordings' length.
        interactions: That were counted.
        model: The provider's.
        as_of: The price list's day.
        currency: Of the amounts.
        with_clips: What it costs.
        without_clips: What it would cost if no clause were played again.
        hit_rate: Share of the looked-up clauses, in a provider's voice, that were played again; 0 to 1.
        saved: Money that the clips saved in all that was counted.
        soon: Share of the interactions that began soon enough, 0 to 1, by the kind of voice that began them.
        used: Credits that the account counts in its present period, whoever spent them; None where it was not asked.
        quota: Credits that it may spend in it.
    """

    basis: str
    interactions: int
    model: str
    as_of: str
    currency: str
    with_clips: float
    without_clips: float
    hit_rate: float
    saved: float
    soon: dict[str, float]
    used: int | None = None
    quota: int | None = None


def add_to(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--days", type=int, default=DAYS, help=f"count the last so many days ({DAYS})")
    parser.add_argument("--json", action="store_true", help="print it for programs")


def run(arguments: argparse.Namespace, account: Account | None, settings: VoiceServerSettings) -> int:
    """Print it."""
    prices = read_prices(settings.prices)
    usage = Usage(settings.state / "usage.db", environment=settings.environment)
    try:
        since = datetime.now(timezone.utc).date() - timedelta(days=max(arguments.days, 1) - 1)
        totals = usage.totals(since.isoformat())
    finally:
        usage.close()
    cost = cost_of(totals, prices, account.model if account else MODEL, fixed_wordings(arguments.domain))
    if account is not None:
        used, quota = _account(account)
        cost = replace(cost, used=used, quota=quota)
    if arguments.json:
        Console().print_json(json.dumps(asdict(cost)))
    else:
        _show(cost)
    return 0


def cost_of(totals: Totals, prices: Prices, model: str, texts: list[str]) -> Cost:
    """Work it out.

    Args:
        totals: What was counted.
        prices: The price list.
        model: The account's, for what was not asked for.
        texts: The assistant's wordings, for where nothing was counted.
    """
    per_character = prices.of(model).dollars_per_1000_characters / 1_000
    looked_up = totals.hits + totals.misses
    hit_rate = totals.hits / looked_up if looked_up else 0.0
    if totals.replies and totals.requests:
        spent = sum(spent * prices.of(name).dollars_per_credit for name, spent in totals.credits.items())
        saved = totals.saved * per_character
        per_1000 = 1_000 / totals.replies
        basis, interactions = "counted", totals.replies
        with_clips, without_clips = spent * per_1000, (spent + saved) * per_1000
    else:
        basis, interactions, saved = "estimated", 0, 0.0
        with_clips = without_clips = mean(map(len, texts)) * per_character * 1_000
    soon = {voice: begun / replies for voice, (replies, begun) in totals.begun.items()}
    return Cost(
        basis, interactions, model, prices.as_of, prices.currency, with_clips, without_clips, hit_rate, saved, soon
    )


def _account(account: Account) -> tuple[int | None, int | None]:
    """What the account counts, of how much: what is counted here, partly by the price list, can be held against it."""
    try:
        answer = httpx.get(
            f"{account.base_url}/v1/user/subscription",
            headers={"xi-api-key": account.keys.current.secret},
            timeout=READ_S,
        ).raise_for_status()
        told = answer.json()
        return int(told["character_count"]), int(told["character_limit"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        logger.warning("the account can't be asked for its count (%s)", type(error).__name__)
        return None, None


def _show(cost: Cost) -> None:
    console = Console(highlight=False)
    table = Table(title=f"1,000 interactions with {cost.model}, by the prices of {cost.as_of}", title_justify="left")
    table.add_column("")
    table.add_column(cost.currency, justify="right")
    table.add_row("with the clips", f"{cost.with_clips:.2f}")
    table.add_row("without them", f"{cost.without_clips:.2f}")
    console.print(table)
    if cost.basis == "counted":
        console.print(
            f"From {cost.interactions} interactions. Clauses played again: {cost.hit_rate:.0%}; "
            f"saved so far: {cost.saved:.2f} {cost.currency}."
        )
    else:
        console.print("Nothing was asked of the provider in these days: estimated from the wordings' mean length.")
    if cost.used is not None:
        console.print(f"The account itself counts {cost.used:,} of {cost.quota:,} credits in its present period.")
    if cost.soon:
        shares = ", ".join(f"{voice} {share:.0%}" for voice, share in sorted(cost.soon.items()))
        console.print(f"Began within {SOON_MS} ms, by voice: {shares}.")
