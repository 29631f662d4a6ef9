"""``alia-judge models``: what a model can do for a judge, and the embedded one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer

from alia_judge._messages import _, message
from alia_judge._progress import pace
from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._help import PanelledCommand, PanelledGroup
from alia_judge.cli._next import suggest
from alia_judge.errors import GateRefused

if TYPE_CHECKING:
    from alia_judge.models import ModelCheck

__all__ = ["app"]

app = typer.Typer(
    cls=PanelledGroup, help="Check a model before a search relies on it; fetch the embedded one.", no_args_is_help=True
)


@app.command("check", cls=PanelledCommand)
def check(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="'embedded', 'gguf:FILE' or 'provider/model'.")],
    api_base: Annotated[
        str | None, typer.Option("--api-base", metavar="URL", help="Of an OpenAI-compatible server (vLLM, Ollama).")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Reachable? Log-probabilities, and how many? Deterministic? Structured output? Speed and price?

    A model that does not answer is exit code 3.
    """
    from alia_judge.models import check_model, resolve_lm

    lm = resolve_lm(model, **({} if api_base is None else {"api_base": api_base}))
    result = check_model(lm)
    write_json(json, result.to_dict(), schema=result.schema, signature=f"models-check|model:{model}")
    if not result.reachable:
        wrong = message("{model} does not answer ({problem})", model=result.model, problem=result.problem)
        raise GateRefused(
            message("{wrong}; expected an answer to a short question; {remedy}", wrong=wrong, remedy=result.remedy)
        )
    console = say(json)
    for line in _lines(result):
        console.print(line, markup=False, soft_wrap=True)
    suggest("compile", "BENCHMARK", "--model", model, ("--api-base", api_base), "--calls", 400, "--artifact", "judge")


@app.command("fetch", cls=PanelledCommand)
def fetch(json: JsonOption = None) -> None:
    """Fetch the embedded model into the cache, and check it."""
    from alia_judge.models import embedded_model_path

    path = embedded_model_path()
    say(json).print(_("the embedded model is at {path}", path=path), markup=False)
    write_json(json, {"path": str(path)}, schema="alia-judge/models-fetch/1", signature="models-fetch")
    suggest("demo")


def _lines(found: ModelCheck) -> list[str]:
    """What was found, a line each, and what it means for a judge."""
    facts = {
        _("answer"): repr(found.answer),
        _("log-probabilities"): _alternatives(found),
        _("same again"): _same(found),
        _("prefix cached"): _yes(found.prefix_cached, _("the server does not say")),
        _("asked otherwise"): "; ".join(map(_, found.asked)) or _("no"),
        _("JSON schema"): _yes(found.structured_output, _("unknown")),
        _("held to choices by"): _("not asked")
        if found.guided_by is None
        else ", ".join(found.guided_by) or _("nothing"),
        _("speed"): _(
            "{seconds_per_call:.2f} s a call, {pace} with eight in flight",
            seconds_per_call=found.seconds_per_call,
            pace=pace(found.calls_per_second),
        ),
        _("1,000 items cost"): _price(found.dollars_per_thousand),
    }
    width = max(map(len, facts))
    return [
        _("{model} answers", model=found.model),
        *(f"  {name:<{width}}  {value}" for name, value in facts.items()),
        _meaning(found),
    ]


def _alternatives(found: ModelCheck) -> str:
    if not found.alternatives:
        return _("no")
    return _(
        "{alternatives} alternatives a token, {scale_seen} of the points 1 to 5 among them",
        alternatives=found.alternatives,
        scale_seen=found.scale_seen,
    )


def _same(found: ModelCheck) -> str:
    if math.isnan(found.largest_difference):
        return _yes(found.deterministic, _("unknown"))
    return _(
        "{yes} (log-probabilities differ by at most {largest_difference:.2g})",
        yes=_yes(found.deterministic, _("unknown")),
        largest_difference=found.largest_difference,
    )


def _yes(value: bool | None, unknown: str) -> str:
    return unknown if value is None else _("yes") if value else _("no")


def _price(dollars: float | None) -> str:
    if dollars is None:
        return _("no price is listed")
    return (
        _("${dollars:.2f} (1,000 prompt tokens each)", dollars=dollars)
        if dollars
        else _("nothing: it runs in this process")
    )


def _meaning(found: ModelCheck) -> str:
    if not found.alternatives:
        return _("a judge on it goes by the score it writes; several samples at a temperature above 0 tell its doubts")
    if (found.scale_seen or 0) < 2:
        return _(
            "a judge on it will seldom find the scale among the alternatives: it does not answer "
            'with a number; try a chat model, or layout="prefill"'
        )
    return _("a judge on it reads its scores from log-probabilities")
