"""``alia-judge models``: what a model can do for a judge, and the embedded one."""

from __future__ import annotations

from typing import Annotated

import typer

from alia_judge.cli._console import JsonOption, say, write_json

__all__ = ["app"]

app = typer.Typer(help="Check a model before a search relies on it; fetch the embedded one.", no_args_is_help=True)


@app.command("check")
def check(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="'embedded', 'gguf:FILE' or 'provider/model'.")],
    api_base: Annotated[
        str | None, typer.Option("--api-base", metavar="URL", help="Of an OpenAI-compatible server (vLLM, Ollama).")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Reachable? Log-probabilities, and how many? Deterministic? Structured output? Speed and price?"""
    from alia_judge.models import check_model, resolve_lm

    lm = resolve_lm(model, **({} if api_base is None else {"api_base": api_base}))
    result = check_model(lm)
    console = say(json)
    for name, value in result.to_dict().items():
        if name not in ("schema", "version", "signature"):
            console.print(f"{name.replace('_', ' ')}: {'unknown' if value is None else value}", markup=False)
    write_json(json, result.to_dict(), schema=result.schema, signature=f"models-check|model:{model}")


@app.command("fetch")
def fetch(json: JsonOption = None) -> None:
    """Fetch the embedded model into the cache, and check it."""
    from alia_judge.models import embedded_model_path

    path = embedded_model_path()
    say(json).print(f"the embedded model is at {path}", markup=False)
    write_json(json, {"path": str(path)}, schema="alia-judge/models-fetch/1", signature="models-fetch")
