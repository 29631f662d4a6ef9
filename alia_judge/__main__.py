"""``alia-judge`` and ``python -m alia_judge``: the command line, which Ctrl-C ends with one line from the start."""

from __future__ import annotations

import os
import signal
import sys

from alia_judge._messages import _

__all__ = ["main"]


def main() -> None:
    """Run the command line; Ctrl-C is told in one line while it is still being imported, and while it ends, too."""
    try:
        from alia_judge.cli import main as run

        run()
    except KeyboardInterrupt:
        print(_("interrupted before anything was done; run the same command again"), file=sys.stderr)  # noqa: T201
        sys.stderr.flush()
        os._exit(130)
    except SystemExit:
        # All is done and told: a Ctrl-C has nothing to add while Python clears up.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise


if __name__ == "__main__":
    main()
