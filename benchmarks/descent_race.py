"""A race of eight optimizers over 500 steps, computed by core.

    python benchmarks/descent_race.py [--steps 500] [--repeats 20]

Prints for each surface the milliseconds of the whole race: by the clock, and of the processor
alone, which other programs on the machine do not lengthen.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from core.descent.fitted import neuron_data, neuron_surface  # noqa: E402
from core.descent.rules import RULES  # noqa: E402
from core.descent.surfaces import SURFACES  # noqa: E402
from core.descent.trajectory import race  # noqa: E402


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--steps", type=int, default=500)
    options.add_argument("--repeats", type=int, default=20)
    chosen = options.parse_args()
    surfaces = [*SURFACES.values(), neuron_surface(neuron_data())]
    rates = dict.fromkeys(RULES, 1e-3)
    print(f"{len(RULES)} optimizers, {chosen.steps} steps, milliseconds for the whole race")
    for surface in surfaces:
        taken, worked = [], []
        for _ in range(chosen.repeats):
            begun, busy = time.perf_counter(), time.process_time()
            race(surface, list(RULES), start=surface.start, rates=rates, steps=chosen.steps)
            taken.append(1000 * (time.perf_counter() - begun))
            worked.append(1000 * (time.process_time() - busy))
        print(
            f"{surface.name:12s} median {statistics.median(taken):6.1f}  worst {max(taken):6.1f}"
            f"  processor {statistics.median(worked):6.1f}"
        )


if __name__ == "__main__":
    main()
