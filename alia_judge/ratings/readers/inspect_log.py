"""Inspect's evaluation logs as JSON: what each scorer gave each sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from alia_judge.ratings.readers.base import RawRatings, ReadOptions
from alia_judge.ratings.source import Source

__all__ = ["READERS", "InspectLogReader"]

#: Inspect's own letters for a verdict, as its metrics count them.
_LETTERS = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0}


class InspectLogReader:
    """Logs of `inspect_ai` in its JSON form: ``{version, eval, samples: [{id, epoch, input, output, scores}]}``.

    A scorer is a criterion; of a score of several parts each part is one. What was scored is the model's, its answers
    are the items'; a sample that was run several times is an item an epoch.
    """

    name: ClassVar[str] = "inspect"
    order: ClassVar[int] = 35

    def sniff(self, source: Source) -> bool:
        """An object with `eval` and a list of samples with scores."""
        if source.kind != "json":
            return False
        document = source.document()
        samples = document.get("samples") if isinstance(document, Mapping) else None
        return (
            isinstance(samples, list)
            and "eval" in document
            and any("scores" in one for one in samples[:5] if isinstance(one, Mapping))
        )

    def read(self, source: Source, options: ReadOptions) -> RawRatings:  # noqa: ARG002 - the protocol's signature
        """Every score of every sample; what else the log holds is left out, and named."""
        document = source.document()
        raw = RawRatings(value_field="scores")
        samples = document["samples"]
        model = document["eval"].get("model") if isinstance(document.get("eval"), Mapping) else None
        several = len({one.get("epoch", 1) for one in samples if isinstance(one, Mapping)}) > 1
        for index, sample in enumerate(samples):
            if not isinstance(sample, Mapping):
                continue
            item = f"{sample.get('id', index)}" + (f"/{sample.get('epoch', 1)}" if several else "")
            output = sample.get("output")
            answer = output.get("completion") if isinstance(output, Mapping) else None
            target = sample.get("target")
            raw.add_item(
                sample.get("metadata") if isinstance(sample.get("metadata"), Mapping) else {},
                item_id=item,
                prompt=_text(sample.get("input")),
                response=answer or _last(output),
                reference=", ".join(map(str, target)) if isinstance(target, list) else target,
                system=model,
                group=str(sample.get("id", index)),
            )
            for scorer, score in (sample.get("scores") or {}).items():
                path = ("samples", index, "scores", scorer)
                value = score.get("value") if isinstance(score, Mapping) else score
                parts = value if isinstance(value, Mapping) else {None: value}
                for part, one in parts.items():
                    raw.add(
                        path=path,
                        item_id=item,
                        criterion=scorer if part is None else f"{scorer}.{part}",
                        value=_LETTERS.get(one, one) if isinstance(one, str) else one,
                        comment=score.get("explanation") if isinstance(score, Mapping) else None,
                    )
        raw.left_out = {key: 1 for key in document if key not in ("samples", "eval")}
        return raw


def _text(value: Any) -> str | None:
    """A prompt, or what the user says in a list of messages."""
    if isinstance(value, list):
        said = [one.get("content") for one in value if isinstance(one, Mapping) and one.get("role") == "user"]
        return "\n\n".join(text for text in said if isinstance(text, str)) or None
    return None if value is None else str(value)


def _last(output: Any) -> str | None:
    choices = output.get("choices") if isinstance(output, Mapping) else None
    message = (
        choices[0].get("message") if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else None
    )
    content = message.get("content") if isinstance(message, Mapping) else None
    return content if isinstance(content, str) else None


READERS = (InspectLogReader(),)
