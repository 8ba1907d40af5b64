import pytest

from rapport.privacy.purposes import Purpose
from rapport.privacy.purposes_named import purposes_named


@pytest.mark.parametrize(
    ("said", "purposes"),
    [
        ("stop remembering things about me", [Purpose.MEMORY]),
        ("turn off your memory", [Purpose.MEMORY]),
        ("don't send anything to the cloud", [Purpose.CLOUD_SPEECH]),
        ("don't send anything to the crowd", [Purpose.CLOUD_SPEECH]),
        ("stop keeping recordings of my voice", [Purpose.VOICE_RECORDING]),
        ("delete my voice profile", [Purpose.VOICE_PERSONALIZATION]),
        ("stop recognizing my voice", [Purpose.VOICE_RECOGNITION]),
        ("forget my voice", [Purpose.VOICE_RECOGNITION]),
        ("delete my voice print", [Purpose.VOICE_RECOGNITION]),
        ("stop making suggestions", [Purpose.PROACTIVE]),
        ("stop counting how our talks go", [Purpose.ANALYTICS]),
        ("stop learning from our talks", [Purpose.LEARNING]),
        ("don't learn from how i talk", [Purpose.LEARNING]),
        ("you can learn my habits", [Purpose.LEARNING]),
        ("no recordings and nothing to the cloud", [Purpose.VOICE_RECORDING, Purpose.CLOUD_SPEECH]),
        ("i withdraw my consent", []),
    ],
)
def test_the_purposes_that_are_spoken_of_are_found(said: str, purposes: list[Purpose]) -> None:
    assert purposes_named(said) == purposes
