"""Recall and false alarms of the search for personal data on 500 made-up telecom texts in five languages.

Run: python benchmarks/personal_data.py [--names es_core_news_sm]
With --names a spaCy pipeline looks for names and places, too; without it the stored figures of names stay as they are.

Recall is the share of what was planted of which every digit (or letter) was found, under any kind, and how often under
its own. A false alarm is anything found in a text that holds nothing personal, or beside what it holds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from _signature import signature, write
from telecom_texts import LANGUAGES, Text, telecom_texts

from alia_judge.text.names import NameFinder
from alia_judge.text.personal_data import PersonalDatum, find_personal_data

NUMBERS = ("telephone", "e-mail", "DNI", "NIE", "CIF", "IBAN", "card", "ICCID")
NAMES = ("name", "place")
STORED = Path(__file__).with_name("results") / "personal_data.json"


def main() -> None:
    """Search, count, store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", metavar="MODEL")
    options = parser.parse_args()
    texts = telecom_texts()
    start = time.process_time()
    found = [(text, find_personal_data(text.text)) for text in texts]
    spent = time.process_time() - start
    result: dict[str, Any] = json.loads(STORED.read_text("utf-8")) if STORED.is_file() else {}
    if options.names is None:
        result["numbers"] = {
            "signature": signature("python-stdnum", "phonenumbers"),
            "milliseconds_a_text": round(1000 * spent / len(texts), 3),
            **figures(found, NUMBERS),
        }
    else:
        finder = NameFinder(options.names)
        start = time.process_time()
        named = [(text, [d for d in find_personal_data(text.text, names=finder) if d.kind in NAMES]) for text in texts]
        spent = time.process_time() - start
        result["names"] = {
            "model": options.names,
            "signature": signature("spacy"),
            "milliseconds_a_text": round(1000 * spent / len(texts), 3),
            **figures(named, NAMES),
        }
    for part in result.values():
        print(json.dumps({name: part[name] for name in ("by_kind", "by_language")}, indent=1))
    print(write("personal_data", result), file=sys.stderr)


def figures(found: Iterable[tuple[Text, list[PersonalDatum]]], kinds: tuple[str, ...]) -> dict[str, Any]:
    """Counts by kind and by language: planted, found, found under the right kind; false alarms."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*kinds, *LANGUAGES)}
    alarms: Counter[str] = Counter()
    n_texts = n_clean = 0
    for text, data in found:
        n_texts += 1
        n_clean += text.kind not in kinds
        planted = text.kind if text.kind in kinds else None
        covered = {place for datum in data for place in range(datum.start, datum.end)}
        if planted is not None:
            whole = all(not text.text[place].isalnum() or place in covered for place in range(text.start, text.end))
            right = whole and any(datum.kind == planted for datum in data)
            for name in (planted, text.language):
                counts[name].update(planted=1, found=int(whole), right=int(right))
        for datum in data:
            if planted is None or datum.end <= text.start or datum.start >= text.end:
                alarms[datum.kind] += 1
                counts[text.language].update(false_alarms=1)
    keys = ("planted", "found", "right")
    return {
        "texts": n_texts,
        "without": n_clean,
        "by_kind": {kind: {key: counts[kind][key] for key in keys} | {"false_alarms": alarms[kind]} for kind in kinds},
        "by_language": {name: {key: counts[name][key] for key in (*keys, "false_alarms")} for name in LANGUAGES},
    }


if __name__ == "__main__":
    main()
