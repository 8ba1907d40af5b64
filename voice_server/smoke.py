"""One real synthesis with the key from the environment, over HTTP and over the socket, and what is wrong with it.

Costs some fifty characters. Says what it finds in plain words, and never the key.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import httpx
import numpy as np
from rich.console import Console
from rich.text import Text

from rapport.errors import SettingsError
from rapport.speech.audio import SAMPLE_BYTES, PcmChunk
from voice_server.breaker import Kind, RungFailed
from voice_server.catalogue import Catalogue, read_catalogue
from voice_server.elevenlabs import RATE_HZ, Account, failure_of_answer
from voice_server.elevenlabs_socket import ElevenLabsSocket
from voice_server.manner import NEUTRAL
from voice_server.prices import read_prices
from voice_server.script import Line
from voice_server.settings import VoiceServerSettings
from voice_server.spending import Spending
from voice_server.turnstile import Turnstile
from voice_server.usage import Usage

TEXT = "Good morning. All is well."
FIRST_AUDIO_MS = 300.0
"""What a turn's budget has for synthesis."""
READ_S = 10.0
MS_PER_CHARACTER = (25.0, 200.0)
"""Speech is 14 characters a second, give or take; what is far off is something else."""
AUDIBLE_RMS = 200.0
"""Of 32,768: -44 dBFS, below which it is as good as silence."""

ADVICE = {
    Kind.AUTH: "The key is not accepted, or may not do this. Check it, and its permissions, at the provider.",
    Kind.QUOTA: "The quota is used up. Wait for the next period, or get more.",
    Kind.VOICE: "The account has no such voice, or the model can't be used so. Check the voice and model.",
    Kind.CONCURRENCY: "The plan's concurrency is used up. Try again; set ELEVENLABS_CONCURRENCY to what the plan has.",
    Kind.SERVER: "The provider has trouble. Try again later.",
    Kind.NETWORK: "The provider can't be reached. Check the network, and ELEVENLABS_BASE_URL.",
    Kind.STALLED: "The provider answers too slowly. Check the network; try again later.",
    Kind.REFUSED: "The provider refuses the request. Check voice and model.",
}


@dataclass
class Findings:
    """What was found on one way.

    Attributes:
        way: `HTTP` or `socket`.
        facts: What is right, a line each.
        wrong: What is wrong, a line each, with what to do.
    """

    way: str
    facts: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def failed(self, error: RungFailed) -> None:
        """It did not speak."""
        self.wrong.append(f"{error}. {ADVICE[error.kind]}")


def add_to(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--voice-id", help="a voice's id (ELEVENLABS_VOICE)")
    parser.add_argument("--text", default=TEXT, help="what to say")


def run(arguments: argparse.Namespace, account: Account | None, settings: VoiceServerSettings) -> int:
    """Try both ways; 1 where something is wrong.

    Raises:
        SettingsError: There is no key.
    """
    if account is None:
        raise SettingsError("there is no provider's key; set ELEVENLABS_API_KEY")
    voice = arguments.voice_id or account.voice
    found = asyncio.run(_try_both(account, voice, arguments.text, settings))
    console = Console(highlight=False)
    console.print(Text(f"{account.base_url}, voice {voice}, model {account.model}, key {account.keys.current.id}"))
    for findings in found:
        for fact in findings.facts:
            console.print(Text(f"  ok     {findings.way}: {fact}", "green"), soft_wrap=True)
        for wrong in findings.wrong:
            console.print(Text(f"  wrong  {findings.way}: {wrong}", "bold red"), soft_wrap=True)
    return 1 if any(findings.wrong for findings in found) else 0


async def _try_both(account: Account, voice: str, text: str, settings: VoiceServerSettings) -> list[Findings]:
    usage = Usage(settings.state / "usage.db", environment=settings.environment)
    account = Account(account.keys, voice, account.model, account.base_url, account.concurrency)
    try:
        return [
            await _over_http(account, text),
            await _over_the_socket(account, text, Spending(read_prices(settings.prices), usage)),
            await _listed(account, read_catalogue(settings.voices)),
        ]
    finally:
        await asyncio.to_thread(usage.close)


async def _listed(account: Account, catalogue: Catalogue) -> Findings:
    """Whether the account has the voices that people can choose."""
    findings = Findings("voices")
    offered = {each.id: each.name for each in catalogue.presets.values() if each.cloud}
    try:
        async with httpx.AsyncClient(timeout=READ_S) as client:
            answer = await client.get(
                f"{account.base_url}/v1/voices", headers={"xi-api-key": account.keys.current.secret}
            )
        if answer.status_code != httpx.codes.OK:
            raise failure_of_answer(answer.status_code, answer.content)
        there = {str(voice["voice_id"]) for voice in answer.json()["voices"]}
    except RungFailed as error:
        findings.facts.append(f"not looked up, since the key may not list them ({error.code})")
        return findings
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        findings.facts.append(f"not looked up ({type(error).__name__})")
        return findings
    missing = [name for voice, name in offered.items() if voice not in there]
    if missing:
        findings.wrong.append(
            f"the account has no {', '.join(missing)}. Add them to it, or list its own voices (RAPPORT_VOICES)."
        )
    else:
        findings.facts.append(f"the account has all {len(offered)} that people can choose")
    return findings


async def _over_http(account: Account, text: str) -> Findings:
    findings = Findings("HTTP")
    asked = account.speaking(NEUTRAL)
    began = time.monotonic()
    try:
        async with (
            httpx.AsyncClient(timeout=READ_S) as client,
            client.stream(
                "POST",
                f"{account.base_url}/v1/text-to-speech/{asked.voice}/stream",
                params={"output_format": f"pcm_{RATE_HZ}"},
                headers={"xi-api-key": account.keys.current.secret},
                json={"text": text, "model_id": asked.model, "voice_settings": dict(asked.settings)},
            ) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise failure_of_answer(answer.status_code, await answer.aread())
            pcm, first_ms = bytearray(), None
            async for chunk in answer.aiter_bytes():
                first_ms = first_ms or (time.monotonic() - began) * 1_000
                pcm += chunk
    except RungFailed as error:
        findings.failed(error)
        return findings
    except httpx.TimeoutException:
        findings.failed(RungFailed(Kind.STALLED))
        return findings
    except httpx.HTTPError:
        findings.failed(RungFailed(Kind.NETWORK))
        return findings
    _judge_metadata(findings, answer.headers)
    _judge_sound(findings, bytes(pcm), text)
    _judge_latency(findings, first_ms)
    return findings


async def _over_the_socket(account: Account, text: str, spending: Spending) -> Findings:
    findings = Findings("socket")
    rung = ElevenLabsSocket(account, Turnstile(), spending)

    async def lines() -> AsyncGenerator[Line, None]:
        yield Line(text, 0, "", 0.0)

    try:
        await rung.start()
        began = time.monotonic()
        pcm, first_ms = bytearray(), None
        async with contextlib.aclosing(rung.speak(lines(), NEUTRAL)) as pieces:
            async for piece in pieces:
                first_ms = first_ms or (time.monotonic() - began) * 1_000
                pcm += piece.sound.samples
    except RungFailed as error:
        findings.failed(error)
        return findings
    finally:
        await rung.stop()
    _judge_sound(findings, bytes(pcm), text)
    _judge_latency(findings, first_ms)
    return findings


def _judge_metadata(findings: Findings, headers: httpx.Headers) -> None:
    cost = headers.get("character-cost")
    if cost is None or not headers.get("request-id"):
        findings.wrong.append("the answer lacks character-cost or request-id; is ELEVENLABS_BASE_URL the provider's?")
    else:
        findings.facts.append(f"cost {cost} credits")
    if not headers.get("content-type", "").startswith("audio/"):
        findings.wrong.append("the answer is not called audio; is ELEVENLABS_BASE_URL the provider's?")


def _judge_sound(findings: Findings, pcm: bytes, text: str) -> None:
    if len(pcm) % SAMPLE_BYTES or not pcm or pcm[:1] in (b"{", b"I") or pcm[:4] in (b"RIFF", b"ID3\x04"):
        findings.wrong.append("what came is not 16-bit PCM; the output format was not heeded")
        return
    sound = PcmChunk(pcm, RATE_HZ)
    least, most = (each * len(text) for each in MS_PER_CHARACTER)
    if not least <= sound.duration_ms <= most:
        findings.wrong.append(f"{sound.duration_ms / 1_000:.1f} s of sound do not fit the text")
    level = float(np.sqrt(np.mean(np.frombuffer(pcm, "<i2").astype(np.float64) ** 2)))
    if level < AUDIBLE_RMS:
        findings.wrong.append("the sound is silence")
    if not findings.wrong:
        findings.facts.append(f"{sound.duration_ms / 1_000:.1f} s of speech, 16 bit, {RATE_HZ} Hz")


def _judge_latency(findings: Findings, first_ms: float | None) -> None:
    if first_ms is None:
        return
    line = f"first audio after {first_ms:.0f} ms"
    if first_ms <= FIRST_AUDIO_MS:
        findings.facts.append(line)
    else:
        findings.facts.append(f"{line}: more than {FIRST_AUDIO_MS:.0f}, so the local voice would begin instead")
