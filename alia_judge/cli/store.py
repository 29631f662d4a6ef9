"""``alia-judge store``: the studies and verdicts that are kept, what of them can go, and what must be forgotten."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from alia_judge._messages import _, message
from alia_judge.cli._console import JsonOption, say, write_json
from alia_judge.cli._help import PanelledCommand, PanelledGroup
from alia_judge.cli._next import suggest
from alia_judge.cli._options import ColumnOption, EncodingOption, FormatOption, ReadingOptions, is_benchmark
from alia_judge.errors import DataError, UsageError

if TYPE_CHECKING:
    from alia_judge.records import Item

__all__ = ["app"]

#: What files of SQLite are called.
_ENDINGS = frozenset({".db", ".sqlite", ".sqlite3"})

app = typer.Typer(
    cls=PanelledGroup, help="List, prune and forget what searches and runs have kept.", no_args_is_help=True
)

WhereArgument = Annotated[
    str, typer.Argument(metavar="WHERE", help="A folder, looked through; a file; or the URL of a database.")
]
PlanOption = Annotated[bool, typer.Option("--plan", help="Say what would go, and delete nothing.")]


class _Kept(NamedTuple):
    """A file, or a database, that holds verdicts, studies or both."""

    place: str
    verdicts: bool
    studies: bool
    size: int | None

    @property
    def storage(self) -> str:
        return self.place if "://" in self.place else f"sqlite:///{self.place}"


@app.command("list", cls=PanelledCommand)
def list_(where: WhereArgument = ".", json: JsonOption = None) -> None:
    """What is kept: studies with their trials, stores with their verdicts and models, and the size of each file."""
    from rich.table import Table

    from alia_judge.compiling.study.kept import kept_studies
    from alia_judge.runner import VerdictStore

    table = Table(title=_("studies and stores of verdicts"), title_justify="left")
    for heading in (message("where"), message("holds"), message("size"), message("last used")):
        table.add_column(_(heading), justify="right" if heading == "size" else "left")
    stores: list[dict[str, Any]] = []
    studies: list[dict[str, Any]] = []
    found = _kept(where)
    for one in found:
        if one.verdicts:
            with VerdictStore(one.place) as store:
                models = store.models()
            n = sum(models.values())
            stores.append({"where": one.place, "bytes": one.size, "verdicts": n, "models": models})
            table.add_row(
                one.place,
                _("{n} verdicts of {models}", n=n, models=", ".join(models) or message("no model")),
                _bytes(one.size),
                "",
            )
        for study in kept_studies(one.storage) if one.studies else ():
            last = None if study.last is None else study.last.isoformat(timespec="seconds")
            studies.append(
                {"where": one.place, "bytes": one.size, "study": study.name, "trials": study.trials, "last": last}
            )
            table.add_row(
                one.place,
                _("study {name!r}, {trials} trials", name=study.name, trials=study.trials),
                _bytes(one.size),
                last or _("never"),
            )
    out = say(json)
    out.print(table if found else _("{where}: no study and no store of verdicts", where=where), markup=False)
    write_json(
        json,
        {"stores": stores, "studies": studies},
        schema="alia-judge/store/1",
        signature=f"store|stores:{len(stores)}|studies:{len(studies)}",
    )
    if studies:
        suggest("store", "prune", studies[0]["where"], "--study", studies[0]["study"], "--plan")
    elif stores:
        suggest("store", "forget", stores[0]["where"], "ITEMS", "--conversation", "ID", "--plan")


@app.command("prune", cls=PanelledCommand)
def prune(
    where: WhereArgument,
    study: Annotated[
        list[str] | None, typer.Option("--study", metavar="NAME", help="Delete this study; may be repeated.")
    ] = None,
    older_than: Annotated[
        float | None, typer.Option("--older-than", metavar="DAYS", help="Delete studies not used for so long.", min=0)
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", metavar="M", help="Delete a model's verdicts, named as list has it; may be repeated."),
    ] = None,
    plan: PlanOption = False,
    json: JsonOption = None,
) -> None:
    """Delete studies, by name or by age, and the verdicts of models; what is asked for again is paid for again."""
    from alia_judge.compiling.study.kept import delete_study, kept_studies
    from alia_judge.runner import VerdictStore

    if study is None and older_than is None and model is None:
        raise UsageError(
            message("prune takes --study NAME, --older-than DAYS or --model M; store list shows what there is")
        )
    out, before = say(json), None if older_than is None else datetime.now() - timedelta(days=older_than)
    gone: list[dict[str, Any]] = []
    verb = _("would go") if plan else _("gone")
    names, models = set(study or ()), set(model or ())
    for one in _kept(where):
        for kept in kept_studies(one.storage) if one.studies and (study or before) else ():
            old = before is not None and (kept.last is None or kept.last < before)
            if kept.name in names or old:
                gone.append({"where": one.place, "study": kept.name, "trials": kept.trials})
                line = _(
                    "{verb}: study {name!r} of {trials} trials, {place}",
                    verb=verb,
                    name=kept.name,
                    trials=kept.trials,
                    place=one.place,
                )
                out.print(line, markup=False, soft_wrap=True)
                if not plan:
                    delete_study(one.storage, kept.name)
        if one.verdicts and models:
            with VerdictStore(one.place) as store:
                for identity, n in store.models().items():
                    if models & {identity, identity.partition("@")[0].partition("#")[0]}:
                        gone.append({"where": one.place, "model": identity, "verdicts": n})
                        out.print(
                            _(
                                "{verb}: {n} verdicts of {identity}, {place}",
                                verb=verb,
                                n=n,
                                identity=identity,
                                place=one.place,
                            ),
                            markup=False,
                            soft_wrap=True,
                        )
                        if not plan:
                            store.drop_model(identity)
    told = {entry.get("study") for entry in gone} | {entry.get("model", "") for entry in gone}
    missing = (
        (names | models) - told - {str(entry.get("model", "")).partition("@")[0].partition("#")[0] for entry in gone}
    )
    if missing:
        raise UsageError(
            message(
                "{where} has no {missing!r}; alia-judge store list {where} shows what there is",
                where=where,
                missing=min(missing),
            )
        )
    if not gone:
        out.print(_("{where}: nothing of that age", where=where), markup=False, soft_wrap=True)
    _write(json, gone, plan, "prune")
    suggest("store", "list", where)


@app.command("forget", cls=PanelledCommand)
def forget(
    where: WhereArgument,
    items: Annotated[
        str,
        typer.Argument(metavar="ITEMS", help="Ratings, a benchmark or a table, where its texts are still to be read."),
    ],
    conversation: Annotated[
        list[str],
        typer.Option("--conversation", metavar="ID", help="An item's id or its group; may be repeated."),
    ],
    plan: PlanOption = False,
    format: FormatOption = None,  # noqa: A002 - the option's name
    column: ColumnOption = None,
    encoding: EncodingOption = None,
    json: JsonOption = None,
) -> None:
    """Delete every verdict of a conversation, and every judge and study's demonstration that shows it.

    Stores hold items by a digest of their texts, so the texts are needed once more. What is deleted is overwritten.
    Files of ratings, benchmarks, predictions and published judges are yours to clear.
    """
    from alia_judge.compiling.study.kept import forget_in_studies
    from alia_judge.runner import VerdictStore

    chosen = _of_conversations(_items(items, format, column, encoding), conversation, items)
    out = say(json)
    if plan:
        out.print(
            _("would be forgotten: {n} items of {conversation}", n=len(chosen), conversation=", ".join(conversation)),
            markup=False,
            soft_wrap=True,
        )
        _write(json, [], plan, "forget", items=len(chosen))
        return
    gone: list[dict[str, Any]] = []
    for one in _kept(where):
        entry: dict[str, Any] = {"where": one.place, "verdicts": 0, "configurations": 0, "demonstrations": 0}
        if one.verdicts:
            with VerdictStore(one.place) as store:
                found = store.forget(chosen)
            entry |= {"verdicts": found.verdicts, "configurations": found.configurations}
        if one.studies:
            entry["demonstrations"] = forget_in_studies(one.storage, chosen)
        gone.append(entry)
        out.print(
            _(
                "{place}: {verdicts} verdicts, {configurations} judges and {demonstrations} demonstrations gone",
                place=one.place,
                verdicts=entry["verdicts"],
                configurations=entry["configurations"],
                demonstrations=entry["demonstrations"],
            ),
            markup=False,
            soft_wrap=True,  # a path broken in two is no path
        )
    if not gone:
        raise UsageError(
            message("{where} holds no study and no store of verdicts; name the folder or the file", where=where)
        )
    _write(json, gone, plan, "forget", items=len(chosen))
    suggest("store", "list", where)


def _write(json: str | None, gone: Sequence[Any], plan: bool, what: str, **further: Any) -> None:
    signature = f"store-{what}|entries:{len(gone)}"
    write_json(
        json, {"gone": list(gone), "plan": plan, **further}, schema=f"alia-judge/store-{what}/1", signature=signature
    )


def _kept(where: str) -> list[_Kept]:
    """What is kept at a place, without writing there."""
    if where.startswith("sqlite:///"):
        where = where.removeprefix("sqlite:///")
    if "://" in where:
        return [_Kept(place=where, verdicts=True, studies=True, size=None)]
    path = Path(where)
    if not path.exists():
        raise UsageError(
            message("{where}: there is no such file or folder; name where studies and verdicts are kept", where=where)
        )
    files = [path]
    if path.is_dir():  # searches write .db; beside a published judge is a .verdicts.sqlite
        files = sorted(one for one in path.rglob("*") if one.suffix in _ENDINGS and one.is_file())
    found = [one for one in map(_looked_at, files) if one is not None]
    if not path.is_dir() and not found:
        raise UsageError(
            message(
                "{where} is no store of verdicts and holds no study; name one, or the folder of several", where=where
            )
        )
    return found


def _looked_at(path: Path) -> _Kept | None:
    from alia_judge.runner.database import APPLICATION_ID

    if path.stat().st_size == 0:
        return None
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError:
        return None
    verdicts, studies = application == APPLICATION_ID, {"studies", "trials"} <= tables
    if not verdicts and not studies:
        return None
    log = path.with_name(f"{path.name}-wal")
    size = sum(one.stat().st_size for one in (path, log) if one.exists())
    return _Kept(place=str(path), verdicts=verdicts, studies=studies, size=size)


def _items(source: str, format: str | None, column: list[str] | None, encoding: str | None) -> list[Item]:  # noqa: A002
    if is_benchmark(source):
        from alia_judge.benchmark import Benchmark

        benchmark = Benchmark.load(source)
        return [item for split in (benchmark.train, benchmark.dev, benchmark.test) for item in split.items]
    from alia_judge.cli._options import column_mapping
    from alia_judge.ratings import iter_items

    try:
        return list(ReadingOptions(format=format, column=tuple(column or ()), encoding=encoding).load(source).items())
    except DataError:  # a table that nobody has rated
        return list(iter_items(source, columns=column_mapping(column), encoding=encoding))


def _of_conversations(items: Sequence[Item], conversations: Sequence[str], source: str) -> list[Item]:
    chosen = [item for item in items if {item.item_id, item.group} & set(conversations)]
    there = {one for item in chosen for one in (item.item_id, item.group)}
    if missing := [one for one in conversations if one not in there]:
        known = ", ".join(list(dict.fromkeys(item.group or item.item_id for item in items))[:3])
        raise UsageError(
            message(
                "{source} has no item and no conversation {missing!r}; it has {known} ...",
                source=source,
                missing=missing[0],
                known=known,
            )
        )
    return chosen


def _bytes(size: int | None) -> str:
    return "" if size is None else f"{size / 1024:,.0f} KiB"
