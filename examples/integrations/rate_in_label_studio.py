"""Have people rate in Label Studio, and take what they said back as ratings.

Run: pip install label-studio-sdk alia-judge
     export LABEL_STUDIO_API_KEY=...    (Label Studio: Account & Settings, Personal Access Token)
     python examples/integrations/rate_in_label_studio.py http://localhost:8080 send
     python examples/integrations/rate_in_label_studio.py http://localhost:8080 fetch PROJECT

`send` asks for further ratings of the sample where they help most; `fetch` writes the project's JSON and reads it.
"""

import argparse
from pathlib import Path

from label_studio_sdk import LabelStudio

import alia_judge as aj

# The control's name is the criterion; the fields are those of an item.
FORM = """
<View>
  <Text name="known" value="$context"/>
  <Header value="$prompt"/>
  <Text name="shown" value="$response"/>
  <Rating name="helpfulness" toName="shown" maxRating="5" required="true"/>
</View>
"""

parser = argparse.ArgumentParser()
parser.add_argument("server", help="its address")
commands = parser.add_subparsers(dest="command", required=True)
send = commands.add_parser("send")
send.add_argument("--budget", type=int, default=20, help="further ratings")
fetch = commands.add_parser("fetch")
fetch.add_argument("project", type=int)
fetch.add_argument("--out", type=Path, default=Path("label-studio.json"))
arguments = parser.parse_args()
client = LabelStudio(base_url=arguments.server)

if arguments.command == "send":
    rated = aj.load_sample()
    plan = aj.what_to_annotate(rated, "helpfulness", budget=arguments.budget)
    project = client.projects.create(title="helpfulness", label_config=FORM)
    client.projects.import_tasks(id=project.id, request=plan.to_label_studio(rated))
    print(f"{len(plan.requests)} tasks: {arguments.server}/projects/{project.id}/data")
else:
    with arguments.out.open("wb") as out:
        for piece in client.projects.exports.download_sync(id=arguments.project, export_type="JSON"):
            out.write(piece)
    ratings = aj.load_ratings(arguments.out)
    for criterion in ratings.criteria:
        print(f"{criterion}: {len(ratings.of(criterion))} ratings by {len(ratings.annotators)} people")
