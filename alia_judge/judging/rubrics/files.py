"""A rubric from a file: YAML, JSON, or Markdown with YAML front matter. The file is untrusted: read, never run."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from alia_judge._messages import message
from alia_judge.errors import DataError, Problem, UsageError
from alia_judge.judging.rubrics.importers import rubric_from_geval, rubric_from_prometheus, rubric_from_promptfoo
from alia_judge.judging.rubrics.rubric import Rubric
from alia_judge.records import Scale

__all__ = ["load_rubric", "rubric_from_mapping"]

_FIELDS = frozenset({"schema", "criterion", "scale", "instructions", "anchors", "steps", "language", "style"})
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<head>.*?)\n---[ \t]*\n(?P<body>.*)\Z", re.DOTALL)
#: A rubric is a page or two; anything larger is something else.
_LARGEST = 1_000_000


def load_rubric(path: Path | str) -> Rubric:
    """Read a rubric from a file.

    The keys are the fields of `Rubric`. A scale may be written short: ``1-5``, ``{low: 0, high: 100}`` for a continuous
    one, or a list of labels, from worst to best; ``kind: nominal`` beside ``labels`` for labels without an order. In a
    Markdown file the front matter holds the keys and the text below it is the instructions. Prometheus' and Ragas'
    data, an assertion of promptfoo's and a G-Eval metric of DeepEval's are read as they are.

    Parameters
    ----------
    path
        A ``.yaml``, ``.yml``, ``.json`` or ``.md`` file.

    Raises
    ------
    DataError
        If the file cannot be read as a rubric; it says where and why.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "tone.md")
    >>> _ = path.write_text('''---
    ... criterion: Tone
    ... scale: 1-5
    ... anchors: {1: Rude., 5: Courteous throughout.}
    ... ---
    ... Is the reply courteous?
    ... ''')
    >>> load_rubric(path).instructions
    'Is the reply courteous?'
    """
    path = Path(path)
    reader = {".yaml": _yaml, ".yml": _yaml, ".json": _json, ".md": _markdown}.get(path.suffix.lower())
    if reader is None:
        raise DataError(_problem(path, f"a {path.suffix or 'file without a suffix'}", "a .yaml, .json or .md file"))
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(message("more than a megabyte"))
        return rubric_from_mapping(reader(path.read_text(encoding="utf-8")), name=path.stem)
    except OSError as error:
        raise DataError(_problem(path, error.strerror or str(error), "a readable file")) from error
    except UnicodeDecodeError as error:
        raise DataError(_problem(path, f"no UTF-8 at byte {error.start}", "UTF-8 text")) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = str(getattr(error, "problem", None) or error).splitlines()[0]
        raise DataError(_problem(path, what, "valid YAML", line=None if mark is None else mark.line + 1)) from error
    except json.JSONDecodeError as error:
        raise DataError(_problem(path, error.msg, "valid JSON", line=error.lineno)) from error
    except (UsageError, ValueError, TypeError) as error:
        raise DataError(_problem(path, str(error), "a rubric")) from error


def rubric_from_mapping(data: Any, *, name: str | None = None) -> Rubric:
    """A rubric from a mapping as people write it, with the short forms of `load_rubric`.

    `name` is what to call a rubric that does not say it, as Ragas' do not.

    Raises
    ------
    UsageError
        If a key is missing, unknown, or has another type than its field.
    """
    if isinstance(data, list) and len(data) == 1:
        (data,) = data
    if isinstance(data, list) and any(isinstance(one, Mapping) and "type" in one for one in data):
        raise UsageError(message("a rubric is one assertion, got {n}; save each in a file of its own", n=len(data)))
    if not isinstance(data, Mapping):
        raise UsageError(
            message(
                "a rubric is a mapping of {fields}, got {kind}",
                fields=", ".join(sorted(_FIELDS)),
                kind=type(data).__name__,
            )
        )
    if "score1_description" in data:
        return rubric_from_prometheus(data, criterion=None if data.get("criteria") else name)
    if data.get("type") in ("llm-rubric", "g-eval"):
        return rubric_from_promptfoo(data)
    if "evaluation_steps" in data or ("name" in data and "criteria" in data):
        return rubric_from_geval(data)
    if unknown := sorted(set(map(str, data)) - _FIELDS):
        raise UsageError(
            message(
                "unknown keys {unknown}; a rubric has {fields}",
                unknown=", ".join(unknown),
                fields=", ".join(sorted(_FIELDS)),
            )
        )
    if missing := sorted({"criterion", "scale"} - set(data)):
        raise UsageError(message("missing keys {missing}", missing=", ".join(missing)))
    if data.get("schema", Rubric.schema) != Rubric.schema:
        raise UsageError(message("schema must be {schema!r}, got {got!r}", schema=Rubric.schema, got=data["schema"]))
    scale = _scale(data["scale"])
    texts = {
        name: _text(name, data[name]) for name in ("criterion", "instructions", "language", "style") if name in data
    }
    return Rubric(
        scale=scale,
        anchors=_anchors(data.get("anchors") or {}, scale),
        steps=tuple(_text("steps", step) for step in _list("steps", data.get("steps") or [])),
        **texts,  # type: ignore[arg-type]  # the style is checked by Rubric itself
    )


def _yaml(text: str) -> Any:
    return yaml.safe_load(text)


def _json(text: str) -> Any:
    return json.loads(text)


def _markdown(text: str) -> Any:
    match = _FRONT_MATTER.match(text)
    if match is None:
        raise UsageError(message("a Markdown rubric begins with front matter between two lines of ---"))
    head = yaml.safe_load(match["head"])
    if isinstance(head, dict) and "instructions" not in head:
        head["instructions"] = match["body"].strip()
    return head


def _scale(value: Any) -> Scale:
    if isinstance(value, str) and (span := re.fullmatch(r"\s*(-?\d+)\s*(?:-|–|\.\.|to)\s*(-?\d+)\s*", value)):
        return Scale.ordinal(int(span[1]), int(span[2]))
    if isinstance(value, list):
        labels = [_text("scale", label) for label in value]
        return Scale.binary(labels) if len(labels) == 2 else Scale.ordinal(1, len(labels), labels=labels)
    if not isinstance(value, Mapping):
        raise UsageError(message("scale must be like '1-5', a list of labels or a mapping, got {value!r}", value=value))
    if value.get("kind") == "nominal" and "points" not in value:
        return Scale.nominal([_text("labels", label) for label in _list("labels", value.get("labels") or [])])
    if "points" not in value and {"low", "high"} <= set(value):
        low, high = _number(value["low"]), _number(value["high"])
        if value.get("kind", "continuous") == "continuous":
            return Scale.continuous(low, high, reverse=bool(value.get("reverse", False)))
        return Scale.ordinal(
            int(low), int(high), labels=value.get("labels") or (), reverse=bool(value.get("reverse", False))
        )
    if missing := sorted({"kind", "points"} - set(value)):
        raise UsageError(message("scale lacks {missing}", missing=", ".join(missing)))
    return Scale.from_dict(value)


def _anchors(value: Any, scale: Scale) -> dict[float, str]:
    if not isinstance(value, Mapping):
        raise UsageError(
            message("anchors must be a mapping from points to words, got {kind}", kind=type(value).__name__)
        )
    anchors = {}
    for point, words in value.items():
        # YAML reads an unquoted yes or no as a truth value; on such a scale they are its ends.
        at = scale.parse(point if isinstance(point, (str, int, float)) else str(point))
        if at is None:
            raise UsageError(message("anchor {point!r} is no point of the scale", point=point))
        anchors[at] = _text("anchors", words)
    return anchors


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError(message("{name} must be text, got {value!r}", name=name, value=value))
    return value.strip()


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise UsageError(message("{name} must be a list, got {value!r}", name=name, value=value))
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise UsageError(message("a scale's ends must be numbers, got {value!r}", value=value))
    return float(value)


def _problem(path: Path, what: str, expected: str, *, line: int | None = None) -> Problem:
    return Problem(what=what, expected=expected, remedy=message("correct the file"), file=str(path), line=line)
