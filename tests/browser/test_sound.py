"""That speech survives the page: from the microphone to the server, and from the server to the loudspeaker."""

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from rapport.speech.audio import HEARING_RATE_HZ, Resampler
from rapport.speech.recognizer import RecognizerModel
from tests.browser.conftest import SOUND_ALLOWED, chromium, opened
from tests.browser.scripted_server import Connection, ScriptedServer
from tests.browser.speech import microphone_file, microphone_flag, words_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

Spoken = Callable[[str], bytes]

UNPROCESSED = """
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = () =>
      ask({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 } });
"""
"""Without Chromium's own filters, which change speech a little, and never twice alike: the page's way is meant."""

RECORDER = """
    window.recorded = [];
    const connect = AudioNode.prototype.connect;
    AudioNode.prototype.connect = function (to, ...rest) {
      if (this instanceof AnalyserNode && to instanceof AudioDestinationNode) {
        const tap = this.context.createScriptProcessor(16384, 1, 1);
        tap.onaudioprocess = ({ inputBuffer }) => recorded.push(inputBuffer.getChannelData(0).slice());
        connect.call(this, tap);
        connect.call(tap, to);
      }
      return connect.call(this, to, ...rest);
    };
    window.recording = () => {
      const bytes = recorded.flatMap((block) => [...new Uint8Array(Int16Array.from(block, (x) => x * 32767).buffer)]);
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    };
"""


async def recorded(page: Page) -> bytes:
    """Everything that has left for the loudspeaker, 16-bit mono at the context's rate."""
    return base64.b64decode(await page.evaluate("recording()"))


async def talking(page: Page, server: ScriptedServer) -> Connection:
    await page.get_by_role("button", name="Start talking").click()
    connection = await server.connection()
    await connection.open()
    await expect(page.locator("#status")).to_have_text("Listening")
    return connection


async def test_what_is_said_reaches_the_server(
    server: ScriptedServer, spoken: Spoken, vosk: RecognizerModel, tmp_path: Path
) -> None:
    """Words spoken right after the press too: the audio of before the session was open comes along."""
    question = spoken("what is seven times eight")
    flag = microphone_flag(microphone_file(tmp_path / "question.wav", question))

    async with chromium(flag) as browser, opened(browser, server.url, scripts=(UNPROCESSED,)) as page:
        await page.get_by_role("button", name="Start talking").click()
        connection = await server.connection()
        await asyncio.sleep(0.8)  # a slow network: nobody has answered the hello yet
        await connection.open()
        await connection.hears(len(question) + 2 * 2 * HEARING_RATE_HZ)

    assert words_in(bytes(connection.heard), HEARING_RATE_HZ, vosk) == "what is seven times eight"


async def test_what_the_server_says_reaches_the_ear(
    server: ScriptedServer, spoken: Spoken, vosk: RecognizerModel
) -> None:
    """Clause by clause, whole and in one piece, though it comes in bursts."""
    clauses = ["It's quarter past nine in the morning,", "and today is the second of march."]

    async with chromium(SOUND_ALLOWED) as browser, opened(browser, server.url, scripts=(RECORDER,)) as page:
        connection = await talking(page, server)
        rate_hz = connection.hello["playback"]["rate_hz"]
        for number, text in enumerate(clauses, start=1):
            resampler = Resampler(HEARING_RATE_HZ, rate_hz)
            pcm = resampler.feed(spoken(text)) + resampler.flush()
            half = len(pcm) // 4 * 2
            await connection.speak(number, pcm[:half], end=False)
            await asyncio.sleep(0.1)
            await connection.speak(number, pcm[half:], offset=half // 2)
        await connection.expect("played", clause=2, done=True)
        await asyncio.sleep(0.5)
        sound = await recorded(page)

    heard = words_in(sound, rate_hz, vosk)
    assert "quarter past nine in the morning" in heard
    assert "today is the second of march" in heard


async def test_talked_over_it_is_silent_at_once(server: ScriptedServer, spoken: Spoken) -> None:
    """Of a reply that is held and stopped, the loudspeaker gives no more than the marks say, and 15 ms of fade."""
    async with chromium(SOUND_ALLOWED) as browser, opened(browser, server.url, scripts=(RECORDER,)) as page:
        connection = await talking(page, server)
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
