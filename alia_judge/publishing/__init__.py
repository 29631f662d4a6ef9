"""A judge as a directory of text that loads anywhere: publish, load, card, stores."""

from alia_judge.publishing.artifact import (
    Published,
    load_judge,
    load_recorded,
    publish_judge,
    read_published,
    verdicts_beside,
)
from alia_judge.publishing.frozen import publish_benchmark
from alia_judge.publishing.gate import CheckReport, Requirement, check_published
from alia_judge.publishing.prompt_export import ExportedPrompt, PromptExport, export_prompt
from alia_judge.publishing.stores import HubStore, LocalStore, Store, open_store

__all__ = [
    "CheckReport",
    "ExportedPrompt",
    "HubStore",
    "LocalStore",
    "PromptExport",
    "Published",
    "Requirement",
    "Store",
    "check_published",
    "export_prompt",
    "load_judge",
    "load_recorded",
    "open_store",
    "publish_benchmark",
    "publish_judge",
    "read_published",
    "verdicts_beside",
]
