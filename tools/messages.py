"""The catalogues of messages, from what is marked in the code: old keys go, new ones come without a translation.

New ones come into the catalogues that are to have every message (`WHOLE`). One that is only begun holds what is
translated; what it lacks is counted.

Run: python tools/messages.py
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from alia_judge._messages import read_catalogue

__all__ = ["FOLDER", "WHOLE", "marked", "templates_in", "written"]

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "alia_judge"
FOLDER = PACKAGE / "locale"
MARKS = ("_", "message")
#: The languages that every message is there in.
WHOLE = ("es",)


def templates_in(text: str, file: str = "") -> Iterator[str]:
    """The marked texts of a module's source.

    Raises
    ------
    ValueError
        Where a marked text is put together before it is marked, so that no catalogue can have it.
    """
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value
            elif isinstance(first, (ast.JoinedStr, ast.BinOp)):
                raise ValueError(f"{file}:{first.lineno}: a marked text is whole, with fields: _('{{n}} items', n=n)")


@cache
def marked() -> dict[str, str]:
    """Marked text -> the first file it stands in."""
    found: dict[str, str] = {}
    for path in sorted([*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.j2")]):
        text = path.read_text("utf-8")
        where = path.relative_to(ROOT).as_posix()
        if path.suffix == ".j2":
            templates = _of_template(text)
        elif "_messages import" in text and path.name != "_messages.py":
            templates = templates_in(text, where)
        else:
            continue
        for template in templates:
            found.setdefault(template, where)
    for template in _of_help():
        found.setdefault(template, "alia_judge/cli (help)")
    return found


def _of_help() -> Iterator[str]:
    import typer

    from alia_judge.cli import app
    from alia_judge.cli._help import _PANELS, help_texts

    yield from _PANELS
    yield from filter(None, help_texts(typer.main.get_command(app)))


def _of_template(text: str) -> Iterator[str]:
    from jinja2 import Environment, nodes

    for call in Environment().parse(text).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_" and isinstance(call.args[0], nodes.Const):
            yield call.args[0].value


def written(language: str) -> str:
    """A language's catalogue as it should stand: the translations it has and, of `WHOLE`, the keys that wait for one."""
    path = FOLDER / f"{language}.po"
    have = read_catalogue(path) if path.exists() else {}
    lines = [
        f"# Messages of alia_judge in {language}. English is the key; what has no translation is shown in English.",
        'msgid ""',
        'msgstr ""',
        f'"Language: {language}\\n"',
        '"Content-Type: text/plain; charset=UTF-8\\n"',
    ]
    file = ""
    for template, where in sorted(marked().items(), key=lambda one: one[1]):
        if language not in WHOLE and not have.get(template):
            continue
        lines += ["", *([f"# {where}"] if where != file else [])]
        file = where
        lines += [f"msgid {_quoted(template)}", f"msgstr {_quoted(have.get(template, ''))}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{text}"'


def main() -> None:
    for path in sorted(FOLDER.glob("*.po")):
        path.write_text(written(path.stem), encoding="utf-8")
        translated = sum(map(bool, read_catalogue(path).values())) - 1  # the header is no message
        print(f"{path.relative_to(ROOT)}: {translated} messages translated, {len(marked()) - translated} missing")


if __name__ == "__main__":
    main()
