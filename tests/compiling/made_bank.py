"""A small bank with a known truth, and the splits to search it on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from alia_judge.benchmark.split import Split, SplitName
from alia_judge.models.bank import RecordedBank
from alia_judge.records import Item, Scale

SCALE = Scale.ordinal(1, 5)


def items_and_truth(n_groups: int = 12, per_group: int = 8, seed: int = 0) -> tuple[list[Item], np.ndarray]:
    rng = np.random.default_rng(seed)
    n = n_groups * per_group
    truth = np.clip(np.round(3 + 1.2 * rng.standard_normal(n)), 1, 5)
    words = np.random.default_rng([seed, 2])  # of every response its own, or they would be near-duplicates
    items = [
        Item(
            item_id=f"g{place // per_group:02d}/s{place % per_group}",
            response=" ".join(f"palabra{word}" for word in words.integers(0, 1000, size=int(rng.integers(5, 60)))),
            group=f"g{place // per_group:02d}",
            system=f"s{place % per_group}",
            language="es" if place % 2 else "eu",
        )
        for place in range(n)
    ]
    return items, truth


def make_bank(
    folder: Path, items: list[Item], truth: np.ndarray, quality: list[float], *, seed: int = 0
) -> RecordedBank:
    """Configuration j reads the truth with strength quality[j] and noise of its own."""
    rng = np.random.default_rng([seed, 1])
    folder.mkdir(parents=True, exist_ok=True)
    signal = (truth - truth.mean()) / truth.std()
    shared = rng.standard_normal(len(items))
    columns: dict[str, list[object]] = {"config_id": [], "item_id": [], **{f"p{point}": [] for point in range(1, 6)}}
    lines = []
    for number, strength in enumerate(quality):
        lines.append({"config_id": number, "model": f"m{number % 3}", "criterion": "x", "style": f"style{number % 4}"})
        noise = 0.5 * shared + rng.standard_normal(len(items))
        latent = 3 + strength * signal + np.sqrt(max(1 - strength**2, 0)) * noise
        logits = -((np.arange(1, 6)[None, :] - latent[:, None]) ** 2)
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        columns["config_id"] += [number] * len(items)
        columns["item_id"] += [item.item_id for item in items]
        for point in range(5):
            columns[f"p{point + 1}"] += probabilities[:, point].round(6).tolist()
    (folder / "configs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    pq.write_table(pa.table(columns), folder / "scores.parquet")
    return RecordedBank.open(folder)


def make_split(items: list[Item], truth: np.ndarray, chosen: np.ndarray, name: SplitName = "train") -> Split:
    target = truth[chosen].astype(float)
    return Split(
        name=name,
        criterion="x",
        scale=SCALE,
        items=tuple(items[place] for place in chosen),
        target=target,
        target_se=np.full(len(target), np.nan),
        values=target[None, :],
    )
