"""How often the language of short replies is told, and told wrongly: 50 made-up ones, and every sentence of the sample.

Run: python benchmarks/language_detection.py
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _signature import signature, write

from alia_judge.ratings import load_sample
from alia_judge.text.language import detect_language

REPLIES = Path(__file__).resolve().parents[1] / "tests" / "reference" / "telecom_replies.json"


def main() -> None:
    """Detect, count, store."""
    start = time.process_time()
    detect_language("¿Sigue sin cobertura?")
    loading = time.process_time() - start
    replies = json.loads(REPLIES.read_text("utf-8"))["replies"]
    sentences = [
        (language, sentence)
        for item in load_sample().items()
        # What the whole reply is in: some replies of the sample are in another language than their item on purpose.
        if (language := detect_language(item.response, least=0.9))
        for sentence in re.split(r"(?<=[.?!])\s+", item.response)
        if 3 <= len(sentence.split()) <= 12
    ]
    result = {
        "signature": signature("py3langid"),
        "replies": figures([(language, text) for language, texts in replies.items() for text in texts]),
        "sample_sentences": figures(sentences),
        "loading_seconds": round(loading, 2),
    }
    for name in ("replies", "sample_sentences"):
        print(name, json.dumps(result[name], ensure_ascii=False))
    print(write("language_detection", result), file=sys.stderr)


def figures(texts: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Counts of texts told rightly, told wrongly and in doubt, in all and by language; words a text; milliseconds."""
    start = time.process_time()
    told = [(language, detect_language(text)) for language, text in texts]
    spent = time.process_time() - start
    outcomes = Counter(
        (language, "in doubt" if found is None else "right" if found == language else "wrong")
        for language, found in told
    )
    kinds = ("right", "wrong", "in doubt")
    return {
        "texts": len(texts),
        "words_a_text": round(sum(len(text.split()) for _, text in texts) / len(texts), 1),
        **{kind: sum(n for (_, outcome), n in outcomes.items() if outcome == kind) for kind in kinds},
        "by_language": {
            language: {kind: outcomes[language, kind] for kind in kinds} for language in sorted({*dict(texts)})
        },
        "milliseconds_a_text": round(1000 * spent / len(texts), 3),
    }


if __name__ == "__main__":
    main()
