"""Judge a folder of Parquet files with Ray, an actor a model or a part of a server.

Run: pip install 'alia-judge[ray]'
     python examples/integrations/score_on_ray.py my-judge conversations/ scored/ [--store postgresql://user@host/judges]
"""

import argparse
from pathlib import Path

import ray

from alia_judge.integrations.ray import judge_dataset

parser = argparse.ArgumentParser()
parser.add_argument("judge", help="a published judge, in a folder that every node reads")
parser.add_argument("conversations", type=Path, help="a folder of Parquet files with prompt and response")
parser.add_argument("out", type=Path, help="the folder for the scored rows, as Parquet")
parser.add_argument("--actors", type=int, default=2)
parser.add_argument("--store", help="where verdicts are kept; a file beside the judge where all actors are on one node")
arguments = parser.parse_args()

# Ray's workers stand in folders of their own: a relative path is another one there.
rows, out = str(arguments.conversations.resolve()), str(arguments.out.resolve())
judged = judge_dataset(ray.data.read_parquet(rows), arguments.judge, actors=arguments.actors, store=arguments.store)
judged.write_parquet(out)
scored = ray.data.read_parquet(out)
print(f"{scored.count()} rows, mean score {scored.mean('score', ignore_nulls=True):.2f}")
