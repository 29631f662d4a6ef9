"""What every check must do: describe itself, survive any ratings, say why it cannot look."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from alia_judge._json import dumps
from alia_judge.checks import Check, CheckData, Finding, all_checks, run_checks
from alia_judge.errors import UsageError
from alia_judge.ratings import Ratings, load_ratings
from alia_judge.records import Scale

HOSTILE = "<script>alert(1)</script> {{ x }} \x00 ' \" \\ \u202e"


def awkward() -> dict[str, Ratings]:
    """Ratings that have nothing to compare, or too much of the same, or labels without an order."""
    one = [{"item": "a", "score": 3}]
    same = [{"item": f"i{n}", "rater": who, "score": 3, "response": "sí"} for n in range(30) for who in "ab"]
    labels = [
        {"item": f"i{n}", "rater": who, "label": ("x", "y", "z")[(n * k) % 3]}
        for n in range(30)
        for k, who in enumerate("abc")
    ]
    anonymous = [{"item": f"i{n // 3}", "score": n % 5 + 1} for n in range(90)]
    empty = [{"item": f"i{n}", "rater": "a", "score": None if n else 2} for n in range(30)]
    hostile = [
        {"item": HOSTILE + str(n), "rater": HOSTILE, "score": n % 5, "response": HOSTILE, "language": HOSTILE}
        for n in range(30)
    ]
    twice = [{"item": f"i{n % 12}", "rater": who, "score": n % 4 + 1} for n in range(40) for who in "abc"]
    return {
        "one rating": load_ratings(one),
        "one value": load_ratings(same),
        "labels": load_ratings(labels),
        "anonymous": load_ratings(anonymous),
        "empty values": load_ratings(empty, scales={"rating": Scale.ordinal(1, 5)}),
        "hostile text": load_ratings(hostile),
        "repeated": load_ratings(twice),
        "continuous": load_ratings(
            [{"item": f"i{n}", "rater": who, "score": n / 7} for n in range(20) for who in "abc"]
        ),
    }


AWKWARD = awkward()


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.code)
class TestConformance:
    def test_it_describes_itself(self, check: Check) -> None:
        assert isinstance(check, Check)
        assert check.severity in ("error", "warning", "info")
        for text in (check.code, check.name, check.looks_at, check.meaning, check.remedy):
            assert text.strip() == text
            assert text
        assert check.looks_at.endswith(".")
        assert check.meaning.endswith(".")
        assert check.remedy.endswith(".")

    @pytest.mark.parametrize("name", AWKWARD)
    def test_it_survives_awkward_ratings_and_gives_the_same_twice(self, check: Check, name: str) -> None:
        ratings = AWKWARD[name]
        outcomes = [check.run(CheckData(ratings=ratings, criteria=ratings.criteria)) for _ in range(2)]
        assert dumps(outcomes[0]) == dumps(outcomes[1])
        outcome = outcomes[0]
        assert outcome.code == check.code
        assert outcome.status in ("found", "clean", "not applicable")
        assert (outcome.why is not None) == (outcome.status == "not applicable")
        assert bool(outcome.findings) == (outcome.status == "found")
        for finding in outcome.findings:
            assert finding.code == check.code
            assert Finding.from_dict(finding.to_dict()) == finding


def test_codes_are_unique_and_the_files_are_named_after_them() -> None:
    modules = [type(check).__module__.rpartition(".")[2] for check in all_checks()]
    assert all(module.startswith(check.code.lower() + "_") for check, module in zip(all_checks(), modules, strict=True))


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(UsageError, match="there is no check 'AJ999'; there are: AJ001, "):
        run_checks(AWKWARD["one rating"], only=["AJ999"])


THIRD_PARTY = """
from alia_judge.checks.base import finding, result

class TooManyExclamationMarks:
    code = "X001"
    name = "shouting"
    severity = "info"
    statistical = False
    looks_at = "Exclamation marks."
    meaning = "Somebody shouts."
    remedy = "Calm down."

    def run(self, data):
        loud = tuple(item.item_id for item in data.items if "!!" in item.response)
        return result(self, [finding(self, "loud", items=loud)] if loud else (), looked_at="items")
"""


def test_a_third_party_adds_a_check_by_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shouting.py").write_text(THIRD_PARTY)
    info = tmp_path / "shouting-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shouting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[alia_judge.checks]\nshouting = shouting:TooManyExclamationMarks\n")
    monkeypatch.syspath_prepend(tmp_path)
    ratings = load_ratings(
        [{"item": "a", "score": 1, "response": "¡Hola!!"}, {"item": "b", "score": 2, "response": "x"}]
    )
    (outcome,) = run_checks(ratings, only=["X001"])
    assert outcome.findings[0].items == ("a",)
    (info / "entry_points.txt").write_text(
        "[alia_judge.checks]\none = shouting:TooManyExclamationMarks\ntwo = shouting:TooManyExclamationMarks\n"
    )
    with pytest.raises(UsageError, match="two checks have the name 'X001'"):
        run_checks(ratings)
    sys.modules.pop("shouting")
