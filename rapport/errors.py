"""Every error that Rapport raises on purpose, as one tree.

    RapportError
    ├── SettingsError          a variable is missing or wrong
    ├── ModelMissing           a model file is not there, or is damaged
    ├── BadAudio               audio that cannot be what it was said to be
    ├── RecognitionFailed      the recogniser gave up on an utterance
    ├── VoiceUnavailable       no voice could speak; the text still stands
    ├── NotAllowed             a token or secret is missing, expired or forged
    └── WireError              a client broke the protocol (channels/wire.py)

A message says what to do next, and never holds what a person said or who they are: messages reach logs.
"""


class RapportError(Exception):
    """Base of every error below; catch it at a process's edge only."""


class SettingsError(RapportError):
    """A setting is missing or wrong; the message names the variable and the values that work."""


class ModelMissing(RapportError):
    """A model's file is not there or not what it should be; `make models` mends it."""


class BadAudio(RapportError):
    """Audio whose size, rate or encoding cannot be right."""


class RecognitionFailed(RapportError):
    """The recogniser gave up on an utterance; the session goes on."""


class VoiceUnavailable(RapportError):
    """No voice could speak the text; show it instead."""


class NotAllowed(RapportError):
    """A token or secret is missing, expired or forged."""
