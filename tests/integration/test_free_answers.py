"""Free answers through the running assistant: spoken while they are made, let go where nobody listens, and honest where
they fail. The model is a server of this test's; `bench/answers.py` asks a real one."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest
import yaml

from channels.client import VoiceClient, fetch_token
from ops.layout import ROOT
from ops.stack import Stack, running_stack
from rapport.speech.vosk_recognizer import VoskModel
from tests.fakes.language_model import WrittenModel, answering
from tests.integration.speaking import LEAD, heard_in, share_of, typed

SKY = "The sky is blue because the air scatters blue light. Red light goes through it. That is all."


@pytest.fixture(scope="module")
def written() -> WrittenModel:
    return WrittenModel()


@pytest.fixture(scope="module")
def answers_stack(written: WrittenModel, home: Path) -> Iterator[Stack]:
    """Rapport with a model that a test writes."""
    with answering(written) as url:
        settings = {
            "RAPPORT_ANSWERS_URL": url,
            "RAPPORT_ANSWERS_MODEL": "written",
            "RAPPORT_STATE": str(home / "state"),
        }
        with running_stack(settings, log=home / "log") as running:
            yield running


@pytest.fixture
async def client(answers_stack: Stack, written: WrittenModel) -> AsyncIterator[VoiceClient]:
    """Somebody new, with a microphone."""
    written.text, written.fault, written.holds_after = SKY, "", None
    written.goes_on.clear()
    token = await asyncio.to_thread(fetch_token, answers_stack.page)
    async with VoiceClient.connect(answers_stack.page, token=token) as connected:
        yield connected
    written.goes_on.set()


async def test_an_answer_is_heard_while_the_rest_of_it_is_made(
    client: VoiceClient, written: WrittenModel, spoken: Callable[[str], bytes], vosk: VoskModel
) -> None:
    written.holds_after = len(SKY.split()) - 4
    client.say(LEAD + spoken("Why is the sky blue?"))
    await client.until("clause_end")
    assert not [each for each in client.received if each.fields["type"] == "reply_end"]
    written.goes_on.set()
    reply = await client.reply()

    assert reply.startswith(SKY)
    assert reply.removeprefix(SKY).strip() in wordings("utter_free_answer_origin")
    assert share_of(SKY, heard_in(client, vosk)) >= 0.8


async def test_who_talks_of_something_else_lets_the_answer_go(client: VoiceClient, written: WrittenModel) -> None:
    written.text, written.holds_after = "One thing is so, and another thing is not so. " * 20_000, 20
    written.let_go.clear()
    await client.send("text", text="why is the sky blue")
    await client.until("clause_end")
    await client.send("control", action="stop")
    await client.until("cut")
    written.goes_on.set()
    seen = len(client.received)
    await client.send("text", text="what is three plus four")

    assert "seven" in await client.reply(after=seen)
    assert await asyncio.to_thread(written.let_go.wait, 10), "the model was asked to go on for nobody"


@pytest.mark.parametrize(
    ("fault", "response"), [("status", "utter_free_answer_failed"), ("breaks", "utter_free_answer_broke_off")]
)
async def test_what_fails_is_said(client: VoiceClient, written: WrittenModel, fault: str, response: str) -> None:
    written.fault = fault
    reply = await typed(client, "why is the sky blue")

    assert reply.endswith(tuple(wordings(response))), reply


async def test_a_question_goes_on(client: VoiceClient, written: WrittenModel) -> None:
    """What would not be understood alone is, after such an answer."""
    for text in ("why is the sky blue", "tell me more about that"):
        assert (await typed(client, text)).startswith(SKY)

    assert SKY in written.prompt, "what was said before goes along"


async def test_what_is_for_actions_never_reaches_the_model(client: VoiceClient, written: WrittenModel) -> None:
    asked = len(written.asked)
    for text in ("forget everything about me", "no", "remember that i like tea", "no", "what do you know about me"):
        await typed(client, text)

    assert len(written.asked) == asked


async def test_in_text_alone_it_is_one_message(answers_stack: Stack, client: VoiceClient) -> None:
    url = re.sub(r"/webhooks/.*", "/webhooks/rest/webhook", answers_stack.page)
    async with aiohttp.ClientSession() as http:
        async with http.post(url, json={"sender": "someone", "message": "why is the sky blue"}) as answer:
            said = [each["text"] for each in await answer.json()]

    assert said[0] == SKY


async def test_no_word_of_it_is_in_the_log(answers_stack: Stack, client: VoiceClient, home: Path) -> None:
    await typed(client, "why is the sky blue")

    log = (home / "log").read_text(encoding="utf-8", errors="replace").lower()
    assert "scatters" not in log
    assert "sky" not in log


def wordings(response: str) -> list[str]:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    return [str(each["text"]) for each in domain["responses"][response]]
