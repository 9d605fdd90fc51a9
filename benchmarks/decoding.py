"""How fast pictures are read and refused, and how often a real X-ray is doubted.

    python -m benchmarks.decoding [--root FRACATLAS] [--size 64]

Prints, measured side by side in one run: reading a dataset file against Pillow's bare decoding of
it; the share of FracAtlas pictures that get a warning, and of their negatives that are noticed;
the time each refused sample of the tests takes.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from core.errors import LessonError
from data.pictures.appearance import colored_share, grays, histogram, looks_negative
from data.pictures.preprocess import decode_bytes, decode_file, inverted, prepare_image

ROOT = Path(__file__).resolve().parents[1]


def seconds(work: Callable[[], object]) -> float:
    """The quickest of three runs."""
    spent = []
    for _ in range(3):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return min(spent)


def bare(raw: bytes) -> object:
    """What reading costs without us: Pillow's decoding and gray conversion alone."""
    with Image.open(io.BytesIO(raw)) as image:
        return np.asarray(image.convert("L"))


def reading(paths: list[Path], size: int) -> None:
    """Our reading against Pillow's, file by file."""
    ours, theirs, sized = [], [], []
    for path in paths:
        raw = path.read_bytes()
        theirs.append(seconds(lambda raw=raw: bare(raw)))
        ours.append(seconds(lambda raw=raw: decode_bytes(raw)))
        gray = decode_bytes(raw).gray
        sized.append(seconds(lambda gray=gray: prepare_image(gray, size)))
    print(f"{len(paths)} files, median of each file's quickest of three")
    print(f"  Pillow alone       {1000 * statistics.median(theirs):7.2f} ms")
    print(f"  decode_bytes       {1000 * statistics.median(ours):7.2f} ms")
    print(f"  prepare_image({size:3}) {1000 * statistics.median(sized):7.2f} ms")
    print(f"  ratio of the sums  {sum(ours) / sum(theirs):7.2f}")


def doubts(paths: list[Path]) -> None:
    """How often the detectors speak up on real X-rays."""
    start = time.perf_counter()
    colored = negative = noticed = restored = doubted = 0
    brightest = 0.0
    dimmest = fewest = 256
    for path in paths:
        decoded = decode_file(path)
        colored += not decoded.looks_like_xray
        negative += decoded.inverted_suspected
        swapped = inverted(decoded)
        noticed += swapped.inverted_suspected
        restored += not inverted(swapped).inverted_suspected
        doubted += bool(decoded.warnings)
        brightest = max(brightest, float(decoded.gray.mean()))
        dimmest = min(dimmest, int(np.quantile(decoded.gray, 0.999)))
        fewest = min(fewest, grays(histogram(decoded.gray)))
    count = len(paths)
    print(f"{count} X-rays in {time.perf_counter() - start:.1f} s")
    print(f"  called a photograph    {colored} ({100 * colored / count:.2f} %)")
    print(f"  called a negative      {negative} ({100 * negative / count:.2f} %)")
    print(f"  negatives noticed      {noticed} ({100 * noticed / count:.2f} %)")
    print(f"  doubted at all         {doubted} ({100 * doubted / count:.2f} %)")
    print(f"  brightest mean         {brightest:.1f} of 255")
    print(f"  dimmest 99.9 %         {dimmest} of 255")
    print(f"  fewest grays           {fewest}")
    from sklearn.datasets import load_sample_images

    for photo in load_sample_images().images:
        gray = np.asarray(Image.fromarray(photo).convert("L"))
        print(
            f"  photograph: colored share {colored_share(photo):.2f}, "
            f"negative {looks_negative(gray)}"
        )


def refusals() -> None:
    """How long each refusal takes."""
    from tests.data.hostile import OK, samples

    spent = {}
    for name, (raw, expected) in samples().items():
        if expected.outcome != OK:
            spent[name] = seconds(lambda raw=raw, name=name: _refused(raw, name))
    slowest = max(spent, key=spent.__getitem__)
    print(f"{len(spent)} refusals, slowest {1000 * spent[slowest]:.1f} ms ({slowest})")


def _refused(raw: bytes, name: str) -> None:
    try:
        decode_bytes(raw, name=name)
    except LessonError:
        return
    raise AssertionError(f"{name} was not refused")


def main() -> None:
    """Print all three."""
    named = os.environ.get("LIGHTBOX_FRACATLAS")
    near = ROOT.parent / "shared" / "fracatlas" / "FracAtlas"
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--root", type=Path, default=Path(named) if named else near)
    parser.add_argument("--size", type=int, default=64)
    options = parser.parse_args()
    refusals()
    paths = sorted((options.root / "images").rglob("*.jpg"))
    if not paths:
        print(f"No X-rays below {options.root}: the other figures need FracAtlas (--root).")
        return
    reading(paths[::20], options.size)
    large = sorted((options.root.parent / "originals").glob("*fractured.jpg"))
    if large:
        reading(large, options.size)
    doubts(paths)


if __name__ == "__main__":
    main()
