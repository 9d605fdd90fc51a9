"""What rate a search speaks for, by optimizer and seed, on sets that are prepared already.

``python3 -m benchmarks rate_search FOLDER...`` takes folders of prepared sets.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from core.models.zoo.entries import paper_network
from core.prepared import PreparedSet, open_prepared
from core.training.rate_search import Course, courses, growing
from core.training.spec import TrainingSpec

CASES = (("adam", 0), ("adam", 1), ("adam", 2), ("sgd", 0), ("momentum", 0))


def main() -> None:
    """Print one line a search."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    for folder in parser.parse_args().folders:
        prepared = open_prepared(folder)
        for optimizer, seed in CASES:
            begun = time.perf_counter()
            *_, course = search(prepared, optimizer, seed)
            found = course.suggestion()
            said = "no rate" if found is None else f"{found.rate:.2g} ({found.rule})"
            print(
                f"{folder.name} {optimizer} seed {seed}: {said}, {len(course.losses)} batches, "
                f"{course.end}, {time.perf_counter() - begun:.1f} s",
                flush=True,
            )


def search(prepared: PreparedSet, optimizer: str, seed: int) -> Iterator[Course]:
    """The paper's network on those images, in batches of 32."""
    from core.training.fit import losses_at

    spec = TrainingSpec(
        dataset=prepared.name,
        fingerprint=prepared.fingerprint,
        prepared=str(prepared.folder),
        model=paper_network(prepared.size, prepared.classes),
        epochs=1,
        batch_size=32,
        learning_rate=1.0,
        optimizer=optimizer,  # pyright: ignore[reportArgumentType]
        seed=seed,
    )
    rates = growing()
    return courses(rates, losses_at(spec, prepared, rates))


if __name__ == "__main__":
    main()
