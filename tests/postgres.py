"""A PostgreSQL server of the tests' own, that can be restarted; not one that runs on the machine already."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

import pytest


class PostgresServer:
    """A server with one empty database.

    Parameters
    ----------
    folder
        Where its data are; deleted by whoever made it.
    """

    def __init__(self, folder: Path) -> None:
        initdb, self._server = (shutil.which(name) or _debian(name) for name in ("initdb", "postgres"))
        if self._server is None or initdb is None:
            pytest.skip("no PostgreSQL server's binaries (initdb, postgres) on this machine")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._folder, self._as_user = folder, _unprivileged(folder)
        made = subprocess.run(
            [*self._as_user, initdb, "-D", str(folder / "data"), "-U", "test", "-A", "trust"],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            pytest.skip(f"initdb does not run here: {made.stderr.strip().splitlines()[-1]}")
        self.url = f"postgresql://test@127.0.0.1:{self.port}/postgres"
        self._start()

    def restart(self, *, away: float = 0.0) -> None:
        """Stop it at once, as a machine that goes down does, and start it again after `away` seconds."""
        self._stop(signal.SIGQUIT)
        time.sleep(away)
        self._start()

    def close(self) -> None:
        """Stop it; it does not wait for clients to leave."""
        self._stop(signal.SIGINT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        folder = str(self._folder)
        options = ["-D", f"{folder}/data", "-p", str(self.port), "-k", folder, "-c", "listen_addresses=127.0.0.1"]
        self._process = subprocess.Popen(
            [*self._as_user, self._server, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(1200):  # a minute: a busy machine takes long to start a server
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    time.sleep(0.3)
                    return
            time.sleep(0.05)
        pytest.skip("the PostgreSQL server did not start")

    def _stop(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        self._process.wait(60)


def _debian(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else None


def _unprivileged(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: where we are, its own user does it."""
    if os.getuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("PostgreSQL does not run as root, and there is no setpriv to become another user")
    folder.chmod(0o777)
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
