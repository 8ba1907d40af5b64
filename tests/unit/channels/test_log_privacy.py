"""Rasa's own log of a failed action, with Rasa's own exceptions."""

import logging

import pytest
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import ClientResponseError

from channels.log_privacy import RASA_LOGGERS, keep_content_out_of_logs


@pytest.mark.parametrize("name", RASA_LOGGERS)
def test_a_failed_action_is_logged_without_the_tracker(name: str, caplog: pytest.LogCaptureFixture) -> None:
    keep_content_out_of_logs()
    try:
        try:
            raise ClientResponseError(500, "error", '{"request_body": {"tracker": "i have pemphigus"}}')
        except ClientResponseError as error:
            raise RasaException("Failed to execute custom action 'action_tell_time'") from error
    except RasaException:
        logging.getLogger(name).exception("Encountered an exception while running action 'action_tell_time'.")

    assert "pemphigus" not in caplog.text
    assert "action_tell_time" in caplog.text
    assert "RasaException from ClientResponseError" in caplog.text
