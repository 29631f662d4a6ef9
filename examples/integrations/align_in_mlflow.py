"""Align a judge of MLflow's with the feedback of two reviewers, and keep the search as a run.

Run: pip install 'alia-judge[mlflow]'
     python examples/integrations/align_in_mlflow.py [--model openai:/gpt-4o-mini]

It makes traces of the sample's conversations with the sample's ratings as feedback, in an SQLite file in this folder;
with traces of your own, leave that part out. The figure that counts is the last: held out, with its interval.
"""

import argparse

import mlflow
from mlflow.entities import AssessmentSource
from mlflow.genai.judges import make_judge

import alia_judge as aj
from alia_judge.integrations.mlflow import AlignmentOptimizer, log_search

parser = argparse.ArgumentParser()
parser.add_argument("--model", default="openai:/gpt-4o-mini")
parser.add_argument("--calls", type=int, default=400)
parser.add_argument("--items", type=int, default=120)
arguments = parser.parse_args()

mlflow.set_tracking_uri("sqlite:///mlflow.db")
mlflow.set_experiment("telecom")

sample = aj.load_sample()
ratings = sample.of("helpfulness")
traces = {}
for item in sample.items()[: arguments.items]:
    with mlflow.start_span("chat") as span:
        span.set_inputs({"question": item.prompt})
        span.set_outputs(item.response)
        mlflow.update_current_trace(metadata={"mlflow.trace.session": item.group or item.item_id})
    traces[item.item_id] = span.trace_id
mlflow.flush_trace_async_logging()
for row in ratings.itertuples():
    if row.item_id in traces:
        reviewer = AssessmentSource(source_type="HUMAN", source_id=row.annotator_id)
        mlflow.log_feedback(trace_id=traces[row.item_id], name="helpfulness", value=int(row.value), source=reviewer)

judge = make_judge(
    name="helpfulness",
    instructions="¿Le da {{ outputs }} a la persona lo que necesita, si pregunta {{ inputs }}? Puntúa de 1 a 5.",
    model=arguments.model,
    feedback_value_type=int,
)
optimizer = AlignmentOptimizer(budget=aj.Budget(calls=arguments.calls), artifact="aligned-judge")
aligned = judge.align(mlflow.search_traces(return_type="list", max_results=arguments.items), optimizer)
found = optimizer.aligned
with mlflow.start_run(run_name="search"):
    log_search(found.tuned, evaluation=found.evaluation, artifact=found.artifact)

print(found.audit.summary)
print(found.tuned.summary)
held_out = found.evaluation.judge(found.evaluation.subject, "helpfulness")
print("held out:", held_out.correlation["item"]["spearman"])
print("see it: mlflow ui --backend-store-uri sqlite:///mlflow.db")
