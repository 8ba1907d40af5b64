""" "What I know" in Chromium, against the real people API on encrypted files."""

from __future__ import annotations

import asyncio
import io
import json
import re
import secrets
import zipfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from rapport.tokens import Proofs
from tests.browser.conftest import opened
from tests.browser.scripted_server import Connection, ScriptedServer
from tests.browser.test_reach import FINE, LOOK
from tests.people_process import TOKEN_KEY, PeopleProcess, free_port, running_people_api

pytestmark = pytest.mark.asyncio(loop_scope="session")

MEMORIES = (
    {"kind": "relation", "text": "your sister lives in Oslo", "days_ago": 40, "words": "my sister lives in oslo"},
    {"kind": "preference", "text": "your favourite coffee is a flat white", "days_ago": 3, "source": "passing"},
    {"kind": "fact", "text": "you are allergic to nuts", "days_ago": 1, "words": "um i can't eat nuts you know"},
    {"kind": "routine", "text": "you go running on Saturdays", "days_ago": 0, "source": "page"},
    {"kind": "preference", "text": "you like quiet places", "days_ago": 0, "source": "derived"},
)


@dataclass
class Home:
    """A page's server, and the people API beside it."""

    server: ScriptedServer
    people: PeopleProcess
    browser: Browser
    visits: AsyncExitStack

    async def visit(
        self,
        memories: Sequence[Mapping[str, Any]] | None = MEMORIES,
        agrees: Sequence[str] = ("memory",),
        timers: Sequence[Mapping[str, Any]] = (),
        **how: Any,
    ) -> Page:
        """A page of somebody of whom this much is known; None: nothing, and nothing was agreed to."""
        issued = self.server.tokens.issue(credential=None, person=None, previous=None)
        if memories is not None:
            await asyncio.to_thread(self.people.remember, issued.person, memories, agrees, timers)
        keep = f"localStorage.setItem('rapport.token', {json.dumps(json.dumps(issued.token))})"
        once = f"if (!sessionStorage.begun) {{ sessionStorage.begun = 1; {keep} }}"
        return await self.visits.enter_async_context(opened(self.browser, self.server.url, scripts=(once,), **how))

    async def talk(self, page: Page) -> Connection:
        """Begin a conversation on the page, by typing."""
        await page.get_by_label("Type instead of talking").fill("hello")
        await page.keyboard.press("Enter")
        connection = await self.server.connection()
        await connection.open()
        await connection.expect("text")
        await connection.final(1, "hello", source="text")
        return connection


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[ScriptedServer, PeopleProcess]]:
    async with ScriptedServer() as server:
        with running_people_api(tmp_path_factory.mktemp("people"), server.url) as people:
            server.people = people.url
            yield server, people


@pytest_asyncio.fixture(loop_scope="session")
async def home(place: tuple[ScriptedServer, PeopleProcess], browser: Browser) -> AsyncIterator[Home]:
    async with AsyncExitStack() as visits:
        yield Home(*place, browser, visits)


async def known(page: Page) -> Locator:
    """The panel, opened by its button."""
    await page.get_by_role("button", name="What I know").click()
    panel = page.get_by_role("dialog", name="What I know")
    await expect(panel).to_be_visible()
    return panel


async def turn_to(panel: Locator, tab: str) -> None:
    await panel.get_by_role("tab", name=tab).click()


def memory(panel: Locator, text: str) -> Locator:
    return panel.locator(".memory").filter(has_text=text)


class TestMemories:
    async def test_of_whom_nothing_is_known_nothing_is_kept_unless_they_agree(self, home: Home) -> None:
        """The way from there to a yes is one press, and the words are those that are agreed to."""
        page = await home.visit(None)
        panel = await known(page)
        await expect(panel.get_by_text("I don’t remember you.")).to_be_visible()

        await panel.get_by_role("button", name="See what you can agree to").click()
        switch = panel.get_by_role("switch", name="Remember what I tell you")
        await expect(switch).to_have_accessible_description(re.compile("encrypted with a key of your own"))
        await expect(panel.get_by_role("switch", checked=True)).to_have_count(0)
        await switch.click()

        await expect(switch).to_be_checked()
        await expect(switch).to_be_focused()
        await expect(
            panel.get_by_text(re.compile(r"You agreed today, on this page\. Receipt [0-9a-f]{16}\."))
        ).to_be_visible()
        await turn_to(panel, "Memories")
        await expect(panel.get_by_role("tabpanel").get_by_text("Nothing yet.")).to_be_visible()

    async def test_each_says_what_where_from_what_for_and_until_when(self, home: Home) -> None:
        """In groups, in plain words."""
        panel = await known(await home.visit())

        headings = panel.locator("h3:visible")
        await expect(headings).to_have_text(
            ["About you", "What you like", "People in your life", "What you usually do"]
        )
        sister = memory(panel, "Your sister lives in Oslo.")
        await expect(sister).to_contain_text(re.compile(r"You asked me on \w+ \d+(, \d{4})? to remember this\."))
        await expect(sister).to_contain_text(re.compile("Kept for “Remember what I tell you”, until .* 20[3-9]"))
        await expect(memory(panel, "flat white")).to_contain_text(re.compile("You said so on [A-Z][a-z]+day"))
        nuts = memory(panel, "allergic")
        await expect(nuts).to_contain_text("“um i can't eat nuts you know”")
        await expect(nuts).to_contain_text("yesterday")
        await expect(nuts.locator(".tag")).to_have_text("sensitive")
        await expect(memory(panel, "running")).to_contain_text("You wrote this here today.")
        await expect(memory(panel, "quiet places")).to_contain_text("I worked this out today")

    async def test_searching_narrows_and_emptying_brings_all_back(self, home: Home) -> None:
        """By words as they are typed; what is not there is said."""
        panel = await known(await home.visit())
        search = panel.get_by_role("searchbox", name="Search what I know")

        await search.fill("coffee")
        await expect(panel.locator(".memory").first).to_contain_text("flat white")
        await expect(memory(panel, "sister")).to_have_count(0)
        await search.fill("xylophone")
        await expect(panel.get_by_text("Nothing like that.")).to_be_visible()
        await search.fill("")

        await expect(panel.locator(".memory")).to_have_count(len(MEMORIES))

    async def test_an_edit_is_kept_and_says_so(self, home: Home) -> None:
        """By keyboard alone; the focus stays at the memory."""
        panel = await known(await home.visit())

        await panel.get_by_role("button", name="Edit: Your sister lives in Oslo.").press("Enter")
        words = panel.get_by_role("textbox", name="What I am to remember")
        await expect(words).to_be_focused()
        await words.fill("your sister lives in Bergen")
        await words.press("Enter")

        sister = memory(panel, "Your sister lives in Bergen.")
        await expect(sister).to_contain_text("You wrote this here today.")
        await expect(memory(panel, "Oslo")).to_have_count(0)
        await expect(sister.get_by_role("button", name="Edit")).to_be_focused()
        await expect(panel.get_by_role("status")).to_have_text("Saved.")

    async def test_something_sensitive_is_asked_about_and_a_password_never_kept(self, home: Home) -> None:
        """Told beside the words, which stay to be changed."""
        panel = await known(await home.visit())
        await panel.get_by_role("button", name="Edit: You go running on Saturdays.").click()
        words = panel.get_by_role("textbox", name="What I am to remember")

        await words.fill("my password is hunter2xQ9")
        await words.press("Enter")
        await expect(panel.get_by_role("alert")).to_contain_text("never keep passwords")
        await words.fill("you are diabetic")
        await words.press("Enter")
        await expect(panel.get_by_role("alert")).to_contain_text("sensitive")
        await panel.get_by_role("button", name="Keep it").click()

        await expect(memory(panel, "You are diabetic.").locator(".tag")).to_have_text("sensitive")

    async def test_escape_leaves_the_edit_and_then_the_panel(self, home: Home) -> None:
        """One step at a time, and the focus goes back where it was."""
        page = await home.visit()
        panel = await known(page)
        await panel.get_by_role("button", name="Edit: Your sister").click()

        await page.keyboard.press("Escape")
        await expect(panel.get_by_role("button", name="Edit: Your sister")).to_be_focused()
        await page.keyboard.press("Escape")

        await expect(panel).to_be_hidden()
        await expect(page.get_by_role("button", name="What I know")).to_be_focused()

    async def test_forgetting_is_asked_about_once_and_is_for_good(self, home: Home) -> None:
        """The focus goes on to the next memory, not to nowhere."""
        page = await home.visit()
        panel = await known(page)

        await panel.get_by_role("button", name="Forget: Your sister").click()
        await expect(panel.get_by_role("button", name="Keep it")).to_be_focused()
        await panel.get_by_role("button", name="Keep it").click()
        await panel.get_by_role("button", name="Forget: Your sister").click()
        await panel.get_by_role("button", name="Forget it").click()

        await expect(memory(panel, "sister")).to_have_count(0)
        await expect(panel.get_by_role("status")).to_have_text("Forgotten.")
        await expect(panel.get_by_role("button", name="Edit: You go running")).to_be_focused()
        await page.reload()
        panel = await known(page)
        await expect(panel.locator(".memory")).to_have_count(len(MEMORIES) - 1)

    async def test_what_is_told_while_it_is_open_appears(self, home: Home) -> None:
        """With the end of the answer; not while somebody edits."""
        page = await home.visit(MEMORIES[:1])
        connection = await home.talk(page)
        person = home.server.tokens.person_of(connection.hello["token"])
        panel = await known(page)
        await expect(panel.locator(".memory")).to_have_count(1)

        await asyncio.to_thread(home.people.remember, person, MEMORIES[1:2], ())
        await connection.reply(1, 1, "I’ll remember that.")
        await connection.send("reply_end", turn=1)

        await expect(memory(panel, "flat white")).to_be_visible()

    async def test_many_memories_come_page_by_page(self, home: Home) -> None:
        """Each once; the focus goes to the first of the new ones."""
        many = [{"kind": "note", "text": f"number {n} is {n * 7919 % 1009}", "days_ago": n / 24} for n in range(60)]
        panel = await known(await home.visit(many))
        await expect(panel.locator(".memory")).to_have_count(50)

        await panel.get_by_role("button", name="Show more").click()

        await expect(panel.locator(".memory")).to_have_count(60)
        await expect(panel.get_by_role("button", name="Show more")).to_be_hidden()
        await expect(panel.get_by_role("button", name="Edit: Number 50 is")).to_be_focused()
        texts = await panel.locator(".memory .text").all_inner_texts()
        assert len(set(texts)) == 60


class TestConsents:
    async def test_turning_memory_off_says_what_goes_and_then_deletes_it(self, home: Home) -> None:
        """Not before it was confirmed."""
        panel = await known(await home.visit())
        await turn_to(panel, "Consent")
        switch = panel.get_by_role("switch", name="Remember what I tell you")
        await switch.click()
        await expect(panel.get_by_text("This deletes what I remember: 5 memories.")).to_be_visible()
        await panel.get_by_role("button", name="Leave it on").click()
        await expect(switch).to_be_checked()

        await switch.click()
        await panel.get_by_role("button", name="Turn it off").click()

        await expect(switch).not_to_be_checked()
        await expect(panel.get_by_role("status")).to_contain_text("5 memories deleted")
        await expect(panel.get_by_text(re.compile("You took it back today"))).to_be_visible()
        await turn_to(panel, "Memories")
        await expect(panel.get_by_text("I don’t remember you.")).to_be_visible()

    async def test_what_was_agreed_to_aloud_says_so(self, home: Home) -> None:
        panel = await known(await home.visit([], agrees=["memory", "proactive"]))
        await turn_to(panel, "Consent")

        await expect(panel.get_by_role("switch", checked=True)).to_have_count(2)
        await expect(panel.get_by_text(re.compile(r"You agreed on .*, aloud\."))).to_have_count(2)

    async def test_a_conversation_goes_off_the_record_and_back(self, home: Home, pictures: Path) -> None:
        """The switch asks; the server's word turns it."""
        page = await home.visit()
        panel = await known(page)
        await turn_to(panel, "Consent")
        switch = panel.get_by_role("switch", name="Off the record")

        await switch.click()

        connection = await home.server.connection()
        await connection.open()
        assert (await connection.expect("text"))["text"] == "off the record"
        await expect(switch).not_to_be_checked()
        await connection.send("show", turn=1, show="record", off=True)
        await expect(switch).to_be_checked()
        await page.screenshot(path=pictures / "off-record-switch.png")
        await page.keyboard.press("Escape")
        badge = page.locator("header").get_by_text("Off the record")
        await expect(badge).to_be_visible()
        await page.screenshot(path=pictures / "off-record.png")
        await connection.send("show", turn=2, show="record", off=False)
        await expect(badge).to_be_hidden()

    async def test_a_yes_that_was_said_aloud_is_noted_and_leads_here(self, home: Home) -> None:
        """Beside the conversation, which goes on."""
        page = await home.visit([])
        connection = await home.talk(page)

        await connection.send("show", turn=1, show="consent", receipt={"receipt": "0123456789abcdef"})
        await expect(page.get_by_role("alert")).to_contain_text("Noted.")
        await page.get_by_role("alert").get_by_role("button", name="Show").click()

        panel = page.get_by_role("dialog", name="What I know")
        await expect(panel.get_by_role("switch", name="Remember what I tell you")).to_be_checked()


class TestExport:
    async def test_everything_is_one_file(self, home: Home) -> None:
        """With what is on the page in it."""
        page = await home.visit()
        panel = await known(page)
        await turn_to(panel, "Your data")
        await expect(panel.get_by_text("I keep 5 memories of you")).to_be_visible()

        async with page.expect_download() as download:
            await panel.get_by_role("button", name="Download everything").click()
        file = await download.value

        assert re.fullmatch(r"rapport-\d{4}-\d\d-\d\d\.zip", file.suggested_filename)
        archive = zipfile.ZipFile(io.BytesIO(Path(await file.path()).read_bytes()))
        assert "flat white" in archive.read("data.json").decode()
        assert "flat white" in archive.read("index.html").decode()
        await expect(panel.get_by_role("status")).to_have_text("Your copy is in your downloads.")

    async def test_a_copy_that_was_asked_for_aloud_waits_behind_the_button(self, home: Home) -> None:
        """The link that came with the words is used once; after that a new one is asked for."""
        page = await home.visit()
        connection = await home.talk(page)
        person = home.server.tokens.person_of(connection.hello["token"])
        await connection.send("show", turn=1, show="export", ticket=Proofs(TOKEN_KEY).export(person))
        panel = page.get_by_role("dialog", name="What I know")
        await expect(panel.get_by_text("Your copy is ready.").first).to_be_visible()
        download = panel.get_by_role("button", name="Download everything")
        await expect(download).to_be_focused()
        for _ in range(2):
            async with page.expect_download():
                await download.click()
            await expect(panel.locator("[data-ready]")).to_be_hidden()

    async def test_the_archive_s_page_stands_by_itself(self, home: Home, pictures: Path) -> None:
        """Readable in both themes and on paper, without a network."""
        page = await home.visit()
        panel = await known(page)
        await turn_to(panel, "Your data")
        async with page.expect_download() as download:
            await panel.get_by_role("button", name="Download everything").click()
        html = zipfile.ZipFile(io.BytesIO(Path(await (await download.value).path()).read_bytes())).read("index.html")

        for theme in ("light", "dark"):
            reader = await home.browser.new_context(color_scheme=theme, offline=True)
            shown = await reader.new_page()
            await shown.set_content(html.decode())
            await expect(shown.get_by_role("heading", name="What Rapport holds about you")).to_be_visible()
            await expect(shown.get_by_text("your sister lives in Oslo", exact=True)).to_be_visible()
            await shown.screenshot(path=pictures / f"export-{theme}.png", full_page=True)
            await reader.close()


class TestErasure:
    async def erase(self, page: Page) -> Locator:
        panel = await known(page)
        await turn_to(panel, "Your data")
        button = panel.get_by_role("button", name="Erase me for good")
        await expect(button).to_be_disabled()
        await panel.get_by_label("To go on, type erase me").fill("Erase me")
        await button.click()
        await expect(panel.get_by_role("heading", name="You are erased")).to_be_focused()
        return panel

    async def test_it_takes_words_gives_a_receipt_and_begins_anew(self, home: Home) -> None:
        """The conversation ends, the page forgets its token and what was said, and the next token is another's."""
        page = await home.visit()
        connection = await home.talk(page)
        before = home.server.tokens.person_of(connection.hello["token"])

        panel = await self.erase(page)

        await connection.expect("control", action="end")
        await expect(panel.get_by_text("5 memories, in 4 places")).to_be_visible()
        await expect(page.locator(".turn")).to_have_count(0)
        async with page.expect_download() as download:
            await panel.get_by_role("button", name="Download").click()
        kept = json.loads(Path(await (await download.value).path()).read_text())
        assert kept["receipt"]["memories"] == 5
        assert kept["verify"]["algorithm"] == "Ed25519"

        await panel.get_by_role("button", name="Begin anew").click()
        await expect(panel).to_be_hidden()
        again = await home.talk(page)
        assert home.server.tokens.person_of(again.hello["token"]) != before
        panel = await known(page)
        await expect(panel.get_by_text("I don’t remember you.")).to_be_visible()

    async def test_the_receipt_can_be_copied(self, home: Home) -> None:
        page = await home.visit(permissions=["clipboard-read", "clipboard-write"])
        panel = await self.erase(page)

        await panel.get_by_role("button", name="Copy").click()

        await expect(panel.get_by_role("status")).to_have_text("Copied.")
        assert json.loads(await page.evaluate("navigator.clipboard.readText()"))["receipt"]["signature"]

    async def test_whom_the_voice_erased_the_page_forgets_too(self, home: Home) -> None:
        """The receipt is shown while the answer is still being given; then the session ends."""
        page = await home.visit(None)
        connection = await home.talk(page)
        before = home.server.tokens.person_of(connection.hello["token"])
        receipt = {
            "id": "0123456789abcdef",
            "who": "a_0123456789abcdef01234567",
            "at": "2026-05-01T12:00:00+00:00",
            "memories": 1,
            "erased": ["return", "key", "memories", "conversations"],
            "searched_files": 7,
            "searched_bytes": 90_112,
            "signature": "c2lnbmVk",
        }

        await connection.send("show", turn=1, show="receipt", receipt=receipt)
        panel = page.get_by_role("dialog", name="What I know")
        await expect(panel.get_by_text("1 memory, in 4 places")).to_be_visible()
        await expect(panel.get_by_text("7 files; nothing of you was left")).to_be_visible()
        await connection.fail("erased", fatal=True, close=1000)
        await panel.get_by_role("button", name="Begin anew").click()

        await expect(page.get_by_role("alert")).to_contain_text("Everything about you is erased")
        again = await home.talk(page)
        assert home.server.tokens.person_of(again.hello["token"]) != before

    async def test_who_was_erased_elsewhere_begins_anew(self, home: Home) -> None:
        """In another window, by voice, by a command: the old token is of no use, and the page lets it go."""
        page, other = await home.visit(), await home.visit(None)
        token = await page.evaluate("localStorage.getItem('rapport.token')")
        await other.evaluate("(token) => localStorage.setItem('rapport.token', token)", token)
        await self.erase(other)

        panel = await known(page)

        await expect(panel.get_by_role("status")).to_contain_text("begin anew")
        await expect(panel.get_by_text("I don’t remember you.")).to_be_visible()


class TestActivity:
    async def test_what_was_done_is_told_in_words(self, home: Home) -> None:
        """The latest first."""
        panel = await known(await home.visit())
        await panel.get_by_role("searchbox").fill("sister")
        await expect(memory(panel, "sister")).to_be_visible()
        await expect(memory(panel, "running")).to_have_count(0)

        await turn_to(panel, "Activity")

        entries = panel.locator(".entry p")
        await expect(entries.first).to_contain_text("I looked something up")
        await expect(entries.last).to_have_text("You agreed: Remember what I tell you")
        await expect(entries).to_have_count(len(MEMORIES) + 2)


class TestTimers:
    @staticmethod
    def one(kind: str, about: str, in_s: float, every: str = "") -> dict[str, Any]:
        """As it is kept."""
        due = datetime.now(timezone.utc) + timedelta(seconds=in_s)
        starts = due.replace(tzinfo=None).isoformat() if every else ""
        made = {"id": secrets.token_hex(6), "kind": kind, "about": about, "due": due.isoformat()}
        return {**made, "every": every, "starts": starts}

    @pytest.mark.parametrize("width", [320, 1280])
    async def test_what_is_set_is_seen_and_cancelled(self, home: Home, pictures: Path, width: int) -> None:
        timers = [self.one("alarm", "", 90_000, "FREQ=DAILY"), self.one("reminder", "call mum", 7_200)]
        page = await home.visit(timers=timers, viewport={"width": width, "height": 800})
        panel = await known(page)
        await expect(panel.get_by_role("heading", name="Timers, alarms and reminders")).to_be_visible()
        await expect(panel.locator(".due")).to_contain_text(["Reminder: call mum", re.compile("Alarm.*every day at")])
        await page.wait_for_timeout(450)  # let transitions end: colours on the way are no colours of the design
        await page.screenshot(path=pictures / f"known-timers-{width}.png")
        assert await page.evaluate(LOOK) == FINE

        await panel.get_by_role("button", name="Cancel: Reminder: call mum").click()
        await expect(panel.locator(".due")).to_have_count(1)
        await expect(panel.get_by_role("tab", selected=True)).to_be_focused()

    async def test_a_conversation_is_opened_for_what_is_due(self, home: Home) -> None:
        """Where none is open any more; the microphone stays off."""
        page = await home.visit(timers=[self.one("alarm", "", 12)])
        connection = await home.talk(page)
        await connection.fail("idle", fatal=True, close=1000)

        again = await home.server.connection()
        await again.open()
        await expect(page.get_by_role("button", name="Start talking")).to_be_visible()
        assert not again.heard


class TestLists:
    async def with_a_list(self, home: Home, **how: Any) -> tuple[Page, Locator]:
        """Somebody with a shopping list, looking at it."""
        page = await home.visit(**how)
        things = [{"text": "oat milk", "done": False}, {"text": "eggs", "done": False}]
        write = (
            "import(new URL('static/people.js', location.href)).then((m) => m.people.changeList('shopping', things))"
        )
        await page.evaluate(f"(things) => {write}", things)
        panel = await known(page)
        await expect(panel.get_by_role("heading", name="Shopping list")).to_be_visible()
        return page, panel

    async def test_things_are_ticked_off_added_and_tidied_away(self, home: Home) -> None:
        """And are so after a reload."""
        page, panel = await self.with_a_list(home)
        await panel.get_by_role("checkbox", name="oat milk").click()
        await expect(panel.get_by_role("checkbox", name="oat milk")).to_be_checked()
        await expect(panel.get_by_role("checkbox", name="oat milk")).to_be_focused()
        await panel.get_by_label("Add to Shopping list").fill("bread")
        await page.keyboard.press("Enter")
        await expect(panel.get_by_role("checkbox", name="bread")).to_be_visible()
        await expect(panel.get_by_label("Add to Shopping list")).to_be_focused()
        await panel.get_by_role("button", name="Remove what is done").click()
        await expect(panel.get_by_role("checkbox")).to_have_count(2)

        await page.reload()
        panel = await known(page)
        await expect(panel.locator(".things li")).to_have_text(["eggs", "bread"])

    @pytest.mark.parametrize("width", [320, 1280])
    @pytest.mark.parametrize("theme", ["light", "dark"])
    async def test_they_can_be_read_and_touched_and_fit(
        self, home: Home, pictures: Path, theme: str, width: int
    ) -> None:
        """WCAG AA contrast, targets of 44 px, nothing beyond the screen's edge."""
        page, panel = await self.with_a_list(home, viewport={"width": width, "height": 800}, color_scheme=theme)
        await panel.get_by_role("checkbox", name="oat milk").click()
        await expect(panel.get_by_role("checkbox", name="oat milk")).to_be_checked()
        await panel.get_by_role("button", name="Delete the list").click()
        await page.wait_for_timeout(450)  # let transitions end: colours on the way are no colours of the design
        await page.screenshot(path=pictures / f"known-lists-{theme}-{width}.png")
        assert await page.evaluate(LOOK) == FINE

    async def test_a_list_is_deleted_after_a_yes(self, home: Home) -> None:
        """The one that is asked about, and the memories stay."""
        _, panel = await self.with_a_list(home)
        await panel.get_by_role("button", name="Delete the list").click()
        await expect(panel.get_by_role("button", name="Keep it")).to_be_focused()
        await panel.get_by_role("button", name="Keep it").click()
        await expect(panel.get_by_role("checkbox")).to_have_count(2)
        await panel.get_by_role("button", name="Delete the list").click()
        await panel.get_by_role("button", name="Delete it").click()

        await expect(panel.get_by_text("Shopping list is deleted.")).to_be_visible()
        await expect(panel.get_by_role("heading", name="Shopping list")).to_have_count(0)
        await expect(memory(panel, "Your sister lives in Oslo.")).to_be_visible()


class TestLearnt:
    async def test_what_is_looked_at_is_told_and_switched_off(self, home: Home) -> None:
        page = await home.visit(agrees=("memory", "learning", "proactive"))
        panel = await known(page)
        await turn_to(panel, "Learnt")
        cuts = panel.get_by_role("switch", name="Whether you cut me off")
        await expect(cuts).to_be_checked()
        await expect(panel.get_by_text("From 40 % on: I keep them short.")).to_be_visible()
        await expect(panel.get_by_text("No habits yet.")).to_be_visible()

        await cuts.click()

        await expect(cuts).not_to_be_checked()
        await expect(cuts).to_be_focused()
        await expect(panel.locator("[data-learnt=cuts]")).to_contain_text("I don’t look at this.")

    async def test_suggestions_are_put_off_and_had_again(self, home: Home) -> None:
        page = await home.visit(agrees=("memory", "proactive"))
        panel = await known(page)
        await turn_to(panel, "Learnt")
        await expect(panel.get_by_text("None so far today; at most 3 a day, and none late.")).to_be_visible()

        await panel.get_by_role("button", name="None for a week").click()
        await expect(panel.get_by_text(re.compile(r"^None until 20\d\d-"))).to_be_visible()
        await panel.get_by_role("button", name="Have them again").click()
        await expect(panel.get_by_role("button", name="None today")).to_be_visible()

    async def test_all_that_was_learnt_is_forgotten_after_a_question(self, home: Home) -> None:
        page = await home.visit(agrees=("memory", "learning"))
        panel = await known(page)
        await turn_to(panel, "Learnt")
        cuts = panel.get_by_role("switch", name="Whether you cut me off")
        await cuts.click()
        await expect(cuts).not_to_be_checked()

        await panel.get_by_role("button", name="Forget all of it").click()
        await panel.get_by_role("button", name="Forget it").click()

        await expect(cuts).to_be_checked()

    async def test_who_agreed_to_nothing_is_told_where_that_is_done(self, home: Home) -> None:
        page = await home.visit(memories=None)
        panel = await known(page)
        await turn_to(panel, "Learnt")
        await expect(panel.get_by_text("I learn nothing from our talks.")).to_be_visible()

        await panel.get_by_role("button", name="See what you can agree to").first.click()

        await expect(panel.get_by_role("tab", name="Consent", selected=True)).to_be_focused()


class TestReach:
    async def test_tabs_are_steered_by_arrows(self, home: Home) -> None:
        """As tab lists are everywhere: one stop for Tab, arrows within, Home and End."""
        page = await home.visit()
        panel = await known(page)
        await expect(panel.get_by_role("tab", name="Memories")).to_be_focused()

        for key, tab in (
            ("ArrowRight", "Consent"),
            ("End", "Activity"),
            ("ArrowRight", "Memories"),
            ("ArrowLeft", "Activity"),
        ):
            await page.keyboard.press(key)
            await expect(panel.get_by_role("tab", name=tab, selected=True)).to_be_focused()
            await expect(panel.get_by_role("tabpanel", name=tab)).to_be_visible()
        await expect(panel.get_by_role("tabpanel")).to_have_count(1)

    async def test_an_absent_server_is_told_and_tried_again(self, browser: Browser, tmp_path: Path) -> None:
        """In the panel; the conversation knows nothing of it."""
        port = free_port()
        async with ScriptedServer() as server, AsyncExitStack() as visits:
            server.people = f"http://127.0.0.1:{port}"
            page = await visits.enter_async_context(opened(browser, server.url))
            panel = await known(page)
            await expect(panel.get_by_role("alert")).to_contain_text("I can’t reach what I know about you")

            with running_people_api(tmp_path, server.url, port=port):
                await panel.get_by_role("button", name="Try again").click()

                await expect(panel.get_by_text("I don’t remember you.")).to_be_visible()
                await expect(panel.get_by_role("alert")).to_be_hidden()

    async def test_the_page_reaches_no_other_server(self, home: Home) -> None:
        """Its policy names the people API, and nothing else."""
        page = await home.visit(None)

        blocked = await page.evaluate("fetch('http://127.0.0.1:9/').then(() => false, () => true)")
        allowed = await page.evaluate(f"fetch('{home.people.url}/v1/ready').then((answer) => answer.ok)")

        assert (blocked, allowed) == (True, True)

    @pytest.mark.parametrize("width", [320, 390, 1280])
    @pytest.mark.parametrize("theme", ["light", "dark"])
    async def test_every_part_can_be_read_and_touched_and_fits(
        self, home: Home, pictures: Path, theme: str, width: int
    ) -> None:
        """WCAG AA contrast, targets of 44 px, nothing beyond the screen's edge; a picture of each for people."""
        page = await home.visit(viewport={"width": width, "height": 800 if width > 400 else 844}, color_scheme=theme)

        async def look(state: str) -> None:
            await page.wait_for_timeout(450)  # let transitions end: colours on the way are no colours of the design
            await page.screenshot(path=pictures / f"known-{state}-{theme}-{width}.png")
            assert {"state": state, **await page.evaluate(LOOK)} == {"state": state, **FINE}

        panel = await known(page)
        await expect(panel.locator(".memory")).to_have_count(len(MEMORIES))
        await look("memories")
        await panel.get_by_role("button", name="Edit: You are allergic").click()
        await panel.get_by_role("button", name="Forget: Your favourite coffee").click()
        await look("editing")
        await panel.get_by_role("searchbox").fill("xylophone")
        await expect(panel.get_by_text("Nothing like that.")).to_be_visible()
        await look("unfound")
        await turn_to(panel, "Consent")
        await panel.get_by_role("switch", name="Remember what I tell you").click()
        await expect(panel.get_by_role("button", name="Turn it off")).to_be_visible()
        await look("consents")
        await turn_to(panel, "Activity")
        await expect(panel.locator(".entry").first).to_be_visible()
        await look("activity")
        await turn_to(panel, "Your data")
        await expect(panel.get_by_text("I keep 5 memories")).to_be_visible()
        await look("data")
        await panel.get_by_label("To go on, type erase me").fill("erase me")
        await look("erasing")
        await panel.get_by_role("button", name="Erase me for good").click()
        await expect(panel.get_by_text("in 4 places")).to_be_visible()
        await look("receipt")
        await panel.get_by_role("button", name="Begin anew").click()
        panel = await known(page)
        await expect(panel.get_by_text("I don’t remember you.")).to_be_visible()
        await look("unknown")
