"""Keeps what people said out of Rasa's log of a failed action.

rasa-sdk answers a failed action with the whole request, tracker included, and Rasa logs that answer as part of the
exception. Its kind is logged instead.
"""

import logging

RASA_LOGGERS = ("rasa.core.processor", "rasa.core.actions.action")
"""The loggers that log exceptions of actions."""


def keep_content_out_of_logs() -> None:
    """Drop the text of exceptions from what these loggers write; safe to call again."""
    for name in RASA_LOGGERS:
        # A function is added once, however often this is called.
        logging.getLogger(name).addFilter(_name_the_kind)


def _name_the_kind(record: logging.LogRecord) -> bool:
    if record.exc_info and record.exc_info[1] is not None:
        kinds = []
        error: BaseException | None = record.exc_info[1]
        while error is not None:
            kinds.append(type(error).__name__)
            error = error.__cause__ or error.__context__
        record.msg, record.args = f"{record.getMessage()} ({' from '.join(kinds)})", ()
        record.exc_info = record.exc_text = None
    return True
