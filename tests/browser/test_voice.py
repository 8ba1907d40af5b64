""" "Voice" in Chromium, through the whole stack and the emulated provider: chosen, tried, agreed to, heard, taught."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from ops.stack import Stack
from rapport.speech.recognizer import RecognizerModel
from tests.browser.conftest import CHROMIUM, opened
from tests.browser.speech import likeness, words_in
from tests.browser.test_reach import FINE, LOOK
from tests.emulator_process import EmulatorProcess
from tests.voice_process import have_piper

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(not have_piper(), reason="the local voice is absent; `make models` gets it"),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path"),
    pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed"),
]

ANSWER_MS = 30_000
GEORGE = "JBFqnCBsd6RMkjVDRZzb"
PERSONAL, CLOUD = "Speak in a voice made for me", "Use a cloud service for speech"


@pytest.fixture(scope="module")
def stack(provider_stack: Stack) -> Stack:
    return provider_stack


@pytest_asyncio.fixture(loop_scope="session")
async def page(stack: Stack, browser: Browser) -> AsyncIterator[Page]:
    async with opened(browser, stack.page) as page:
        yield page


async def the_voice(page: Page) -> Locator:
    """The panel, opened by its way."""
    await page.get_by_role("button", name="What I know").click()
    panel = page.get_by_role("dialog", name="What I know")
    await panel.get_by_role("tab", name="Voice").click()
    await expect(panel.get_by_role("radio", name="My usual voice")).to_be_visible()
    return panel


async def close(page: Page) -> None:
    await page.get_by_role("dialog", name="What I know").get_by_role("button", name="Close").click()


async def hear(page: Page, panel: Locator) -> tuple[bytes, int]:
    """Press "Hear it", and wait until it was played; what was played."""
    async with page.expect_response(lambda answer: answer.url.endswith("/voice/preview")) as coming:
        await panel.get_by_role("button", name="Hear it").click()
    told = await (await coming.value).json()
    await expect(panel.get_by_role("button", name="Stop")).to_be_visible()
    await expect(panel.get_by_role("button", name="Hear it")).to_be_visible(timeout=ANSWER_MS)
    return base64.b64decode(told["pcm"]), told["rate_hz"]


async def say(page: Page, text: str) -> None:
    """Type it, and wait until the answer was spoken to its end."""
    turns = await page.locator(".turn").count()
    await page.get_by_label("Type instead of talking").fill(text)
    await page.keyboard.press("Enter")
    clauses = page.locator(".turn").nth(turns).locator(".clause")
    await expect(clauses.first).to_have_attribute("data-state", "heard", timeout=ANSWER_MS)
    waiting = page.locator(".clause[data-state=waiting], .clause[data-state=playing]")
    await expect(waiting).to_have_count(0, timeout=ANSWER_MS)


def spoken_by(home: Path) -> str:
    """The voice of the last reply, by the voice server's log."""
    return re.findall(r"first audio after \d+ ms by (.+)", (home / "log").read_text(errors="replace"))[-1]


def asked_of(emulator: EmulatorProcess) -> list[str]:
    """The voices that the provider was asked for."""
    paths = [each["path"] for each in emulator.control("requests")]
    return [path.split("/")[3] for path in paths if path.startswith("/v1/text-to-speech/")]


async def test_a_voice_is_tried_without_a_yes_and_chosen_with_one(
    page: Page, home: Path, vosk: RecognizerModel
) -> None:
    """The yes is to the very words; a no leaves all as it was; from then on it speaks like that."""
    panel = await the_voice(page)
    await expect(panel.get_by_role("radio", name="My usual voice")).to_be_checked()
    await expect(panel.locator(".voices li", has_text="George").get_by_text("Cloud")).to_be_visible()
    await expect(panel.locator(".voices li", has_text="Duncan").get_by_text("Cloud")).to_have_count(0)

    usual, rate_hz = await hear(page, panel)
    assert likeness("hello this is how i would sound if you like it", words_in(usual, rate_hz, vosk)) > 0.8
    await panel.get_by_role("radio", name="Duncan").check()
    pace = panel.get_by_role("slider", name="Pace")
    await pace.fill("0.7")
    await expect(pace).to_have_attribute("aria-valuetext", "much slower")
    slower, slow_hz = await hear(page, panel)
    assert len(slower) / slow_hz > 1.15 * len(usual) / rate_hz

    await panel.get_by_role("button", name="Speak like this").click()
    await expect(panel.get_by_text("Rapport keeps which voice you chose, how it should speak")).to_be_visible()
    await panel.get_by_role("button", name="Not now").click()
    await expect(panel.get_by_text("Rapport keeps which voice you chose")).to_have_count(0)

    await panel.get_by_role("button", name="Speak like this").click()
    await panel.get_by_role("button", name="I agree").click()
    await expect(panel.get_by_text("From the next sentence on, I speak like this.")).to_be_visible()
    await close(page)
    await say(page, "what is seven times eight")
    assert spoken_by(home) == "espeak-ng"

    panel = await the_voice(page)
    await expect(panel.get_by_role("radio", name="Duncan")).to_be_checked()
    await expect(panel.get_by_role("slider", name="Pace")).to_have_value("0.7")
    await panel.get_by_role("button", name="As usual").click()
    await expect(panel.get_by_role("radio", name="My usual voice")).to_be_checked()
    await close(page)
    await say(page, "what is six times eight")
    assert spoken_by(home).startswith("piper")


async def test_a_cloud_voice_asks_for_the_cloud_too(page: Page, home: Path, emulator: EmulatorProcess) -> None:
    """Nothing goes there before; then it speaks, as it was chosen, by voice as well."""
    before = len(asked_of(emulator))
    panel = await the_voice(page)
    await panel.get_by_role("radio", name="George").check()
    await hear(page, panel)
    assert len(asked_of(emulator)) == before, "a preview goes nowhere without a yes"

    await panel.get_by_role("button", name="Speak like this").click()
    for title in (PERSONAL, CLOUD):
        await expect(panel.get_by_role("heading", name=title)).to_be_focused()
        await panel.get_by_role("button", name="I agree").click()
    await expect(panel.get_by_text("From the next sentence on, I speak like this.")).to_be_visible()
    await hear(page, panel)
    await close(page)
    await say(page, "what is twelve times eight")
    assert spoken_by(home).startswith("elevenlabs")
    assert asked_of(emulator)[before:]
    assert set(asked_of(emulator)[before:]) == {GEORGE}

    await say(page, "use a scottish voice")
    assert spoken_by(home) == "espeak-ng"
    await say(page, "back to your usual voice")
    assert spoken_by(home).startswith("elevenlabs")
    assert asked_of(emulator)[-1] != GEORGE


async def test_a_voice_asked_for_aloud_waits_for_its_consent(page: Page, home: Path) -> None:
    """The question is in its exact words; after the yes it goes on with what was wanted, and asks about keeping it."""
    await say(page, "use a british voice")
    await expect(page.locator(".turn").last).to_contain_text("May I send text to a cloud service")
    await say(page, "yes")
    await expect(page.locator(".turn").last).to_contain_text("George")
    await expect(page.locator(".turn").last).to_contain_text("May I keep how you like me to speak")
    assert spoken_by(home).startswith("elevenlabs")
    await say(page, "yes you may")
    panel = await the_voice(page)
    await expect(panel.get_by_role("radio", name="George")).to_be_checked()


async def test_how_it_answers_is_chosen_told_and_let_go_of(page: Page) -> None:
    """On the page, which then answers so; and aloud, which the page then shows."""
    panel = await the_voice(page)
    await expect(panel.get_by_role("radio", name="The usual way")).to_be_checked()
    await panel.get_by_role("radio", name="In few words").check()
    await panel.get_by_role("button", name="Speak like this").click()
    await panel.get_by_role("button", name="I agree").click()
    await expect(panel.get_by_text("As you wished.")).to_be_visible()
    await close(page)
    await say(page, "what day is it today")
    reply = " ".join(await page.locator(".turn").last.locator(".clause").all_inner_texts())
    assert re.fullmatch(r"\w+day\.", reply.strip()), reply

    await say(page, "be more playful")
    panel = await the_voice(page)
    await expect(panel.get_by_role("radio", name="Playfully")).to_be_checked()
    await panel.get_by_role("button", name="As usual").click()
    await expect(panel.get_by_role("radio", name="The usual way")).to_be_checked()


async def test_words_are_taught_and_let_go_of(page: Page) -> None:
    """On the page, and aloud."""
    panel = await the_voice(page)
    await panel.get_by_label("Word", exact=True).fill("Siobhan")
    await panel.get_by_role("textbox", name="Sounds like").fill("shi vawn")
    await panel.get_by_role("button", name="Say it like that").click()
    await panel.get_by_role("button", name="I agree").click()
    await expect(panel.get_by_text("Siobhan is said “shi vawn”")).to_be_visible()
    await close(page)

    await say(page, "say nguyen like win")
    panel = await the_voice(page)
    await expect(panel.get_by_text("nguyen is said “win”")).to_be_visible()
    await panel.get_by_role("button", name="Remove Siobhan").click()
    await expect(panel.get_by_text("I say Siobhan as it is written.")).to_be_visible()
    await expect(panel.get_by_text("Siobhan is said")).to_have_count(0)


async def test_asking_which_voices_there_are_shows_them(page: Page) -> None:
    await page.get_by_label("Type instead of talking").fill("which voices do you have")
    await page.keyboard.press("Enter")
    panel = page.get_by_role("dialog", name="What I know")
    await expect(panel.get_by_role("tab", name="Voice")).to_have_attribute("aria-selected", "true", timeout=ANSWER_MS)
    await expect(panel.locator("[name=voice]")).to_have_count(12)


async def test_the_cloud_is_offered_once(page: Page, stack: Stack) -> None:
    """After the first answer, with a way to the words; dismissed, it does not come back."""
    await say(page, "what is seven times eight")
    offer = page.get_by_role("alert").filter(has_text="a service in the cloud")
    await expect(offer).to_be_visible()
    await offer.get_by_role("button", name="See what that means").click()
    switch = page.get_by_role("switch", name=CLOUD)
    await expect(switch).to_be_focused()
    await expect(switch).not_to_be_checked()
    await close(page)
    await offer.get_by_role("button", name="Dismiss").click()

    await page.reload()
    async with page.expect_response(lambda answer: answer.url.endswith("/session")):
        await say(page, "what is seven times nine")
    await expect(offer).to_be_hidden()


async def test_without_the_voice_server_it_says_so(page: Page) -> None:
    """And can be tried again."""
    away = {"code": "voice_away", "message": "away"}

    async def refuse(route: Any) -> None:
        await route.fulfill(status=503, body=json.dumps(away), headers={"Access-Control-Allow-Origin": "*"})

    await page.route("**/v1/voice/voices", refuse)
    await page.get_by_role("button", name="What I know").click()
    panel = page.get_by_role("dialog", name="What I know")
    await panel.get_by_role("tab", name="Voice").click()
    await expect(panel.get_by_role("alert")).to_contain_text("I can’t reach my voices just now.")
    await page.unroute("**/v1/voice/voices")
    await panel.get_by_role("button", name="Try again").click()
    await expect(panel.get_by_role("radio", name="My usual voice")).to_be_visible()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)])
async def test_it_can_be_read_and_reached(
    stack: Stack, browser: Browser, pictures: Path, theme: str, width: int
) -> None:
    """In both themes, large and small: contrasts, sizes, edges."""
    size = {"width": width, "height": 800}
    async with opened(browser, stack.page, viewport=size, color_scheme=theme, reduced_motion="reduce") as page:
        panel = await the_voice(page)
        await panel.get_by_role("radio", name="Alice").check()
        for state in ("choosing", "agreeing"):
            if state == "agreeing":
                await panel.get_by_role("button", name="Speak like this").click()
                await expect(panel.get_by_role("heading", name=PERSONAL)).to_be_focused()
            await page.screenshot(path=pictures / f"voice-{state}-{theme}-{width}.png")
            assert {"state": state, **await page.evaluate(LOOK)} == {"state": state, **FINE}
