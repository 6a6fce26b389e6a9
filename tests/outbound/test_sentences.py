"""Texts that know what they were made of."""

import copy
import pickle

from outbound.sentences import Sentence


def test_a_sentence_is_a_text_with_its_values_in_it():
    sentence = Sentence("%(share)s %% of %(name)s", share=5, name="all")

    assert sentence == "5 % of all"
    assert f"{sentence}." == "5 % of all."


def test_a_copy_knows_the_same():
    sentence = Sentence("%(share)s %% of them", share=5)

    for other in (copy.deepcopy(sentence), pickle.loads(pickle.dumps(sentence))):  # noqa: S301
        assert other == "5 % of them"
        assert (other.template, other.values) == ("%(share)s %% of them", {"share": 5})
