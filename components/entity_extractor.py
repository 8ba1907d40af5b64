"""Rasa's CRF for entities, which knows what the message is for.

"Eight" is a time after "wake me at", and a number after "multiply it by"; the intent says which, from anywhere in the
sentence. So the intent that was read is one more feature of each word: in training the example's own, after that the
classifier's, which has to come before in the pipeline.
"""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.crf_entity_extractor import CRFEntityExtractor
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class IntentAwareCrfExtractor(CRFEntityExtractor):
    """See `CRFEntityExtractor`, and its settings; the intent goes along with the feature `pattern`."""

    @staticmethod
    def _pattern_of_token(message: Message, idx: int) -> dict[str, bool]:
        patterns: dict[str, bool] = CRFEntityExtractor._pattern_of_token(message, idx)
        read = message.get(INTENT)
        name = read.get("name") if isinstance(read, dict) else read
        return {**patterns, f"intent {name}": True} if name else patterns
