"""``python3 -m dashboard transfer``: measure four ways to begin, for the lesson on it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import LessonError
from core.evaluation import resampling
from core.evaluation.baselines import Part, strata, without_pixels
from core.evaluation.estimate import Estimate
from core.models.weights import WEIGHTS_FILE
from core.npz import read_npz
from core.prepared import PreparedSet
from core.training.results import PREDICTIONS
from core.transfer.account import MEASURES, Exam, points
from core.transfer.plan import NOTHING, PASSES, SIZE, TUNED_LAYERS, Trial, trials
from dashboard.commands.data import ProgressBar
from dashboard.commands.loading import load_quietly
from dashboard.commands.measuring import add_measure_group
from data.models import pretrained
from data.models.shipped import shipped_models
from data.ready.transfer_runs import Transfer, write_transfer
from data.sets.preparation import prepare
from data.sets.registry import cache_root

DATASET: Final = "fracatlas"
SMALL: Final = "paper-fracatlas"
FIRST: Final = "convolution_1/kernel"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the group ``transfer`` with its command."""
    add_measure_group(
        subparsers,
        "transfer",
        help_="measure the ready runs of the lesson on transfer",
        about=__doc__,
        run=run,
    )


def run(args: argparse.Namespace) -> int:
    """Do what was asked; return the exit code.

    Raises:
        LessonError: What a person can mend; the command line says it and returns 2.
    """
    prepared = prepare(DATASET, root=args.data, size=SIZE, progress=ProgressBar())
    load_quietly("core.transfer.course")
    from core.transfer.course import measured

    backbone = pretrained.read_backbone()
    planned = trials()
    found = measured(
        prepared,
        backbone,
        cache_root() / "transfer",
        planned,
        say=lambda line: print(line, flush=True),
    )
    _write(prepared, backbone, planned, found)
    return 0


def _write(
    prepared: PreparedSet,
    backbone: Mapping[str, NDArray[Any]],
    planned: Sequence[Trial],
    found: Mapping[str, Mapping[str, NDArray[Any]]],
) -> None:
    test = prepared.indices("test")
    first = len(prepared.indices("validation"))
    exam = Exam(
        labels=prepared.labels[test],
        groups=prepared.groups[test],
        strata=strata(prepared.metadata, prepared.metadata_names)[test],
    )
    # As they are shipped: figures and outputs say the same.
    shipped = {name: one["logits"][first:].astype(np.float16) for name, one in found.items()}
    seen = {
        name: {**one, "logits": shipped[name].astype(np.float64)} for name, one in found.items()
    }
    sizes = {name: array.size for name, array in backbone.items()}
    upper = sum(size for name, size in sizes.items() if name.startswith(TUNED_LAYERS))
    made = Transfer(
        points=points(exam, planned, seen),
        blind=_blind(prepared, exam),
        small=_small(exam),
        trained=upper / sum(sizes.values()),
        weights=sum(sizes.values()),
        size=SIZE,
        passes=PASSES,
    )
    whole = found[max((one for one in planned if one.way == NOTHING), key=_share).name]
    kernels = {
        "photographs": np.asarray(backbone["stem/kernel"], np.float32),
        "xrays": read_npz(shipped_models()[SMALL].path.with_name(WEIGHTS_FILE))[FIRST],
        "start": whole["start"],
        "end": whole["end"],
    }
    outputs = {"labels": exam.labels, "groups": exam.groups, "strata": exam.strata, **shipped}
    write_transfer(made, kernels, outputs)
    for one in made.points:
        figures = ", ".join(f"{name} {one.figures[name].plain()}" for name in MEASURES)
        lead = "" if one.lead is None else f", lead {one.lead['auc'].plain()}"
        print(f"{one.way} {one.share:.0%}, X-rays {one.count:,}: {figures}{lead}")


def _share(trial: Trial) -> float:
    return trial.share


def _small(exam: Exam) -> dict[str, Estimate]:
    """What the shipped small network reaches on the same X-rays, by measure.

    Raises:
        LessonError: ``ready.other-test`` where it was asked others.
    """
    kept = read_npz(shipped_models()[SMALL].path.with_name(PREDICTIONS))
    if not np.array_equal(kept["test_labels"], exam.labels):
        raise LessonError(
            "ready.other-test",
            problem="The shipped small network was asked other X-rays.",
            remedy="Take the copy of FracAtlas with which it was trained.",
        )
    draws = resampling.draw(exam.groups)
    scores = kept["test_scores"].astype(np.float64)
    return {name: exam.figure(name, scores, draws).estimate() for name in MEASURES}


def _blind(prepared: PreparedSet, exam: Exam) -> dict[str, Estimate]:
    """AUC of forests that see no pixel, by what they know."""
    train, validation, test = (
        Part(
            labels=prepared.labels[prepared.indices(part)],
            metadata=prepared.metadata[prepared.indices(part)],
            names=prepared.metadata_names,
        )
        for part in ("train", "validation", "test")
    )
    draws = resampling.draw(exam.groups)
    return {
        one.name: one.figures.auc.estimate()
        for one in without_pixels(train, validation, test, draws, num_classes=len(prepared.classes))
    }
