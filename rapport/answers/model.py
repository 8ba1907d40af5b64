"""A language model behind OpenAI's protocol, as Ollama, vLLM, llama.cpp and clouds speak it: streamed completions.

https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Iterator
from typing import Protocol

import async_timeout
import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from rapport.answers.allowance import Allowance
from rapport.answers.prompt import CHARACTERS_A_TOKEN, Message, Prompt
from rapport.errors import ServiceUnavailable
from rapport.telemetry import metrics

FIRST_S = 8.0
"""Seconds until the first word, after which nobody waits any longer."""
GAP_S = 4.0
"""Seconds between two words."""
WHOLE_S = 30.0
"""Seconds for all of it; speaking seventy words takes as long."""
TOKENS_A_WORD = 3
"""Room for a word, its mark, and thinking aloud is not among it: what comes beyond is cut off by the server."""
SETTING = "the server that RAPPORT_ANSWERS_URL names"


class LanguageModel(Protocol):
    """Answers questions."""

    def answer(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """The answer, piece by piece as it is made.

        Raises:
            ServiceUnavailable: It can't be reached, does not answer as it should or in time, or breaks off.
        """


class OpenAiModel:
    """A model that a server has.

    Args:
        url: Where it answers, up to `/v1`.
        model: The model's name there.
        key: For who asks; empty where none is wanted.
        allowance: How often it may be asked; None is without end.
        first_s, gap_s, whole_s: As the constants.
    """

    def __init__(
        self,
        url: str,
        model: str,
        key: str = "",
        *,
        allowance: Allowance | None = None,
        first_s: float = FIRST_S,
        gap_s: float = GAP_S,
        whole_s: float = WHOLE_S,
    ) -> None:
        self._url, self._model, self._key = url, model, key
        self._allowance = allowance
        self._first_s, self._gap_s, self._whole_s = first_s, gap_s, whole_s

    async def answer(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """See `LanguageModel`."""
        if self._allowance is not None:
            await asyncio.to_thread(self._allowance.take)
        metrics.ANSWER_TOKENS.labels("asked").inc(prompt.tokens)
        ends_at = time.monotonic() + self._whole_s
        next_by = time.monotonic() + self._first_s
        with _told_apart():
            # A client's connections belong to an event loop; one answer is one connection.
            async with openai.AsyncOpenAI(
                base_url=self._url, api_key=self._key or "none", max_retries=0, timeout=self._whole_s
            ) as client:
                async with async_timeout.timeout(self._first_s):
                    stream = await client.chat.completions.create(
                        model=self._model,
                        messages=[_param(each) for each in prompt.messages],
                        max_tokens=prompt.words * TOKENS_A_WORD,
                        temperature=0.3,
                        stream=True,
                    )
                async with contextlib.aclosing(_chunks(stream)) as chunks:
                    while True:
                        try:
                            async with async_timeout.timeout(min(next_by, ends_at) - time.monotonic()):
                                chunk = await anext(chunks)
                        except StopAsyncIteration:
                            raise ServiceUnavailable(f"{SETTING} broke off") from None
                        for choice in chunk.choices[:1]:
                            if choice.delta.content:
                                metrics.ANSWER_TOKENS.labels("answered").inc(
                                    len(choice.delta.content) / CHARACTERS_A_TOKEN
                                )
                                yield choice.delta.content
                                next_by = time.monotonic() + self._gap_s
                            if choice.finish_reason == "stop":
                                return
                            if choice.finish_reason:
                                raise ServiceUnavailable(f"{SETTING} ended an answer early ({choice.finish_reason})")


async def _chunks(stream: openai.AsyncStream[ChatCompletionChunk]) -> AsyncGenerator[ChatCompletionChunk, None]:
    async with stream:
        async for chunk in stream:
            yield chunk


@contextlib.contextmanager
def _told_apart() -> Iterator[None]:
    """What goes wrong, as our own error; never with the words that were sent or came."""
    try:
        yield
    except (asyncio.TimeoutError, openai.APITimeoutError):
        raise ServiceUnavailable(f"{SETTING} took too long") from None
    except openai.APIStatusError as error:
        raise ServiceUnavailable(f"{SETTING} answered {error.status_code}") from None
    except ServiceUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the library's transport raises where a stream breaks
        raise ServiceUnavailable(f"{SETTING} can't be used ({type(error).__name__})") from None


def _param(message: Message) -> ChatCompletionMessageParam:
    if message.role == "system":
        return {"role": "system", "content": message.content}
    return {"role": "user", "content": message.content}
