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
