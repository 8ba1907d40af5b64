""" "Your own voice" in Chromium, through the whole stack and the emulated provider: from the first yes to the receipt.

The person in the microphone is the local voice, played back a fifth faster: another voice to every ear here.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import urllib.request
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from playwright.async_api import Browser, Locator, Page, expect

from ops.stack import Stack
from rapport.speech.audio import HEARING_RATE_HZ, Resampler
from tests.browser.conftest import CHROMIUM, SOUND_ALLOWED, chromium, opened
from tests.browser.speech import MICROPHONE_HZ, microphone_flag
from tests.browser.test_reach import FINE, LOOK
from tests.emulator_process import KEY, EmulatorProcess
from tests.voice_process import have_piper

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(not have_piper(), reason="the local voice is absent; `make models` gets it"),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the path"),
]

Spoken = Callable[[str], bytes]

LISTENED_MS = 60_000
"""For what has to be listened to on a busy machine."""
TALLER = 6 / 5
LINES = (
    "On Sundays we used to take the early train to the coast. The carriages were nearly empty, and my grandmother "
    "always brought bread, cheese and a bag of cherries for the way. Nobody ever asked us where we were going.",
    "A good soup needs very little: an onion, two potatoes, a bit of garlic, and the patience to leave it alone.",
)


@pytest.fixture(scope="module")
def stack(provider_stack: Stack) -> Stack:
    return provider_stack


class Microphone:
    """What the browser's fake microphone hears the next time it is opened."""

    def __init__(self, path: Path, spoken: Spoken) -> None:
        self.path = path
        self._spoken = spoken
        self.hears("")

    def hears(self, text: str, *, taller: float = TALLER, noise: float = 0.0) -> float:
        """Somebody who says this; how many seconds that takes."""
        import numpy as np

        resampler = Resampler(round(HEARING_RATE_HZ * taller), MICROPHONE_HZ)
        pcm = resampler.feed(self._spoken(text)) + resampler.flush() if text else b""
        sound = np.concatenate([np.zeros(MICROPHONE_HZ // 4), np.frombuffer(pcm, "<i2"), np.zeros(20 * MICROPHONE_HZ)])
        sound += np.random.default_rng(1).normal(0, noise * 32_768, len(sound))
        with wave.open(str(self.path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(MICROPHONE_HZ)
            file.writeframes(np.clip(sound, -32_768, 32_767).astype("<i2").tobytes())
        return len(pcm) / 2 / MICROPHONE_HZ + 0.5


@pytest.fixture
def microphone(tmp_path: Path, spoken: Spoken) -> Microphone:
    return Microphone(tmp_path / "microphone.wav", spoken)


@pytest_asyncio.fixture(loop_scope="session")
async def page(stack: Stack, microphone: Microphone) -> AsyncIterator[Page]:
    async with chromium(microphone_flag(microphone.path), SOUND_ALLOWED) as browser:
        async with opened(browser, stack.page, accept_downloads=True) as page:
            yield page


async def own_voice(page: Page) -> Locator:
    """The dialog, opened by its way."""
    await page.get_by_role("button", name="What I know").click()
    await page.get_by_role("tab", name="Voice").click()
    await page.get_by_role("button", name="See how that works").click()
    dialog = page.get_by_role("dialog", name="Your own voice")
    await expect(dialog).to_be_visible()
    return dialog


async def agree(dialog: Locator) -> None:
    """To both."""
    for title in ("Speak in a voice made for me", "Use a cloud service for speech"):
        await dialog.get_by_role("switch", name=title).click()
        await expect(dialog.get_by_role("switch", name=title)).to_be_checked()


async def record(dialog: Locator, name: str, seconds: float) -> None:
    """Press, let it sound, and press again."""
    await dialog.get_by_role("button", name=name, exact=True).click()
    await expect(dialog.locator(".meter:visible [data-seconds]")).to_have_text(f"{round(seconds)} s", timeout=60_000)
    await dialog.get_by_role("button", name="Stop", exact=True).click()


async def asked_of(emulator: EmulatorProcess) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await asyncio.to_thread(emulator.control, "requests")
    return found


async def clones_at(emulator: EmulatorProcess) -> list[dict[str, Any]]:
    """The cloned voices that the provider has."""

    def ask() -> list[dict[str, Any]]:
        request = urllib.request.Request(f"{emulator.url}/v1/voices", headers={"xi-api-key": KEY})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return [each for each in json.load(answer)["voices"] if each["category"] == "cloned"]

    return await asyncio.to_thread(ask)


async def test_from_consent_to_a_voice_that_speaks_to_its_end(
    page: Page, stack: Stack, emulator: EmulatorProcess, microphone: Microphone, home: Path, tmp_path: Path
) -> None:
    """A noisy take is refused with its advice, somebody else's answer too; the provider is asked for the clone's voice,
    and has none any more once it was deleted; the receipt verifies."""
    dialog = await own_voice(page)
    switch = dialog.get_by_role("switch", name="Speak in a voice made for me")
    await expect(switch).to_have_accessible_description(
        "Rapport keeps which voice you chose, how it should speak and answer, and, if you enrol one, a cloned voice "
        "with its samples, encrypted with your key. Withdrawing deletes all of it."
    )
    await expect(dialog.get_by_role("button", name="Record")).to_have_count(0)
    await agree(dialog)

    seconds = await asyncio.to_thread(microphone.hears, LINES[1], noise=0.05)
    await record(dialog, "Record", seconds)
    await expect(dialog.get_by_text("It’s quite noisy. Try a quieter room.").first).to_be_visible(timeout=LISTENED_MS)
    await expect(dialog.get_by_role("button", name="Delete take 1")).to_have_count(0)

    seconds = await asyncio.to_thread(microphone.hears, LINES[0])
    await record(dialog, "Record", seconds)
    await expect(dialog.get_by_role("button", name="Delete take 1")).to_be_visible(timeout=LISTENED_MS)
    await expect(dialog.locator("[data-verdict=take]").get_by_text("That’s a good one. I keep it.")).to_be_visible()
    seconds = await asyncio.to_thread(microphone.hears, LINES[1])
    await record(dialog, "Record", seconds)
    await expect(dialog.get_by_role("button", name="Delete take 2")).to_be_visible(timeout=LISTENED_MS)

    await dialog.get_by_role("button", name="Show me the words").click()
    words = dialog.locator("[data-words]")
    await expect(words.locator(".word")).to_have_count(8)
    said = " ".join(await words.locator(".word").all_inner_texts())
    seconds = await asyncio.to_thread(microphone.hears, said + ".", taller=1.0)
    await record(dialog, "Say it", seconds)
    await expect(dialog.get_by_text("That sounds like me.").first).to_be_visible(timeout=LISTENED_MS)
    await expect(dialog.locator("[data-verdict=answer]").get_by_text("2 tries left.")).to_be_visible()
    seconds = await asyncio.to_thread(microphone.hears, said + ".")
    await record(dialog, "Say it", seconds)
    made = dialog.get_by_role("button", name="Make my voice")
    await expect(made).to_be_visible(timeout=LISTENED_MS)
    await made.click()
    await expect(dialog.get_by_text("Your voice is ready.").first).to_be_visible(timeout=LISTENED_MS)

    (clone,) = await clones_at(emulator)
    assert clone["name"].startswith("rapport-")
    assert len(clone["samples"]) == 2
    await dialog.get_by_role("button", name="Speak in my voice").click()
    await expect(dialog.get_by_role("status")).to_have_text("From the next sentence on, I speak in your voice.")
    await dialog.get_by_role("button", name="Close").click()
    await page.get_by_label("Type instead of talking").fill("what is seven times eight")
    await page.keyboard.press("Enter")
    clause = page.locator(".clause").first
    await expect(clause).to_have_attribute("data-state", "heard", timeout=LISTENED_MS)
    spoken_with = [each["path"] for each in await asked_of(emulator) if "text-to-speech" in each["path"]]
    assert spoken_with
    assert clone["voice_id"] in spoken_with[-1]

    dialog = await own_voice(page)
    await dialog.get_by_role("button", name="Delete my voice").click()
    await dialog.get_by_role("button", name="Delete it").click()
    await expect(dialog.get_by_role("heading", name="Your last voice is deleted")).to_be_visible(timeout=LISTENED_MS)
    assert await clones_at(emulator) == []
    assert json.loads((home / "voice/clones.json").read_text()) == {}
    assert list((home / "state/revoking").iterdir()) == []
    await expect(dialog.get_by_role("button", name="Delete take 1")).to_have_count(0)
    async with page.expect_download() as downloading:
        await dialog.get_by_role("button", name="Download the receipt").click()
    kept = tmp_path / "receipt.json"
    await (await downloading.value).save_as(kept)
    told = json.loads(kept.read_text())
    receipt = told["receipt"]
    text = json.dumps({**receipt, "signature": ""}, sort_keys=True, separators=(",", ":"))
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(told["verify"]["public_key"]))
    key.verify(base64.b64decode(receipt["signature"]), text.encode())
    assert receipt["samples"] == 2
    log = (home / "log").read_text(errors="replace")
    assert KEY not in log


async def test_a_file_is_as_good_as_a_recording(page: Page, microphone: Microphone, tmp_path: Path) -> None:
    """Where it is whole; one that is cut off is refused with the reason."""
    dialog = await own_voice(page)
    await agree(dialog)
    await asyncio.to_thread(microphone.hears, LINES[0])
    # Its silence at the end is no part of it.
    whole = microphone.path.read_bytes()
    cut = tmp_path / "cut.wav"
    cut.write_bytes(whole[: 44 + 2 * MICROPHONE_HZ * 8])
    chooser = dialog.locator("[data-file]")

    await chooser.set_input_files(cut)
    await expect(dialog.get_by_role("alert")).to_contain_text("It was cut off", ignore_case=True, timeout=LISTENED_MS)

    with wave.open(str(microphone.path)) as read:
        sound = read.readframes(MICROPHONE_HZ * 10)
    file = tmp_path / "voice.wav"
    with wave.open(str(file), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(MICROPHONE_HZ)
        written.writeframes(sound)
    await chooser.set_input_files(file)
    await expect(dialog.get_by_text("uploaded")).to_be_visible(timeout=LISTENED_MS)
    await expect(dialog.get_by_role("alert")).to_have_count(0)


async def test_closing_it_gives_the_microphone_back(page: Page) -> None:
    """And nothing that was recorded is sent."""
    dialog = await own_voice(page)
    await agree(dialog)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await dialog.get_by_role("button", name="Record", exact=True).click()
    await expect(dialog.get_by_role("button", name="Stop")).to_be_visible()

    await page.keyboard.press("Escape")

    await expect(dialog).to_be_hidden()
    dialog = await own_voice(page)
    await expect(dialog.get_by_role("button", name="Record", exact=True)).to_be_visible()
    assert [url for url in sent if "/takes" in url] == []


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_every_part_can_be_read_and_touched_and_fits(
    stack: Stack, browser: Browser, microphone: Microphone, pictures: Path, tmp_path: Path, theme: str, width: int
) -> None:
    """WCAG AA contrast, targets of 44 px, nothing beyond the screen's edge; a picture of each for people."""
    size = {"width": width, "height": 800 if width > 400 else 844}
    async with opened(browser, stack.page, viewport=size, color_scheme=theme) as page:

        async def look(state: str) -> None:
            await page.wait_for_timeout(450)  # let transitions end: colours on the way are no colours of the design
            await page.screenshot(path=pictures / f"enrol-{state}-{theme}-{width}.png")
            assert {"state": state, **await page.evaluate(LOOK)} == {"state": state, **FINE}

        dialog = await own_voice(page)
        await expect(dialog.get_by_role("switch")).to_have_count(2)
        await look("consent")
        await agree(dialog)
        await dialog.get_by_role("button", name="Record", exact=True).click()
        await expect(dialog.locator(".meter:visible [data-seconds]")).to_have_text("2 s", timeout=20_000)
        await look("recording")
        await dialog.get_by_role("button", name="Stop").click()
        await expect(dialog.get_by_text("I don’t keep this one.", exact=True)).to_be_visible(timeout=LISTENED_MS)
        await dialog.get_by_text("What I checked").click()
        await look("refused")
        for line in LINES:
            seconds = await asyncio.to_thread(microphone.hears, line)
            with contextlib.closing(wave.open(str(microphone.path))) as read:
                sound = read.readframes(round(MICROPHONE_HZ * (seconds + 0.5)))
            file = tmp_path / "voice.wav"
            with wave.open(str(file), "wb") as written:
                written.setnchannels(1)
                written.setsampwidth(2)
                written.setframerate(MICROPHONE_HZ)
                written.writeframes(sound)
            takes = await dialog.locator(".take").count()
            await dialog.locator("[data-file]").set_input_files(file)
            await expect(dialog.locator(".take")).to_have_count(takes + 1, timeout=LISTENED_MS)
        await look("takes")
        await dialog.get_by_role("button", name="Show me the words").click()
        await expect(dialog.locator(".word")).to_have_count(8)
        await look("challenge")
        await dialog.get_by_role("button", name="Delete my voice").click()
        await look("deleting")
        await dialog.get_by_role("button", name="Delete it").click()
        await expect(dialog.get_by_role("heading", name="Your last voice is deleted")).to_be_visible()
        await look("receipt")
