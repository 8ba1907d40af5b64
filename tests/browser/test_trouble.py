"""What the page does when something is missing, refused, slow or gone, and what it tells the person then."""

import asyncio
import math
import struct
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import chromium, opened
from tests.browser.scripted_server import Connection, ScriptedServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[..., Awaitable[Page]]


def no_microphone(error: str, *, permission: str = "denied") -> str:
    """A script under which the browser answers the wish for a microphone with this error."""
    return f"""
        navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException("scripted", "{error}") }};
        navigator.permissions.query = async () => ({{ state: "{permission}" }});
    """


def tone(connection: Connection, seconds: float) -> bytes:
    rate_hz = connection.hello["playback"]["rate_hz"]
    count = int(rate_hz * seconds)
    return b"".join(struct.pack("<h", int(9000 * math.sin(2 * math.pi * 220 * n / rate_hz))) for n in range(count))


async def talking(page: Page, server: ScriptedServer) -> Connection:
    await page.get_by_role("button", name="Start talking").click()
    connection = await server.connection()
    await connection.open()
    await expect(page.locator("#status")).to_have_text("Listening")
    return connection


class TestMicrophone:
    @pytest.mark.parametrize(
        ("script", "told"),
        [
            pytest.param(no_microphone("NotFoundError"), "can’t find a microphone", id="none"),
            pytest.param(no_microphone("NotAllowedError"), "set Microphone to Allow", id="refused"),
            pytest.param(no_microphone("NotAllowedError", permission="prompt"), "choose Allow", id="dismissed"),
            pytest.param(no_microphone("NotReadableError"), "another program", id="busy"),
            pytest.param(
                "Object.defineProperty(navigator, 'mediaDevices', { value: undefined })", "https", id="insecure"
            ),
            pytest.param("delete globalThis.AudioWorkletNode", "https", id="no-worklets"),
        ],
    )
    async def test_without_one_the_page_says_why_and_typing_works(
        self, visit: Visit, server: ScriptedServer, script: str, told: str
    ) -> None:
        """No session is opened for a microphone that isn't there; a typed message opens one."""
        page = await visit(scripts=(script,))

        await page.get_by_role("button", name="Start talking").click()

        await expect(page.get_by_role("alert")).to_contain_text(told)
        await expect(page.locator("#status")).to_have_text("Press to talk")
        assert server.asked == []
        await page.get_by_label("Type instead of talking").fill("hello")
        await page.keyboard.press("Enter")
        connection = await server.connection()
        await connection.open()
        await connection.expect("text", text="hello")

    async def test_unplugged_it_says_so_and_the_session_goes_on(self, visit: Visit, server: ScriptedServer) -> None:
        """The button takes another microphone up in the same session."""
        page = await visit(
            scripts=(
                "const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
                "navigator.mediaDevices.getUserMedia = async (want) => window.lent = await ask(want);",
            )
        )
        connection = await talking(page, server)

        await page.evaluate("lent.getTracks()[0].dispatchEvent(new Event('ended'))")

        await expect(page.get_by_role("alert")).to_contain_text("unplugged")
        await expect(page.locator("#status")).to_have_text("Ready")
        before = len(connection.heard)
        await page.get_by_role("button", name="Start talking").click()
        await connection.hears(before + 32_000)
        await expect(page.get_by_role("alert")).to_be_hidden()


class TestServerGone:
    async def test_away_from_the_start_it_keeps_trying(self, visit: Visit, server: ScriptedServer) -> None:
        """Nobody has to press again once the server is there."""
        page = await visit()
        await page.get_by_role("button", name="Settings").click()  # everything is loaded by now
        await page.keyboard.press("Escape")
        server.refuse = 502

        await page.get_by_role("button", name="Start talking").click()
        await expect(page.get_by_role("alert")).to_contain_text("can’t reach the server")
        await expect(page.locator("#status")).to_have_text("Reconnecting…")
        server.refuse = None
        await (await server.connection()).open()

        await expect(page.locator("#status")).to_have_text("Listening")
        await expect(page.get_by_role("alert")).to_be_hidden()

    async def test_gone_and_back_it_goes_on_in_the_same_session(self, visit: Visit, server: ScriptedServer) -> None:
        """The page says that it reconnects, asks for its session, and says that it is back."""
        page = await visit()
        await talking(page, server)

        await server.down()
        await expect(page.get_by_role("alert")).to_contain_text("The connection broke")
        await expect(page.locator("#status")).to_have_text("Reconnecting…")
        await server.up()
        connection = await server.connection()
        await connection.open(resumed=True)

        assert connection.hello["session"] == "s_1"
        await expect(page.get_by_role("alert")).to_contain_text("Back again")
        await expect(page.locator("#status")).to_have_text("Listening")
        await connection.hears(640)

    async def test_the_reply_goes_on_where_it_was(self, visit: Visit, server: ScriptedServer) -> None:
        """Clauses that come again are neither shown nor heard twice, and marks that were lost are said again."""
        page = await visit()
        first = await talking(page, server)
        await first.reply(1, 1, "One,")
        await first.speak(1, tone(first, 0.3))
        await first.expect("played", clause=1, done=True)
        await first.reply(1, 2, "two.")
        await first.speak(2, tone(first, 1.0), end=False)
        await first.expect("played", clause=2)

        await first.vanish()
        second = await server.connection()
        await second.open(resumed=True)
        await second.reply(1, 2, "two.")
        await second.speak(2, tone(second, 1.5))

        await second.expect("played", clause=1, ms=300, done=True)
        assert (await second.expect("played", clause=2, done=True))["ms"] == pytest.approx(1500, abs=2)
        await expect(page.locator(".clause")).to_have_count(2)
        places = [mark["ms"] for mark in first.messages + second.messages if mark.get("clause") == 2]
        assert max(places) <= 1502

    async def test_a_mute_outlives_the_connection(self, visit: Visit, server: ScriptedServer) -> None:
        """Who was muted before is muted after."""
        page = await visit()
        first = await talking(page, server)
        await page.get_by_role("button", name="Mute the microphone").click()
        await first.expect("control", action="mute")

        await first.vanish()
        second = await server.connection()
        await second.open(resumed=True)

        await second.expect("control", action="mute")
        await expect(page.locator("#status")).to_have_text("Muted")
        assert second.heard == b""

    async def test_words_typed_meanwhile_are_sent_once_back(self, visit: Visit, server: ScriptedServer) -> None:
        """A message is not lost because the line was."""
        page = await visit()
        first = await talking(page, server)

        await first.vanish()
        await expect(page.locator("#status")).to_have_text("Reconnecting…")
        await page.get_by_label("Type instead of talking").fill("still there?")
        await page.keyboard.press("Enter")
        second = await server.connection()
        await second.open(resumed=True)

        await second.expect("text", text="still there?")

    async def test_apart_too_long_it_is_a_fresh_conversation(self, visit: Visit, server: ScriptedServer) -> None:
        """The words so far stay on the page; numbers start anew."""
        page = await visit()
        first = await talking(page, server)
        await first.final(1, "before")

        await first.vanish()
        second = await server.connection()
        await second.fail("no_such_session")
        await expect(page.get_by_role("alert")).to_contain_text("fresh conversation")  # for some seconds only
        await second.open(session="s_2")
        await second.final(1, "after")

        await expect(page.locator(".asked")).to_have_text(["You: before", "You: after"])

    async def test_it_waits_longer_each_time_but_can_be_hurried(self, visit: Visit, server: ScriptedServer) -> None:
        """Back-off spares the server; the notice's button tries at once."""
        page = await visit()
        first = await talking(page, server)
        server.refuse = 503
        await first.vanish()
        await expect(page.locator("#status")).to_have_text("Reconnecting…")
        while len(server.asked) < 4:
            await asyncio.sleep(0.05)

        server.refuse = None
        await page.get_by_role("button", name="Try now").click()
        await (await server.connection()).open(resumed=True)

        await expect(page.locator("#status")).to_have_text("Listening")
        waits = [b - a for a, b in zip(server.asked_at[1:], server.asked_at[2:4], strict=False)]
        assert waits[0] < waits[1]


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "close", "told", "action"),
        [
            ("too_many_sessions", 1013, "too many conversations", "Try again"),
            ("replaced", 1000, "another window", "Talk here instead"),
            ("idle", 1000, "quiet for a while", None),
            ("session_over", 1000, "a fresh one", None),
            ("slow_client", 1008, "couldn’t keep up", "Try again"),
            ("token", 1008, "didn’t recognise", "Try again"),
            ("bad_message", 1008, "Reload the page", "Reload"),
            ("unsupported", 1008, "Reload the page", "Reload"),
            ("too_large", 1009, "Reload the page", "Reload"),
            ("too_fast", 1008, "Reload the page", "Reload"),
        ],
    )
    async def test_a_fatal_error_is_told_and_nothing_listens_on(
        self, visit: Visit, server: ScriptedServer, code: str, close: int, told: str, action: str | None
    ) -> None:
        """No reconnecting behind the person's back, the microphone is given back, and there is a way on."""
        page = await visit()
        connection = await talking(page, server)

        await connection.fail(code, fatal=True, close=close)

        alert = page.get_by_role("alert")
        await expect(alert).to_contain_text(told)
        await expect(page.locator("#status")).to_have_text("Press to talk")
        await expect(alert.locator("[data-action]")).to_have_text(action or "")
        if action in ("Try again", "Talk here instead"):
            await alert.get_by_role("button", name=action).click()
            await (await server.connection()).open()
            await expect(page.locator("#status")).to_have_text("Listening")
            await expect(alert).to_be_hidden()

    @pytest.mark.parametrize(
        ("code", "told"),
        [
            ("turn_too_long", "a lot at once"),
            ("hearing", "Say it again, or type it"),
            ("dialogue", "Something went wrong on my side"),
            ("voice", "here is the text"),
        ],
    )
    async def test_a_passing_error_is_told_and_the_talk_goes_on(
        self, visit: Visit, server: ScriptedServer, code: str, told: str
    ) -> None:
        """The session stays open, and the notice can be sent away."""
        page = await visit()
        connection = await talking(page, server)

        await connection.fail(code)

        await expect(page.get_by_role("alert")).to_contain_text(told)
        await expect(page.locator("#status")).to_have_text("Listening")
        await page.get_by_role("button", name="Dismiss").click()
        await expect(page.get_by_role("alert")).to_be_hidden()
        before = len(connection.heard)
        await connection.hears(before + 640)

    async def test_a_wake_phrase_that_cannot_be_heard_is_told_as_that(
        self, visit: Visit, server: ScriptedServer
    ) -> None:
        """It is the phrase's fault, not the page's."""
        kept = '{"wake": true, "phrase": "xyzzy", "speech": true}'
        page = await visit(scripts=(f"localStorage.setItem('rapport.settings', '{kept}')",))
        await page.get_by_role("button", name="Start talking").click()
        connection = await server.connection()

        await connection.fail("unsupported", fatal=True)

        await expect(page.get_by_role("alert")).to_contain_text("wake phrase")

    @pytest.mark.parametrize(
        ("status", "told"),
        [(401, "private"), (403, "doesn’t accept this address"), (429, "too many conversations")],
    )
    async def test_without_a_token_there_is_no_session(
        self, visit: Visit, server: ScriptedServer, status: int, told: str
    ) -> None:
        """The refusal is told in words, and isn't tried again by itself."""
        page = await visit()
        server.refuse = status

        await page.get_by_role("button", name="Start talking").click()

        await expect(page.get_by_role("alert")).to_contain_text(told)
        await expect(page.locator("#status")).to_have_text("Press to talk")

    async def test_an_old_token_that_is_refused_is_let_go(self, visit: Visit, server: ScriptedServer) -> None:
        """After a month away a person is a new one, without a word about it."""
        page = await visit(scripts=("localStorage.setItem('rapport.token', '\"ancient\"')",))
        server.refuse_tokens = {"ancient"}

        await talking(page, server)

        assert server.asked == [{"token": "ancient"}, {}]


class TestSlowConnection:
    CLOGGED = """
        window.clogged = 0;
        const real = Object.getOwnPropertyDescriptor(WebSocket.prototype, "bufferedAmount").get;
        Object.defineProperty(WebSocket.prototype, "bufferedAmount",
          { get() { return real.call(this) + window.clogged } });
    """

    async def test_a_slow_one_is_told_and_a_stuck_one_renewed(self, visit: Visit, server: ScriptedServer) -> None:
        """Two seconds of unsent audio are worth a word; ten are a broken connection. More never piles up."""
        page = await visit(scripts=(self.CLOGGED,))
        await talking(page, server)

        await page.evaluate("window.clogged = 100_000")
        await expect(page.get_by_role("alert")).to_contain_text("connection is slow")
        await page.evaluate("window.clogged = 0")
        await expect(page.get_by_role("alert")).to_be_hidden()
        await page.evaluate("window.clogged = 400_000")
        second = await server.connection()

        assert second.hello["session"] == "s_1"


async def test_a_browser_that_keeps_the_sound_off_can_be_asked(server: ScriptedServer) -> None:
    """Where playing needs a touch that there was not, the page offers a button for it."""
    locked = """
        const Real = AudioContext;
        window.AudioContext = class extends Real {
          constructor(how) { super(how); super.suspend(); }
          resume() { return window.allowed ? super.resume() : new Promise(() => {}) }
        };
    """
    async with chromium() as browser, opened(browser, server.url, scripts=(locked,)) as page:
        await page.get_by_label("Type instead of talking").fill("hello")
        await page.keyboard.press("Enter")
        connection = await server.connection()
        await connection.open()

        await expect(page.get_by_role("alert")).to_contain_text("keeps the sound off")
        await page.evaluate("window.allowed = true")
        await page.get_by_role("button", name="Turn sound on").click()

        await expect(page.get_by_role("alert")).to_be_hidden()
        await connection.speak(1, tone(connection, 0.3))
        await connection.expect("played", clause=1, done=True)
