"""A spoken question in Chromium's microphone, the real stack behind the page, and its spoken answer."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Page, WebSocket, expect

from ops.stack import Stack
from rapport.speech.recognizer import RecognizerModel
from tests.browser.conftest import SOUND_ALLOWED, chromium, opened
from tests.browser.speech import likeness, microphone_file, microphone_flag, words_in

pytestmark = pytest.mark.asyncio(loop_scope="session")

Spoken = Callable[[str], bytes]
ANSWER_MS = 30_000


class Line:
    """What goes over a page's sockets: its audio, clause by clause, and its JSON messages."""

    def __init__(self, page: Page) -> None:
        self.sent: list[str] = []
        self.received: list[str] = []
        self._pcm: dict[int, bytearray] = {}
        page.on("websocket", self._follow)

    @property
    def pcm(self) -> bytes:
        return b"".join(bytes(self._pcm[clause]) for clause in sorted(self._pcm))

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda payload: isinstance(payload, str) and self.sent.append(payload))
        socket.on("framereceived", self._take)

    def _take(self, payload: str | bytes) -> None:
        if isinstance(payload, str):
            self.received.append(payload)
            return
        clause, offset = struct.unpack_from("<II", payload)
        pcm = self._pcm.setdefault(clause, bytearray())
        assert offset * 2 == len(pcm)
        pcm += payload[8:]


async def playback_hz(page: Page) -> int:
    """The rate at which this browser plays, and so was sent audio."""
    return int(await page.evaluate("new AudioContext().sampleRate"))


async def test_a_spoken_question_is_answered_aloud(
    stack: Stack, spoken: Spoken, vosk: RecognizerModel, tmp_path: Path
) -> None:
    """The words are shown, the reply is shown and heard to its end, and the recogniser understands it."""
    flag = microphone_flag(microphone_file(tmp_path / "question.wav", spoken("what time is it")))

    async with chromium(flag, SOUND_ALLOWED) as browser, opened(browser, "about:blank") as page:
        line = Line(page)
        await page.goto(stack.page)
        await page.get_by_role("button", name="Start talking").click()

        asked = page.locator(".asked.settled").first
        await expect(asked).to_be_visible(timeout=ANSWER_MS)
        clause = page.locator(".turn").first.locator(".clause")
        await expect(clause.first).to_have_attribute("data-state", "heard", timeout=ANSWER_MS)
        await expect(page.locator(".clause[data-state=waiting], .clause[data-state=playing]")).to_have_count(
            0, timeout=ANSWER_MS
        )
        await expect(page.locator("#status")).to_have_text("Listening", timeout=ANSWER_MS)
        reply = " ".join(await clause.all_inner_texts())
        heard = words_in(line.pcm, await playback_hz(page), vosk)

        assert likeness("what time is it", await asked.inner_text()) >= 0.8
        assert re.search(r"o'clock|past|to|oh|noon|midnight|twenty|thirty|forty|fifty|teen|ten|eleven|twelve", reply)
        assert likeness(reply, heard) >= 0.75, f"{reply!r} was heard as {heard!r}"
        assert any('"done":true' in message for message in line.sent)
        await page.get_by_role("button", name="How fast was that?").click()
        names = [await figure.get_attribute("data-name") for figure in await page.locator("#latency dd").all()]
        assert names == ["final_ms", "intent_ms", "first_reply_ms", "first_audio_ms", "ear_ms"]


async def test_a_typed_question_is_answered_without_a_microphone(stack: Stack) -> None:
    """With speech off, the answer is text."""
    silent = 'localStorage.setItem("rapport.settings", JSON.stringify({ speech: false }))'

    async with chromium() as browser, opened(browser, stack.page, scripts=(silent,)) as page:
        await page.get_by_label("Type instead of talking").fill("what is seven times eight")
        await page.keyboard.press("Enter")

        await expect(page.locator(".asked.settled")).to_have_text("You: what is seven times eight", timeout=ANSWER_MS)
        await expect(page.locator(".reply")).to_contain_text(re.compile("fifty.six|56"), timeout=ANSWER_MS)
        await expect(page.locator(".clause").first).to_have_attribute("data-state", "silent")


async def test_a_lost_connection_goes_on_in_the_same_session(stack: Stack) -> None:
    """The real server takes the session up again; the conversation keeps counting."""
    keep_socket = """
        const Real = WebSocket;
        window.WebSocket = class extends Real { constructor(url) { super(url); window.line = this } };
    """

    async with chromium(SOUND_ALLOWED) as browser, opened(browser, stack.page, scripts=(keep_socket,)) as page:
        words = page.get_by_label("Type instead of talking")
        await words.fill("who are you")
        await words.press("Enter")
        await expect(page.locator(".clause").first).to_be_visible(timeout=ANSWER_MS)

        await page.evaluate("line.close()")
        await expect(page.get_by_role("alert")).to_contain_text("Back again", timeout=ANSWER_MS)
        await words.fill("what can you do")
        await words.press("Enter")

        await expect(page.locator(".turn")).to_have_count(2)
        await expect(page.locator(".turn").nth(1).locator(".clause").first).to_be_visible(timeout=ANSWER_MS)
        await expect(page.get_by_role("alert")).not_to_contain_text("fresh")
