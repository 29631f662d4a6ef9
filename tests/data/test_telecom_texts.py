"""The bundled texts are what they say: five languages, planted defects, a truth that follows, nobody real."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from types import ModuleType
from typing import Any

import pytest
from scipy.stats import spearmanr

LANGUAGES = ("ca", "en", "es", "eu", "gl")
SYSTEMS = ["alpha", "beta", "delta", "gamma"]
KINDS = {
    "wrong_amount",
    "ignores_question",
    "wrong_language",
    "wrong_register",
    "invents_policy",
    "unsafe_advice",
    "padding",
    "contradiction",
    "truncated",
}

#: Words that are frequent in one of the languages; Portuguese is there because a reply strays into it.
FUNCTION_WORDS = {
    "es": "el los las y del una su con al es en por para puede le lo que sin ya hay desde la de tiene como más",
    "ca": "els les amb i del una pot per és el la li que hi dels de no al més seva ja són com ho o cal en serà",
    "gl": "o a os as do da dos das non unha e ao á na no co coa polo pola é súa se lle que de ten xa son por un para",
    "eu": "eta da ez dira du dugu dago bat zure duzu dituzu baina edo behar zaizu beti hori ere gabe dute izan dizugu",
    "en": "the and to is you your a of it we for in that with as on this be will are our not they from by",
    "pt": "o a os as do da não uma um e ao em com para é pessoas tem pela existe uma bónus dias úteis linha mudança",
}  # fmt: skip

BRANDS = (
    "movistar|vodafone|orange|yoigo|m[aá]sm[oó]vil|masorange|jazztel|euskaltel|pepephone|digi|lowi|simyo|"
    "finetwork|parlem|guuk|adamo|avatel|o2|somconnexi[oó]|mundo-?r|lebara|lycamobile|bt|ee|virgin|eir|dazn|"
    "netflix|whatsapp|google|apple|iphone|samsung|huawei|xiaomi|facebook|instagram|youtube|bizum|santander|bbva|caixabank"
)


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,:]\d+)*", text))


def language_of(text: str) -> str:
    words = Counter(re.findall(r"[^\W\d_]+", text.casefold()))
    scores = {name: sum(words[word] for word in set(known.split())) for name, known in FUNCTION_WORDS.items()}
    return max(scores, key=scores.__getitem__)


def test_every_language_has_its_share(items: list[dict[str, Any]]) -> None:
    assert Counter(item["language"] for item in items) == dict.fromkeys(LANGUAGES, 36)
    assert len({item["item_id"] for item in items}) == len(items) == 180


def test_a_group_is_one_conversation_answered_by_each_system(items: list[dict[str, Any]]) -> None:
    groups = defaultdict(list)
    for item in items:
        groups[item["group"]].append(item)
    assert len(groups) == 45
    for group, members in groups.items():
        assert sorted(item["system"] for item in members) == SYSTEMS, group
        for field in ("prompt", "context", "situation", "language"):
            assert len({item[field] for item in members}) == 1, (group, field)
        assert len({item["response"] for item in members}) == 4, group
        assert all(item["item_id"] == f"{group}-{item['system']}" for item in members)
        assert {item["language"] for item in members} == {group[:2]}


def test_texts_are_clean_unicode(items: list[dict[str, Any]]) -> None:
    for item in items:
        for field in ("prompt", "context", "response"):
            text = item[field]
            assert text == unicodedata.normalize("NFC", text), item["item_id"]
            assert text == text.strip(), item["item_id"]
            assert not re.search(r"  |[^\S \n]|\n\n|[\x00-\x09\x0b-\x1f\x7f]|\s[,.;]", text), (item["item_id"], field)


def test_truth_follows_from_the_defects(items: list[dict[str, Any]], make_sample: ModuleType) -> None:
    assert [item["truth"] for item in items] == [make_sample.truth(item["defects"]) for item in items]


@pytest.mark.parametrize(
    ("defects", "expected"),
    [
        ([], (5, 5)),
        ([("wrong_amount", 2)], (3, 5)),
        ([("wrong_register", 1)], (5, 4)),
        ([("wrong_register", 4), ("ignores_question", 2)], (1, 1)),
        ([("wrong_language", 3)], (2, 3)),
        ([("padding", 1), ("contradiction", 1)], (3, 4)),
        ([("unsafe_advice", 4), ("invents_policy", 3)], (1, 5)),
    ],
)
def test_the_rule_for_the_truth(
    defects: list[tuple[str, int]], expected: tuple[int, int], make_sample: ModuleType
) -> None:
    truth = make_sample.truth([{"kind": kind, "severity": severity} for kind, severity in defects])
    assert (truth["helpfulness"], truth["tone"]) == expected


def test_every_kind_of_defect_and_every_truth_occurs_in_every_language(items: list[dict[str, Any]]) -> None:
    for language in LANGUAGES:
        mine = [item for item in items if item["language"] == language]
        assert {defect["kind"] for item in mine for defect in item["defects"]} == KINDS, language
        assert {item["truth"]["helpfulness"] for item in mine} == {1, 2, 3, 4, 5}, language


def test_defects_are_where_they_are_said_to_be(items: list[dict[str, Any]]) -> None:
    for item in items:
        for defect in item["defects"]:
            assert set(defect) <= {"kind", "severity", "evidence", "instead_of"}, item["item_id"]
            assert 1 <= defect["severity"] <= 4, item["item_id"]
            assert defect.get("evidence", "") in item["response"], (item["item_id"], defect)
            if defect["kind"] in {"invents_policy", "unsafe_advice", "contradiction"}:
                assert defect["evidence"], item["item_id"]


def test_a_wrong_amount_is_decidable_from_the_context(items: list[dict[str, Any]]) -> None:
    for item in items:
        for defect in item["defects"]:
            if defect["kind"] == "wrong_amount":
                assert defect["instead_of"] in item["context"], (item["item_id"], defect)
                assert defect["evidence"] not in item["context"], (item["item_id"], defect)


def test_a_response_without_defects_names_no_figure_of_its_own(items: list[dict[str, Any]]) -> None:
    for item in items:
        if not item["defects"]:
            known = numbers(item["context"]) | numbers(item["prompt"])
            assert numbers(item["response"]) <= known, item["item_id"]


def test_only_the_truncated_responses_break_off(items: list[dict[str, Any]]) -> None:
    for item in items:
        truncated = any(defect["kind"] == "truncated" for defect in item["defects"])
        assert truncated == (item["response"][-1] not in ".!?»"), item["item_id"]


def test_the_padded_response_is_the_longest_of_its_kind(items: list[dict[str, Any]]) -> None:
    for item in items:
        if any(defect["kind"] == "padding" and defect["severity"] > 1 for defect in item["defects"]):
            others = [len(other["response"]) for other in items if other["group"] == item["group"]]
            assert len(item["response"]) == max(others), item["item_id"]


def test_each_text_is_in_its_language_and_the_planted_ones_are_not(items: list[dict[str, Any]]) -> None:
    for item in items:
        assert language_of(item["prompt"]) == item["language"], item["item_id"]
        assert language_of(item["context"]) == item["language"], item["item_id"]
        strays = any(defect["kind"] == "wrong_language" for defect in item["defects"])
        assert (language_of(item["response"]) != item["language"]) == strays, item["item_id"]


def test_parallel_items_have_the_same_defects_and_figures_in_all_languages(items: list[dict[str, Any]]) -> None:
    parallel = defaultdict(list)
    for item in items:
        if "parallel" in item:
            parallel[item["parallel"]].append(item)
    assert len(parallel) == 8
    for name, versions in parallel.items():
        assert tuple(sorted(item["language"] for item in versions)) == LANGUAGES, name
        planted = {tuple((defect["kind"], defect["severity"]) for defect in item["defects"]) for item in versions}
        assert len(planted) == 1, name
        assert len({frozenset(number.replace(".", ",") for number in numbers(i["response"])) for i in versions}) == 1


def test_length_does_not_give_the_truth_away(items: list[dict[str, Any]]) -> None:
    for language in (None, *LANGUAGES):
        mine = [item for item in items if language in (None, item["language"])]
        lengths = [len(item["response"]) for item in mine]
        for criterion in ("helpfulness", "tone"):
            rho = spearmanr(lengths, [item["truth"][criterion] for item in mine]).statistic
            assert abs(rho) < 0.2, (language, criterion, rho)


def test_systems_differ_and_overlap(items: list[dict[str, Any]]) -> None:
    truths = {
        system: [item["truth"]["helpfulness"] for item in items if item["system"] == system] for system in SYSTEMS
    }
    means = {system: sum(values) / len(values) for system, values in truths.items()}
    assert means["alpha"] > means["beta"] > means["gamma"] > means["delta"]
    for values in truths.values():
        assert {1, 5} <= set(values)


def test_nobody_real_is_in_the_texts(items: list[dict[str, Any]]) -> None:
    for item in items:
        text = "\n".join((item["prompt"], item["context"], item["response"]))
        assert not re.search(rf"\b((?i:{BRANDS})|Telef[oó]nica)\b", text), item["item_id"]
        assert not re.search(r"@|https?:|www\.|\.(es|com|org|net|eus|cat|gal)\b", text), item["item_id"]
        # A phone, account or identity number: six digits or more, however they are spaced.
        assert not re.search(r"\d(?:[ .·-]?\d){5}", text), item["item_id"]
