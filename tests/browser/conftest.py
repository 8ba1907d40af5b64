"""A Chromium, and pages in it, for the tests of `web/`.

All tests here run on one event loop, because the browser lives on it; each module says so with `pytestmark`.
"""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.scripted_server import ScriptedServer

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
SOUND_ALLOWED = "--autoplay-policy=no-user-gesture-required"
PICTURES = Path(__file__).parents[2] / "results" / "browser"

PATIENCE_MS = 15_000
"""For what the page or the server does at once, on a machine that has a whole Rapport and a browser on two cores."""
expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def chromium(*flags: str) -> AsyncIterator[Browser]:
    """A headless Chromium whose microphone beeps once a second, or plays what `flags` say."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def opened(browser: Browser, url: str, *, scripts: tuple[str, ...] = (), **context: Any) -> AsyncIterator[Page]:
    """A page at `url`, in a profile of its own; fails if a script of the page does.

    Args:
        browser: Where to open it.
        url: The page's.
        scripts: JavaScript that runs before the page's own.
        context: Playwright's options of a browser context, such as `viewport` or `color_scheme`.
    """
    profile = await browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **context})
    try:
        page = await profile.new_page()
        page.set_default_timeout(PATIENCE_MS)
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        for script in scripts:
            await page.add_init_script(script)
        await page.goto(url)
        yield page
        assert broken == []
    finally:
        await profile.close()


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on the path")
    async with chromium(SOUND_ALLOWED) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, server: ScriptedServer) -> AsyncIterator[Callable[..., Awaitable[Page]]]:
    """Opens the scripted server's page; takes the options of `opened`."""
    async with AsyncExitStack() as visits:

        async def visit(**options: Any) -> Page:
            return await visits.enter_async_context(opened(browser, server.url, **options))

        yield visit


@pytest.fixture
def pictures() -> Path:
    """Where screenshots go, for people to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES
