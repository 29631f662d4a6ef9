"""`alia-judge store`: what searches and runs keep is listed, pruned and forgotten, to the last byte."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alia_judge.records import Configuration, Item, Verdict
from alia_judge.runner import VerdictStore


@pytest.fixture
def searched(
    run: Callable[..., Any], openai_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, int]:
    """A search with demonstrations, asked on the server; where it is, and how many requests it took."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.chdir(tmp_path)
    rows = ["item_id,conversation,rater,helpfulness,question,answer"]
    for n in range(48):
        for place, who in enumerate("ab"):
            rows.append(
                f"i{n},c{n // 2},{who},{min(5, 1 + n % 5 + (n % 7 == place))},Pregunta secreta {n}?,"
                f"Respuesta secreta numero {n} <<answer:{1 + n % 5}>>"
            )
    (tmp_path / "r.csv").write_text("\n".join(rows) + "\n", "utf-8")
    done = run("compile", "r.csv", "--rubric", "helpfulness:es", "--model", "openai/one", "--calls", 120, "--api-base",
               openai_server.base_url, "--storage", "sqlite:///kept/s.db", "--study", "mine", "--resamples", 20,
               "--permutations", 39)  # fmt: skip
    assert done.code == 0, done.err
    gc.collect()  # the search was in this process: its connections are let go
    return tmp_path / "kept", openai_server.stats()["requests"]


def test_list_prune_and_forget(
    run: Callable[..., Any], read: Any, searched: tuple[Path, int], tmp_path: Path, openai_server: Any
) -> None:
    folder, requests = searched
    done = run("store", "list", folder, "--json", "l.json")
    assert done.code == 0, done.err
    listed = read(tmp_path / "l.json")
    (store,), (study,) = listed["stores"], listed["studies"]
    assert store["verdicts"] == sum(store["models"].values()) == requests
    (identity,) = store["models"]
    assert identity.startswith("openai/one@")
    assert (study["study"], study["last"] is not None) == ("mine", True)
    assert study["trials"] > 0
    assert store["bytes"] > 10 * requests  # the log counts, in which they may be yet

    # A conversation that was a demonstration, in the study as in the store.
    kept = b"".join(path.read_bytes() for path in folder.glob("s.*db*"))
    number = next(n for n in range(48) if f"Respuesta secreta numero {n} <".encode() in kept)
    words = ("store", "forget", folder, "r.csv", "--conversation", f"c{number // 2}")
    done = run(*words, "--plan")
    assert (done.code, "2 items" in done.out) == (0, True)
    assert run("store", "list", folder, "--json", "l.json").code == 0
    assert _but_sizes(read(tmp_path / "l.json")) == _but_sizes(listed)
    done = run(*words, "--json", "f.json")
    assert done.code == 0, done.err
    gone = read(tmp_path / "f.json")
    assert gone["items"] == 2
    assert sum(one["demonstrations"] for one in gone["gone"]) > 0
    assert sum(one["verdicts"] for one in gone["gone"]) > 0
    for place in (2 * (number // 2), 2 * (number // 2) + 1):
        for path in folder.glob("s.*db*"):
            assert f"secreta numero {place} <".encode() not in path.read_bytes(), path.name
    with VerdictStore(folder / "s.verdicts.db") as left:
        assert len(left) == requests - sum(one["verdicts"] for one in gone["gone"])
    done = run(*words)
    assert "0 verdicts, 0 judges and 0 demonstrations gone" in done.out

    done = run("store", "prune", folder, "--model", "openai/one", "--study", "mine", "--plan")
    assert (done.code, done.out.count("would go")) == (0, 2)
    done = run("store", "prune", folder, "--model", "openai/one", "--study", "mine", "--json", "p.json")
    assert done.code == 0, done.err
    assert {entry.get("study", entry.get("model")) for entry in read(tmp_path / "p.json")["gone"]} == {"mine", identity}
    assert run("store", "list", folder, "--json", "l.json").code == 0
    assert [one["verdicts"] for one in read(tmp_path / "l.json")["stores"]] == [0]
    assert read(tmp_path / "l.json")["studies"] == []
    assert openai_server.stats()["requests"] == requests


def _but_sizes(listed: dict[str, Any]) -> list[dict[str, Any]]:
    """What a list says; a file is as long as its log, which is folded into it when a connection is let go."""
    return [{**entry, "bytes": None} for entry in (*listed["stores"], *listed["studies"])]


def test_age_and_what_is_not_there(run: Callable[..., Any], tmp_path: Path) -> None:
    from alia_judge.compiling.study.kept import kept_studies
    from alia_judge.compiling.study.storage import open_storage
    from alia_judge.compiling.study.study import SearchStudy

    url = f"sqlite:///{tmp_path / 'empty.db'}"
    SearchStudy(open_storage(url), "never asked", {}, ())
    (tmp_path / "other.db").write_bytes(b"no database")
    done = run("store", "prune", tmp_path, "--older-than", 1)
    assert (done.code, "'never asked' of 0 trials" in done.out) == (0, True)
    assert kept_studies(url) == []
    done = run("store", "prune", tmp_path, "--study", "mine")
    assert (done.code, "has no 'mine'" in done.err) == (2, True)
    assert run("store", "prune", tmp_path).code == 2
    done = run("store", "list", tmp_path / "nowhere")
    assert (done.code, "no such file or folder" in done.err) == (2, True)
    done = run("store", "list", tmp_path / "other.db")
    assert (done.code, "is no store of verdicts" in done.err) == (2, True)
    (tmp_path / "items.csv").write_text("item_id,response\na,x\n")
    done = run("store", "forget", tmp_path, tmp_path / "items.csv", "--conversation", "b")
    assert (done.code, "has no item and no conversation 'b'" in done.err) == (2, True)


def test_an_item_is_forgotten_however_it_was_asked_about(tmp_path: Path) -> None:
    """As a pair in both orders, one by one, and as a demonstration of any judge, members' included."""
    pair = Item(item_id="a", prompt="p", response="first secret", response_b="second secret")
    other = Item(item_id="b", prompt="p", response="third")
    alone = Item(item_id="a", prompt="p", response="second secret")
    swapped = Item(item_id="a", prompt="p", response="second secret", response_b="first secret")
    plain = Configuration(parameters={"rubric": "one"})
    showing = Configuration(parameters={"members": [{"demos": [{**alone.fields(), "score": 4}]}]})
    verdict = Verdict(score=3.0)
    with VerdictStore(tmp_path / "v.db") as store:
        for item in (pair, swapped, alone, other):
            store.put(plain, "m", 0, [(item.digest(), verdict)])
        store.put(showing, "m", 0, [(other.digest(), verdict)])
        found = store.forget([pair])
        assert (found.verdicts, found.configurations) == (3, 0)
        found = store.forget([alone])
        assert (found.verdicts, found.configurations) == (1, 1)
        assert store.holds(plain, "m", 0, [other.digest()]) == [True]
        store.put(showing, "m", 0, [(other.digest(), verdict)])  # the store goes on
        assert len(store) == 2


@pytest.mark.parametrize("name", ["s.verdicts.db", "my-judge.verdicts.sqlite", "scores.verdicts.sqlite", "old.sqlite3"])
def test_every_store_of_a_folder_is_found_whichever_command_wrote_it(
    run: Callable[..., Any], read: Any, tmp_path: Path, name: str
) -> None:
    with VerdictStore(tmp_path / "kept" / name) as store:
        store.put(Configuration(parameters={"rubric": "terse"}), "m", 0, [("ab12", Verdict(score=4.0))])
    (tmp_path / "kept" / "photo.sqlite").write_bytes(b"no database")
    done = run("store", "list", tmp_path / "kept", "--json", tmp_path / "l.json")
    assert done.code == 0, done.err
    assert [one["verdicts"] for one in read(tmp_path / "l.json")["stores"]] == [1]
