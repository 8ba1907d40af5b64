"""That everyone can use the page: to read, to fit, to reach by key and finger, to hear by a screen reader."""

import math
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.scripted_server import Connection, ScriptedServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

Visit = Callable[..., Awaitable[Page]]

LOOK = """
() => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const pixel = (layers) => {
    for (const [colour, alpha] of layers) {
      pen.globalAlpha = alpha;
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
    }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const root = getComputedStyle(document.documentElement);
  const theme = (name) => root.getPropertyValue(name).trim();
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    return element.checkVisibility({ visibilityProperty: true }) && box.width > 1 && box.height > 1;
  };
  const name = (element) => `${element.tagName.toLowerCase()}#${element.id}.${element.className}`;
  const modal = document.querySelector("dialog[open]");

  const faint = [];
  const words = document.createTreeWalker(modal ?? document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    if (!words.currentNode.data.trim() || !seen(element)) continue;
    if (element.closest(".unseen, script, noscript, :disabled")) continue;
    const chain = [];
    for (let e = element; e && e !== document.body; e = e.parentElement) chain.unshift(e);
    const style = getComputedStyle(element);
    const opacity = chain.reduce((all, e) => all * getComputedStyle(e).opacity, 1);
    const behind = chain.map((e) => [getComputedStyle(e).backgroundColor, 1]);
    if (style.backgroundImage !== "none") behind.push([theme("--mark"), 1]);
    const size = parseFloat(style.fontSize);
    const need = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    for (const paper of ["--paper", "--paper-far"]) {
      const below = pixel([[theme(paper), 1], ...behind]);
      const above = pixel([[`rgb(${below})`, 1], [style.color, opacity]]);
      const found = contrast(below, above);
      if (found < need) faint.push(`${name(element)} ${found.toFixed(2)} < ${need}: ${words.currentNode.data.trim()}`);
    }
  }

  const controls = [...(modal ?? document).querySelectorAll("button, input, a")].filter(seen);
  const small = controls
    .map((control) => [control, (control.closest("label") ?? control).getBoundingClientRect()])
    .filter(([, box]) => box.width < 44 || box.height < 44)
    .map(([control]) => name(control));
  const outside = [...document.querySelectorAll("body *")]
    .filter((element) => seen(element) && !element.closest(".sprite, .unseen, #orb"))
    .map((element) => [element, element.getBoundingClientRect()])
    .filter(([, box]) => box.right > innerWidth + 0.5 || box.left < -0.5)
    .map(([element]) => name(element));
  const edges = [["--edge", "--paper"], ["--edge", "--sheet"], ["--you-ring", "--paper"], ["--me", "--paper"]]
    .map(([one, other]) => [one, other, contrast(pixel([[theme(one), 1]]), pixel([[theme(other), 1]]))])
    .filter(([one, , found]) => found < (one === "--you-ring" ? 2 : 3));
  return { faint, small, outside, edges, scrolls: document.documentElement.scrollWidth > innerWidth };
}
"""

FINE = {"faint": [], "small": [], "outside": [], "edges": [], "scrolls": False}


def tone(connection: Connection, seconds: float) -> bytes:
    rate_hz = connection.hello["playback"]["rate_hz"]
    count = int(rate_hz * seconds)
    return b"".join(struct.pack("<h", int(9000 * math.sin(2 * math.pi * 220 * n / rate_hz))) for n in range(count))


async def states(page: Page, server: ScriptedServer) -> AsyncIterator[str]:
    """Lead the page through what a person may see of it, and stop at each with its name."""
    yield "idle"
    await page.get_by_role("button", name="Settings").click()
    yield "settings"
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Start talking").click()
    connection = await server.connection()
    await connection.open()
    await expect(page.locator("#status")).to_have_text("Listening")
    await connection.send("partial", turn=1, text="what time is it in")
    await expect(page.locator(".asked")).to_be_visible()
    yield "listening"
    await connection.final(1, "what time is it in tokyo")
    await connection.state("thinking")
    await expect(page.locator("#status")).to_have_text("Thinking")
    yield "thinking"
    await connection.reply(1, 1, "It’s a quarter past nine in the evening in Tokyo.")
    await connection.speak(1, tone(connection, 0.2))
    await connection.final(2, "and what can you do")
    await connection.reply(2, 2, "I can tell you the time anywhere,")
    await connection.speak(2, tone(connection, 0.2))
    await connection.reply(2, 3, "and work out numbers for you.")
    await connection.speak(3, tone(connection, 20))
    await connection.reply(2, 4, "Ask me what I know about you whenever you like.")
    await connection.state("speaking")
    await connection.send("metrics", turn=2, final_ms=212, intent_ms=251, synthesis_ms=214, first_audio_ms=497)
    await connection.expect("played", clause=3)
    yield "speaking"
    await page.get_by_role("button", name="How fast was that?").click()
    yield "latencies"
    await page.keyboard.press("Escape")
    await connection.send("playback", action="stop")
    await connection.send("cut", turn=2, heard="I can tell you the time anywhere, and", unheard="work out numbers.")
    await connection.state("listening")
    await expect(page.locator("del")).to_be_visible()
    yield "cut"
    await page.get_by_role("button", name="Mute the microphone").click()
    await expect(page.locator("#status")).to_have_text("Muted")
    yield "muted"
    server.refuse = 503
    await connection.vanish()
    await expect(page.locator("#status")).to_have_text("Reconnecting…")
    yield "reconnecting"
    server.refuse = None
    connection = await server.connection()
    await connection.open(resumed=True)
    await expect(page.get_by_role("alert")).to_contain_text("Back again")
    yield "back"
    await connection.fail("too_many_sessions", fatal=True, close=1013)
    await expect(page.get_by_role("alert")).to_contain_text("too many")
    yield "refused"


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_state_can_be_read_and_touched_and_fits(
    visit: Visit, server: ScriptedServer, pictures: Path, theme: str, width: int
) -> None:
    """WCAG AA contrast, targets of 44 px, nothing beyond the screen's edge; a picture of each for people."""
    page = await visit(viewport={"width": width, "height": 800 if width > 400 else 844}, color_scheme=theme)
    async for state in states(page, server):
        await page.wait_for_timeout(350)  # let transitions end: colours on the way are no colours of the design
        await page.screenshot(path=pictures / f"{state}-{theme}-{width}.png")
        assert {"state": state, **await page.evaluate(LOOK)} == {"state": state, **FINE}


@pytest.mark.parametrize("size", [(844, 390), (640, 360)])
async def test_a_phone_on_its_side_has_room_for_words(visit: Visit, server: ScriptedServer, size: Any) -> None:
    """Button, words and typing are all on the screen, and the words have a third of it."""
    page = await visit(viewport={"width": size[0], "height": size[1]})
    await page.get_by_role("button", name="Start talking").click()
    connection = await server.connection()
    await connection.open()
    await connection.final(1, "what time is it")

    await expect(page.locator(".asked")).to_be_in_viewport()
    for part in ("#talk", "#words", "#end"):
        await expect(page.locator(part)).to_be_in_viewport(ratio=1)
    box = await page.locator("#log").bounding_box()
    assert box is not None
    assert box["height"] > size[1] / 3


async def test_every_control_is_reached_by_tab_and_shows_its_focus(visit: Visit) -> None:
    """In the order of reading, each with a name and an outline."""
    page = await visit()
    reached = []
    for _ in range(9):
        await page.keyboard.press("Tab")
        focus = await page.evaluate(
            """() => {
              const e = document.activeElement;
              const style = getComputedStyle(e);
              return [e.ariaLabel ?? e.labels?.[0]?.innerText ?? e.innerText, style.outlineStyle, style.outlineWidth];
            }"""
        )
        reached.append(focus[0].strip())
        assert focus[1:] == ["solid", "3px"]

    assert reached == [
        "What I know",
        "How fast was that?",
        "Settings",
        "Start talking",
        "What was said",
        "What time is it in Tokyo?",
        "What is twelve percent of eighty?",
        "What can you do?",
        "Type instead of talking",
    ]


async def test_settings_hold_the_focus_and_give_it_back(visit: Visit) -> None:
    """A modal dialog: Escape closes it, and a wrong phrase is told where it is typed."""
    page = await visit()
    opener = page.get_by_role("button", name="Settings")
    await opener.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Settings")).to_be_visible()

    await page.get_by_role("switch", name="Wait for a wake phrase").check()
    phrase = page.get_by_label("Wake phrase", exact=True)
    await phrase.fill("one two three four five six")
    await expect(phrase).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_text("One to five words, in letters.")).to_be_visible()
    await page.keyboard.press("Escape")

    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(opener).to_be_focused()


async def test_a_screen_reader_hears_finals_and_replies_but_no_partials(visit: Visit, server: ScriptedServer) -> None:
    """One polite region speaks; the log can be read but doesn't talk over the assistant."""
    page = await visit()
    spoken = page.locator("#announce")
    await page.get_by_role("button", name="Start talking").click()
    connection = await server.connection()
    await connection.open()
    await expect(spoken).to_have_text("Listening.")

    await connection.send("partial", turn=1, text="what time")
    await expect(page.locator(".asked")).to_be_visible()
    await expect(spoken).to_have_text("Listening.")
    await connection.final(1, "what time is it")
    await expect(spoken).to_have_text("You: what time is it")
    await connection.reply(1, 1, "It’s nine,")
    await connection.reply(1, 2, "in the morning.")
    await expect(page.locator(".clause")).to_have_count(2)
    await expect(spoken).to_have_text("You: what time is it")
    await connection.send("reply_end", turn=1)

    await expect(spoken).to_have_text("Rapport: It’s nine, in the morning.")
    await expect(spoken).to_have_attribute("aria-live", "polite")
    await expect(page.get_by_role("log", name="What was said")).to_have_attribute("aria-live", "off")


async def test_the_button_tells_what_it_does_and_what_goes_on(visit: Visit, server: ScriptedServer) -> None:
    """Its name is the next action, its description the state."""
    page = await visit()
    button = page.locator("#talk")
    await expect(button).to_have_accessible_name("Start talking")
    await expect(button).to_have_accessible_description("Press to talk or hit the space bar")

    await button.click()
    await (await server.connection()).open()

    await expect(button).to_have_accessible_name("Mute the microphone")
    await expect(button).to_have_accessible_description("Listening Just talk")


async def test_who_wants_no_motion_gets_none(visit: Visit, server: ScriptedServer) -> None:
    """No animation runs, and the orb stands still even while the assistant thinks."""
    page = await visit(reduced_motion="reduce")
    await page.get_by_label("Type instead of talking").fill("hello")
    await page.keyboard.press("Enter")
    connection = await server.connection()
    await connection.open()
    await connection.state("thinking")
    await expect(page.locator("#status")).to_have_text("Thinking")
    await page.wait_for_timeout(300)

    picture = "document.getElementById('orb').toDataURL()"
    first = await page.evaluate(picture)
    await page.wait_for_timeout(500)

    assert await page.evaluate(picture) == first
    assert await page.evaluate("document.getAnimations().length") == 0


async def test_reading_back_is_not_torn_away(visit: Visit, server: ScriptedServer) -> None:
    """Who has scrolled up stays there, and gets a button to the latest words."""
    page = await visit()
    await page.get_by_role("button", name="Start talking").click()
    connection = await server.connection()
    await connection.open()
    for turn in range(1, 16):
        await connection.final(turn, f"question {turn}")
        await connection.reply(turn, turn, "An answer that is long enough to take some room on the page.")
    asked = page.locator(".asked")
    await expect(asked).to_have_count(15)
    await expect(asked.last).to_be_in_viewport()

    await page.locator("#log").hover()
    await page.mouse.wheel(0, -10_000)
    await expect(asked.first).to_be_in_viewport()
    await connection.final(16, "question 16")
    latest = page.get_by_role("button", name="Latest")
    await expect(latest).to_be_visible()
    await expect(asked).to_have_count(16)
    await expect(asked.first).to_be_in_viewport()
    await latest.click()

    await expect(asked.last).to_be_in_viewport()
    await expect(latest).to_be_hidden()
