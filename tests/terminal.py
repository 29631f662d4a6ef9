"""A process on a terminal of its own, with somebody at the keys."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import termios
import time

#: The terminal is made its controlling one, so that Ctrl-C typed into it is a signal.
STARTED = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from alia_judge.cli import main
main()
"""


class Terminal:
    """A process with a terminal of its own, and all that it has shown."""

    def __init__(self, command: list[str], environment: dict[str, str], *, columns: int = 160) -> None:
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (40, columns))
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.shown = ""

    def read(self, until: str, seconds: float = 900.0) -> re.Match[str]:
        """Wait until a pattern is shown."""
        deadline = time.monotonic() + seconds
        while (found := re.search(until, self.shown)) is None:
            assert time.monotonic() < deadline, self.shown[-2000:]
            assert self._more() or re.search(until, self.shown), self.shown[-2000:]
        return found

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def end(self) -> int:
        """Wait until it has ended."""
        while self._more():
            pass
        os.close(self._master)
        return self.process.wait(timeout=900)

    def _more(self) -> bool:
        if not select.select([self._master], [], [], 60.0)[0]:
            return True
        try:
            read = os.read(self._master, 65536)
        except OSError:  # the other side is closed
            return False
        self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", read.decode("utf-8", "replace"))
        return bool(read)
