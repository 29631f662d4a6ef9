"""The grader that promptfooconfig.yaml names: the published judge `my-judge` beside this file, or where JUDGE says."""

import os
from pathlib import Path

from alia_judge.integrations.promptfoo import promptfoo_grader

call_api = promptfoo_grader(os.environ.get("JUDGE", Path(__file__).with_name("my-judge")))
