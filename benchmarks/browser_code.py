"""How much JavaScript there is, and in how many files the same thing is done.

    python -m benchmarks.browser_code [REVISION ...]

Prints a column for each revision named, and one for the files as they are now: the table of
``docs/measurements.md``. What is published under ``static/`` is not counted.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LONGEST_FILE: Final = 400

Row = tuple[str, Callable[[Sequence[str]], int]]


def _files_with(pattern: str) -> Callable[[Sequence[str]], int]:
    return lambda texts: sum(bool(re.search(pattern, text)) for text in texts)


ROWS: Final[tuple[Row, ...]] = (
    ("files", len),
    ("lines", lambda texts: sum(text.count("\n") for text in texts)),
    (
        f"files over {LONGEST_FILE} lines",
        lambda texts: sum(text.count("\n") > LONGEST_FILE for text in texts),
    ),
    ("files that size a canvas", _files_with("devicePixelRatio")),
    ("files that choose an ink by luminance", _files_with(r"0\.2126|0\.299")),
    ("files that write numbers themselves", _files_with("toFixed|toExponential|toPrecision")),
    ("files that write words on a canvas", _files_with("fillText")),
    ("files that mount a component", _files_with(r"export default (function|\()")),
)


def present_texts() -> list[str]:
    """All scripts as they are now."""
    static = ROOT / "dashboard" / "static"
    paths = sorted((ROOT / "dashboard").rglob("*.js"))
    return [path.read_text("utf-8") for path in paths if static not in path.parents]


def texts_at(revision: str) -> list[str]:
    """All scripts of a revision."""
    names = _git("ls-tree", "-r", "--name-only", revision, "dashboard").splitlines()
    wanted = [name for name in names if name.endswith(".js") and "/static/" not in name]
    return [_git("show", f"{revision}:{name}") for name in wanted]


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return done.stdout.decode("utf-8")


def main() -> None:
    """Print the table."""
    revisions = sys.argv[1:]
    columns = [*(texts_at(revision) for revision in revisions), present_texts()]
    print(f"| the browser's code | {' | '.join([*revisions, 'now'])} |")
    print("|---" * (len(columns) + 1) + "|")
    for name, count in ROWS:
        print(f"| {name} | {' | '.join(f'{count(column):,}' for column in columns)} |")


if __name__ == "__main__":
    main()
