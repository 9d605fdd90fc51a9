"""The figures of the shipped networks, computed anew from their stored outputs.

    LIGHTBOX_FRACATLAS=DIR .venv/bin/python -m benchmarks.shipped_figures [--write]

No network is asked and no test part is opened again: the outputs are those of the one time it
was. The images are prepared as they were then, for their labels, groups and metadata, and their
fingerprint must be the card's. With ``--write`` cards, READMEs and stored predictions follow.
"""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

import numpy as np

from core.evaluation.logits import balanced_weights
from core.evaluation.report import EvaluationReport, summary_lines
from core.evaluation.scoring import evaluate
from core.prepared import PreparedSet
from core.training import results
from core.training.spec import TrainingSpec
from data.models.shipped import FOLDER, ShippedModel, rewrite_card, shipped_models
from data.sets.preparation import prepare


def main() -> None:
    """Print, and write where asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--root", type=Path, help="of FracAtlas (default: LIGHTBOX_FRACATLAS)")
    options.add_argument("--write", action="store_true", help="cards and predictions too")
    chosen = options.parse_args()
    for model in shipped_models().values():
        prepared = prepared_of(model, chosen.root)
        report = rescored(model, prepared, FOLDER)
        print(f"\n{model.title}")
        print("\n".join(summary_lines(report)), flush=True)
        if chosen.write:
            results.write_predictions(FOLDER / model.name, prepared, outputs(model, FOLDER))
            rewrite_card(model.name, report)


def prepared_of(model: ShippedModel, root: Path | None) -> PreparedSet:
    """The images that a shipped model was trained on."""
    words = shlex.split(str(model.card["command"]))
    count = int(words[words.index("--count") + 1]) if "--count" in words else None
    place = None if model.dataset == "synthetic" else root
    return prepare(model.dataset, root=place, size=model.spec.input_size, count=count)


def outputs(model: ShippedModel, folder: Path) -> dict[str, np.ndarray]:
    """What it said of validation and test images."""
    with np.load(folder / model.name / results.PREDICTIONS) as archive:
        return {part: archive[f"{part}_scores"] for part in ("validation", "test")}


def rescored(model: ShippedModel, prepared: PreparedSet, folder: Path) -> EvaluationReport:
    """Its report, by today's way of computing.

    Raises:
        ValueError: The images are not those it was trained on.
    """
    before = model.report
    if before is None or before.fingerprint != prepared.fingerprint:
        raise ValueError(f"{model.name} was trained on other images than {prepared.fingerprint}")
    spec = TrainingSpec.from_json({**model.card["training"], "prepared": str(prepared.folder)})
    seen = outputs(model, folder)
    labels = prepared.labels[prepared.indices("train")]
    weights = balanced_weights(labels, num_classes=len(prepared.classes))
    return evaluate(
        prepared,
        part="test",
        model=before.model,
        best_epoch=before.best_epoch,
        validation_scores=seen["validation"],
        scores=seen["test"],
        class_weights=tuple(map(float, weights)) if spec.class_weights else None,
        seed=spec.seed,
    )


if __name__ == "__main__":
    main()
