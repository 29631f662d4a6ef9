from __future__ import annotations

from alia_judge.text.near_duplicates import near_duplicates


def test_near_duplicates_are_those_of_all_pairs() -> None:
    base = [f"palabra{n} uno dos t{n} cuatro cinco s{n} siete ocho nueve{n} diez once doce trece{n}" for n in range(40)]
    texts = [*base, base[3].replace("doce", "quince"), base[7].upper() + "!"]
    found = {(a, b) for a, b, _ in near_duplicates(texts, threshold=0.7)}
    sets = [
        {tuple(words[k : k + 2]) for k in range(len(words) - 1)}
        for words in (text.lower().strip("!").split() for text in texts)
    ]
    every = {
        (a, b)
        for a in range(len(texts))
        for b in range(a + 1, len(texts))
        if len(sets[a] & sets[b]) / len(sets[a] | sets[b]) >= 0.7
    }
    assert found == every
    assert (7, 41) in found


def test_no_texts_and_short_ones_have_no_pairs() -> None:
    assert near_duplicates([]) == []
    assert near_duplicates(["uno dos tres", "uno dos tres", ""]) == []
    assert near_duplicates(["", "uno dos tres cuatro cinco seis siete ocho " * 2, "x"]) == []


def test_texts_beside_one_another_lend_no_words() -> None:
    one = "su factura de mayo trae un cargo de doce euros"
    other = "el router nuevo llega mañana por la tarde a su casa"
    assert near_duplicates([one, other, one + ".", other.upper()]) == [(0, 2, 1.0), (1, 3, 1.0)]
