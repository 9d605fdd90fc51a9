"""The paper's network on FracAtlas at 64 pixels: what a grouped and a random split make of it.

    LIGHTBOX_FRACATLAS=DIR .venv/bin/python -m benchmarks.fracatlas_paper_network

Both trainings differ in the split alone, and so in their test images. Prints the test figures with
their intervals, and what is reached without a network.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path
from typing import Literal

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from core.evaluation.report import summary_lines
from core.jobs import tasks
from core.jobs.folder import create_run
from core.models.zoo.entries import paper_network
from core.training.spec import TrainingSpec
from data.sets.preparation import prepare

SIZE = 64


def main() -> None:
    """Train twice and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--root", type=Path, help="of FracAtlas (default: LIGHTBOX_FRACATLAS)")
    options.add_argument("--epochs", type=int, default=12)
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for split in ("grouped", "random"):
            print(f"\n{split} split, {SIZE} px, best of {chosen.epochs} epochs, seed {chosen.seed}")
            lines = trained(split, chosen.root, chosen.epochs, chosen.seed, runs=Path(folder))
            print("\n".join(lines), flush=True)


def trained(
    split: Literal["grouped", "random"], root: Path | None, epochs: int, seed: int, *, runs: Path
) -> list[str]:
    """The summary of one training on one split."""
    prepared = prepare("fracatlas", root=root, size=SIZE, split=split, seed=seed)
    spec = TrainingSpec(
        dataset="fracatlas",
        fingerprint=prepared.fingerprint,
        prepared=str(prepared.folder),
        model=paper_network(SIZE, prepared.classes),
        epochs=epochs,
        batch_size=32,
        learning_rate=1e-3,
        seed=seed,
    )
    run = create_run(spec, root=runs)
    tasks.train(str(run.path), False)
    report = run.evaluation()
    if report is None:
        raise RuntimeError(f"no evaluation: {run.failure()}")
    return summary_lines(report)


if __name__ == "__main__":
    main()
