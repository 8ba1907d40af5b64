"""What can be set while the emulator runs: limits, and which side it takes where the provider's sources disagree."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Switches(BaseModel):
    """The settings, each with the value that most sources give.

    Attributes:
        plan: Sets the concurrency, the voice slots and the quota, where they are not set here.
        character_limit: Credits in a period; None: the plan's.
        concurrency: Requests that may speak at once; None: the plan's.
        contexts: Contexts that a multi-stream-input socket may have at once.
        context_close_ms: How long a context that is done still takes up its place, until its final frame.
        token_s: Life of a single-use token.
        stitch_s: For how long a request's id can be stitched to.
        clock_ahead_s: By how much the emulator's clock is ahead, so that things age.
        zero_retention: Whether enable_logging=false is allowed, as it is for enterprises only.
        error_shape: `brief` is `{detail: {status, message}}`.
        voice_not_found_status: Of an unknown voice.
        quota_status: 401 with `quota_exceeded`, or 402 with `insufficient_credits`.
        concurrency_code: The code that comes with 429.
        context_field: Of a socket's frames.
        final_field: Of a socket's frames.
        not_final: What the final field of a frame with audio holds, if it is there.
        durations_field: Of a socket's alignments.
        closed_context: Whether a closed context still speaks what was flushed, or falls silent at once.
        idle_context: What the inactivity time-out of one context among several closes.
        stream_times: What the times in `/stream/with-timestamps` count from.
    """

    model_config = ConfigDict(extra="forbid")

    plan: Literal["free", "starter", "creator", "pro", "scale"] = "creator"
    character_limit: int | None = Field(default=None, ge=0)
    concurrency: int | None = Field(default=None, ge=0)
    contexts: int = Field(default=5, ge=1)
    context_close_ms: int = Field(default=0, ge=0)
    token_s: float = Field(default=900, gt=0)
    stitch_s: float = Field(default=7_200, gt=0)
    clock_ahead_s: float = 0
    zero_retention: bool = False
    error_shape: Literal["detailed", "brief"] = "detailed"
    voice_not_found_status: Literal[400, 401, 404] = 404
    quota_status: Literal[401, 402] = 401
    concurrency_code: Literal["too_many_concurrent_requests", "concurrent_limit_exceeded"] = (
        "too_many_concurrent_requests"
    )
    context_field: Literal["contextId", "context_id"] = "contextId"
    final_field: Literal["isFinal", "is_final"] = "isFinal"
    not_final: Literal["null", "false", "absent"] = "null"
    durations_field: Literal["charDurationsMs", "charsDurationsMs"] = "charDurationsMs"
    closed_context: Literal["drains", "drops"] = "drains"
    idle_context: Literal["closes", "closes_socket"] = "closes"
    stream_times: Literal["of_stream", "of_chunk"] = "of_stream"
