"""``python3 -m benchmarks class``: run one of the measurements, in the project's environment.

Each is a module of this folder; what it measures stands in its first lines.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from dashboard import environment  # noqa: E402

SHORT = {"class": "classroom"}
"""Names that no module can have."""
PARTS = {"__main__", "student", "visitor", "class_chart"}


def names() -> list[str]:
    """What can be measured."""
    files = {path.stem for path in Path(__file__).parent.glob("*.py")}
    return sorted((files - PARTS - set(SHORT.values())) | set(SHORT))


def main(arguments: list[str]) -> int:
    """Return the exit code: 2 where no measurement has that name."""
    if not arguments or arguments[0] not in names():
        print("python3 -m benchmarks NAME [--help], where NAME is one of", file=sys.stderr)
        print("  " + "\n  ".join(names()), file=sys.stderr)
        return 2
    environment.ensure(ROOT / "requirements-dev.txt")
    if not environment.is_active():
        return environment.run_inside(["-m", "benchmarks", *arguments])
    name, sys.argv = arguments[0], [f"benchmarks {arguments[0]}", *arguments[1:]]
    importlib.import_module(f"benchmarks.{SHORT.get(name, name)}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
