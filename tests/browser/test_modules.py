"""The page's pure parts, run in Chromium as the page runs them."""

import io
import math
import struct
import wave
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from rapport.voices.quality import judge
from tests.browser.conftest import opened
from tests.browser.scripted_server import ScriptedServer
from tests.fakes.listening import GOOD

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with ScriptedServer() as server, opened(browser, server.url) as page:
        yield page


async def run(page: Page, module: str, body: str, argument: Any = None) -> Any:
    """Run JavaScript with a module of the page as `m` and the argument as `a`."""
    return await page.evaluate(
        f"async (a) => {{ const m = await import(new URL('static/{module}', document.baseURI)); {body} }}", argument
    )


class TestRecordings:
    async def test_are_whole_wav_files(self, page: Page) -> None:
        """Mono, 16 bit, of the device's rate, with sizes that are right."""
        found = await run(
            page,
            "enrol-wav.js",
            """
            const sound = m.wavOf([new Float32Array([0, 0.5]), new Float32Array([-1])], 48000);
            return [...new Uint8Array(await sound.arrayBuffer())];
            """,
        )
        with wave.open(io.BytesIO(bytes(found))) as read:
            assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (1, 2, 48_000)
            assert struct.unpack("<3h", read.readframes(3)) == (0, 16_384, -32_768)
        assert len(found) == 44 + 6

    @pytest.mark.parametrize(
        ("rms", "peak", "told"), [(0.001, 0.01, "quiet"), (0.1, 0.6, "good"), (0.3, 1, "loud"), (0.001, 1, "loud")]
    )
    async def test_have_a_level_in_a_word(self, page: Page, rms: float, peak: float, told: str) -> None:
        """As they are made."""
        assert await run(page, "enrol-wav.js", "return m.levelOf(a.rms, a.peak)", {"rms": rms, "peak": peak}) == told

    @pytest.mark.parametrize(
        ("state", "speech_s", "agreed", "shown"),
        [
            ("draft", 0, False, {"consent"}),
            ("draft", 0, True, {"consent", "record"}),
            ("consented", 4, True, {"consent", "record", "revoke"}),
            ("consented", 14, True, {"consent", "record", "verify", "revoke"}),
            ("verified", 14, True, {"consent", "record", "make", "revoke"}),
            ("failed", 14, True, {"consent", "record", "make", "revoke"}),
            ("submitted", 14, True, {"consent", "make", "revoke"}),
            ("ready", 14, True, {"consent", "ready", "revoke"}),
            ("revoked", 0, True, {"consent", "record"}),
            ("revoked", 0, False, {"consent"}),
        ],
    )
    async def test_lead_to_a_voice_step_by_step(
        self, page: Page, state: str, speech_s: float, agreed: bool, shown: set[str]
    ) -> None:
        """What can be done now is shown, and nothing else."""
        clone = {
            "state": state,
            "revoking": False,
            "asked": [{"granted": True}, {"granted": agreed}],
            "speech_s": speech_s,
        }
        clone |= {"takes": [{}] if speech_s else [], "enough_s": 10}

        steps = await run(page, "enrol-wording.js", "return m.stepsOf(a)", clone)

        assert {name for name, there in steps.items() if there} == shown

    async def test_every_check_of_the_server_has_a_name(self, page: Page) -> None:
        """So that no code word is shown."""
        names = [check.name for check in judge(GOOD)] + ["not_assistant", "same_voice", "words"]

        assert await run(page, "enrol-wording.js", "return a.filter((name) => !(name in m.CHECKS))", names) == []


class TestVoiceWording:
    """What the part about the voice says by itself."""

    @pytest.mark.parametrize(
        ("name", "value", "words"),
        [
            ("pace", 1.0, "as usual"),
            ("pace", 0.9, "a little slower"),
            ("pace", 0.6, "much slower"),
            ("pace", 1.3, "faster"),
            ("pitch", -6, "much deeper"),
            ("pitch", 1, "a little higher"),
            ("warmth", 0.5, "warmer"),
            ("cadence", 0.25, "much shorter"),
            ("cadence", 2.0, "longer"),
        ],
    )
    async def test_a_sliders_place_is_told_in_words(self, page: Page, name: str, value: float, words: str) -> None:
        assert await run(page, "known-voice-wording.js", "return m.adjusted(a[0], a[1])", [name, value]) == words

    async def test_what_can_be_chosen(self, page: Page) -> None:
        """No choice first; one's own where there is one; and what was chosen, also where it is not there any more."""
        rachel = {"name": "rachel", "accent": "american", "gender": "female", "about": "calm", "cloud": True}
        script = "return m.voicesToChoose(a[0], a[1]).map((each) => [each.name, ...m.describeVoice(each)])"
        told = [
            await run(page, "known-voice-wording.js", script, [{"voices": [rachel], "cloned": cloned}, kept])
            for cloned, kept in ((False, ""), (True, ""), (False, "gone"))
        ]
        assert [[name for name, *_ in each] for each in told] == [
            ["", "rachel"],
            ["", "cloned", "rachel"],
            ["", "gone", "rachel"],
        ]
        assert told[0][1] == ["rachel", "Rachel", "American woman. Sounds calm."]
        assert told[2][1] == ["gone", "Gone", "Can’t speak here now, so my usual voice does"]


class TestResampler:
    TONE = """
        const r = new m.Resampler(a.from, 16000);
        const out = [];
        const block = new Float32Array(a.block);
        for (let n = 0; n < a.from; ) {
          const length = Math.min(a.block, a.from - n);
          for (let i = 0; i < length; i++, n++) block[i] = Math.sin(2 * Math.PI * a.hz * n / a.from);
          out.push(...r.process(block.subarray(0, length)));
        }
        const middle = out.slice(4000, 12000);
        const rms = Math.sqrt(middle.reduce((sum, x) => sum + x * x, 0) / middle.length);
        return { length: out.length, rms, edge: out.slice(1000, 1010) };
    """

    @pytest.mark.parametrize("from_hz", [16000, 22050, 44100, 48000])
    @pytest.mark.parametrize("tone_hz", [100, 1000, 6900])
    async def test_speech_passes_unchanged(self, page: Page, from_hz: int, tone_hz: int) -> None:
        """Within 0.1 dB up to 6.9 kHz, a second is a second, whatever the device's rate."""
        tone = await run(page, "resample.js", self.TONE, {"from": from_hz, "hz": tone_hz, "block": 128})

        assert tone["rms"] == pytest.approx(math.sqrt(0.5), rel=0.012)
        assert tone["length"] == pytest.approx(16000, abs=70)

    @pytest.mark.parametrize("from_hz", [44100, 48000])
    @pytest.mark.parametrize("tone_hz", [8100, 9000, 15000, 20000])
    async def test_what_cannot_be_carried_does_not_fold_back(self, page: Page, from_hz: int, tone_hz: int) -> None:
        """Tones over 8 kHz come out at least 60 dB down."""
        tone = await run(page, "resample.js", self.TONE, {"from": from_hz, "hz": tone_hz, "block": 128})

        assert tone["rms"] < math.sqrt(0.5) / 1000

    async def test_the_size_of_blocks_does_not_matter(self, page: Page) -> None:
        """Samples are the same in blocks of 128 and of 1,000."""
        one = await run(page, "resample.js", self.TONE, {"from": 44100, "hz": 440, "block": 128})
        other = await run(page, "resample.js", self.TONE, {"from": 44100, "hz": 440, "block": 1000})

        assert one == other

    async def test_too_loud_is_clipped_and_does_not_wrap(self, page: Page) -> None:
        """Over full scale stays at full scale."""
        samples = await run(page, "resample.js", "return [...m.toInt16(new Float32Array([0, 0.5, 1, 1.7, -1, -3]))]")

        assert samples == [0, 16384, 32767, 32767, -32768, -32768]


class TestWording:
    """Of "What I know", at noon on Wednesday, the 13th of May 2026."""

    NOW = "const now = new Date(2026, 4, 13, 12); "

    @pytest.mark.parametrize(
        ("then", "told"),
        [
            ("2026, 4, 13, 0, 1", "today"),
            ("2026, 4, 12, 23, 59", "yesterday"),
            ("2026, 4, 11", "on Monday"),
            ("2026, 4, 7", "on Thursday"),
            ("2026, 4, 6", "on May 6"),
            ("2025, 11, 31", "on December 31, 2025"),
            ("2026, 4, 14", "on May 14"),
        ],
    )
    async def test_days_are_named_as_people_do(self, page: Page, then: str, told: str) -> None:
        """By the calendar, not by hours."""
        assert await run(page, "known-wording.js", f"{self.NOW} return m.since(new Date({then}), now)") == told

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("your sister lives in Oslo", "Your sister lives in Oslo."),
            ("you said: hooray!", "You said: hooray!"),
            ("🎷 is your emoji", "🎷 is your emoji."),
            ("élan is your cat", "Élan is your cat."),
        ],
    )
    async def test_a_memory_is_told_as_a_sentence(self, page: Page, text: str, told: str) -> None:
        assert await run(page, "known-wording.js", "return m.sentence(a)", text) == told

    @pytest.mark.parametrize(
        ("words", "text", "shown"),
        [
            ("my sister lives in oslo", "your sister lives in Oslo", ""),
            ("I'm allergic to nuts", "you are allergic to nuts", ""),
            ("nuts make me ill you know", "you are allergic to nuts", "“nuts make me ill you know”"),
            (None, "you like tea", ""),
        ],
    )
    async def test_own_words_are_shown_where_they_say_more(
        self, page: Page, words: str | None, text: str, shown: str
    ) -> None:
        assert (
            await run(page, "known-wording.js", "return m.quoted(a)", {"told": {"words": words}, "text": text}) == shown
        )

    async def test_every_problem_of_the_api_has_words(self, page: Page) -> None:
        """What has none would be told as a mishap of the server's."""
        codes = ["store", "internal", "key", "not_erased", "too_many_requests", "no_such_memory", "wording_changed"]
        codes += [
            "quota",
            "not_kept",
            "confirmation_needed",
            "nothing_kept",
            "ticket",
            "bad_request",
            "private",
            "away",
        ]

        told = await run(page, "known-wording.js", "return a.filter((code) => !(code in m.PROBLEMS))", codes)

        assert told == []


class TestPlaylist:
    """At 1,000 samples a second, so a sample is a millisecond; fades take 15."""

    PLAY = """
        const p = new m.Playlist(1000);
        const heard = [], events = [];
        const ones = (n, value = 16384) => new Int16Array(n).fill(value);
        const play = (ms) => {
          const out = new Float32Array(ms);
          p.render(out);
          heard.push(...out);
          events.push(...p.takeEvents().map((e) => ({ ...e, at: heard.length })));
        };
        const marks = () => events.filter((e) => e.sound === undefined).map(({ at, ...e }) => e);
    """

    async def play(self, page: Page, script: str) -> Any:
        return await run(page, "playlist.js", self.PLAY + script)

    async def test_clauses_play_in_order_and_without_a_gap(self, page: Page) -> None:
        """Two clauses sent out of order are heard one after the other, to the last sample."""
        result = await self.play(
            page,
            """
            p.push(2, 0, ones(100, -16384)); p.finish(2);
            p.push(1, 0, ones(100)); p.finish(1);
            play(300);
            return { heard, marks: marks() };
            """,
        )

        assert result["heard"][:200] == [0.5] * 100 + [-0.5] * 100
        assert max(map(abs, result["heard"][250:])) < 0.5
        assert result["marks"] == [
            {"clause": 1, "samples": 100, "done": True},
            {"clause": 2, "samples": 100, "done": True},
        ]

    async def test_nothing_begins_before_there_is_enough(self, page: Page) -> None:
        """30 ms are kept ready, so that the first word isn't torn; a short clause that is whole plays at once."""
        result = await self.play(
            page,
            """
            p.push(1, 0, ones(20)); play(10);
            const early = heard.some(Boolean);
            p.push(1, 20, ones(20)); play(10);
            const ready = heard.at(-1);
            p.reset();
            p.push(1, 0, ones(5)); p.finish(1); play(5);
            return { early, ready, short: heard.at(-1) };
            """,
        )

        assert result == {"early": False, "ready": 0.5, "short": 0.5}

    async def test_progress_is_told_ten_times_a_second_and_never_ahead(self, page: Page) -> None:
        """Every mark says what was rendered by then, at most."""
        result = await self.play(
            page,
            """
            p.push(1, 0, ones(1000)); p.finish(1);
            for (let i = 0; i < 110; i++) play(10);
            return events.filter((e) => !e.sound);
            """,
        )

        assert [mark["samples"] for mark in result] == [100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]
        assert [mark["done"] for mark in result] == [False] * 9 + [True]
        assert all(mark["samples"] <= mark["at"] for mark in result)

    async def test_hold_falls_silent_in_15_ms_and_resume_goes_on(self, page: Page) -> None:
        """What is queued is kept; only the fade's own 15 ms are quieter."""
        result = await self.play(
            page,
            """
            p.push(1, 0, ones(300)); p.finish(1);
            play(100); p.hold(); play(15);
            const fade = heard.slice(100, 115);
            play(200);
            const silent = heard.slice(115, 315);
            const held = marks().at(-1);
            p.resume(); play(250);
            return { fade, silent, held, end: marks().at(-1), rest: heard.slice(315).filter((x) => x > 0.4).length };
            """,
        )

        assert result["fade"] == sorted(result["fade"], reverse=True)
        assert max(result["silent"]) == 0
        assert result["held"] == {"clause": 1, "samples": 114, "done": False}
        assert result["end"] == {"clause": 1, "samples": 300, "done": True}
        assert 170 <= result["rest"] <= 186

    async def test_stop_drops_what_is_queued_and_what_still_comes_of_it(self, page: Page) -> None:
        """After a stop nothing of the clauses up to then is heard, but the next reply is."""
        result = await self.play(
            page,
            """
            p.push(1, 0, ones(300)); p.push(2, 0, ones(300));
            play(100); p.stop(3); play(20);
            const place = marks().at(-1);
            p.push(2, 300, ones(300)); p.finish(2); p.push(3, 0, ones(300)); p.finish(3);
            play(200);
            const late = heard.slice(150).some((x) => x > 0.01);
            p.push(4, 0, ones(50, 8192)); p.finish(4);
            play(60);
            return { place, late, next: heard.slice(320, 370), end: marks().at(-1) };
            """,
        )

        assert result["place"] == {"clause": 1, "samples": 114, "done": False}
        assert result["late"] is False
        assert result["next"] == [0.25] * 50
        assert result["end"] == {"clause": 4, "samples": 50, "done": True}

    async def test_the_next_reply_may_arrive_during_a_stops_fade(self, page: Page) -> None:
        """Only what was there to be stopped is dropped."""
        result = await self.play(
            page,
            """
            p.push(1, 0, ones(300)); play(50); p.stop(1); play(5);
            p.push(2, 0, ones(40)); p.finish(2); play(100);
            return marks().at(-1);
            """,
        )

        assert result == {"clause": 2, "samples": 40, "done": True}

    async def test_a_stop_while_held_is_a_stop(self, page: Page) -> None:
        """Barge-in holds first and stops then; the next reply is heard."""
        result = await self.play(
            page,
            """
            p.push(1, 0, ones(300)); play(50); p.hold(); play(50); p.stop(1);
            p.push(2, 0, ones(40)); p.finish(2); play(100);
            return { last: marks().at(-1), loud: Math.max(...heard.slice(100)) };
            """,
        )

        assert result == {"last": {"clause": 2, "samples": 40, "done": True}, "loud": 0.5}

    async def test_a_clause_sent_again_is_heard_once(self, page: Page) -> None:
        """After a reconnection everything comes again from its start: known samples are skipped."""
        result = await self.play(
            page,
            """
            p.push(1, 0, ones(60)); p.finish(1); play(80);
            p.push(2, 0, ones(60)); play(40);
            p.push(1, 0, ones(60)); p.finish(1);
            p.push(2, 0, ones(50)); p.push(2, 50, ones(50)); p.finish(2);
            play(300);
            return { loud: heard.filter((x) => x === 0.5).length, marks: marks().filter((e) => e.done) };
            """,
        )

        assert result["loud"] == pytest.approx(160, abs=15)
        assert result["marks"] == [
            {"clause": 1, "samples": 60, "done": True},
            {"clause": 2, "samples": 100, "done": True},
        ]

    async def test_a_clause_without_audio_is_over_in_its_turn(self, page: Page) -> None:
        """It neither blocks the queue nor overtakes the clause before it."""
        result = await self.play(
            page,
            """
            p.push(1, 0, ones(50)); p.finish(2); play(30);
            const early = marks().filter((e) => e.done);
            p.finish(1); play(40);
            return { early, done: marks().filter((e) => e.done).map((e) => e.clause) };
            """,
        )

        assert result == {"early": [], "done": [1, 2]}

    async def test_running_dry_is_heard_as_a_pause_without_a_click(self, page: Page) -> None:
        """The sound dies away and comes back by a fade, once there is enough again."""
        result = await self.play(
            page,
            """
            p.push(1, 0, ones(100)); play(200);
            p.push(1, 100, ones(50)); play(50);
            const waits = heard.at(-1);
            p.push(1, 150, ones(50)); p.finish(1); play(150);
            const steps = heard.slice(1).map((x, i) => Math.abs(x - heard[i]));
            return { waits, step: Math.max(...steps.slice(0, 345)), end: marks().at(-1) };
            """,
        )

        assert result["waits"] < 0.2
        assert result["step"] < 0.1
        assert result["end"] == {"clause": 1, "samples": 200, "done": True}

    async def test_the_first_audible_sample_is_told_once_a_clause(self, page: Page) -> None:
        """Leading silence of a clause is not its sound."""
        result = await self.play(
            page,
            """
            p.push(1, 0, ones(200, 0)); p.push(1, 200, ones(200)); p.finish(1);
            for (let i = 0; i < 45; i++) play(10);
            return events.filter((e) => e.sound);
            """,
        )

        assert result == [{"clause": 1, "sound": True, "at": 210}]


class TestConversation:
    async def talk(self, page: Page, script: str) -> Any:
        return await run(page, "conversation.js", "const c = new m.Conversation(); c.begin();" + script)

    async def test_partials_become_the_final_words(self, page: Page) -> None:
        """Words may change until they are final; a late partial changes nothing."""
        asked = await self.talk(
            page,
            """
            c.partial({ turn: 1, text: "what" });
            c.partial({ turn: 1, text: "what time" });
            c.final({ turn: 1, text: "what time is it", source: "speech" });
            c.partial({ turn: 1, text: "what" });
            return c.turns.map((t) => t.asked);
            """,
        )

        assert asked == [{"text": "what time is it", "settled": True, "source": "speech"}]

    async def test_words_that_were_none_leave_no_trace(self, page: Page) -> None:
        """An empty final takes the turn away."""
        turns = await self.talk(
            page,
            """
            c.partial({ turn: 1, text: "the" });
            c.final({ turn: 1, text: "", source: "speech" });
            return c.turns.length;
            """,
        )

        assert turns == 0

    async def test_typed_words_get_their_number_from_the_server(self, page: Page) -> None:
        """What was typed before the session was open is the turn that the server then numbers."""
        turns = await self.talk(
            page,
            """
            c.typed("hello"); c.begin();
            c.final({ turn: 1, text: "hello", source: "text" });
            c.reply({ turn: 1, clause: 1, text: "Hi." });
            return c.turns.map(({ id, asked, clauses }) => [id, asked.settled, clauses.length]);
            """,
        )

        assert turns == [[1, True, 1]]

    async def test_a_reply_that_is_sent_again_is_shown_once(self, page: Page) -> None:
        """Clauses keep their ids over a reconnection."""
        count = await self.talk(
            page,
            """
            c.reply({ turn: 1, clause: 1, text: "Hi." });
            c.reply({ turn: 1, clause: 1, text: "Hi." });
            return c.turns[0].clauses.length;
            """,
        )

        assert count == 1

    async def test_marks_move_through_the_reply(self, page: Page) -> None:
        """A clause waits, plays, and has been heard; one without audio is just there."""
        states = await self.talk(
            page,
            """
            for (const clause of [1, 2, 3, 4]) c.reply({ turn: 1, clause, text: "…" });
            c.clauseEnd({ clause: 3, ms: 0 });
            c.mark({ clause: 1, ms: 500, done: true });
            c.mark({ clause: 2, ms: 100, done: false });
            return c.turns[0].clauses.map((clause) => clause.state);
            """,
        )

        assert states == ["heard", "playing", "silent", "waiting"]

    async def test_a_mark_after_the_stop_does_not_start_it_again(self, page: Page) -> None:
        """The loudspeaker says where exactly it stopped a moment after it was told to."""
        states = await self.talk(
            page,
            """
            c.reply({ turn: 1, clause: 1, text: "…" });
            c.mark({ clause: 1, ms: 100, done: false });
            c.stopped();
            c.mark({ clause: 1, ms: 120, done: false });
            return c.turns[0].clauses.map((clause) => clause.state);
            """,
        )

        assert states == ["heard"]

    async def test_a_new_session_counts_anew_and_keeps_what_was_said(self, page: Page) -> None:
        """Turn 1 of the next session is another turn than turn 1 of this one."""
        turns = await self.talk(
            page,
            """
            c.final({ turn: 1, text: "one", source: "speech" });
            c.partial({ turn: 2, text: "never finished" });
            c.begin();
            c.final({ turn: 1, text: "two", source: "speech" });
            return c.turns.map((t) => t.asked.text);
            """,
        )

        assert turns == ["one", "two"]


@pytest.mark.parametrize(
    ("now", "phase", "press"),
    [
        pytest.param({}, "off", "start", id="nothing-yet"),
        pytest.param({"microphone": "asking"}, "asking", "start", id="asking"),
        pytest.param({"link": "connecting", "microphone": "on"}, "connecting", "mute", id="first-connection"),
        pytest.param({"link": "connecting", "met": True, "microphone": "on"}, "reconnecting", "mute", id="again"),
        pytest.param({"link": "waiting", "microphone": "on"}, "reconnecting", "mute", id="server-away"),
        pytest.param({"link": "open"}, "ready", "start", id="typing-only"),
        pytest.param({"link": "open", "server": "speaking"}, "speaking", "start", id="typing-only-answered"),
        pytest.param({"link": "open", "microphone": "on"}, "listening", "mute", id="listening"),
        pytest.param({"link": "open", "microphone": "on", "muted": True}, "muted", "unmute", id="muted"),
        pytest.param({"link": "open", "microphone": "on", "server": "asleep"}, "asleep", "wake", id="asleep"),
        pytest.param(
            {"link": "open", "microphone": "on", "server": "thinking", "muted": True}, "thinking", "unmute", id="thinks"
        ),
    ],
)
async def test_what_is_going_on_has_one_name(page: Page, now: dict[str, Any], phase: str, press: str) -> None:
    """The phase and the button's meaning follow from the line, the microphone and the server together."""
    base = {"link": "closed", "met": False, "microphone": "off", "server": "listening", "muted": False}

    names = await run(page, "phase.js", "return [m.phaseOf(a), m.pressOf(a)]", {**base, **now})

    assert names == [phase, press]


@pytest.mark.parametrize(
    ("typed", "phrase"),
    [
        ("Hey Jarvis", "hey jarvis"),
        ("  okay,  computer! ", "okay computer"),
        ("what's up", "what's up"),
        ("", None),
        ("1234", None),
        ("one two three four five six", None),
    ],
)
async def test_a_wake_phrase_is_one_to_five_words(page: Page, typed: str, phrase: str | None) -> None:
    """It is sent as the recogniser knows words: lower case, no punctuation."""
    assert await run(page, "protocol.js", "return m.wakePhrase(a)", typed) == phrase


async def test_a_broken_audio_frame_is_refused(page: Page) -> None:
    """Shorter than its header, or half a sample: an error, never noise."""
    refused = await run(
        page,
        "protocol.js",
        "return [7, 9].map((n) => { try { m.readAudio(new ArrayBuffer(n)) } catch (e) { return e.name } })",
    )

    assert refused == ["RangeError", "RangeError"]


async def test_the_clock_finds_the_end_of_speech_in_a_rooms_noise(page: Page) -> None:
    """A steady hum is no voice, however long; the last loud frame over it is the end of speech."""
    last = await run(
        page,
        "latency.js",
        """
        const clock = new m.VoiceClock();
        const hum = (from, to) => {
          for (let t = from; t < to; t++) clock.hear({ rms: 0.004 + 0.001 * (t % 3), at: t });
        };
        hum(0, 200);
        const before = clock.lastVoiced;
        for (let t = 200; t < 260; t++) clock.hear({ rms: 0.08, at: t });
        hum(260, 400);
        return [before, clock.lastVoiced];
        """,
    )

    assert last == [None, 259]


async def test_a_turns_delay_is_told_once(page: Page) -> None:
    """Only the first sound after the question counts, and only where the question's end is known."""
    told = await run(
        page,
        "latency.js",
        "const c = new m.TurnClock(); c.asked(1, 10); c.asked(2, null);"
        "return [c.heard(1, 10.54), c.heard(1, 12), c.heard(2, 13)]",
    )

    assert told == [540, None, None]
