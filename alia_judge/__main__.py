"""``python -m alia_judge``: the command line."""

from alia_judge.cli import main

if __name__ == "__main__":
    main()
