"""Rules of pronunciation, and their files."""

import pytest

from emulator.dictionaries import Rule, pronounced_by, read_pls, write_pls
from emulator.refusals import Refused


def _alias(word: str, alias: str, **values: bool) -> Rule:
    return Rule(type="alias", string_to_replace=word, alias=alias, **values)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        pytest.param(_alias("Ann", "Anne"), "Anne and Annie, ann", id="whole-words-in-their-case"),
        pytest.param(_alias("Ann", "X", word_boundaries=False), "X and Xie, ann", id="parts-of-words"),
        pytest.param(_alias("Ann", "X", case_sensitive=False), "X and Annie, X", id="any-case"),
        pytest.param(_alias("a.*n", "X"), "Ann and Annie, ann", id="no-pattern"),
        pytest.param(
            Rule(type="phoneme", string_to_replace="Ann", phoneme="æn", alphabet="ipa"), "Ann and Annie, ann", id="ipa"
        ),
    ],
)
def test_a_rule_changes_the_words_it_is_for(rule: Rule, said: str) -> None:
    """And no others; phonemes are not heard."""
    assert pronounced_by([rule])("Ann and Annie, ann") == said


def test_a_file_is_read_as_it_is_written() -> None:
    """Signs of XML in a word included."""
    rules = [_alias("R&D", "research <and> development"), _alias("Ann", "Anne")]

    assert read_pls(write_pls(rules).encode()) == rules


@pytest.mark.parametrize("content", [b"", b"<lexicon", b'<!DOCTYPE a [<!ENTITY b "c">]><lexicon/>'])
def test_no_file_of_rules_is_refused(content: bytes) -> None:
    """So are entities, which could expand without end."""
    with pytest.raises(Refused):
        read_pls(content)
