from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import dspy
import pytest
from huggingface_hub import ModelCard
from scripted_lm import scripted_lm

from alia_judge._json import dumps
from alia_judge.errors import ArtifactError, UsageError
from alia_judge.evaluation import EvaluationOptions, EvaluationResult, evaluate_scores
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import (
    AnalyticJudge,
    CascadeJudge,
    ChecklistJudge,
    PairwiseJudge,
    PanelJudge,
    PreferenceJudge,
    SampledJudge,
)
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.publishing import load_judge, publish_judge, read_published
from alia_judge.publishing.artifact import ARTIFACT_SCHEMA
from alia_judge.publishing.manifest import seal
from alia_judge.publishing.stores import LocalStore
from alia_judge.ratings.load import load_ratings
from alia_judge.records import Scale

RUBRIC = Rubric(
    criterion="Utilidad",
    scale=Scale.ordinal(1, 5),
    language="es",
    instructions="¿Resuelve lo que se pregunta?",
    anchors={1: "Nada resuelto.", 5: "Todo resuelto, con los importes correctos."},
)
DEMOS = [{"prompt": "¿Cuánto pago?", "response": "Son 30 €.", "score": 5.0}]
RESPONSES = ["Llame al 1004.", "<<answer:2>> No sé.", "El router se reinicia solo.", "<<do:refusal>> x"]


def judge_on(server: Any, **options: Any) -> Judge:
    lm = dspy.LM("openai/judge", api_base=server.base_url, api_key="sk-of-the-author", cache=False, temperature=0.0)
    return Judge(RUBRIC, lm, demos=DEMOS, **options)


@pytest.fixture(scope="module")
def evaluation() -> EvaluationResult:
    rows = [
        {"item_id": f"i{n:02}", "annotator_id": who, "criterion": "Utilidad", "value": 1 + (n * 7 + (who == "b")) % 5}
        for n in range(40)
        for who in "ab"
    ]
    judged = {"judge": {f"i{n:02}": float((n * 7) % 5) for n in range(40)}}
    result = evaluate_scores(
        load_ratings(rows, scales={"Utilidad": Scale.ordinal(1, 5)}), judged, options=EvaluationOptions(n_resamples=50)
    )
    return replace(result, subject="judge", split="test")


LOAD_AND_JUDGE = """
import json, sys
import dspy
from alia_judge.publishing import load_judge
folder, base, responses = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
judge = load_judge(folder, lm=dspy.LM("openai/judge", api_base=base, api_key="another", cache=False, temperature=0.0))
given = [judge(prompt="¿Y bien?", response=response) for response in responses]
print(json.dumps([[each.score, each.unscored, each.probabilities] for each in given]))
"""


def test_a_fresh_process_without_the_ratings_gives_the_same_verdicts(tmp_path: Path, openai_server: Any) -> None:
    judge = judge_on(openai_server)
    before = [judge(prompt="¿Y bien?", response=response) for response in RESPONSES]
    where = publish_judge(judge, tmp_path / "published")
    done = subprocess.run(
        [sys.executable, "-c", LOAD_AND_JUDGE, where, openai_server.base_url, json.dumps(RESPONSES)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    expected = [[each.score, each.unscored, each.probabilities] for each in before]
    assert json.loads(done.stdout) == json.loads(json.dumps(expected))
    assert before[1].score == pytest.approx(2.0, abs=0.5)
    assert before[3].unscored == "refusal"


def test_the_state_comes_back_whole(tmp_path: Path, openai_server: Any) -> None:
    judge = judge_on(openai_server, layout="single", settings={"max_tokens": 4}, min_mass=0.3, top_logprobs=5)
    loaded = load_judge(publish_judge(judge, tmp_path / "published"), lm=judge.lm)
    assert loaded.configuration() == judge.configuration()
    assert loaded.rubric == RUBRIC


class TestWhatIsInside:
    def test_files(self, tmp_path: Path, openai_server: Any, evaluation: EvaluationResult) -> None:
        publish_judge(judge_on(openai_server), tmp_path / "published", evaluation=evaluation, licence="apache-2.0")
        names = {path.name for path in (tmp_path / "published").iterdir()}
        assert names == {"judge.json", "learnt-from.json", "evaluation.json", "README.md", "manifest.json"}
        published = read_published(tmp_path / "published")
        assert dumps(published.evaluation) == dumps(evaluation)
        assert published.manifest.facts["benchmark"] == evaluation.fingerprint
        assert published.manifest.facts["model"] == "openai/judge"
        assert set(published.manifest.facts["versions"]) == {"alia-judge", "dspy", "litellm"}

    def test_no_key_no_address_no_path_of_the_author(
        self, tmp_path: Path, openai_server: Any, evaluation: EvaluationResult
    ) -> None:
        publish_judge(judge_on(openai_server), tmp_path / "published", evaluation=evaluation)
        for path in (tmp_path / "published").iterdir():
            text = path.read_text(encoding="utf-8")
            for secret in ("sk-of-the-author", openai_server.base_url, "127.0.0.1", str(tmp_path), str(Path.cwd())):
                assert secret not in text, path.name

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            (
                "the key is sk-proj-abcdefghijklmnopqrstuvwxyz",
                "what looks like an OpenAI, Anthropic, OpenRouter or DeepSeek key",
            ),
            ("postgresql://me:hunter2@db.example/x", "what looks like a password in an address"),
            ("see {home}/notes.txt", "a path in the author's home directory"),
            ("see {cwd}", "a path in the author's working directory"),
            ("value-of-the-variable", "the value of the environment variable JUDGE_API_KEY"),
        ],
    )
    def test_a_secret_in_a_demonstration_is_refused_without_repeating_it(
        self, tmp_path: Path, openai_server: Any, monkeypatch: pytest.MonkeyPatch, text: str, what: str
    ) -> None:
        home = tmp_path / "home" / "author"
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("JUDGE_API_KEY", "value-of-the-variable")
        text = text.format(home=home, cwd=Path.cwd())
        judge = Judge(RUBRIC, "openai/judge", demos=[{"response": text, "score": 1.0}])
        with pytest.raises(UsageError, match=re.escape(f"judge.json holds {what}")) as caught:
            publish_judge(judge, tmp_path / "published")
        assert "hunter2" not in str(caught.value)
        assert "value-of-the-variable" not in str(caught.value)
        assert not (tmp_path / "published").exists()

    def test_the_same_judge_is_the_same_bytes(self, tmp_path: Path, openai_server: Any) -> None:
        for name in ("one", "two"):
            publish_judge(judge_on(openai_server), tmp_path / name)
        one, two = (LocalStore(tmp_path / name).pull() for name in ("one", "two"))
        assert one == two


class TestCard:
    def test_the_front_matter_is_the_hubs(
        self, tmp_path: Path, openai_server: Any, evaluation: EvaluationResult
    ) -> None:
        publish_judge(
            judge_on(openai_server), tmp_path / "p", name="útil: sí", evaluation=evaluation, licence="apache-2.0"
        )
        card = ModelCard.load(tmp_path / "p" / "README.md")
        assert card.data.license == "apache-2.0"
        assert card.data.library_name == "alia-judge"
        assert card.data.language == ["es"]
        results = {result.metric_type: result.metric_value for result in card.data.eval_results}
        item = evaluation.judge().correlation["item"]
        assert results == {name: pytest.approx(estimate.value, abs=1e-4) for name, estimate in item.items()}
        assert str(item["spearman"]) in card.text
        assert "aj.load_judge" in card.text

    def test_texts_of_the_rubric_are_no_markup(self, tmp_path: Path) -> None:
        rubric = Rubric(
            criterion="<script>x</script> # *y*\n---\nlicense: mit",
            scale=Scale.ordinal(1, 3),
            instructions="[a](b) `c`",
        )
        publish_judge(Judge(rubric, "openai/judge"), tmp_path / "p")
        text = (tmp_path / "p" / "README.md").read_text(encoding="utf-8")
        card = ModelCard(text)
        assert "<script" not in card.text
        assert "\\[a\\](b) \\`c\\`" in card.text
        assert card.data.license is None

    def test_without_an_evaluation_it_says_that_nothing_is_known(self, tmp_path: Path) -> None:
        publish_judge(Judge(RUBRIC, "openai/judge"), tmp_path / "p")
        assert "nothing is known of how well it agrees" in (tmp_path / "p" / "README.md").read_text(encoding="utf-8")


class TestRefused:
    @pytest.fixture
    def published(self, tmp_path: Path, openai_server: Any, evaluation: EvaluationResult) -> Path:
        return Path(publish_judge(judge_on(openai_server), tmp_path / "published", evaluation=evaluation))

    @pytest.mark.parametrize("name", ["judge.json", "evaluation.json", "README.md", "manifest.json"])
    def test_one_changed_byte(self, published: Path, name: str) -> None:
        path = published / name
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.write_bytes(raw)
        with pytest.raises(ArtifactError, match=re.escape(name)):
            load_judge(published)

    def test_a_missing_file_and_one_too_many(self, published: Path) -> None:
        (published / "evaluation.json").unlink()
        (published / "run_me.py").write_text("raise SystemExit")
        with pytest.raises(ArtifactError, match=r"evaluation\.json: missing(.|\n)*run_me\.py: not part"):
            load_judge(published)

    def test_another_judge_than_the_one_that_was_pinned(self, published: Path) -> None:
        digest = read_published(published).manifest.digest
        assert load_judge(published, lm="openai/judge", digest=digest).rubric == RUBRIC
        with pytest.raises(ArtifactError, match="this is another judge"):
            load_judge(published, digest="sha256:0")

    def test_a_kind_of_judge_from_the_future(self, tmp_path: Path) -> None:
        files = {"judge.json": b'{"kind": "oracle"}', "README.md": b""}
        LocalStore(tmp_path / "p").push(seal(files, schema=ARTIFACT_SCHEMA, version="9", facts={}), title="")
        with pytest.raises(ArtifactError, match="a judge of kind 'oracle', which this version does not know"):
            load_judge(tmp_path / "p")

    def test_an_evaluation_of_another_benchmark(self, tmp_path: Path, evaluation: EvaluationResult) -> None:
        with pytest.raises(UsageError, match="the evaluation is about benchmark"):
            publish_judge(
                Judge(RUBRIC, "openai/judge"), tmp_path / "p", evaluation=evaluation, benchmark_fingerprint="f" * 64
            )


def test_loading_runs_no_code_of_the_directory(tmp_path: Path) -> None:
    """Nothing is unpickled and no module is imported from the directory: its files are JSON and text."""
    publish_judge(Judge(RUBRIC, "openai/judge"), tmp_path / "p")
    code = (
        "import sys, builtins, pickle\n"
        "def refuse(*_, **__): raise SystemExit('unpickled')\n"
        "pickle.loads = pickle.load = pickle.Unpickler = refuse\n"
        "from alia_judge.publishing import load_judge\n"
        "load_judge(sys.argv[1], lm='openai/judge')\n"
        "assert not any(sys.argv[1] in (getattr(m, '__file__', None) or '') for m in list(sys.modules.values()))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "p")],
        env=os.environ | {"OPENAI_API_KEY": "x"},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_judge_made_of_others_is_published_and_loads(openai_server: Any, tmp_path: Path) -> None:
    panel = PanelJudge(
        [judge_on(openai_server), judge_on(openai_server, layout="single")], rule="median", weights=[2, 1]
    )
    publish_judge(panel, tmp_path / "panel")
    loaded = load_judge(tmp_path / "panel", panel.members[0].lm)
    assert isinstance(loaded, PanelJudge)
    assert loaded.configuration() == panel.configuration()
    assert loaded(response=RESPONSES[0]).score == panel(response=RESPONSES[0]).score


@pytest.mark.parametrize("kind", ["checklist", "analytic", "preference", "sampled", "cascade", "both_orders"])
def test_every_kind_is_published_and_its_card_says_how_its_score_is_made(tmp_path: Path, kind: str) -> None:
    def answer(request: dspy.lm15.Request) -> str:
        return "1"

    likert, lm = Rubric(criterion="Clarity", scale=Scale.ordinal(1, 5), steps=("Is it short?",)), scripted_lm(answer)
    pointwise = Judge(likert, lm)
    judge = {
        "checklist": lambda: ChecklistJudge(likert, lm, weights=(3.0,), intercept=2.0),
        "analytic": lambda: AnalyticJudge(likert, [Rubric(criterion="Short", scale=Scale.ordinal(1, 3))], lm),
        "preference": lambda: PreferenceJudge(pointwise),
        "sampled": lambda: SampledJudge(pointwise, 2),
        "cascade": lambda: CascadeJudge(pointwise, pointwise, spread=0.25),
        "both_orders": lambda: PairwiseJudge(Rubric(criterion="Clarity", scale=Scale.pairwise()), lm),
    }[kind]()
    publish_judge(judge, tmp_path / "judge")
    published = read_published(tmp_path / "judge")
    assert "# Clarity" in published.card
    assert f"Its kind is {kind}" in published.card.replace("\\", "")
    if kind == "checklist":
        assert "+3.000 for Is it short?" in published.card
        assert "starts from 2.000" in published.card
    loaded = load_judge(tmp_path / "judge", lm=lm)
    assert type(loaded) is type(judge)
    texts = {"response": "Yes.", "response_b": "No."}
    assert loaded(**texts).score == judge(**texts).score is not None
