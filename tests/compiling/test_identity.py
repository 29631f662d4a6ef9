"""Every part of a question makes another study of it: fields are found by introspection, so that none is forgotten."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from types import ModuleType
from typing import Any

import dspy
import numpy as np
import pytest
from dialects import PIXEL

from alia_judge.compiling import compiler
from alia_judge.compiling.budget import Budget
from alia_judge.compiling.compiler import compile_judge
from alia_judge.compiling.constraints.constraint import Constraint
from alia_judge.compiling.objective.objective import Objective
from alia_judge.compiling.objective.target import Target
from alia_judge.compiling.options import SearchOptions
from alia_judge.compiling.proposals.proposers import DSPyProposer, RubricProposer
from alia_judge.compiling.space.space import SearchSpace
from alia_judge.compiling.study.identity import StudyIdentity, differences, fingerprint
from alia_judge.judging.demos.neighbours import Neighbours
from alia_judge.judging.judge import Judge
from alia_judge.judging.kinds import CriteriaJudge, ListwiseJudge
from alia_judge.judging.readouts import make_readout
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.models.bank import RecordedBank
from alia_judge.models.resolve import lm_identity, resolve_lm
from alia_judge.probes import ProbeMeasure
from alia_judge.records import Configuration, Item, Scale, Turn

SCALE = Scale.ordinal(1, 5)
RUBRIC = Rubric(criterion="x", scale=SCALE, instructions="Good?", anchors={1: "no"}, steps=("Read it.",))
ADDRESS = "http://127.0.0.1:1/v1"
LM = resolve_lm("openai/a", api_base=ADDRESS)
ITEMS = tuple(
    Item(item_id=f"i{place}", response=f"text {place}", turns=(Turn(role="user", text="hi"),)) for place in range(3)
)
TARGET = Target(values=np.array([1.0, 2.0, 3.0]), groups=np.array(["a", "b", "c"]), scale=SCALE)
QUESTION: dict[str, Any] = {
    "objective": Objective(),
    "criterion": "x",
    "items": ITEMS,
    "target": TARGET,
    "groupings": [np.array(["a", "b", "c"])],
    "demonstrations": [{"response": "shown", "score": 3.0}],
    "configurations": [Configuration(parameters={"layout": "chat"})],
    "judge": Judge(RUBRIC, LM),
    "source": None,
    "seed": 0,
}


def identity(**changed: Any) -> StudyIdentity:
    return StudyIdentity.of(**{**QUESTION, **changed})


def _measured(finalist: Any) -> float:
    return len(finalist.items)


def _made_with(kind: Any) -> dict[str, inspect.Parameter]:
    parameters = dict(inspect.signature(kind.__init__).parameters)
    del parameters["self"]
    return parameters


#: A value for every field of every class that feeds an identity, other than that of the instance beside it.
RECORDS: dict[type, tuple[Any, Mapping[str, Any], Callable[[Any], StudyIdentity]]] = {
    Item: (
        ITEMS[0],
        {
            "item_id": "other",
            "prompt": "why?",
            "response": "another text",
            "context": "a context",
            "reference": "a reference",
            "response_b": "the other",
            "turns": (Turn(role="user", text="hello"),),
            "trace": "a call",
            "responses": ("one", "two"),
            "images": (f"data:image/png;base64,{PIXEL}",),
            "group": "g",
            "system": "s",
            "language": "eu",
            "extra": {"channel": "phone"},
        },
        lambda item: identity(items=(item, *ITEMS[1:])),
    ),
    Turn: (
        Turn(role="user", text="hi"),
        {"role": "agent", "text": "hello"},
        lambda turn: identity(items=(replace(ITEMS[0], turns=(turn,)), *ITEMS[1:])),
    ),
    Target: (
        TARGET,
        {
            "values": np.array([1.0, 2.0, 4.0]),
            "groups": np.array(["a", "a", "c"]),
            "scale": Scale.ordinal(1, 7),
            "slices": np.array(["eu", "es", "eu"]),
            "weights": np.array([1.0, 0.5, 1.0]),
            "ratings": np.array([[1.0, 2.0, 3.0]]),
        },
        lambda target: identity(target=target),
    ),
    Objective: (
        Objective(),
        {"statistic": "kendall", "grouping": "within", "slice_by": "language", "worst": 0.5, "weighted": True},
        lambda objective: identity(objective=objective),
    ),
    Rubric: (
        RUBRIC,
        {
            "criterion": "y",
            "scale": Scale.ordinal(1, 7),
            "instructions": "Bad?",
            "anchors": {1: "never"},
            "steps": ("Read it twice.",),
            "language": "es",
            "style": "expert",
        },
        lambda rubric: identity(judge=Judge(rubric, LM)),
    ),
    Neighbours: (
        Neighbours(k=2),
        {"k": 3, "likeness": "tfidf", "balanced": True, "order": "likest_first"},
        lambda neighbours: identity(judge=Judge(RUBRIC, LM, neighbours=neighbours)),
    ),
    Constraint: (
        Constraint(measure=_measured, at_most=1.0),
        {"measure": "latency", "at_most": 2.0, "at_least": 1.0, "assurance": 0.9, "name": "mine"},
        lambda constraint: identity(constraints=[constraint]),
    ),
    ProbeMeasure: (
        ProbeMeasure(figure="typos.effect"),
        {"figure": "order_flip", "items": 50, "probe": None, "seed": 1},
        lambda measure: identity(pareto=[measure]),
    ),
    RubricProposer: (
        RubricProposer(lm=LM),
        {"lm": resolve_lm("openai/b", api_base=ADDRESS)},
        lambda proposer: identity(proposer=proposer),
    ),
    DSPyProposer: (
        DSPyProposer(lm=LM),
        {"lm": resolve_lm("openai/b", api_base=ADDRESS), "method": "mipro"},
        lambda proposer: identity(proposer=proposer),
    ),
}
CHANGES = [(kind, one.name) for kind in RECORDS for one in fields(kind)]


@pytest.mark.parametrize(("kind", "name"), CHANGES, ids=[f"{kind.__name__}.{name}" for kind, name in CHANGES])
def test_another_value_of_any_field_is_another_question(kind: type, name: str) -> None:
    one, others, asked = RECORDS[kind]
    assert name in others, f"{kind.__name__} has a new field {name}: give another value of it here"
    if others[name] is None:
        return  # one of the library's own by its name, which `figure` says
    changes = {name: others[name]}
    if name == "at_least":
        changes = {"at_most": None, "at_least": 1.0}
    if name == "worst":  # it says nothing where there are no slices, and counts all the same
        changes |= {"slice_by": None}
    assert asked(replace(one, **changes)).digest != asked(one).digest
    assert asked(replace(one)).digest == asked(one).digest


def test_another_value_of_any_argument_is_another_question() -> None:
    others: dict[str, Any] = {
        "objective": Objective(statistic="kendall"),
        "criterion": "y",
        "items": ITEMS[::-1],
        "target": replace(TARGET, values=np.array([3.0, 2.0, 1.0])),
        "groupings": [np.array(["a", "b", "c"]), np.array(["s", "s", "t"])],
        "demonstrations": [{"response": "shown", "score": 4.0}],
        "configurations": [Configuration(parameters={"layout": "single"})],
        "judge": Judge(RUBRIC, resolve_lm("openai/b", api_base=ADDRESS)),
        "source": object(),
        "seed": 1,
    }
    named = set(inspect.signature(StudyIdentity.of).parameters) - {"further"}
    assert named == set(others), "another value of each argument"
    digests = {identity().digest, *(identity(**{name: other}).digest for name, other in others.items())}
    assert len(digests) == len(others) + 1
    assert identity(anything="else").digest not in digests
    assert identity(anything=None).digest == identity().digest


#: What a judge may be made with, and another value; None where it is said elsewhere, or decides no raw verdict.
OF_A_JUDGE: dict[str, Any] = {
    "rubric": replace(RUBRIC, instructions="Bad?"),
    "lm": resolve_lm("openai/b", api_base=ADDRESS),
    "demos": [{"response": "shown", "score": 3}],
    "readout": None,  # fitted on what was judged: read afterwards, at no call
    "layout": "single",
    "reasoning": "first",
    "output": "json",
    "subject": "conversation",
    "neighbours": 2,
    "granularity": 10,
    "settings": {"temperature": 0.7},
    "top_logprobs": 5,
    "min_mass": 0.5,
    "scale": Scale.ordinal(1, 10),
    "point_order": "descending",
    "point_names": "letters",
}
KINDS: dict[type, tuple[tuple[Any, ...], dict[str, Any]]] = {
    Judge: ((RUBRIC, LM), OF_A_JUDGE),
    CriteriaJudge: (
        (RUBRIC, [RUBRIC, replace(RUBRIC, criterion="y")], LM),
        {
            **{name: OF_A_JUDGE[name] for name in ("rubric", "lm", "demos")},
            "criteria": [RUBRIC, replace(RUBRIC, criterion="z")],
            "weights": None,  # of what was said already
            "intercept": None,
            "scales": {"y": Scale.ordinal(0, 10)},
            "focus": None,
        },
    ),
    ListwiseJudge: ((RUBRIC, 2, LM), {**{name: OF_A_JUDGE[name] for name in ("rubric", "lm", "demos")}, "k": 3}),
}
ARGUMENTS = [
    (kind, name)
    for kind in KINDS
    for name, one in _made_with(kind).items()
    if one.kind is not inspect.Parameter.VAR_KEYWORD
]


@pytest.mark.parametrize(("kind", "name"), ARGUMENTS, ids=[f"{kind.__name__}({name})" for kind, name in ARGUMENTS])
def test_whatever_a_judge_is_made_with_is_part_of_a_verdict_s_key(kind: Any, name: str) -> None:
    arguments, others = KINDS[kind]
    assert name in others, f"{kind.__name__} takes a new {name}: give another value of it here"
    if others[name] is None:
        return
    given = dict(zip(_made_with(kind), arguments, strict=False))
    one, other = kind(**given), kind(**{**given, name: others[name]})
    assert (one.configuration().key, one.lm_identity()) != (other.configuration().key, other.lm_identity())
    if kind is Judge:
        assert identity(judge=one).digest != identity(judge=other).digest


def test_a_readout_is_no_part_of_the_question() -> None:
    assert identity(judge=Judge(RUBRIC, LM, readout=make_readout("expected", SCALE))).digest == identity().digest


#: Every argument of a `dspy.LM`: whether it is part of what the model is asked, and another value.
OF_AN_LM: dict[str, tuple[bool, Any]] = {
    "model": (True, "openai/b"),
    "model_type": (True, "text"),
    "temperature": (True, 0.5),
    "max_tokens": (True, 7),
    "use_developer_role": (True, True),
    "cache": (False, False),
    "callbacks": (False, []),
    "num_retries": (False, 9),
    "provider": (False, None),
    "finetuning_model": (False, None),
    "launch_kwargs": (False, {}),
    "train_kwargs": (False, {}),
    "engine": (True, None),  # below
    "async_engine": (False, None),
    "prompt_cache": (False, None),
}


@pytest.mark.parametrize("name", [name for name in inspect.signature(dspy.LM).parameters if name != "kwargs"])
def test_what_an_lm_is_made_with(name: str) -> None:
    assert name in OF_AN_LM, f"dspy.LM takes a new {name}: say whether it changes what the model is asked"
    counts, other = OF_AN_LM[name]
    if other is not None:
        one = {"model": "openai/a"}
        assert (lm_identity(dspy.LM(**one)) != lm_identity(dspy.LM(**{**one, name: other}))) is counts


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"seed": 1}, True),
        ({"top_p": 0.5}, True),
        ({"api_base": "http://127.0.0.1:2/v1"}, True),
        ({"api_version": "2"}, True),
        ({"custom_llm_provider": "azure"}, True),
        ({"api_key": "secret"}, False),
        ({"headers": {"Authorization": "secret"}}, False),
        ({"timeout": 3}, False),
    ],
)
def test_settings_of_an_lm(more: dict[str, Any], counts: bool) -> None:
    assert (lm_identity(dspy.LM("openai/a", **more)) != lm_identity(dspy.LM("openai/a"))) is counts


@pytest.mark.parametrize("variable", ["OLLAMA_API_BASE", "OLLAMA_BASE_URL"])
def test_the_environment_s_address_is_part_of_what_a_model_is(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = lm_identity(resolve_lm("ollama/a"))
    monkeypatch.setenv(variable, "http://me:secret@127.0.0.1:3/v1")
    assert "@http://127.0.0.1:3/v1#" in lm_identity(resolve_lm("ollama/a")) != before


#: Every argument of `compile_judge`: another value; None where it is no part of the question that is asked.
OF_A_SEARCH: dict[str, Any] = {
    "judge": None,  # as the source is: tested above
    "train": "other",
    "dev": "other",
    "space": "other",
    "budget": None,
    "objective": "kendall",
    "source": "other",
    "options": SearchOptions(crossed=["system"]),  # field by field below
    "deployment": None,
    "proposals": None,  # takes a live judge: what proposes is tested above
    "resampling": None,
    "storage": None,
    "study": None,
    "seed": 5,
    "progress": None,
    "former": None,  # older names of the same
}
#: Every field of its options, likewise.
OF_OPTIONS: dict[str, Any] = {
    "crossed": ["system"],
    "over": None,  # of several criteria, and in their objective
    "stop_gain": None,
    "constraints": [Constraint(measure="coverage", at_least=0.9)],
    "pareto": ["coverage"],
    "steps": None,  # what it writes is in the candidates
    "verdicts": None,
    "concurrency": None,
}


class _Named(Exception):
    """The study that a search would open."""


@pytest.fixture
def named(made: ModuleType, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    class Naming:
        def __init__(self, storage: Any, name: str, *rest: Any) -> None:
            raise _Named(name)

    monkeypatch.setattr(compiler, "SearchStudy", Naming)
    items, truth = made.items_and_truth()
    bank = made.make_bank(tmp_path / "bank", items, truth, [0.1, 0.5, 0.9])
    rest = made.make_split(items, truth, np.arange(72, 96))
    given: dict[str, Any] = {
        "train": made.make_split(items, truth, np.arange(64)),
        "dev": None,
        "budget": Budget(calls=100),
        "source": bank,
        "storage": ":memory:",
    }
    other: dict[str, Any] = {
        "train": made.make_split(items, truth, np.arange(56)),
        "dev": rest,
        "space": SearchSpace(recorded=bank.select(criterion="x")[:2]),
        "source": made.make_bank(tmp_path / "again", items, truth, [0.1, 0.5, 0.9], seed=3),
    }

    def name_of(name: str | None = None, options: SearchOptions | None = None) -> str:
        value = OF_A_SEARCH.get(name) if name is not None else None
        change = {} if name is None else {name: other[name] if value == "other" else value}
        change |= {} if options is None else {"options": options}
        with pytest.raises(_Named) as caught:
            compile_judge(**{**given, **change})
        return str(caught.value)

    return name_of


def test_every_argument_of_a_search_is_part_of_its_name_or_known_not_to_be(named: Callable[..., str]) -> None:
    assert set(inspect.signature(compile_judge).parameters) == set(OF_A_SEARCH), "say of each whether it is asked"
    names = {name: named(name) for name, value in OF_A_SEARCH.items() if value is not None}
    assert named() == named()
    assert len({named(), *names.values()}) == len(names) + 1


def test_every_option_of_a_search_is_part_of_its_name_or_known_not_to_be(named: Callable[..., str]) -> None:
    assert {one.name for one in fields(SearchOptions)} == set(OF_OPTIONS), "say of each whether it is asked"
    asked = {name: value for name, value in OF_OPTIONS.items() if value is not None}
    names = {named(options=SearchOptions(**{name: value})) for name, value in asked.items()}
    assert len({named(), *names}) == len(asked) + 1


def test_a_bank_recorded_anew_is_another_source_and_one_shuffled_is_not(made: ModuleType, tmp_path: Any) -> None:
    import pyarrow.parquet as pq

    items, truth = made.items_and_truth()
    bank = made.make_bank(tmp_path / "a", items, truth, [0.1, 0.9])
    again = made.make_bank(tmp_path / "b", items, truth, [0.1, 0.9], seed=1)
    assert bank.identity(bank.configurations) != again.identity(again.configurations)
    table = pq.read_table(tmp_path / "a" / "scores.parquet")
    pq.write_table(table.take(np.random.default_rng(0).permutation(len(table))), tmp_path / "a" / "scores.parquet")
    shuffled = RecordedBank.open(tmp_path / "a")
    assert shuffled.identity(shuffled.configurations) == bank.identity(bank.configurations)


def test_headers_are_compared_both_ways() -> None:
    one = {"seed": 0, "judge": {"layout": "chat", "rubric": "0123456789abcdef"}}
    other = {"seed": 0, "judge": {"layout": "single", "rubric": "fedcba9876543210", "output": "json"}, "folds": 3}
    assert differences(one, other) == [
        "judge / layout (chat in the study, single now)",
        "judge / rubric",
        "judge / output (absent in the study, json now)",
        "folds (absent in the study, 3 now)",
    ]
    assert len(differences(other, one)) == 4


def test_no_text_and_no_key_stands_in_a_header() -> None:
    judge = Judge(
        replace(RUBRIC, instructions="The canary sings."),
        resolve_lm("openai/a", api_base="http://me:canary@127.0.0.1:1/v1", api_key="canary"),
        demos=[{"response": "the canary is yellow", "score": 3}],
    )
    items = tuple(replace(item, response="a canary " + item.response, extra={"name": "canary"}) for item in ITEMS)
    found = identity(judge=judge, items=items, demonstrations=[{"response": "canary", "score": 1.0}])
    assert "canary" not in str(found.header())


def test_digests_do_not_depend_on_the_last_digit() -> None:
    assert fingerprint(np.array([0.1 + 0.2])) == fingerprint(np.array([0.3]))
    assert fingerprint(np.array([0.3001])) != fingerprint(np.array([0.3]))
