"""Write the numbers of HANNA that come with the library, from the development data: one criterion, small.

``alia_judge/data/hanna`` holds what three people and twenty recorded judges said of 1,056 stories on Relevance, and no
text; its README.md is the notice. The ratings stand without names: a rater's place is no identity there::

    python tools/make_hanna.py FOLDER_WITH_HANNA
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

CRITERION = "Relevance"
TARGET = Path(__file__).resolve().parents[1] / "alia_judge" / "data" / "hanna"


def main(source: Path) -> None:
    ratings = pd.read_csv(source / "ratings.csv", dtype={"group": str})
    ratings = ratings[ratings["criterion"] == CRITERION].rename(columns={"value": CRITERION})
    table = ratings.sort_values(["item_id", "annotator_id"])[["item_id", "group", "system", CRITERION]]
    written = table.to_csv(index=False, lineterminator="\n").encode()
    (TARGET / "ratings.csv.gz").write_bytes(gzip.compress(written, 9, mtime=0))

    configurations = pd.read_json(source / "bank" / "configs.jsonl", lines=True)
    kept = configurations[configurations["criterion"] == CRITERION]
    lines = kept.to_json(orient="records", lines=True, force_ascii=False)
    (TARGET / "configs.jsonl").write_text(lines, encoding="utf-8", newline="\n")

    scores = pd.read_parquet(source / "bank" / "scores.parquet")
    scores = scores[scores["config_id"].isin(kept["config_id"])].sort_values(["config_id", "item_id"])
    columns = {
        "config_id": pa.array(scores["config_id"], pa.int16()),
        "item_id": pa.array(scores["item_id"].astype(object), pa.string()),
        "score": pa.array(scores["score"].astype("float32"), from_pandas=True),
    }
    pq.write_table(pa.table(columns), TARGET / "scores.parquet", compression="zstd", compression_level=19)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
