"""Pages of the site that no file of `docs` holds: a hook of MkDocs, used by ``make site``.

README as its home; the notebooks and the gallery, run, with what they show; the reference, from the docstrings; the
benchmarks, from `benchmarks/results`; llms.txt. Links out of `docs` lead to the repository.
"""

from __future__ import annotations

import ast
import base64
import json
import posixpath
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jupytext
from nbclient import NotebookClient

import alia_judge
from alia_judge import evaluation, reporting, stats
from alia_judge._palette import DARK, PALETTE

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "examples" / "notebooks"
REPOSITORY = "https://github.com/alia-judge/alia-judge/blob/main/"
LINK = re.compile(r"(!?\[[^\]]*\])\(([^)\s]+)\)")
#: Where a file of the repository stands on the site, if not as it stands in `docs`.
PLACES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
#: Page of the reference -> what stands on it, by the first part of its module.
REFERENCE = {
    "Ratings": ("ratings", "annotation", "checks", "records"),
    "Benchmarks": ("benchmark",),
    "Judges": ("judging", "models", "runner"),
    "Search": ("compiling",),
    "Evaluation": ("evaluation", "probes"),
    "Publishing and more": ("publishing", "cli", "errors"),
}
#: Rows and columns beyond which a table of a benchmark is left to its file.
ROWS, COLUMNS = 40, 10


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    notebooks = [{_title(path): f"notebooks/{path.stem}.md"} for path in sorted(NOTEBOOKS.glob("*.py"))]
    pages = [{name: f"reference/{_slug(name)}.md"} for name in [*REFERENCE, "Statistics", "Reports"]]
    for entry in config.nav:
        if "Notebooks" in entry:
            entry["Notebooks"] = notebooks
        if "Reference" in entry:
            entry["Reference"] = pages
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    from mkdocs.structure.files import File

    def add(path: str, content: str | bytes) -> None:
        files.append(File.generated(config, path, content=content))

    for source, target in PLACES.items():
        badges = re.compile(r"^\[!\[.*\n", re.MULTILINE)  # a badge is fetched from elsewhere
        add(target, _moved(badges.sub("", (ROOT / source).read_text("utf-8")), source, target))
    for path in sorted(NOTEBOOKS.glob("*.py")):
        place = f"notebooks/{path.stem}.md"
        page, pictures = _run(path, place)
        add(place, page)
        for name, picture in pictures.items():
            add(name, picture)
    files.remove(files.get_file_from_path("gallery.md"))
    page, pictures = _run(ROOT / "docs" / "gallery.md", "gallery.md")
    add("gallery.md", page)
    for name, picture in pictures.items():
        add(name, picture)
    for name, content in _reference():
        add(name, content)
    add("measured.md", _measured())
    for path in sorted((ROOT / "benchmarks" / "results").iterdir()):
        add(f"results/{path.name}", path.read_bytes())
    add("llms.txt", _llms(config))
    add("site.css", _css())
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    if page.file.generated_by is not None:
        return markdown
    return _moved(markdown, f"docs/{page.file.src_uri}", page.file.src_uri)


def on_page_content(html: str, **_: Any) -> str:
    """What docstrings have of reStructuredText, as a reader of HTML expects it."""
    html = re.sub(r":math:\s*(?=<code)", "", html)
    html = re.sub(r"<p>\.\. math::\s*(.*?)</p>", r"<p><code>\1</code></p>", html, flags=re.DOTALL)
    return re.sub(r"<p>\.\. (\[\d\])", r"<p>\1", html)


def _moved(markdown: str, source: str, target: str) -> str:
    """Links of a file of the repository, as they lead from its page of the site."""

    def lead(match: re.Match[str]) -> str:
        text, link = match.groups()
        if re.match(r"[a-z]+:|#", link):
            return match[0]
        path, _, anchor = link.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        anchor = f"#{anchor}" if anchor else ""
        place = PLACES.get(path)
        if path.startswith("docs/"):
            place = path.removeprefix("docs/")
        elif path.startswith("benchmarks/results/"):
            place = path.removeprefix("benchmarks/")
        elif path.startswith("examples/notebooks/") and path.endswith(".ipynb"):
            place = f"notebooks/{Path(path).stem}.md"
        elif path == "examples/notebooks":
            place = "notebooks/1_trust_your_ratings.md"
        if place is None:
            return f"{text}({REPOSITORY}{path}{anchor})"
        return f"{text}({posixpath.relpath(place, posixpath.dirname(target) or '.')}{anchor})"

    # What stands in code is no link.
    parts = re.split(r"(^```.*?^```$|`[^`\n]+`)", markdown, flags=re.MULTILINE | re.DOTALL)
    return "".join(part if part.startswith("`") else LINK.sub(lead, part) for part in parts)


def _run(path: Path, place: str) -> tuple[str, dict[str, bytes]]:
    """A notebook or a page with code, run: its Markdown with what each cell shows, and its pictures by their places."""
    notebook = jupytext.read(path)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    parts: list[str] = []
    pictures: dict[str, bytes] = {}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(_moved(cell.source, path.relative_to(ROOT).as_posix(), place))
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for output in cell.outputs:
            data = output.get("data", {})
            if output.output_type == "stream":
                if output.name == "stdout":  # what goes to stderr is progress
                    parts.append(f"```text\n{output.text.rstrip()}\n```")
            elif "image/png" in data:
                name = f"{posixpath.splitext(place)[0]}-{len(pictures) + 1}.png"
                pictures[name] = base64.b64decode(data["image/png"])
                alt = re.sub(r"[#*`\n]+", " ", next(p for p in reversed(parts) if not p.startswith("`"))).strip()
                parts.append(f"![{alt[:150]}]({posixpath.basename(name)})")
            elif "text/html" in data:
                parts.append(f'<div class="shown">{data["text/html"]}</div>'.replace("\n", " "))
            elif "text/plain" in data:
                parts.append(f"```text\n{data['text/plain']}\n```")
    return "\n\n".join(parts) + "\n", pictures


def _title(notebook: Path) -> str:
    return next(line for line in notebook.read_text("utf-8").splitlines() if line.startswith("# # "))[4:]


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def _reference() -> Iterator[tuple[str, str]]:
    """A page for each part of the library: every public name, from its docstring."""
    homes = alia_judge._HOME
    for title, parts in REFERENCE.items():
        names = {name: home for name, home in homes.items() if home.split(".")[0] in parts}
        objects = {f"alia_judge.{home}.{name}": None for name, home in names.items()}
        if title == "Evaluation":
            objects |= {f"alia_judge.evaluation.{name}": None for name in evaluation.__all__}
        yield f"reference/{_slug(title)}.md", _objects(title, objects)
    placed = {home.split(".")[0] for home in homes.values()} - {part for parts in REFERENCE.values() for part in parts}
    if placed:
        raise SystemExit(f"the reference has no page for {', '.join(sorted(placed))}; add them to REFERENCE")
    yield "reference/statistics.md", _objects("Statistics", [f"alia_judge.stats.{name}" for name in stats.__all__])
    yield "reference/reports.md", _objects("Reports", [f"alia_judge.reporting.{name}" for name in reporting.__all__])


def _objects(title: str, names: Any) -> str:
    return f"# {title}\n\n" + "\n\n".join(f"::: {name}" for name in names) + "\n"


def _measured() -> str:
    """Every result of a benchmark with the command that made it; short tables whole, long ones as their file."""
    parts = [
        "# Measured",
        "What was measured, with the command that measures it again. This page is made from the JSON of "
        "`benchmarks/results`; the pages of each subject say what it means.",
    ]
    for path in sorted((ROOT / "benchmarks" / "results").glob("*.json")):
        result = json.loads(path.read_text("utf-8"))
        signature = next((result[key] for key in ("signature", "signature_of_run") if key in result), result)
        command = signature["command"] if isinstance(signature, Mapping) and "command" in signature else ""
        script = next(iter(re.findall(r"benchmarks/(\w+)\.py", command or str(signature))), path.stem)
        parts.append(f"## {_title_of(path.stem)}")
        source = ROOT / "benchmarks" / f"{script}.py"
        if source.exists():
            parts.append((ast.get_docstring(ast.parse(source.read_text("utf-8"))) or "").partition("\n")[0])
        if command:
            parts.append(f"```text\n{command}\n```")
        figures = {
            name: value
            for name, value in result.items()
            if name
            not in ("signature", "signature_of_run", "command", "versions", "machine", "seed", "schema", "version")
        }
        facts = [f"{_words(name)}: {_cell(value)}" for name, value in figures.items() if _is_cell(value)]
        tables = _tables({name: value for name, value in figures.items() if not _is_cell(value)})
        if isinstance(signature, Mapping) and "machine" in signature:
            machine = signature["machine"]
            facts.append(f"{machine['system']}, {machine['architecture']}, {machine['cores']} cores")
        parts.append("; ".join(facts))
        parts += tables
        picture = path.with_suffix(".png")
        if picture.exists():
            parts.append(f"![{_words(path.stem)}](results/{picture.name})")
        parts.append(f"[{path.name}](results/{path.name})")
    return "\n\n".join(part for part in parts if part) + "\n"


def _tables(figures: Mapping[str, Any]) -> list[str]:
    """A table for each of them that is flat and short; those that have the same columns are rows of one."""
    rows = {name: value for name, value in figures.items() if isinstance(value, Mapping)}
    columns = {tuple(row) for row in rows.values()}
    if len(rows) > 1 and len(columns) == 1 and all(_is_cell(cell) for row in rows.values() for cell in row.values()):
        figures = {"": rows, **{name: value for name, value in figures.items() if name not in rows}}
    return [table for name, value in figures.items() if (table := _table(_words(name), value))]


def _table(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        if all(isinstance(row, Mapping) and not _is_cell(row) for row in value.values()):
            value = [{name or " ": key, **row} for key, row in value.items()]
        else:
            value = [{name or " ": key, "": one} for key, one in value.items()]
    if not value or len(value) > ROWS or not all(isinstance(row, Mapping) for row in value):
        return ""
    caption = f"**{name}**\n\n" if name and name not in value[0] else ""
    columns = list(dict.fromkeys(column for row in value for column in row))
    if len(columns) > COLUMNS or not all(_is_cell(cell) for row in value for cell in row.values()):
        return ""
    lines = [columns, ["---"] * len(columns), *([_cell(row.get(column)) for column in columns] for row in value)]
    return caption + "\n".join(f"| {' | '.join(_words(str(cell)) for cell in line)} |" for line in lines)


def _is_cell(value: Any) -> bool:
    """Whether it fits a cell: a number, a text, an estimate, a few of them."""
    if isinstance(value, Mapping):
        return {"value", "low", "high"} <= value.keys()
    return not isinstance(value, list) or (
        len(value) <= 4 and not any(isinstance(one, (list, Mapping)) for one in value)
    )


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, Mapping):
        return f"{_cell(value['value'])} [{_cell(value['low'])}, {_cell(value['high'])}]"
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return text.replace("[", "\\[").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _title_of(name: str) -> str:
    return _words(name[:1].upper() + name[1:])


def _llms(config: MkDocsConfig) -> str:
    """A list of the pages for language models, as https://llmstxt.org has it."""
    lines = [f"# {config.site_name}", "", f"> {config.site_description}"]
    for entry in config.nav:
        for title, pages in entry.items():
            if isinstance(pages, list):
                lines += ["", f"## {title}", ""]
                for name, page in (pair for one in pages for pair in one.items()):
                    lines.append(f"- [{name}]({config.site_url}{page.removesuffix('.md')}.html)")
    return "\n".join(lines) + "\n"


def _css() -> str:
    """The colours of the reports, and tables that fit."""

    def colours(of: Mapping[str, str], ground: str) -> str:
        return (
            f"--md-primary-fg-color: {ground}; --md-primary-fg-color--dark: {ground}; --md-primary-bg-color: {of['ink']};"
            f" --md-primary-bg-color--light: {of['muted']}; --md-accent-fg-color: {of['contrast']};"
            f" --md-typeset-a-color: {of['accent']};"
        )

    return f"""
[data-md-color-scheme="default"] {{ {colours(PALETTE, "#ffffff")} }}
[data-md-color-scheme="slate"] {{ {colours(DARK, "#14191d")} --md-default-bg-color: #14191d; --md-code-bg-color: #1d242a; }}
.md-header {{ border-bottom: 1px solid var(--md-default-fg-color--lightest); box-shadow: none; }}
.md-typeset table:not([class]) {{ font-size: .68rem; font-variant-numeric: tabular-nums; }}
.md-typeset .shown {{ overflow-x: auto; font-size: .68rem; }}
.md-typeset h1, .md-typeset h2 {{ color: var(--md-default-fg-color); font-weight: 600; letter-spacing: 0; }}
.md-typeset h1 .headerlink {{ display: none; }}
.md-typeset .shown td {{ vertical-align: top; min-width: 5em; }}
.md-typeset .shown th:first-child, .md-typeset .shown td:first-child {{ vertical-align: top; }}
@media (max-width: 600px) {{
  .md-typeset table:has(img) thead {{ display: none; }}
  .md-typeset table:has(img) td {{ display: block; }}
}}
.md-typeset .shown table {{ border-collapse: collapse; border: 0; }}
.md-typeset .language-text code {{ white-space: pre-wrap; }}
.md-search__form, .md-search__form:hover {{ background: var(--md-code-bg-color); }}
.md-search__input, .md-search__input + .md-search__icon, .md-search__input::placeholder {{ color: var(--md-default-fg-color); }}
.md-typeset .shown th, .md-typeset .shown td {{ padding: .3em .7em; text-align: left; border: 0; border-bottom: 1px solid var(--md-default-fg-color--lightest); }}
.md-typeset img[src$=".png"] {{ background: #fff; border-radius: .2rem; }}
"""
