"""`HubStore`: a published directory in a repository on the Hugging Face Hub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alia_judge._advice import advice
from alia_judge._messages import message
from alia_judge.errors import ArtifactError
from alia_judge.publishing.files import FilesInPlace
from alia_judge.publishing.manifest import MANIFEST, listed_names

__all__ = ["HUB", "HubStore", "hub_errors"]

#: Prefix of a repository on the Hub.
HUB = "hf://"


@dataclass(frozen=True)
class HubStore:
    """A model repository on the Hugging Face Hub, through `huggingface_hub` and the user's own login.

    Parameters
    ----------
    repository
        ``ORG/NAME``.
    revision
        Branch, tag or commit; None is the main branch.
    """

    repository: str
    revision: str | None = None

    def push(
        self, files: Mapping[str, bytes], *, title: str, overwrite: bool = False, private: bool | None = None
    ) -> str:
        """As `Store.push`, in one commit."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

        api = HfApi()
        with hub_errors(self.repository, "written"):
            api.create_repo(self.repository, repo_type="model", private=private, exist_ok=True)
            there = {name for name in api.list_repo_files(self.repository, revision=self.revision) if name[:1] != "."}
            old = self._file(MANIFEST, self.revision).read_bytes() if MANIFEST in there else b""
            if old == files[MANIFEST] and there >= files.keys():
                found = api.model_info(self.repository, revision=self.revision)
                return f"{HUB}{self.repository}@{found.sha}"
            replaced = set(listed_names(old, like=files[MANIFEST])) if there else set()
            if there and not replaced:
                raise ArtifactError(
                    message(
                        "{hub}{repository}: the repository already holds {n} files and is not a published "
                        "judge; choose another name, or empty it yourself",
                        hub=HUB,
                        repository=self.repository,
                        n=len(there),
                    )
                )
            if there and not overwrite:
                raise ArtifactError(
                    message(
                        "{place}: a judge is published there already; choose another name, or give {overwrite}",
                        place=f"{HUB}{self.repository}",
                        overwrite=advice(python="overwrite=True", command="--overwrite"),
                    )
                )
            adds = [CommitOperationAdd(path_in_repo=name, path_or_fileobj=data) for name, data in files.items()]
            gone = sorted((replaced & there) - set(files))
            deletes = [CommitOperationDelete(path_in_repo=name) for name in gone]
            commit = api.create_commit(
                self.repository, operations=[*adds, *deletes], commit_message=title, revision=self.revision
            )
        return f"{HUB}{self.repository}@{commit.oid}"

    def pull(self) -> FilesInPlace:
        """As `Store.pull`: the manifest is fetched, and a file that it lists when it is asked for."""
        with hub_errors(self.repository, "read"):
            manifest = self._file(MANIFEST, self.revision)
            # The Hub's cache keeps each commit in a folder of its name: all files are read of the same one.
            commit = manifest.parent.name
            sizes = {MANIFEST: manifest.stat().st_size} | {
                name: size
                for name in listed_names(manifest.read_bytes())
                if (size := self._size(name, commit)) is not None
            }

        def read(name: str, most: int) -> bytes:
            with hub_errors(self.repository, "read"), self._file(name, commit).open("rb") as stream:
                return stream.read(most)

        return FilesInPlace(sizes, read)

    def _file(self, name: str, revision: str | None) -> Path:
        from huggingface_hub import hf_hub_download

        return Path(hf_hub_download(self.repository, name, revision=revision))

    def _size(self, name: str, commit: str) -> int | None:
        """How long a file is, before it is fetched; None where there is none of that name."""
        from huggingface_hub import get_hf_file_metadata, hf_hub_url, try_to_load_from_cache
        from huggingface_hub.errors import EntryNotFoundError

        cached = try_to_load_from_cache(self.repository, name, revision=commit)
        if isinstance(cached, str):
            return Path(cached).stat().st_size
        try:
            return get_hf_file_metadata(hf_hub_url(self.repository, name, revision=commit)).size
        except EntryNotFoundError:
            return None


def _status(error: BaseException | None) -> int | None:
    """What the Hub answered, where it is somewhere among an error's causes: its client takes some answers for none."""
    while error is not None:
        found = getattr(getattr(error, "response", None), "status_code", None)
        if found is not None:
            return int(found)
        error = error.__cause__ or error.__context__
    return None


@contextmanager
def hub_errors(repository: str, done: str) -> Iterator[None]:
    """Whatever the Hub or the network answers is one sentence that says what to do."""
    import httpx
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, RemoteEntryNotFoundError

    try:
        yield
    except (HfHubHTTPError, httpx.HTTPError, LocalEntryNotFoundError, OSError) as error:
        status = _status(error)
        if status == 401:
            why = message(
                "the Hub does not know you (401); log in with 'hf auth login', or set HF_TOKEN, to a private one"
            )
        elif status == 403:
            why = message("your token may not do that there (403); expected one with the right to; make or ask for one")
        elif type(error) is RemoteEntryNotFoundError:
            why = message(
                "it holds no {manifest}; expected what {writer} wrote",
                manifest=MANIFEST,
                writer=advice(python="publish_judge", command="alia-judge publish"),
            )
        elif status == 404:
            why = message("there is no such repository or revision, or it is private (404); check the name, or log in")
        elif status is not None:
            why = message("the Hub answered {status}; try again later", status=status)
        else:
            why = message("the Hub cannot be reached; check the network (and HF_HUB_OFFLINE), then run it again")
        raise ArtifactError(
            message("{hub}{repository}: cannot be {done}: {why}", hub=HUB, repository=repository, done=done, why=why)
        ) from error
