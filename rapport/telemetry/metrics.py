"""What Prometheus is told, by every process of its own; docs/operating.md says what each is good for.

Labels are names that the code or a designer gave: stages, actions, purposes, rungs. Never a person, a session, a word.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from rapport.errors import SettingsError

logger = logging.getLogger(__name__)

PORT, HOST = "RAPPORT_METRICS_PORT", "RAPPORT_METRICS_HOST"
BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.3, 2.0, 3.0, 5.0, 10.0, 30.0)
"""With an edge at each limit that the service levels have: 0.3, 0.5, 0.8 and 1.3 seconds."""

STAGE = Histogram(
    "rapport_stage_seconds",
    "How long a stage of a turn took. recognition: from the end of speech to its words; understanding: from there to "
    "what is meant; intent: both; deciding: from there to the first clause of the answer; synthesis: from there to its "
    "first sound; first_audio: all of it, as the channel sees it; second_opinion: hearing again, a part of deciding.",
    ["stage"],
    buckets=BUCKETS_S,
)
TURNS = Counter("rapport_turns", "Turns, by how they came and whether they were answered.", ["source", "outcome"])
FALLBACKS = Counter(
    "rapport_fallbacks",
    "Turns that went another way than the usual: unclear could not be made out, not_understood has no sure reading, "
    "second_opinion was heard again.",
    ["kind"],
)
CUT_OFF = Counter("rapport_replies_cut_off", "Replies that were not let finish.")
STAND_INS = Counter("rapport_stand_ins", "Sessions in which another voice than the person's had to speak.")
SESSIONS = Gauge("rapport_sessions", "Sessions that are open.")

ACTION = Histogram("rapport_action_seconds", "How long an action took.", ["action", "outcome"], buckets=BUCKETS_S)
RECALL = Histogram("rapport_recall_seconds", "How long finding memories took.", buckets=BUCKETS_S)
AUDITED = Counter(
    "rapport_audited",
    "What was done about people, as the audit trail has it: consents given and taken back, erasures, memories.",
    ["what", "purpose"],
)
ANSWERS = Counter("rapport_free_answers", "Answers that a language model worded, by how they ended.", ["outcome"])
ANSWER_BEGINS = Histogram(
    "rapport_free_answer_begins_seconds", "From a free answer's request to its first clause.", buckets=BUCKETS_S
)
ANSWER_TOKENS = Counter(
    "rapport_free_answer_tokens",
    "Tokens that a language model was asked and answered with; an estimate that errs upwards.",
    ["way"],
)

FIRST_SOUND = Histogram(
    "rapport_first_sound_seconds",
    "From the first clause's text at the voice server to its first sound, by what spoke: a rung, or a clip.",
    ["voice"],
    buckets=BUCKETS_S,
)
RUNG_FAILURES = Counter("rapport_rung_failures", "A rung could not speak, or was late.", ["rung", "why"])
QUALITY = Histogram(
    "rapport_speech_quality",
    "How good a sample of utterances sounded, by DNSMOS, 1 to 5, of people who agreed to be counted.",
    ["voice"],
    buckets=(1.5, 2.0, 2.5, 2.75, 3.0, 3.25, 3.5, 3.75, 4.0, 4.5),
)
CLIPS = Counter("rapport_clips", "Clauses looked for among what was spoken before.", ["result"])
CREDITS = Counter("rapport_credits", "Credits of the provider that were spent, by rung.", ["rung"])


def serve(environment: Mapping[str, str]) -> None:
    """Answer Prometheus at `/metrics`, in a thread, where a port is named; else do nothing.

    Args:
        environment: Has `RAPPORT_METRICS_PORT`, and `RAPPORT_METRICS_HOST` where others than this machine may ask.

    Raises:
        SettingsError: The port is none, or taken.
    """
    port = environment.get(PORT, "").strip()
    if not port:
        return
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise SettingsError(f"{PORT} must be a port, such as 9464")
    host = environment.get(HOST, "").strip() or "127.0.0.1"
    try:
        start_http_server(int(port), host)
    except OSError as error:
        raise SettingsError(f"{PORT}: cannot listen at {host}:{port} ({error.strerror or error})") from error
    logger.info("metrics are at http://%s:%s/metrics", host, port)
