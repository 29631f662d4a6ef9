"""What the site makes of files: links that lead on, tables of results."""

from __future__ import annotations

from site_pages import REFERENCE, _moved, _tables

import alia_judge


def test_links_lead_on_from_where_a_page_stands() -> None:
    text = "[a](docs/path.md#x) [b](CONTRIBUTING.md) [c](LICENSE) ![d](docs/img/r.png) [e](https://x.org) `[f](g.md)`"
    moved = _moved(text, "README.md", "index.md")
    assert moved == (
        "[a](path.md#x) [b](contributing.md) [c](https://github.com/alia-judge/alia-judge/blob/main/LICENSE) "
        "![d](img/r.png) [e](https://x.org) `[f](g.md)`"
    )
    text = "[next](2_build.ipynb) [checks](../../docs/checks.md)"
    moved = _moved(text, "examples/notebooks/1_trust.py", "notebooks/1_trust.md")
    assert moved == "[next](2_build.md) [checks](../checks.md)"
    assert (
        _moved("[home](../../README.md#read-on)", "docs/es/inicio.md", "es/inicio.md") == "[home](../index.md#read-on)"
    )


def test_results_are_tables_where_they_are_flat() -> None:
    rows = [{"n_items": 3, "alpha": {"value": 0.51234, "low": 0.4, "high": 0.6}}]
    assert _tables({"coverage": rows}) == [
        "**coverage**\n\n| n items | alpha |\n| --- | --- |\n| 3 | 0.5123 [0.4, 0.6] |"
    ]
    alike = {"set one": {"gain": 0.1}, "set two": {"gain": 0.2}}
    assert _tables(alike) == ["|   | gain |\n| --- | --- |\n| set one | 0.1 |\n| set two | 0.2 |"]
    assert _tables({"deep": [{"rows": [{"a": 1}]}], "long": [{"a": 1}] * 41}) == []


def test_every_public_name_has_a_page_of_the_reference() -> None:
    parts = {part for several in REFERENCE.values() for part in several}
    assert {home.split(".")[0] for home in alia_judge._HOME.values()} <= parts
