"""Rubrics written while the search is under way: by whom, from what, at what price, and what is refused."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dspy
import optuna
import pytest
from scripted_lm import scripted_lm
from search_options import compile_judge

import alia_judge as aj
from alia_judge._json import dumps
from alia_judge.benchmark.split import Split
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiler import CompiledJudge
from alia_judge.compiling.options import Proposals, Resampling
from alia_judge.compiling.proposals.proposers import (
    DSPyProposer,
    MisjudgedItem,
    Proposer,
    ProposerBrief,
    RubricProposer,
    counted,
    objection,
)
from alia_judge.compiling.race.search import SearchProgress
from alia_judge.compiling.result import CompileResult
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.study.storage import open_storage
from alia_judge.errors import Interrupted, ModelError, UsageError
from alia_judge.judging.judge import Judge
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.resolve import resolve_lm
from alia_judge.records import Item, Scale

SCALE = Scale.ordinal(1, 5)
PARENT = Rubric(criterion="count", scale=SCALE, instructions="How good is the answer?", style="terse")
GOOD = "Be strict and count the stars: one star is one point, and nothing else about the answer matters."


def split() -> Split:
    """Answers with one to five stars; people count them."""
    import numpy as np

    stars = np.array([1 + (7 * n) % 5 for n in range(120)])
    items = tuple(
        Item(item_id=f"i{n:03d}", response="*" * star + f" answer {n}", group=f"g{n // 4:02d}")
        for n, star in enumerate(stars)
    )
    target = stars.astype(float)
    return Split(
        name="train",
        criterion="count",
        scale=SCALE,
        items=items,
        target=target,
        target_se=np.full(120, np.nan),
        values=target[None, :],
    )


def judge_model(request: Any) -> str:
    """Counts stars where it is told to be strict; else it says 3, or at times 2."""
    text = str(request)
    response, number = re.findall(r"(\*+) answer (\d+)", text)[-1]
    return str(len(response)) if "strict" in text.lower() else ("2" if int(number) % 7 == 0 else "3")


def writer_model(request: Any) -> str:
    """Writes a rubric: the good one first, then one that is a little different each time."""
    focus = str(request).count("shortest")
    anchors = json.dumps({str(point): f"exactly {point} of them" for point in range(1, 6)})
    instructions = GOOD if not focus else "Look at how long the answer seems and whether it greets people kindly first."
    return written(instructions, anchors)


def written(instructions: str, anchors: str) -> str:
    """An answer in the form that DSPy's chat adapter asks for."""
    fields = {"new_instructions": instructions, "new_anchors": anchors, "completed": ""}
    return "\n\n".join(f"[[ ## {name} ## ]]\n{text}" for name, text in fields.items())


def compiled(proposer: Proposer | None, **options: Any) -> CompiledJudge:
    judge = Judge(PARENT, scripted_lm(judge_model))
    # Whatever the style, the model says the same: two candidates that are worth nothing.
    space = SearchSpace(rubrics=(PARENT, replace(PARENT, style="anchored")))
    options = {"budget": Budget(calls=300), "storage": ":memory:", "space": space, "train": split(), **options}
    return compile_judge(judge, proposer=proposer, **options)


def test_what_is_written_from_disagreements_wins_the_race_and_is_recorded(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 's.db'}"
    writer = scripted_lm(writer_model)
    comments = {f"i{n:03d}": ["I counted them"] for n in range(120)}
    found = compiled(RubricProposer(lm=writer), storage=storage, comments=comments)
    result = found.result
    configuration = result.single.configuration
    assert found.judge.rubric.instructions == GOOD
    assert found.judge.rubric.anchors[2] == "exactly 2 of them"
    assert configuration.parameters["proposed_by"] == "test/scripted"
    assert result.single.dev.value > 0.9
    # Four were asked for; of the three that are alike one enters.
    report = result.proposals
    assert report is not None
    assert (report.author, report.entered, report.calls, report.named) == ("test/scripted", 2, 4, True)
    assert report.refused == ("it wrote the same again", "it wrote the same again")
    assert report.shown == 8
    assert result.paid <= 300
    assert len(writer.engine.requests) == 4
    # It saw disagreements of train with comments, fenced.
    asked = writer.engine.requests[0].messages[-1].text
    assert re.search(r"People gave 5, the judge [23]: too low\.\n\[response \w+\]\n\*{5} answer \d+", asked)
    assert "I counted them" in asked
    # All of it is in the study, with author and parent, for whoever opens it.
    study = optuna.load_study(study_name=result.study, storage=open_storage(storage))
    (proposal,) = [trial for trial in study.trials if "errand" in trial.user_attrs]
    entry = proposal.user_attrs["errand"]["result"]
    requests = [trial.user_attrs["request"] for trial in study.trials if trial != proposal]
    parents = {request["configuration"].get("parent") for request in requests}
    assert parents == {None, entry["parent"]}
    assert {trial.params.get("proposed_by") for trial in study.trials} == {None, "none", "test/scripted"}
    assert json.loads(dumps(CompileResult.from_dict(json.loads(dumps(result))))) == json.loads(dumps(result))


BARE = Rubric(criterion="salero", scale=SCALE)


def drafted(writer: Any, **options: Any) -> CompiledJudge:
    """A search for a criterion that nobody knows."""
    train = replace(split(), criterion="salero")
    few = Resampling(n_resamples=20, n_permutations=39)
    options = {"budget": Budget(calls=160), "storage": ":memory:", "resampling": few, **options}
    proposals = Proposals(
        proposer=RubricProposer(lm=writer),
        drafts=4,
        comments={f"i{n:03d}": ["I counted them"] for n in range(0, 120, 3)},
    )
    return aj.compile_judge(Judge(BARE, scripted_lm(judge_model)), train=train, proposals=proposals, **options)


def test_rubrics_of_a_criterion_that_nobody_knows_are_drafted_first(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 's.db'}"
    writer = scripted_lm(writer_model)
    found = drafted(writer, storage=storage)
    assert found.judge.rubric.instructions == GOOD
    assert found.result.single.dev.value > 0.9
    report = found.result.proposals
    assert report is not None
    assert (report.drafted, report.named, report.rounds) == (2, True, 1)
    assert report.why.startswith("2 drafted by test/scripted before the search, and one of them is the single judge")
    # Drafts and proposals on the way, every one of them paid for.
    assert report.calls == len(writer.engine.requests) == 8
    assert found.result.paid <= 160
    asked = writer.engine.requests[0].messages[-1].text
    assert "salero" in asked
    assert asked.count("People gave") == 12
    assert {f"People gave {point}.\n[response" for point in range(1, 6)} <= set(
        re.findall(r"People gave \d\.\n\[response", asked)
    )
    assert "I counted them" in asked
    assert "the judge" not in asked.partition("Case 1.")[2].partition("[[ ##")[0]
    # The bare rubric was asked of nobody.
    study = optuna.load_study(study_name=found.result.study, storage=open_storage(storage))
    requests = [one.user_attrs["request"] for one in study.trials if "request" in one.user_attrs]
    assert requests
    assert all(one["configuration"]["rubric"]["instructions"] for one in requests)
    # Started again, nothing is drafted nor paid for anew.
    silent = scripted_lm("never asked")
    again = drafted(silent, storage=storage).result
    assert not silent.engine.requests
    assert again.paid == found.result.paid
    assert again.to_dict() == found.result.to_dict()


def test_killed_after_drafting_it_drafts_no_more(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 's.db'}"

    def stop(_: SearchProgress) -> None:
        raise KeyboardInterrupt

    writer = scripted_lm(writer_model)
    for _ in range(2):
        with pytest.raises(Interrupted):
            drafted(writer, storage=storage, progress=stop)
        assert len(writer.engine.requests) == 4


def test_where_nothing_is_drafted_nobody_is_asked_bare() -> None:
    judge = scripted_lm(judge_model)
    proposals = Proposals(proposer=RubricProposer(lm=scripted_lm("I am a small model.")), drafts=2)
    train = replace(split(), criterion="salero")
    ask = {"train": train, "storage": ":memory:", "proposals": proposals}
    with pytest.raises(ModelError, match=r"test/scripted drafted no rubric of 'salero' in \d calls"):
        aj.compile_judge(Judge(BARE, judge), budget=Budget(calls=100), **ask)
    with pytest.raises(UsageError, match="2 drafts may take 4 of the 4 calls"):
        aj.compile_judge(Judge(BARE, judge), budget=Budget(calls=4), **ask)
    assert not judge.engine.requests
    with pytest.raises(UsageError, match="a proposer that has draft"):
        Proposals(proposer=DSPyProposer(lm=judge), drafts=2)


def test_labels_are_shown_to_who_drafts_in_words() -> None:
    train = split()
    scale = Scale.nominal(["baja", "factura", "otro"])
    codes = train.target % 3
    train = replace(train, criterion="motivo", scale=scale, target=codes, values=codes[None, :])
    writer = scripted_lm("no rubric")
    judge = Judge(Rubric(criterion="motivo", scale=scale), scripted_lm("1"))
    with pytest.raises(ModelError):
        aj.compile_judge(
            judge, train=train, budget=Budget(calls=100), storage=":memory:",
            proposals=Proposals(proposer=RubricProposer(lm=writer), drafts=1),
        )  # fmt: skip
    asked = writer.engine.requests[0].messages[-1].text
    assert set(re.findall(r"People gave (\w+)\.", asked)) == {"baja", "factura", "otro"}


def test_without_a_proposer_it_is_off_and_says_so() -> None:
    report = compiled(None).result.proposals
    assert report is not None
    assert report.why == "off: no model was named for it"


@pytest.mark.parametrize(
    "answer",
    [
        "I am a small model.",
        "[[ ## new_instructions ## ]]\n" + "yes " * 9 + "\n[[ ## new_anchors ## ]]\n{}",
    ],
)
def test_a_model_that_writes_no_rubric_does_no_harm(answer: str) -> None:
    result = compiled(RubricProposer(lm=scripted_lm(answer))).result
    report = result.proposals
    assert report is not None
    assert report.entered == 0
    assert report.calls >= 4
    assert report.why.startswith(f"off: test/scripted wrote no rubric in {report.calls} calls")
    assert result.single.configuration.parameters.get("proposed_by") is None
    assert result.paid <= 300


def test_the_same_command_finds_its_proposals_again(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 's.db'}"
    first = compiled(RubricProposer(lm=scripted_lm(writer_model)), storage=storage).result
    silent = scripted_lm("never asked")
    again = compiled(RubricProposer(lm=silent), storage=storage).result
    assert not silent.engine.requests
    assert again.paid == first.paid
    assert again.single.to_dict() == first.single.to_dict()
    assert again.proposals == first.proposals


@pytest.mark.parametrize("moment", ["while proposing", "after proposing"])
def test_killed_and_started_again(moment: str, tmp_path: Path) -> None:
    storage, log = f"sqlite:///{tmp_path / 's.db'}", tmp_path / "log"
    command = [sys.executable, "-c", KILLED, str(Path(__file__)), storage, str(log), moment]
    first = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    deadline = time.monotonic() + 900
    while "here" not in (log.read_text() if log.exists() else ""):
        assert time.monotonic() < deadline, "the search did not come to the moment in time"
        assert first.poll() is None, "the search ended before it was killed"
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    found = compiled(RubricProposer(lm=scripted_lm(writer_model)), storage=storage)
    assert found.judge.rubric.instructions == GOOD
    report = found.result.proposals
    assert report is not None
    assert report.entered == 2
    study = optuna.load_study(study_name=found.result.study, storage=open_storage(storage))
    ended = [trial.state.name for trial in study.trials if "errand" in trial.user_attrs]
    assert ended == (["FAIL", "PRUNED"] if moment == "while proposing" else ["PRUNED"])
    uninterrupted = compiled(RubricProposer(lm=scripted_lm(writer_model)))
    assert found.result.single.configuration == uninterrupted.result.single.configuration


KILLED = textwrap.dedent(
    """
    import importlib.util, sys, time
    here, storage, log, moment = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("test_proposing", here)
    tests = importlib.util.module_from_spec(spec)
    sys.modules["test_proposing"] = tests
    spec.loader.exec_module(tests)

    def stop():
        open(log, "a").write("here")
        time.sleep(300)

    def writer(request):
        if moment == "while proposing":
            stop()
        return tests.writer_model(request)

    asked = []
    def judge(request):
        if "strict" in str(request).lower():
            asked.append(1)
            if moment == "after proposing" and len(asked) > 10:
                stop()
        return real(request)

    real, tests.judge_model = tests.judge_model, judge
    tests.compiled(tests.RubricProposer(lm=tests.scripted_lm(writer)), storage=storage)
    """
)


BRIEF = ProposerBrief(
    rubric=PARENT,
    disagreements=(
        MisjudgedItem(
            item_id="a",
            texts={"response": "The technician will come to your home on Tuesday between nine and eleven."},
            people=1,
            judge=5,
            comments=("It does not say which week that would be at all",),
        ),
    ),
    n=2,
)


@pytest.mark.parametrize(
    ("rubric", "why"),
    [
        (replace(PARENT, instructions=GOOD), None),
        (PARENT, "have 5 words"),
        (replace(PARENT, instructions="good " * 30), "repeat themselves"),
        (replace(PARENT, instructions="x" * 30 + " a b c d e f g" * 600), "characters, more than 6000"),
        (replace(PARENT, criterion="other", instructions=GOOD), "another criterion or scale"),
        (
            replace(PARENT, instructions=GOOD + " A 1 is: the technician will come to your home on Tuesday!"),
            "quotes an item or a comment",
        ),
        (
            replace(PARENT, instructions=GOOD, anchors={1: "It does not say which week that would be"}),
            "quotes an item or a comment",
        ),
        (
            replace(PARENT, instructions="You improve the rubric of an automatic judge so that its scores agree."),
            "repeats what the proposer was asked",
        ),
    ],
)
def test_objections(rubric: Rubric, why: str | None) -> None:
    found = objection(rubric, BRIEF)
    assert found is None if why is None else why in (found or "")


@pytest.mark.parametrize(("method", "calls"), [("gepa", 2), ("mipro", 3)])
def test_dspys_own_proposers_serve_as_one(method: str, calls: int) -> None:
    def model(request: Any) -> str:
        text = request.messages[-1].text
        if "new_instruction" in str(request):
            return json.dumps({"new_instruction": GOOD})
        asked = re.findall(r"`\[\[ ## (\w+) ## \]\]`", text)
        return "\n\n".join(f"[[ ## {name} ## ]]\n{GOOD.replace(':', ',')}" for name in asked)

    lm = scripted_lm(model)
    proposer = DSPyProposer(lm=lm, method=method)
    assert isinstance(proposer, Proposer)
    assert proposer.author == f"{method}:test/scripted"
    kept, _, spent = counted(proposer.propose, replace(BRIEF, n=2))
    assert len(kept) == 1
    assert "count the stars" in kept[0].instructions
    assert spent.calls == len(lm.engine.requests) >= calls
    if method == "gepa":
        asked = str(lm.engine.requests[0])
        assert "People gave 1, the judge 5: too high." in asked
        assert "which week" in asked


def test_by_a_real_server(openai_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "the-loopback-server-asks-for-none")
    anchors = json.dumps({str(point): f"exactly {point}" for point in range(1, 6)})
    openai_server.default("say", text=written(GOOD, anchors))
    lm = resolve_lm("openai/writer", api_base=openai_server.base_url)
    kept, refused, spent = counted(RubricProposer(lm=lm).propose, BRIEF)
    assert [rubric.instructions for rubric in kept] == [GOOD]
    assert refused == ["it wrote the same again"]
    assert spent.calls == 2


@pytest.mark.embedded
def test_the_embedded_model_is_too_weak_and_harmless() -> None:
    lm = resolve_lm("embedded", max_tokens=48, threads=1)  # it would go on for thousands
    result = compiled(RubricProposer(lm=lm), proposals=1, budget=Budget(calls=120)).result
    report = result.proposals
    assert report is not None
    assert report.calls >= 1
    assert report.entered == 0
    assert "wrote no rubric" in report.why
    assert result.paid <= 120


def test_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="method is 'gepa' or 'mipro', got 'copro'"):
        DSPyProposer(lm=scripted_lm("x"), method="copro")
    with pytest.raises(UsageError, match="proposals must be at least 1, got 0"):
        compiled(RubricProposer(lm=scripted_lm("x")), proposals=0)


@dataclass(frozen=True)
class _Own:
    author: str = "me"

    def propose(self, brief: ProposerBrief) -> list[Rubric]:
        return [replace(brief.rubric, instructions=GOOD)]


def test_a_proposer_of_ones_own() -> None:
    found = compiled(_Own())
    assert found.judge.rubric.instructions == GOOD
    assert found.result.proposals is not None
    assert found.result.proposals.calls == 0


# --- Several rounds, several processes, one budget ---


def by_round(request: Any) -> str:
    """The first round's rubrics are no better; whoever sees them as a parent writes the good one."""
    text = request.messages[-1].text
    anchors = json.dumps({str(point): f"exactly {point} of them" for point in range(1, 6)})
    if "Look at manners" in text:
        return written(GOOD, anchors)
    return written("Look at manners, lightly: is the answer as long as a good one would be?", anchors)


def manners(request: Any) -> str:
    """Counts stars where it is told to be strict; looks a little at them where it is to look at manners."""
    told, text = str(request.system), str(request)
    response, number = re.findall(r"(\*+) answer (\d+)", text)[-1]
    if "strict" in told:
        return str(len(response))
    if "manners" in told:
        return str(len(response) if int(number) % 3 else 3)
    return "2" if int(number) % 7 == 0 else "3"


def test_a_second_round_writes_from_what_the_first_one_brought() -> None:
    writer = scripted_lm(by_round)
    judge = Judge(PARENT, scripted_lm(manners))
    told: list[SearchProgress] = []
    result = compile_judge(
        judge,
        train=split(),
        space=SearchSpace(rubrics=(PARENT, replace(PARENT, style="anchored"))),
        budget=Budget(calls=400),
        storage=":memory:",
        proposer=RubricProposer(lm=writer),
        proposals=2,
        proposal_rounds=2,
        progress=told.append,
    ).result
    report = result.proposals
    assert report is not None
    assert (report.rounds, report.calls, report.entered, report.named) == (2, 4, 2, True)
    assert result.single.configuration.parameters["rubric"]["instructions"] == GOOD
    assert result.paid == len(writer.engine.requests) + len(judge.lm.engine.requests) <= 400
    # The whole budget is what progress reports, from the first moment, and it never goes back.
    assert {progress.budget for progress in told} == {400}
    calls = [progress.calls for progress in told]
    assert calls == sorted(calls)
    assert calls[-1] == result.paid
    # Rounds come at equal shares: the first after a third, before two thirds are spent.
    written_at = [progress.calls for progress in told if "proposed_by" not in progress.best]
    assert max(written_at) <= 2 * 400 / 3


def test_what_an_earlier_round_wrote_does_not_enter_twice() -> None:
    result = compiled(RubricProposer(lm=scripted_lm(writer_model)), proposals=1, proposal_rounds=2).result
    report = result.proposals
    assert report is not None
    assert report.entered == 1
    assert len(report.refused) == 1
    assert report.rounds == 2
    with pytest.raises(UsageError, match="proposal_rounds must be at least 1, got 0"):
        compiled(RubricProposer(lm=scripted_lm("x")), proposal_rounds=0)


@pytest.mark.parametrize("kind", ["sqlite", "journal"])
def test_two_processes_propose_once_between_them(kind: str, tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 's.db'}" if kind == "sqlite" else str(tmp_path / "s.journal")
    log = tmp_path / "log"
    command = [sys.executable, "-c", SHARED, str(Path(__file__)), storage, str(tmp_path / "v.db"), str(log)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)]
    results = [json.loads(one.communicate(timeout=900)[0].splitlines()[-1]) for one in both]
    # Two rounds of two rubrics: each was asked for once, whichever process did it.
    assert log.read_text().count("written\n") == 4
    assert [result["proposals"]["calls"] for result in results] == [4, 4]
    assert [result["proposals"]["rounds"] for result in results] == [2, 2]
    assert results[0]["single"]["configuration"] == results[1]["single"]["configuration"]
    assert results[0]["single"]["configuration"]["rubric"]["instructions"] == GOOD
    study = optuna.load_study(study_name=results[0]["study"], storage=open_storage(storage))
    tasks = [trial.user_attrs["errand"] for trial in study.trials if "errand" in trial.user_attrs]
    done = [task["key"] for task in tasks if "result" in task]
    assert sorted(done) == ["proposals, round 1", "proposals, round 2"]


SHARED = textwrap.dedent(
    """
    import importlib.util, json, sys, time
    from dataclasses import replace
    here, storage, verdicts, log = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("test_proposing", here)
    tests = importlib.util.module_from_spec(spec)
    sys.modules["test_proposing"] = tests
    spec.loader.exec_module(tests)

    def writer(request):
        with open(log, "a") as lines:
            lines.write("written\\n")
        time.sleep(0.5)
        return tests.by_round(request)

    result = tests.compile_judge(
        tests.Judge(tests.PARENT, tests.scripted_lm(tests.manners)),
        train=tests.split(),
        space=tests.SearchSpace(rubrics=(tests.PARENT, replace(tests.PARENT, style="anchored"))),
        budget=tests.Budget(calls=400),
        storage=storage,
        study="shared",
        verdicts=verdicts,
        proposer=tests.RubricProposer(lm=tests.scripted_lm(writer)),
        proposals=2,
        proposal_rounds=2,
    ).result
    print(tests.dumps(result, indent=None))
    """
)


@pytest.fixture
def priced(openai_server: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The loopback server under the names of models that have a price."""
    monkeypatch.setenv("OPENAI_API_KEY", "the-loopback-server-asks-for-none")
    return openai_server


def test_dollars_of_judge_and_proposer_are_counted_and_bounded(priced: Any) -> None:
    # An LM of DSPy's own, so that its price list counts: gpt-4o-mini is 0.15 and 0.60 dollars for a million tokens.
    judge_lm = dspy.LM("openai/gpt-4o-mini", api_base=priced.base_url, api_key="none", cache=False)
    writer = dspy.LM("openai/gpt-4o-mini", api_base=priced.base_url, api_key="none", cache=False, temperature=1.0)
    space = SearchSpace(rubrics=(PARENT, replace(PARENT, style="anchored")))
    options: dict[str, Any] = {"train": split(), "space": space, "storage": ":memory:"}
    told: list[SearchProgress] = []
    plain = compile_judge(Judge(PARENT, judge_lm), budget=Budget(calls=60), progress=told.append, **options).result
    assert plain.cost is not None
    assert plain.paid == priced.stats()["requests"] == 60
    each = plain.cost / 60
    assert 1e-6 < each < 1e-3
    assert told[-1].cost == pytest.approx(plain.cost)
    # Half of the money: the search stops when it is spent, a request too late at most.
    half = compile_judge(Judge(PARENT, judge_lm), budget=Budget(calls=60, cost=plain.cost / 2), **options).result
    assert half.cost is not None
    assert half.stopped == "budget"
    assert plain.cost / 2 - 2 * each <= half.cost <= plain.cost / 2 + 24 * each
    # A proposer's calls and dollars are part of both.
    before = priced.stats()["requests"]
    with_proposer = compile_judge(
        Judge(PARENT, judge_lm),
        budget=Budget(calls=60),
        proposer=RubricProposer(lm=writer),
        proposals=2,
        **options,
    ).result
    report = with_proposer.proposals
    assert report is not None
    assert report.cost is not None
    assert report.cost > 0
    assert with_proposer.paid == priced.stats()["requests"] - before <= 60
    assert with_proposer.cost == pytest.approx(report.cost + (with_proposer.paid - report.calls) * each, rel=0.2)
