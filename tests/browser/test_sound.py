"""That speech survives the page: from the microphone to the server, and from the server to the loudspeaker."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.async_api import Page, expect

from rapport.speech.audio import HEARING_RATE_HZ, Resampler
from tests.browser.conftest import SOUND_ALLOWED, chromium, opened
from tests.browser.scripted_server import Connection, ScriptedServer
from tests.browser.speech import microphone_file, microphone_flag

pytestmark = pytest.mark.asyncio(loop_scope="session")

Spoken = Callable[[str], bytes]

UNPROCESSED = """
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = () =>
      ask({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 } });
"""
"""Without Chromium's own filters, which change speech a little, and never twice alike: the page's way is meant."""

RECORDER = """
    const connect = AudioNode.prototype.connect;
    AudioNode.prototype.connect = function (to, ...rest) {
      if (this instanceof AnalyserNode && to instanceof AudioDestinationNode) {
        window.recorded = [];
        window.recording = this.context.audioWorklet.addModule("static/recorder.js").then(() => {
          const tap = new AudioWorkletNode(this.context, "recorder");
          tap.port.onmessage = ({ data }) => recorded.push(data);
          connect.call(this, tap);
          connect.call(tap, to);
        });
      }
      return connect.call(this, to, ...rest);
    };
    window.recordedPcm = () => {
      const bytes = recorded.flatMap((block) => [...new Uint8Array(Int16Array.from(block, (x) => x * 32767).buffer)]);
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    };
"""
RECORDER_WORKLET = """
    registerProcessor("recorder", class extends AudioWorkletProcessor {
      process([[channel]]) {
        if (channel) this.port.postMessage(channel.slice());
        return true;
      }
    });
"""

WINDOW_S = 0.1
QUIET = 300
LIKE = 0.98


def likeness(sent: bytes, received: bytes, rate_hz: int) -> float:
    """How much of a sound is found in another: the share of its windows, quiet ones left out.

    By windows, because a browser on a machine that is far too busy drops some audio before the page has it; and
    between samples too, because devices begin where they like.
    """
    wanted, among = (np.frombuffer(pcm, dtype="<i2").astype(float) for pcm in (sent, received))
    return max(_share_found(_delayed(wanted, part), among, int(WINDOW_S * rate_hz)) for part in (0, 0.25, 0.5, 0.75))


def _delayed(sound: NDArray[np.float64], samples: float) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(sound)
    return np.fft.irfft(spectrum * np.exp(-2j * np.pi * np.arange(len(spectrum)) * samples / len(sound)), len(sound))


def _share_found(wanted: NDArray[np.float64], among: NDArray[np.float64], size: int) -> float:
    energy = np.concatenate([[0], np.cumsum(among**2)])
    stretches = np.sqrt(energy[size:] - energy[:-size]) + 1
    points = 1 << (2 * len(among)).bit_length()
    spectrum = np.fft.rfft(among, points)
    found = []
    for start in range(0, len(wanted) - size, size):
        window = wanted[start : start + size]
        if np.sqrt(np.mean(window**2)) < QUIET:
            continue
        matches = np.fft.irfft(spectrum * np.conj(np.fft.rfft(window, points)), points)
        best = matches[: len(stretches)] / stretches / np.linalg.norm(window)
        found.append(best.max() > LIKE)
    return sum(found) / len(found)


@asynccontextmanager
async def recording(server: ScriptedServer) -> AsyncIterator[Page]:
    """A page whose loudspeaker is listened to by a worklet of the test's own."""
    server.scripts["recorder.js"] = RECORDER_WORKLET
    async with chromium(SOUND_ALLOWED) as browser, opened(browser, server.url, scripts=(RECORDER,)) as page:
        yield page


async def recorded(page: Page) -> bytes:
    """Everything that has left for the loudspeaker, 16-bit mono at the context's rate."""
    return base64.b64decode(await page.evaluate("recordedPcm()"))


async def talking(page: Page, server: ScriptedServer) -> Connection:
    await page.get_by_role("button", name="Start talking").click()
    connection = await server.connection()
    await connection.open()
    await expect(page.locator("#status")).to_have_text("Listening")
    return connection


async def test_what_is_said_reaches_the_server(server: ScriptedServer, spoken: Spoken, tmp_path: Path) -> None:
    """Every sample of it, and what is said right after the press too, before the session is open."""
    question = spoken("what is seven times eight")
    flag = microphone_flag(microphone_file(tmp_path / "question.wav", question))

    async with chromium(flag) as browser, opened(browser, server.url, scripts=(UNPROCESSED,)) as page:
        await page.get_by_role("button", name="Start talking").click()
        connection = await server.connection()
        await asyncio.sleep(0.5)  # a slow network: nobody has answered the hello yet
        await connection.open()
        await connection.hears(len(question) + 2 * 2 * HEARING_RATE_HZ)

    assert likeness(question, bytes(connection.heard), HEARING_RATE_HZ) > 0.85


async def test_what_the_server_says_reaches_the_ear(server: ScriptedServer, spoken: Spoken) -> None:
    """Clause by clause and whole, though it comes in bursts."""
    clauses = ["It's quarter past nine in the morning,", "and today is the second of march."]

    async with recording(server) as page:
        connection = await talking(page, server)
        await page.evaluate("window.recording")
        rate_hz = connection.hello["playback"]["rate_hz"]
        said = b""
        for number, text in enumerate(clauses, start=1):
            resampler = Resampler(HEARING_RATE_HZ, rate_hz)
            pcm = resampler.feed(spoken(text)) + resampler.flush()
            half = len(pcm) // 4 * 2
            await connection.speak(number, pcm[:half], end=False)
            await asyncio.sleep(0.1)
            await connection.speak(number, pcm[half:], offset=half // 2)
            said += pcm
        await connection.expect("played", clause=2, done=True)
        sound = await recorded(page)

    assert likeness(said, sound, rate_hz) > 0.95


async def test_talked_over_it_is_silent_at_once(server: ScriptedServer) -> None:
    """Of a reply that is held and stopped, the loudspeaker gives no more than the marks say, and 15 ms of fade."""
    async with recording(server) as page:
        connection = await talking(page, server)
        await page.evaluate("window.recording")
        rate_hz = connection.hello["playback"]["rate_hz"]
        tone = (b"\xff\x3f" * 20 + b"\x01\xc0" * 20) * (rate_hz * 3 // 40)
        await connection.speak(1, tone, end=False)
        await connection.expect("played", clause=1)
        await connection.send("playback", action="hold")
        await connection.send("playback", action="stop")
        await asyncio.sleep(1.5)
        sound = memoryview(await recorded(page)).cast("h")

    loud_ms = sum(abs(sample) > 300 for sample in sound) / rate_hz * 1000
    last = max(mark["ms"] for mark in connection.messages if mark["type"] == "played")
    assert loud_ms == pytest.approx(last, abs=12)
    assert loud_ms < 1500
