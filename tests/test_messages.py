"""Messages in the reader's language: each has its Spanish, what is kept is English, numbers are written its way."""

from __future__ import annotations

import ast
import copy
import json
import string
from collections.abc import Iterator
from pathlib import Path

import messages
import pytest
from messages import FOLDER, WHOLE, marked, templates_in, written

import alia_judge as aj
from alia_judge._json import dumps
from alia_judge._messages import (
    Message,
    Written,
    _,
    joined,
    language,
    languages,
    message,
    numbers,
    read_catalogue,
    recalled,
)
from alia_judge.cli import main
from alia_judge.publishing.card import model_card
from alia_judge.reporting import audit_page, evaluation_page, render
from alia_judge.stats.estimate import Estimate

CATALOGUES = sorted(FOLDER.glob("*.po"))


def _fields(template: str) -> set[str]:
    return {name for _text, name, _spec, _turned in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_is_current_and_has_the_same_fields(path: Path) -> None:
    assert path.read_text("utf-8") == written(path.stem), "write it anew: python tools/messages.py"
    for key, value in read_catalogue(path).items():
        assert value or path.stem in WHOLE, key
        if value and key:
            assert _fields(value) == _fields(key), key


def test_a_catalogue_that_is_begun_holds_what_is_translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "FOLDER", tmp_path)
    kept, waiting, *_rest = marked()
    text = f'msgid ""\nmsgstr "x"\n\nmsgid {json.dumps(kept)}\nmsgstr "y"\n\nmsgid {json.dumps(waiting)}\nmsgstr ""\n'
    for name in ("pt", "es"):
        (tmp_path / f"{name}.po").write_text(text + '\nmsgid "no message of ours"\nmsgstr "z"\n', encoding="utf-8")
        (tmp_path / f"{name}.po").write_text(written(name), encoding="utf-8")
    begun, whole = (read_catalogue(tmp_path / f"{name}.po") for name in ("pt", "es"))
    assert {key: value for key, value in begun.items() if key} == {kept: "y"}
    assert {key: value for key, value in whole.items() if key} == dict.fromkeys(marked(), "") | {kept: "y"}


def test_every_marked_message_is_there_in_spanish() -> None:
    spanish = read_catalogue(FOLDER / "es.po")
    assert len(marked()) > 400
    assert [template for template in marked() if not spanish.get(template)] == []


#: Whose first argument people read; of a `Problem`, and of a check's finding, the others too.
_READ = {
    *("UsageError", "UnknownNameError", "GateRefused", "BudgetError", "ModelError", "StoreError", "ArtifactError"),
    *("Interrupted", "MissingExtraError", "Problem", "finding", "not_applicable", "warn", "warn_degenerate"),
    # What is said of a server and its answer, and shown within one of these.
    *("ProviderError", "ServerError", "ConfigurationError", "TransportError", "UnsupportedFeatureError"),
    *("CollectionLimitError", "ConnectionError", "ItemRefusedError", "LMConfigurationError", "LMProviderError"),
    *("LMServerError", "LMUnsupportedFeatureError"),
}
_READ_BY_NAME = {"what", "expected", "remedy", "why", "looked_at", "message"}


def _unmarked(tree: ast.AST) -> Iterator[ast.expr]:
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if name in _READ:
            read = [*call.args[:3], *(one.value for one in call.keywords if one.arg in _READ_BY_NAME)]
            for text in read:
                words = text.values[0] if isinstance(text, ast.JoinedStr) else text
                if isinstance(words, ast.Constant) and " " in str(words.value):
                    yield text


def test_every_error_finding_and_warning_is_marked() -> None:
    assert [ast.unparse(one) for one in _unmarked(ast.parse("raise UsageError('no such', 2); warn(f'no {n}')"))] == [
        "'no such'",
        "f'no {n}'",
    ]
    package = Path(aj.__file__).parent
    unmarked = [
        f"{path.relative_to(package)}:{text.lineno}: {ast.unparse(text)}"
        for path in sorted(package.rglob("*.py"))
        for text in _unmarked(ast.parse(path.read_text("utf-8")))
    ]
    assert unmarked == []


def test_an_error_is_english_and_is_told_in_spanish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ALIA_JUDGE_LANG", "es")
    file = tmp_path / "valoraciones.csv"
    file.write_text("item_id,annotator_id,value\na,ana,3\na,bea,9\nb,ana\n", encoding="utf-8")
    with pytest.raises(aj.DataError) as raised:
        aj.load_ratings(file, scales={"rating": "1-5"})
    assert f"{file}:4: 2 fields; expected 3, as in the header" in str(raised.value)
    with pytest.raises(SystemExit) as ended:
        main(["validate", str(file), "--scale", "1-5"])
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert f"error: {file}:4: 2 campos; se esperaba: 3, como en los títulos" in said
    assert "expected" not in said


def test_a_text_that_is_put_together_cannot_be_marked() -> None:
    with pytest.raises(ValueError, match=r"a\.py:1: a marked text is whole, with fields"):
        list(templates_in("_(f'{n} items')", "a.py"))
    assert list(templates_in("_('{n} items', n=n); message('a' 'b')")) == ["{n} items", "ab"]


def test_the_language_is_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert languages() == ("ca", "en", "es", "eu", "gl")
    for said, meant in (("es", "es"), ("es_ES.UTF-8", "es"), ("ES-mx", "es"), ("fr", "en"), ("", "en")):
        monkeypatch.setenv("ALIA_JUDGE_LANG", said)
        assert language() == meant
    monkeypatch.delenv("ALIA_JUDGE_LANG")
    assert language() == "en"
    assert _("{n} items", n=3) == "3 items"


def test_what_is_kept_is_english_and_is_shown_in_spanish(monkeypatch: pytest.MonkeyPatch) -> None:
    estimate = Estimate(statistic="r", value=0.5, low=-0.25, high=0.75, level=0.95)
    said = message(
        "{what}: yes, by {figures}", what=message("better than {baseline}", baseline="A, 1.5"), figures=estimate
    )
    monkeypatch.setenv("ALIA_JUDGE_LANG", "es")
    assert said == "better than A, 1.5: yes, by 0.500 [-0.250, 0.750]"
    assert json.loads(dumps({"claim": said})) == {"claim": said}
    for same in (said, copy.deepcopy(said)):
        assert _(same) == "mejor que A, 1.5: sí, por 0,500 [-0,250; 0,750]"
    price = message("{ceiling}.", ceiling=Written(".34"))
    assert _(joined([price, "next 1.5"])) == "0,34. next 1.5"  # a text of somebody's is left as it is


@pytest.mark.parametrize(
    ("english", "spanish"), [("1,200.5", "1\u202f200,5"), ("-.5", "-0,5"), ("p < 0.001", "p < 0,001"), ("3", "3")]
)
def test_numbers(english: str, spanish: str) -> None:
    assert numbers(english, "es") == spanish
    assert numbers(english, "en") == english


def _validated(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, str, str]:
    folder.mkdir()
    out, report = folder / "v.json", folder / "v.html"
    with pytest.raises(SystemExit) as ended:
        main(["validate", "sample", "--criterion", "tone", "--json", str(out), "--report", str(report)])
    assert ended.value.code == 0
    return out.read_text("utf-8"), report.read_text("utf-8"), " ".join(capsys.readouterr().out.split())


def test_a_language_without_a_catalogue_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ALIA_JUDGE_LANG", "fr")
    with pytest.raises(SystemExit):
        main(["rubric", "list"])
    assert "note: ALIA_JUDGE_LANG=fr: expected one of ca, en, es, eu, gl" in capsys.readouterr().err


def test_validate_speaks_spanish_and_its_json_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ALIA_JUDGE_LANG", "en")
    english, page, said = _validated(tmp_path / "en", capsys)
    assert '<html lang="en">' in page
    assert "That is enough to tune on." in said
    monkeypatch.setenv("ALIA_JUDGE_LANG", "es")
    spanish, page, said = _validated(tmp_path / "es", capsys)
    assert json.loads(spanish) == json.loads(english)
    for text in (page, said):
        assert "Las personas coinciden entre sí 0,36 en tone" in text
        assert "Eso basta para ajustar." in text
        assert "enough to tune" not in text
    assert "Sirven para ajustar: tone" in said
    assert '<html lang="es">' in page
    assert '<h2 id="section-1">Acuerdo en tone</h2>' in page


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("the untuned judge", "el juez sin ajustar"),
        ("6 items can be changed so, fewer than 10", "6 ítems se pueden cambiar así, menos de 10"),
        ("the judge 'a b' was not among the others", "the judge 'a b' was not among the others"),
        ("juez-1.5b", "juez-1.5b"),
        # Of a sentence within a sentence nothing is half translated.
        ("NOT held out: 3 of 12 items were learnt from (3 the same item): 'a'",) * 2,
        ("the untuned judge " * 100,) * 2,
    ],
)
def test_a_sentence_out_of_a_file_is_known_again(english: str, spanish: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert recalled(english) == english
    assert not isinstance(recalled(english), Message)
    monkeypatch.setenv("ALIA_JUDGE_LANG", "es")
    assert recalled(english) == english
    assert _(english) == spanish
    assert _("{said}.", said=recalled(english)) == f"{spanish}."


def test_a_figure_says_in_spanish_why_it_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Estimate.undefined("spearman", message("the scores are constant"))
    kept = Estimate.from_dict(json.loads(dumps(nothing)))
    figure = Estimate(statistic="spearman", value=0.5, low=0.25, high=0.75)
    assert (str(kept), _(figure)) == ("undefined (the scores are constant)", "0.500 [0.250, 0.750]")
    monkeypatch.setenv("ALIA_JUDGE_LANG", "es")
    assert {_(one) for one in (nothing, kept)} == {"sin definir (las puntuaciones son constantes)"}
    assert _("{figure}", figure=kept) == "sin definir (las puntuaciones son constantes)"
    assert _(figure) == "0,500 [0,250; 0,750]"


def test_an_evaluation_and_a_card_in_spanish(monkeypatch: pytest.MonkeyPatch) -> None:
    ratings = aj.load_sample()
    truth = {item.item_id: float(item.extra["true_tone"]) for item in ratings.items()}
    options = aj.EvaluationOptions(n_resamples=50)
    result = aj.evaluate_scores(ratings, {"truth": truth}, criterion="tone", options=options)
    english = result.to_dict()
    monkeypatch.setenv("ALIA_JUDGE_LANG", "es")
    assert result.to_dict() == english
    page = render(evaluation_page(result))
    assert "mejor que solo los rasgos superficiales: sí" in page.lower()
    assert "Lo que permiten decir las cifras" in page
    rubric = aj.builtin_rubric("helpfulness", "es")
    card = model_card(name="j", rubrics=[rubric], models=["m"], n_demos=0, evaluation=result, probes=None, facts={})
    assert "## Cuánto coincide con las personas" in card
    assert "better than" not in card
    again = aj.EvaluationResult.from_dict(json.loads(dumps(result)))
    told = {"rubrics": [rubric], "models": ["m"], "n_demos": 0, "probes": None, "facts": {}}
    assert model_card(name="j", evaluation=again, **told) == card
    assert render(audit_page(aj.audit_ratings(ratings, "tone", checks=False, n_resamples=20))).count("Acuerdo en") >= 1
