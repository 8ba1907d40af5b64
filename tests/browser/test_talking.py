"""A conversation on the page, with the test as the server: words, replies, marks, cuts, typing, settings."""

import math
import struct
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.scripted_server import Connection, ScriptedServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[..., Awaitable[Page]]
SECOND_OF_AUDIO = 32_000


def tone(connection: Connection, seconds: float) -> bytes:
    """A tone at the page's playback rate."""
    rate_hz = connection.hello["playback"]["rate_hz"]
    count = int(rate_hz * seconds)
    return b"".join(struct.pack("<h", int(9000 * math.sin(2 * math.pi * 220 * n / rate_hz))) for n in range(count))


async def talking(page: Page, server: ScriptedServer) -> Connection:
    """Press the button, and let the server open the session."""
    await page.get_by_role("button", name="Start talking").click()
    connection = await server.connection()
    await connection.open()
    await expect(page.locator("#status")).to_have_text("Listening")
    return connection


async def replying(page: Page, connection: Connection, *clauses: str, seconds: float = 1.0) -> None:
    """Have the server answer turn 1 with these clauses, all of it sent at once."""
    await connection.final(1, "what can you do")
    for number, text in enumerate(clauses, start=1):
        await connection.reply(1, number, text)
        await connection.speak(number, tone(connection, seconds))
    await connection.send("reply_end", turn=1)
    await connection.state("speaking")
    await expect(page.locator("#status")).to_have_text("Speaking")


class TestOpening:
    async def test_nothing_is_asked_or_sent_before_the_button(self, visit: Visit, server: ScriptedServer) -> None:
        """No token, no socket, no microphone: the page only waits."""
        page = await visit()

        await expect(page.locator("#status")).to_have_text("Press to talk")

        assert server.asked == []

    async def test_hello_says_what_the_page_hears_and_plays(self, visit: Visit, server: ScriptedServer) -> None:
        """16 kHz PCM up, the audio device's own rate down, the person's time zone."""
        page = await visit(timezone_id="Asia/Tokyo")

        hello = (await talking(page, server)).hello

        assert hello["version"] == 1
        assert server.tokens.person_of(hello["token"]).startswith("p_")
        assert hello["audio"] == {"encoding": "pcm_s16le", "rate_hz": 16000}
        assert 8000 <= hello["playback"]["rate_hz"] <= 48000
        assert hello["timezone"] == "Asia/Tokyo"
        assert (hello["wake"], hello["language"], hello["speech"]) == ("off", "en", True)
        assert "session" not in hello

    async def test_the_microphone_streams_at_the_speed_of_speech(self, visit: Visit, server: ScriptedServer) -> None:
        """A second of audio takes about a second, and the device's beeps are in it."""
        connection = await talking(await visit(), server)

        before = len(connection.heard)
        await connection.hears(before + 3 * SECOND_OF_AUDIO)

        samples = struct.unpack(f"<{len(connection.heard) // 2}h", connection.heard)
        assert max(samples) > 3000
        assert len(connection.heard) % 640 == 0

    async def test_the_next_visit_is_the_same_persons(self, visit: Visit, server: ScriptedServer) -> None:
        """The old token comes along when a new one is asked for."""
        page = await visit()
        first = (await talking(page, server)).hello["token"]

        await page.reload()
        await talking(page, server)

        assert server.asked == [{}, {"token": first}]

    async def test_leaving_the_page_ends_the_session(self, visit: Visit, server: ScriptedServer) -> None:
        """Nobody is kept waiting for who has gone."""
        page = await visit()
        connection = await talking(page, server)

        await page.goto("about:blank")

        await connection.expect("control", action="end")


class TestWords:
    async def test_words_are_shown_as_they_are_recognised(self, visit: Visit, server: ScriptedServer) -> None:
        """Partials change in place; the final ones stay."""
        page = await visit()
        connection = await talking(page, server)
        asked = page.locator(".asked")

        await connection.send("partial", turn=1, text="what dime")
        await expect(asked).to_have_text("You: what dime")
        await connection.send("partial", turn=1, text="what time is")
        await expect(asked).to_have_text("You: what time is")
        await connection.final(1, "what time is it")

        await expect(asked).to_have_text("You: what time is it")
        await expect(asked).to_have_class("asked settled")

    async def test_the_reply_lights_up_clause_by_clause(self, visit: Visit, server: ScriptedServer) -> None:
        """What plays is marked, what is to come is dim, and each ends up as heard."""
        page = await visit()
        connection = await talking(page, server)
        # Each state lasts a fraction of a second, too short to be waited for from outside on a busy machine.
        await page.evaluate(
            """() => {
                window.seen = [];
                const look = () => {
                    const now = [...document.querySelectorAll(".clause")].map((each) => each.dataset.state).join(" ");
                    if (now !== window.seen.at(-1)) window.seen.push(now);
                };
                new MutationObserver(look).observe(document.body, {attributes: true, childList: true, subtree: true});
            }"""
        )

        await replying(page, connection, "First this,", "then that.")
        await expect(page.locator(".clause").nth(1)).to_have_attribute("data-state", "heard")

        seen = iter(await page.evaluate("window.seen"))
        assert all(wanted in seen for wanted in ("playing waiting", "heard playing", "heard heard"))

    async def test_a_reply_that_cannot_be_spoken_is_text(self, visit: Visit, server: ScriptedServer) -> None:
        """Nothing of it stays dim, and the page says why it is silent."""
        page = await visit()
        connection = await talking(page, server)

        await connection.reply(1, 1, "It is nine.")
        await connection.fail("voice")
        await connection.send("clause_end", clause=1, ms=0)

        await expect(page.locator(".clause")).to_have_attribute("data-state", "silent")
        await expect(page.get_by_role("alert")).to_contain_text("here is the text")

    async def test_a_cough_leaves_no_words(self, visit: Visit, server: ScriptedServer) -> None:
        """An empty final takes away what had begun to be shown."""
        page = await visit()
        connection = await talking(page, server)

        await connection.send("partial", turn=1, text="huh")
        await expect(page.locator(".asked")).to_be_visible()
        await connection.final(1, "")

        await expect(page.locator(".turn")).to_have_count(0)


class TestPlaying:
    async def test_marks_follow_what_is_really_played(self, visit: Visit, server: ScriptedServer) -> None:
        """At least every 250 ms, never going back, and `done` once at each clause's end with its whole length."""
        page = await visit()
        connection = await talking(page, server)

        await replying(page, connection, "One,", "two.", seconds=0.8)
        await connection.expect("played", clause=2, done=True)

        marks = [mark for mark in connection.messages if mark["type"] == "played"]
        for clause in (1, 2):
            places = [mark["ms"] for mark in marks if mark["clause"] == clause]
            assert places == sorted(places)
            assert max(b - a for a, b in zip([0, *places], places, strict=False)) <= 250
            assert places[-1] == pytest.approx(800, abs=2)
            assert [mark["done"] for mark in marks if mark["clause"] == clause].count(True) == 1

    async def test_hold_keeps_the_place_and_resume_goes_on(self, visit: Visit, server: ScriptedServer) -> None:
        """Held, no mark advances; resumed, the clause plays to its end."""
        page = await visit()
        connection = await talking(page, server)
        await replying(page, connection, "A long one.", seconds=2)
        await connection.expect("played", clause=1)

        await connection.send("playback", action="hold")
        held = connection.messages
        await page.wait_for_timeout(300)
        place = held[-1]["ms"]
        await page.wait_for_timeout(500)
        assert held[-1]["ms"] == place < 1900
        await connection.send("playback", action="resume")

        assert (await connection.expect("played", done=True))["ms"] == pytest.approx(2000, abs=2)

    async def test_what_was_cut_off_is_shown_as_such(self, visit: Visit, server: ScriptedServer) -> None:
        """Heard words stand; the rest is struck through, and says so to a screen reader."""
        page = await visit()
        connection = await talking(page, server)
        await replying(page, connection, "I can tell you the time,", "and much more.", seconds=2)
        await connection.expect("played", clause=1)

        await connection.send("playback", action="stop")
        await connection.send("cut", turn=1, heard="I can tell", unheard="you the time, and much more.")
        await connection.state("listening")

        reply = page.locator(".reply")
        await expect(reply.locator(".clause")).to_have_text(["I can tell"])
        await expect(reply.get_by_role("deletion")).to_have_text("Cut off, not spoken: you the time, and much more.")

    async def test_after_a_stop_only_the_next_reply_is_heard(self, visit: Visit, server: ScriptedServer) -> None:
        """Audio of the stopped reply that is still on its way is dropped."""
        page = await visit()
        connection = await talking(page, server)
        await replying(page, connection, "A long one.", seconds=2)
        await connection.expect("played", clause=1)

        await connection.send("playback", action="stop")
        await connection.speak(1, tone(connection, 1), offset=100_000)
        await connection.reply(2, 2, "Another.")
        await connection.speak(2, tone(connection, 0.3))

        await connection.expect("played", clause=2, done=True)
        assert not any(
            mark["type"] == "played" and mark["clause"] == 1 and mark["done"] for mark in connection.messages
        )

    @pytest.mark.parametrize("how", ["button", "escape"])
    async def test_a_person_can_stop_the_reply(self, visit: Visit, server: ScriptedServer, how: str) -> None:
        """By the button or the Escape key: silent at once, and the server is told."""
        page = await visit()
        connection = await talking(page, server)
        await replying(page, connection, "A long one.", seconds=3)
        await connection.expect("played", clause=1)

        if how == "button":
            await page.get_by_role("button", name="Stop").click()
        else:
            await page.keyboard.press("Escape")

        await connection.expect("control", action="stop")
        await page.wait_for_timeout(400)
        marked = len(connection.messages)
        await page.wait_for_timeout(400)
        assert len(connection.messages) == marked


class TestButtons:
    async def test_muted_no_audio_leaves_the_page(self, visit: Visit, server: ScriptedServer) -> None:
        """A press mutes, another goes on; in between not a byte is sent."""
        page = await visit()
        connection = await talking(page, server)
        await connection.hears(640)

        await page.get_by_role("button", name="Mute the microphone").click()
        await connection.expect("control", action="mute")
        await expect(page.locator("#status")).to_have_text("Muted")
        heard = len(connection.heard)
        await page.wait_for_timeout(500)
        assert len(connection.heard) == heard
        await page.get_by_role("button", name="Unmute the microphone").click()

        await connection.expect("control", action="unmute")
        await connection.hears(heard + 640)

    async def test_the_space_bar_is_the_button(self, visit: Visit, server: ScriptedServer) -> None:
        """It starts and mutes; while typing it is a space."""
        page = await visit()

        await page.keyboard.press("Space")
        connection = await server.connection()
        await connection.open()
        await expect(page.locator("#status")).to_have_text("Listening")
        await page.keyboard.press("Space")
        await connection.expect("control", action="mute")
        await page.get_by_label("Type instead of talking").press_sequentially("a b")

        await expect(page.get_by_label("Type instead of talking")).to_have_value("a b")
        await expect(page.locator("#status")).to_have_text("Muted")

    async def test_end_gives_the_microphone_back(self, visit: Visit, server: ScriptedServer) -> None:
        """The session is ended, the device released, and the words stay to be read."""
        page = await visit(
            scripts=(
                "const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
                "navigator.mediaDevices.getUserMedia = async (want) => window.lent = await ask(want);",
            )
        )
        connection = await talking(page, server)
        await connection.final(1, "goodbye")

        await page.get_by_role("button", name="End", exact=True).click()

        await connection.expect("control", action="end")
        await expect(page.locator("#status")).to_have_text("Press to talk")
        await expect(page.locator(".asked")).to_contain_text("goodbye")
        assert await page.evaluate("lent.getTracks().map((track) => track.readyState)") == ["ended"]


class TestTyping:
    async def test_typing_needs_no_microphone(self, visit: Visit, server: ScriptedServer) -> None:
        """A message opens the session and is answered aloud; the microphone isn't asked for."""
        page = await visit(scripts=("navigator.mediaDevices.getUserMedia = () => { window.asked = true }",))

        await page.get_by_label("Type instead of talking").fill("what time is it")
        await page.keyboard.press("Enter")
        connection = await server.connection()
        await connection.open()

        await connection.expect("text", text="what time is it")
        await connection.final(1, "what time is it", source="text")
        await connection.reply(1, 1, "Nine.")
        await connection.speak(1, tone(connection, 0.3))
        await connection.expect("played", clause=1, done=True)
        await expect(page.locator(".asked")).to_have_count(1)
        await expect(page.locator(".asked")).to_have_class("asked settled")
        assert await page.evaluate("window.asked") is None
        assert connection.heard == b""

    async def test_a_suggestion_is_typed_for_you(self, visit: Visit, server: ScriptedServer) -> None:
        """The examples of the empty page are questions that it asks."""
        page = await visit()

        await page.get_by_role("button", name="What can you do?").click()
        connection = await server.connection()
        await connection.open()

        await connection.expect("text", text="What can you do?")

    async def test_talking_can_follow_typing(self, visit: Visit, server: ScriptedServer) -> None:
        """The microphone joins the session that typing opened."""
        page = await visit()
        await page.get_by_label("Type instead of talking").fill("hello")
        await page.keyboard.press("Enter")
        connection = await server.connection()
        await connection.open()

        await page.get_by_role("button", name="Start talking").click()

        await connection.hears(SECOND_OF_AUDIO)
        await expect(page.locator("#status")).to_have_text("Listening")


class TestSettings:
    async def test_wake_mode_is_asked_for_and_can_be_skipped(self, visit: Visit, server: ScriptedServer) -> None:
        """The phrase goes into hello; asleep, the button wakes without it."""
        page = await visit()
        await page.get_by_role("button", name="Settings").click()
        await page.get_by_role("switch", name="Wait for a wake phrase").check()
        await page.get_by_label("Wake phrase", exact=True).fill("Okay computer")
        await page.get_by_role("button", name="Done").click()

        await page.get_by_role("button", name="Start talking").click()
        connection = await server.connection()
        await connection.open()

        assert connection.hello["wake"] == "okay computer"
        await expect(page.locator("#status")).to_have_text("Asleep")
        await expect(page.locator("#hint")).to_contain_text("okay computer")
        await page.get_by_role("button", name="Wake up without the phrase").click()
        await connection.expect("control", action="listen")

    async def test_settings_are_kept_and_apply_at_once(self, visit: Visit, server: ScriptedServer) -> None:
        """Without speech the session is opened anew for text only, and so it is the next time."""
        page = await visit()
        first = await talking(page, server)

        await page.get_by_role("button", name="Settings").click()
        await page.get_by_role("switch", name="Speak replies").uncheck()
        await page.keyboard.press("Escape")
        await first.expect("control", action="end")
        second = await server.connection()
        await second.open(session="s_2")
        await second.reply(1, 1, "Only text.")

        assert second.hello["speech"] is False
        assert "session" not in second.hello
        await expect(page.locator(".clause")).to_have_attribute("data-state", "silent")
        await page.reload()
        await page.get_by_role("button", name="Start talking").click()
        assert (await server.connection()).hello["speech"] is False


class TestThumbs:
    async def test_an_answer_is_judged_and_the_server_says_whether_that_is_kept(
        self, visit: Visit, server: ScriptedServer
    ) -> None:
        page = await visit()
        connection = await talking(page, server)
        await replying(page, connection, "I can tell the time.")
        down = page.get_by_role("button", name="Not a good answer")

        await down.click()
        await connection.expect("rate", turn=1, rating="down")
        await connection.send("show", turn=1, show="rating", rated=1, rating="down", kept=True)

        await expect(page.locator("#notice")).to_contain_text("Noted")
        await expect(down).to_have_attribute("aria-pressed", "true")
        await page.get_by_role("button", name="A good answer", exact=True).click()
        await connection.expect("rate", turn=1, rating="up")
        await expect(down).to_have_attribute("aria-pressed", "false")

    async def test_what_may_not_be_kept_is_told_with_the_way_to_change_that(
        self, visit: Visit, server: ScriptedServer
    ) -> None:
        page = await visit()
        connection = await talking(page, server)
        await replying(page, connection, "I can tell the time.")
        up = page.get_by_role("button", name="A good answer", exact=True)

        await up.click()
        await connection.expect("rate", turn=1, rating="up")
        await connection.send("show", turn=1, show="rating", rated=1, rating="up", kept=False)

        await expect(page.locator("#notice")).to_contain_text("only if you let me count")
        await expect(page.get_by_role("button", name="See what that means")).to_be_visible()
        await expect(up).to_have_attribute("aria-pressed", "false")

    async def test_an_answer_of_a_session_before_can_not_be_judged(self, visit: Visit, server: ScriptedServer) -> None:
        page = await visit()
        connection = await talking(page, server)
        await replying(page, connection, "I can tell the time.")
        await expect(page.get_by_role("button", name="Not a good answer")).to_be_visible()

        await page.get_by_role("button", name="End", exact=True).click()

        await expect(page.get_by_role("button", name="Not a good answer")).to_be_hidden()


class TestLatencies:
    async def test_the_drawer_tells_how_fast_this_turn_was(self, visit: Visit, server: ScriptedServer) -> None:
        """The server's milestones, and the first sound as measured here, in the order of time."""
        page = await visit()
        connection = await talking(page, server)
        await connection.hears(3 * SECOND_OF_AUDIO)
        await connection.final(1, "beep")
        await connection.reply(1, 1, "Boop.")
        await connection.speak(1, tone(connection, 0.5))
        await connection.send("metrics", turn=1, final_ms=212.4, intent_ms=251, synthesis_ms=190, first_audio_ms=480)
        await connection.expect("played", clause=1, done=True)

        opener = page.get_by_role("button", name="How fast was that?")
        await opener.click()

        await expect(opener).to_have_attribute("aria-expanded", "true")
        figures = page.locator("#latency dd")
        await expect(figures).to_have_count(4)
        names = [await figure.get_attribute("data-name") for figure in await figures.all()]
        assert names == ["final_ms", "intent_ms", "first_audio_ms", "ear_ms"]
        await expect(figures.nth(0)).to_have_text("212 ms")
        assert 0 < int((await figures.nth(3).inner_text()).removesuffix(" ms")) < 3000
        await expect(page.locator("[data-synthesis]")).to_contain_text("190 ms")
        await page.keyboard.press("Escape")
        await expect(page.locator("#latency")).to_be_hidden()
        await expect(opener).to_be_focused()
