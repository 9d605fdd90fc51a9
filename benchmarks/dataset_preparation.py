"""How long a dataset takes to be ready: prepared from its files, and opened again.

    python benchmarks/dataset_preparation.py [DATASET] [--root DIR] [--sizes 64 128]

Prints, for each size, the seconds of the first call (and of the processor: on a busy machine the
figure to compare), of the next one in the same process and of
the first one in a fresh process, and the ratio. The cache of this run is thrown away.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

FRESH = """
import sys, time
started = time.perf_counter()
from pathlib import Path
from data.sets import preparation
imported = time.perf_counter()
root = Path(sys.argv[2]) if sys.argv[2] else None
preparation.prepare(sys.argv[1], root=root, size=int(sys.argv[3]))
print(imported - started, time.perf_counter() - imported)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How long a dataset takes.")
    parser.add_argument("dataset", nargs="?", default="fracatlas")
    parser.add_argument("--root", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128])
    chosen = parser.parse_args()
    from data.sets import preparation  # after the root is on the path

    with tempfile.TemporaryDirectory() as home:
        os.environ["LIGHTBOX_CACHE"] = home
        print(
            "size  images  prepare s (CPU s)  open s  fresh process s (imports s)  prepare / open"
        )
        for size in chosen.sizes:
            started, busy = time.perf_counter(), time.process_time()
            prepared = preparation.prepare(chosen.dataset, root=chosen.root, size=size)
            made, worked = time.perf_counter() - started, time.process_time() - busy
            started = time.perf_counter()
            preparation.prepare(chosen.dataset, root=chosen.root, size=size)
            again = time.perf_counter() - started
            fresh = subprocess.run(
                [sys.executable, "-c", FRESH, chosen.dataset, str(chosen.root or ""), str(size)],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            imports, opened = map(float, fresh.stdout.split())
            print(
                f"{size:4d}  {len(prepared):6,d}  {made:9.2f} ({worked:5.1f})  {again:6.3f}  "
                f"{opened:15.3f} ({imports:.2f})  {made / again:21.0f}"
            )


if __name__ == "__main__":
    main()
