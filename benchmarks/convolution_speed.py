"""`core.ops.convolution.convolve` beside OpenCV's `filter2D` and beside the readable loops.

    python benchmarks/convolution_speed.py [--rounds 300]

Both read the same float32 image, 256 x 256, with the same 7 x 7 kernel and a mirrored border, and
are timed in turns in one process, so that a neighbor's load meets both. Before, one large array is
made and freed, as any server has done that ran for a while: it lets the C library keep memory
instead of asking the system for fresh pages at each call.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from core.geometry import Padding  # noqa: E402
from core.ops.convolution import convolve, convolve_loops  # noqa: E402

SIDE, SIZE = 256, 7
MIB_16 = 16 * 2**20


def milliseconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    """Time both in turns and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args().rounds
    random = np.random.default_rng(0)
    image = random.random((SIDE, SIDE), dtype=np.float32)
    kernel = random.standard_normal((SIZE, SIZE), dtype=np.float32)
    np.ones(MIB_16, dtype=np.uint8)

    def ours() -> np.ndarray:
        return convolve(image, kernel, padding=Padding.REFLECT)

    def theirs() -> np.ndarray:
        return cv2.filter2D(image, cv2.CV_32F, kernel, borderType=cv2.BORDER_REFLECT_101)

    difference = float(np.abs(ours() - theirs()).max())
    pairs = [(milliseconds(ours), milliseconds(theirs)) for _ in range(rounds)]
    mine, cv = (sorted(column) for column in zip(*pairs, strict=True))
    a, b = statistics.median(mine), statistics.median(cv)
    print(
        f"image {SIDE} x {SIDE}, kernel {SIZE} x {SIZE}, float32, mirrored border, {rounds} rounds"
    )
    print(f"convolve  median {a:7.3f} ms  best {mine[0]:7.3f} ms")
    print(f"filter2D  median {b:7.3f} ms  best {cv[0]:7.3f} ms  (OpenCV {cv2.__version__})")
    print(f"ratio of medians {a / b:.2f}, of bests {mine[0] / cv[0]:.2f}")
    print(f"largest difference {difference:.1e}")
    loops = milliseconds(
        lambda: convolve_loops(
            image[..., None],
            kernel[..., None, None],
            np.zeros(1),
            padding=Padding.REFLECT,
        )
    )
    print(f"loops, once        {loops:9.0f} ms  ({loops / a:,.0f} times convolve)")


if __name__ == "__main__":
    main()
