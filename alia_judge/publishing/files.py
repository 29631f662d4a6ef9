"""`FilesInPlace`: a published directory's files by name and size, each read only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

__all__ = ["FilesInPlace"]


class FilesInPlace(Mapping[str, bytes]):
    """Files that are known by name and size, and read one by one.

    Parameters
    ----------
    sizes
        The length of each in bytes, by its name relative to the directory.
    read
        Gives a file's bytes, at most so many: a file that has grown since is not read whole.
    """

    def __init__(self, sizes: Mapping[str, int], read: Callable[[str, int], bytes]) -> None:
        self.sizes = dict(sizes)
        self._read = read

    def __getitem__(self, name: str) -> bytes:
        return self._read(name, self.sizes[name] + 1)

    def __iter__(self) -> Iterator[str]:
        return iter(self.sizes)

    def __len__(self) -> int:
        return len(self.sizes)
