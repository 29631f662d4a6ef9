from __future__ import annotations

import random

import numpy as np

from alia_judge.text.near_duplicates import near_duplicates, word_pairs
from alia_judge.text.sketches import likeness_to, sketches

WORDS = [f"palabra{n}" for n in range(2000)]


def pairs(n: int) -> list[tuple[str, str]]:
    rng = random.Random(0)
    made = []
    for _ in range(n):
        one = rng.choices(WORDS, k=rng.randint(10, 80))
        share = rng.choice([0, 0.02, 0.05, 0.1, 0.2, 1])
        made.append((" ".join(one), " ".join(word if rng.random() >= share else rng.choice(WORDS) for word in one)))
    return made


def test_the_likeness_is_estimated_without_bias() -> None:
    true, found = [], []
    for number, (one, other) in enumerate(pairs(300)):
        first, second = word_pairs(one), word_pairs(other)
        true.append(len(first & second) / len(first | second))
        made = sketches([one, other], salt=str(number))
        found.append(float(likeness_to(made[:1], made[1:])[0]))
    error = np.array(found) - np.array(true)
    assert abs(error.mean()) < 0.003
    assert np.abs(error).max() < 5 * 0.022  # the standard error is largest, .022, where nothing is shared


def test_it_agrees_with_the_exact_rule_away_from_the_threshold() -> None:
    for one, other in pairs(100):
        made = sketches([one, other], salt="a")
        likeness = float(likeness_to(made[:1], made[1:])[0])
        exact = [found for *_, found in near_duplicates([one, other], threshold=0.01)]
        if exact and abs(exact[0] - 0.7) > 0.1:
            assert (likeness >= 0.7) == (exact[0] >= 0.7)


def test_short_texts_are_like_nothing_and_salts_do_not_compare() -> None:
    long = " ".join(WORDS[:20])
    made = sketches(["No lo sé.", "No lo sé.", long], salt="a")
    assert not made[:2].any()
    assert likeness_to(made, made).tolist() == [0, 0, 1]
    assert float(likeness_to(made[2:], sketches([long], salt="b"))[0]) < 0.2
    assert likeness_to(made[:0], made).shape == (0,)
    assert likeness_to(made[2:], made[:2]).tolist() == [0]
