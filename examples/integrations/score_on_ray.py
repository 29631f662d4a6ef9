"""Judge a folder of Parquet files with Ray, an actor a model or a part of a server.

Run: pip install 'alia-judge[ray]'
     python examples/integrations/score_on_ray.py my-judge conversations/ scored/ [--store postgresql://user@host/judges]
"""

import argparse

import ray

from alia_judge.integrations.ray import judge_dataset

parser = argparse.ArgumentParser()
parser.add_argument("judge", help="a published judge, in a folder that every node reads")
parser.add_argument("conversations", help="Parquet files with prompt and response")
parser.add_argument("out", help="where the scored rows go, as Parquet")
parser.add_argument("--actors", type=int, default=2)
parser.add_argument("--store", help="where verdicts are kept; a file beside the judge where all actors are on one node")
arguments = parser.parse_args()

judged = judge_dataset(
    ray.data.read_parquet(arguments.conversations), arguments.judge, actors=arguments.actors, store=arguments.store
)
judged.write_parquet(arguments.out)
scored = ray.data.read_parquet(arguments.out)
print(f"{scored.count()} rows, mean score {scored.mean('score', ignore_nulls=True):.2f}")
