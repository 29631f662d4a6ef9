"""`publish_judge` and `load_judge`: a judge as a directory of text that loads anywhere without running code."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alia_judge._json import dumps
from alia_judge._messages import message, message_of
from alia_judge._version import __version__
from alia_judge.errors import ArtifactError, UsageError, expect
from alia_judge.judging.asked_models import asked_models
from alia_judge.learnt import LearntFrom
from alia_judge.publishing.card import model_card
from alia_judge.publishing.held_evaluation import hold_evaluation, hold_probes
from alia_judge.publishing.kinds import content_of, judge_of, recorded_of
from alia_judge.publishing.manifest import MANIFEST, Manifest, seal, verify
from alia_judge.publishing.secrets import refuse_secrets
from alia_judge.publishing.stores import open_store

if TYPE_CHECKING:
    from alia_judge.compiling.compiler import CompiledJudge
    from alia_judge.compiling.stack.stacked_judge import StackedJudge
    from alia_judge.evaluation.result import EvaluationResult
    from alia_judge.judging.judge import Judge
    from alia_judge.judging.kinds import CompositeJudge
    from alia_judge.models.source import JudgmentSource
    from alia_judge.probes import ProbeReport

__all__ = [
    "ARTIFACT_SCHEMA",
    "Published",
    "load_judge",
    "load_recorded",
    "publish_judge",
    "read_published",
    "verdicts_beside",
]

_log = logging.getLogger("alia_judge")

ARTIFACT_SCHEMA = "alia-judge/artifact/1"

_JUDGE, _EVALUATION, _PROBES, _CARD = "judge.json", "evaluation.json", "probes.json", "README.md"
_LEARNT = "learnt-from.json"
#: Versions that may change a verdict.
_STATED_VERSIONS = ("alia-judge", "dspy", "litellm")


@dataclass(frozen=True, kw_only=True)
class Published:
    """A published judge as read, before any model is looked for.

    Parameters
    ----------
    manifest
        The checksums, and the facts stated with them.
    judge
        The judge's state.
    evaluation
        The evaluation published with it, if any.
    probes
        What probes did to it, if any were published.
    card
        The model card.
    learnt
        What the judge learnt from, in digests; None where it was published without a record, as by version 0.1.0.
    """

    manifest: Manifest
    judge: Mapping[str, Any]
    evaluation: EvaluationResult | None
    probes: ProbeReport | None
    card: str
    learnt: LearntFrom | None = None


def publish_judge(
    judge: Judge | CompositeJudge | StackedJudge | CompiledJudge,
    target: str | os.PathLike[str],
    *,
    name: str | None = None,
    evaluation: EvaluationResult | None = None,
    probes: ProbeReport | None = None,
    benchmark_fingerprint: str | None = None,
    licence: str | None = None,
    overwrite: bool = False,
    private: bool | None = None,
) -> str:
    """Write a judge as a directory that loads anywhere.

    The directory holds ``judge.json`` (rubric, demonstrations, readout, settings, the model's name),
    ``learnt-from.json`` (digests of what it learnt from, where that is known: no text and no id, 400 bytes an item at
    most), ``evaluation.json`` and ``probes.json`` where there are such, ``README.md`` (a model card) and
    ``manifest.json`` (checksums, the benchmark, versions). All is JSON and text. Keys and addresses of models are never
    part of it.

    Parameters
    ----------
    judge
        A `Judge`, or what `compile_judge` gave, which stands for what it deploys. A search over recorded verdicts has
        no model to ask: its directory says what was found, and scores the items of a bank (`load_recorded`).
    target
        A new or empty folder, or ``hf://ORG/NAME[@REVISION]``.
    name
        What the card calls it; by default the criterion's name.
    evaluation
        What `evaluate_judge` found; it states the benchmark's fingerprint as well.
    probes
        What `run_probes` found.
    benchmark_fingerprint
        Of the benchmark that the judge was made on, where there is no evaluation to state it.
    licence
        SPDX identifier for the card (``"apache-2.0"``). Demonstrations are part of the directory: their licence binds.
    overwrite
        Replace a judge that was published there: its own files, and nothing else that is in the place.
    private
        Whether a repository that is made for it on the Hub is to be private; None is as the organisation has it.

    Returns
    -------
    str
        Where it is.

    Raises
    ------
    UsageError
        If a file would hold a key or a path of this machine, or the evaluation or the probes are of another judge or
        benchmark, or say what cannot be.
    ArtifactError
        If something is at `target` already.

    Examples
    --------
    >>> import alia_judge as aj
    >>> judge = aj.Judge(aj.builtin_rubric("helpfulness", "es"), lm="openai/gpt-4o-mini")
    >>> folder = aj.publish_judge(judge, "my-judge", name="Helpfulness", licence="apache-2.0")
    >>> aj.load_judge(folder).rubric.criterion
    'Utilidad'
    """
    from alia_judge.evaluation.result import EvaluationResult

    if not hasattr(judge, "dump_state") and not hasattr(judge, "result"):
        raise UsageError(
            message(
                "judge is of type {kind}; give Judge(rubric, lm), or what compile_judge gives",
                kind=type(judge).__name__,
            )
        )
    if evaluation is not None:
        expect("evaluation", evaluation, EvaluationResult, "what evaluate_judge gives")
    content = content_of(judge)
    title = name or content.rubrics[0].criterion
    if evaluation is not None:
        hold_evaluation(evaluation, content.state, benchmark=benchmark_fingerprint, name=title)
    if probes is not None:
        hold_probes(probes, content.state, name=title)
    fingerprint = evaluation.fingerprint if evaluation is not None else benchmark_fingerprint
    facts: dict[str, Any] = {
        "name": title,
        "benchmark": fingerprint,
        "model": "+".join(content.models) or None,
        "versions": {package: installed_version(package) for package in _STATED_VERSIONS},
    }
    learnt = judge.learnt
    files = {_JUDGE: dumps({"kind": content.kind, "state": content.state})}
    if evaluation is not None:
        evaluation = evaluation.published()
        files[_EVALUATION] = dumps(evaluation)
    if probes is not None:
        probes = probes.published()
        files[_PROBES] = dumps(probes)
    files[_CARD] = model_card(
        name=title,
        rubrics=content.rubrics,
        models=content.models,
        n_demos=content.n_demos,
        made=content.made,
        evaluation=evaluation,
        probes=probes,
        facts=facts,
        licence=licence,
        learnt=learnt,
    )
    raw = {file: text.encode() for file, text in files.items()}
    refuse_secrets({**raw, MANIFEST: dumps(facts).encode()})
    if learnt is not None:  # digests: what looks like a key or a number in them is chance
        raw[_LEARNT] = dumps(learnt).encode()
    sealed = seal(raw, schema=ARTIFACT_SCHEMA, version=__version__, facts=facts)
    return open_store(target).push(sealed, title=f"Publish {title}", overwrite=overwrite, private=private)


def read_published(source: str | os.PathLike[str], *, digest: str | None = None) -> Published:
    """Read a published judge and hold every byte against its manifest, without looking for its model.

    Parameters
    ----------
    source
        A folder, or ``hf://ORG/NAME[@REVISION]``.
    digest
        The digest the directory must have (``Published.manifest.digest``): whoever can write there can write a new
        manifest too, so pin it where that matters.

    Raises
    ------
    ArtifactError
        If a file is missing, changed or not part of it, its schema is unknown, or the digest is another.
    """
    manifest, files = verify(open_store(source).pull(), schema=ARTIFACT_SCHEMA)
    if digest is not None and digest != manifest.digest:
        raise ArtifactError(
            message(
                "{source}: its digest is {digest}; expected {got}; this is another judge",
                source=source,
                digest=manifest.digest,
                got=digest,
            )
        )
    try:
        judge = json.loads(files[_JUDGE])
        if not isinstance(judge, dict):
            raise ValueError(f"{_JUDGE} is not an object")
        evaluation = _evaluation(files.get(_EVALUATION))
        probes = _probes(files.get(_PROBES))
        learnt = LearntFrom.from_dict(json.loads(files[_LEARNT])) if _LEARNT in files else None
        card = files[_CARD].decode()
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ArtifactError(
            message(
                "{source}: its files are whole but not a judge's ({error}); publish it again",
                source=source,
                error=message_of(error),
            )
        ) from error
    return Published(manifest=manifest, judge=judge, evaluation=evaluation, probes=probes, card=card, learnt=learnt)


def verdicts_beside(judge: str | os.PathLike[str]) -> Path | None:
    """Where a published judge's verdicts are kept, so that none is paid for twice: a file beside its folder.

    None for one on a hub, and where nothing can be written.
    """
    if str(judge).startswith("hf://"):
        return None
    folder = Path(judge).resolve()
    return folder.with_name(f"{folder.name}.verdicts.sqlite") if os.access(folder.parent, os.W_OK) else None


def load_judge(
    source: str | os.PathLike[str],
    lm: Any = None,
    *,
    allow_models: Collection[str] | None = None,
    digest: str | None = None,
) -> Judge | CompositeJudge | StackedJudge:
    """Load a published judge: the same verdicts as when it was published, on the same model.

    Parameters
    ----------
    source
        A folder, or ``hf://ORG/NAME[@REVISION]``.
    lm
        The model to ask, in every member of a judge made of others; None is the one it was published with, by name
        (whose key and address come from your environment). Of a model the directory gives its name and generation
        settings and no more: an address, a header or a class in it is refused.
    allow_models
        The names of models that the directory may have asked. None allows those that it names, and where there is an
        `lm`, none besides: an embedding model that finds its nearest demonstrations is then to be allowed by name.
    digest
        The digest the directory must have.

    Raises
    ------
    ArtifactError
        If the directory is not exactly what was published, asks a model that it may not, or holds recorded
        configurations (see `load_recorded`).

    Notes
    -----
    Which models will be asked, and at which address, goes to the logger ``alia_judge`` (level INFO) before any is.

    Examples
    --------
    >>> import alia_judge as aj
    >>> judge = aj.Judge(aj.builtin_rubric("helpfulness", "es"), lm="openai/gpt-4o-mini")
    >>> folder = aj.publish_judge(judge, "loaded-judge")
    >>> again = aj.load_judge(folder)
    >>> answer = again(prompt="¿Cuándo vendrá el técnico?", response="Mañana, de 9 a 11.")
    >>> 1 <= answer.score <= 5
    True
    """
    expect("source", source, (str, os.PathLike), "a folder, or hf://ORG/NAME")
    published = read_published(source, digest=digest)
    judge = judge_of(published.judge, lm, source, allow_models=allow_models)
    judge.learnt = published.learnt
    _log.info("%s asks %s", source, " and ".join(asked_models(judge)) or "the model that DSPy is configured with")
    return judge


def load_recorded(source: str | os.PathLike[str], bank: JudgmentSource, *, digest: str | None = None) -> CompiledJudge:
    """Load what a search over recorded verdicts published, to score items that `bank` has verdicts of.

    Raises
    ------
    ArtifactError
        If the directory is not exactly what was published, or asks models and needs no bank.
    """
    published = read_published(source, digest=digest)
    return replace(recorded_of(published.judge, bank, source), learnt=published.learnt)


def _evaluation(raw: bytes | None) -> EvaluationResult | None:
    from alia_judge.evaluation.result import EvaluationResult

    return None if raw is None else EvaluationResult.from_dict(json.loads(raw))


def _probes(raw: bytes | None) -> ProbeReport | None:
    from alia_judge.probes import ProbeReport

    return None if raw is None else ProbeReport.from_dict(json.loads(raw))
