from __future__ import annotations

import numpy as np
import pytest

from alia_judge.records import Item
from alia_judge.text.surface import SURFACE_FEATURES, surface_features


def _one(text: str, **fields: str) -> dict[str, float]:
    names, features = surface_features([Item(item_id="a", response=text, **fields)])
    return dict(zip(names, features[0], strict=True))


def test_counts_by_hand() -> None:
    # 6 words, 1 line break, 3 sentence ends; of 28 characters 3 are punctuation, 2 digits, 18 letters (3 upper).
    row = _one("Hola. Pague 10 euros.\nSí ya.")
    assert row["words"] == 6
    assert row["log_words"] == pytest.approx(np.log(7))
    assert row["line_breaks"] == 1
    assert row["full_stops"] == 3
    assert row["words_per_sentence"] == 2
    assert row["punctuation_share"] == pytest.approx(3 / 28)
    assert row["digit_share"] == pytest.approx(2 / 28)
    assert row["letters_per_word"] == pytest.approx(18 / 6)
    assert row["upper_share"] == pytest.approx(3 / 18)
    assert row["distinct_words_share"] == 1


def test_list_lines_and_repeated_words() -> None:
    row = _one("Pasos:\n- apague\n- apague\n\n2. espere\n")
    assert (row["lines"], row["line_breaks"]) == (4, 5)
    assert row["list_lines_share"] == pytest.approx(3 / 4)
    assert row["distinct_words_share"] == pytest.approx(5 / 7)


@pytest.mark.parametrize("text", ["", "   \n", "¿?", "日本語。", "🙂"])
def test_no_text_is_too_odd(text: str) -> None:
    _, features = surface_features([Item(item_id="a", response=text)])
    assert np.isfinite(features).all()


def test_no_items_keep_the_columns() -> None:
    names, features = surface_features([])
    assert names == SURFACE_FEATURES
    assert features.shape == (0, len(SURFACE_FEATURES))


def test_a_pair_is_second_minus_first() -> None:
    assert _one("one two", response_b="one two three four five")["words"] == 3
