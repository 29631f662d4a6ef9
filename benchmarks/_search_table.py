"""The table and the figure of `search_on_bank.py`, from the lines it kept."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["draw", "show", "show_tradeoff", "tabulate"]

#: The budget that pays for everything.
EVERYTHING = "100000"
#: What the docs call each method, in their order.
_ROWS = {
    "optuna random": "Optuna random",
    "optuna tpe": "Optuna TPE",
    "optuna random+halving": "random + successive halving",
    "optuna tpe+halving": "TPE + successive halving",
    "optuna tpe+hyperband": "TPE + Hyperband",
    "optuna tpe+median": "TPE + median pruning",
    "random stack": "random subset, ridge on expected scores",
    "random greedy": "5 of 20 random, greedily",
    "single": "**single**",
    "verdicts_5": "**deployed, at most 5 calls an item**",
    "verdicts": "**deployed, verdicts**",
    "surface_5": "**deployed, surface too, at most 5 calls**",
    "surface": "**deployed, surface too**",
    "surface_alone": "surface features alone, plain ridge, no model",
    "surface_fitted": "surface features alone, as the library reads them, no model",
    "exhaustive_expected": "best single of the whole bank, by expected score",
    "exhaustive_ridge": "ridge on all expected scores of the bank",
}
#: The library's columns in the figure.
_DRAWN = ("single", "verdicts_5", "verdicts", "surface")


def tabulate(lines: list[dict[str, Any]], splits: int) -> dict[str, Any]:
    """Mean, standard error and number of splits, by criterion, calls and column.

    What needs no budget is in the column of every budget, on the splits of that column.
    """
    values: dict[str, dict[str, dict[str, dict[int, float]]]] = {}
    for line in sorted(lines, key=lambda one: (one["calls"] == "any", one["calls"] if one["calls"] != "any" else 0)):
        if line["seed"] < splits:
            columns = values.setdefault(line["criterion"], {}).setdefault(str(line["calls"]), {})
            for name, value in line["figures"].items():
                columns.setdefault(name, {})[line["seed"]] = value
    for rows in values.values():
        for columns in rows.values():
            seeds = {seed for column in columns.values() for seed in column}
            for name, column in rows.get("any", {}).items():
                columns[name] = {seed: value for seed, value in column.items() if seed in seeds}
    return {
        criterion: {
            calls: {name: _mean(list(column.values())) for name, column in columns.items()}
            for calls, columns in rows.items()
        }
        for criterion, rows in values.items()
    }


def _mean(values: list[float]) -> dict[str, float]:
    known = np.array(values)[~np.isnan(values)]
    spread = float(known.std(ddof=1) / len(known) ** 0.5) if len(known) > 1 else float("nan")
    return {"mean": float(known.mean()), "se": spread, "n": len(known)}


def show(criterion: str, rows: dict[str, Any]) -> None:
    """The table as the docs have it: a row a method, a column a budget."""
    budgets = [calls for calls in rows if calls != "any"]
    print(f"\n## {criterion}\n")
    print(f"| {criterion} | " + " | ".join(_heading(calls, rows[calls]) for calls in budgets) + " |")
    print("|---" * (len(budgets) + 1) + "|")
    for name, words in _ROWS.items():
        known = [rows[calls].get(name) for calls in budgets]
        if any(known):
            print(f"| {words} | " + " | ".join("" if one is None else _figure(one) for one in known) + " |")
    sys.stdout.flush()


def show_tradeoff(table: dict[str, Any], budget: int, calls: tuple[int, ...]) -> None:
    """What a call an item is worth, as the docs have it."""
    names = [*(f"verdicts_{most}" for most in calls), "verdicts"]
    known = {criterion: rows.get(str(budget), {}) for criterion, rows in table.items()}
    if not all(name in row for row in known.values() for name in names):
        return
    print("\n| most calls an item | " + " | ".join(map(str, calls)) + " | no bound |")
    print("|---" * (len(names) + 1) + "|")
    for criterion, row in known.items():
        print(f"| {criterion} | " + " | ".join(_figure(row[name]) for name in names) + " |")


def _heading(calls: str, columns: dict[str, Any]) -> str:
    splits = next(iter(columns.values()))["n"]
    return ("every verdict" if calls == EVERYTHING else f"{int(calls):,} calls") + f", {splits} splits"


def _figure(figure: dict[str, float]) -> str:
    return f"{figure['mean']:.3f} ± {figure['se']:.3f}".replace("0.", ".")


def draw(table: dict[str, Any], path: Path, tradeoff_budget: int, tradeoff_calls: tuple[int, ...]) -> None:
    """Held-out correlation by calls, and by calls an item at one budget: one column of panels a criterion."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(2, len(table), figsize=(4.2 * len(table), 6.8), squeeze=False, sharey="col")
    for (above, below), (criterion, rows) in zip(panels.T, table.items(), strict=True):
        budgets = [calls for calls in rows if calls != "any"]
        names = {name: None for calls in budgets for name in rows[calls] if _is_drawn(name)}
        for name in names:
            known = [calls for calls in budgets if name in rows[calls]]
            style = "-" if name in _DRAWN else ":"
            points = [rows[calls][name] for calls in known]
            above.errorbar(
                [int(calls) for calls in known],
                [point["mean"] for point in points],
                [point["se"] for point in points],
                linestyle=style,
                linewidth=1,
                label=name,
            )
        above.set(title=criterion, xscale="log", xlabel="calls")
        above.set_xticks([int(calls) for calls in budgets], [f"{int(calls):,}" for calls in budgets], fontsize=7)
        above.minorticks_off()
        at = rows.get(str(tradeoff_budget), {})
        most = [calls for calls in tradeoff_calls if f"verdicts_{calls}" in at]
        points = [at[f"verdicts_{calls}"] for calls in most]
        if "verdicts" in at:
            most, points = [*most, at["calls of verdicts"]["mean"]], [*points, at["verdicts"]]
        below.errorbar(
            most, [point["mean"] for point in points], [point["se"] for point in points], marker=".", label="verdicts"
        )
        below.set(xlabel=f"most calls an item, {tradeoff_budget:,} calls spent")
        for panel in (above, below):
            if "any" in rows:
                panel.axhline(rows["any"]["surface_alone"]["mean"], color="grey", linestyle="--", label="surface_alone")
    panels[0][0].set_ylabel("held-out Spearman")
    panels[1][0].set_ylabel("held-out Spearman")
    for row in panels:
        row[-1].legend(fontsize=6, loc="upper left", bbox_to_anchor=(1.02, 1.0))
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _is_drawn(name: str) -> bool:
    return name in _DRAWN or name.startswith(("optuna", "random"))
