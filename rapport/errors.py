"""Every error that Rapport raises on purpose, as one tree.

    RapportError
    ├── SettingsError          a variable is missing or wrong
    ├── ModelMissing           a model file is not there, or is damaged
    ├── BadAudio               audio that cannot be what it was said to be
    ├── RecognitionFailed      the recogniser gave up on an utterance
    ├── VoiceUnavailable       no voice could speak; the text still stands
    ├── NotAllowed             a token or secret is missing, expired or forged
    ├── NotASum                words that make no sum
    ├── NoAnswer               a sum without a real answer
    │   └── DivisionByNought
    ├── TooLarge               a sum whose result is too large to work out or to say
    ├── ServiceUnavailable     a public service, as of the weather, can't be reached, or answers nonsense
    ├── ConsentMissing         something that its person has not agreed to
    ├── PersonErased           a person who was forgotten on request
    ├── KeyUnavailable         a key is missing, wrong or can't be reached
    ├── StoreUnavailable       people's files or the memory server can't be used
    ├── ConfirmationNeeded     something sensitive, to be asked about before it is kept
    ├── NotKept                something that is never kept, such as a password
    ├── QuotaReached           a person has as many memories as they may have
    ├── WrongState             a step that is not possible now; load the state again
    ├── ListeningBusy          too many recordings at once; try again
    ├── RevocationPending      a cloned voice that is not gone everywhere yet
    ├── ErasurePending         an erasure that goes on as soon as a part of it is in reach
    ├── NotErased              something of an erased person is still there
    ├── AuditBroken            the audit trail was edited, or lacks something
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


class ServiceUnavailable(RapportError):
    """A public service, such as of the weather, can't be reached or does not answer as it should; try again later."""


class NotAllowed(RapportError):
    """A token or secret is missing, expired or forged."""


class ConsentMissing(RapportError):
    """Raised before any work that the person has not agreed to.

    Attributes:
        purpose: The purpose that lacks a live consent, by its name.
    """

    def __init__(self, purpose: str) -> None:
        self.purpose = purpose
        super().__init__(f"there is no live consent for {purpose!r}; ask for it, then call again")


class PersonErased(RapportError):
    """The person asked to be forgotten; nothing is kept or found under this name any more."""


class KeyUnavailable(RapportError):
    """A key is missing, wrong or out of reach: nothing is read, and nothing is written over."""


class StoreUnavailable(RapportError):
    """What is kept of people can't be read or written now; what was kept is untouched."""


class ConfirmationNeeded(RapportError):
    """It is sensitive: ask about this very thing, and call again once the answer was yes.

    Attributes:
        categories: What makes it so, by name.
    """

    def __init__(self, categories: tuple[str, ...]) -> None:
        self.categories = categories
        super().__init__("this is sensitive; ask whether it is to be kept, then call again with confirmed=True")


class NotKept(RapportError):
    """It holds what is never kept, such as a password.

    Attributes:
        categories: What it holds, by name.
    """

    def __init__(self, categories: tuple[str, ...]) -> None:
        self.categories = categories
        super().__init__("this holds what is never kept; say so, and what it is")


class QuotaReached(RapportError):
    """A person has as many memories, or bytes, as they may have; something must be let go first."""


class WrongState(RapportError):
    """The step is not possible in the state that something is in; load it again."""


class ListeningBusy(RapportError):
    """Other recordings are being listened to; try again."""


class RevocationPending(RapportError):
    """A cloned voice is used no more, and a copy of it can't be deleted yet; the sweeper goes on with it."""


class ErasurePending(RapportError):
    """Parts of a person can't be erased yet; the sweeper goes on with it. What could be erased is.

    Attributes:
        parts: How many.
    """

    def __init__(self, parts: int) -> None:
        self.parts = parts
        super().__init__(f"{parts} parts of an erasure are out of reach; the sweeper tries them again")


class NotErased(RapportError):
    """After an erasure, something of the person was still found."""


class AuditBroken(RapportError):
    """The audit trail does not verify; the message says which entry."""


class NotASum(RapportError):
    """No sum could be made of what was said; ask for it again."""


class NoAnswer(RapportError):
    """The sum has no real answer: a division by nought, or an even root of a negative number."""


class DivisionByNought(NoAnswer):
    """Something was divided by nought."""


class TooLarge(RapportError):
    """The result would be too large to work out or to say."""
