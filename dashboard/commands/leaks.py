"""``python3 -m dashboard leaks``: measure what each flaw does to a score, for the laboratory."""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.evaluation.logits import scores
from core.evaluation.thresholds import answers, choose_threshold
from core.explain.overlap import overlap
from core.marks import Box, Marks
from core.npz import read_npz
from core.prepared import SPLITS, PreparedSet
from core.training.checkpoint import MODEL
from core.training.results import EVALUATION, PREDICTIONS, evaluated
from dashboard.commands.data import ProgressBar
from dashboard.commands.loading import load_quietly
from dashboard.commands.measuring import add_measure_group
from data import flaws
from data.arrangement import stamp_box, stamped
from data.ready import leak_runs as leaks
from data.ready.leak_runs import Experiment, Outcome
from data.sets.preparation import prepare
from data.sets.registry import cache_root

EXPLAINED: Final = 40
"""Stamped fractures of the validation part whose heat maps are looked at."""
SHOWN: Final = 3
"""Synthetic radiographs that are shipped with their heat maps."""
_UNNAMED: Final = {"fingerprint": "", "prepared": ""}
"""What a training's name does not depend on: where its set lies, and its test part."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the group ``leaks`` with its command."""
    add_measure_group(
        subparsers,
        "leaks",
        help_="measure the ready runs of the leak laboratory",
        about=__doc__,
        run=run,
    )


def run(args: argparse.Namespace) -> int:
    """Do what was asked; return the exit code.

    Raises:
        LessonError: What a person can mend; the command line says it and returns 2.
    """
    load_quietly("core.training.fit")
    found: list[Experiment] = []
    pictures: dict[str, NDArray[Any]] = {}
    for name, seeds in leaks.SEEDS.items():
        prepared = prepare(
            name,
            root=args.data if name != "synthetic" else None,
            size=leaks.SIZE,
            count=leaks.COUNT if name == "synthetic" else None,
            progress=ProgressBar(),
        )
        for flaw in flaws.possible(prepared):
            sides: tuple[list[Outcome], list[Outcome]] = ([], [])
            for seed in range(seeds):
                pair = flaws.pair(prepared, flaw, seed=seed)
                files = [_trained(one, seed) for one in pair]
                for side, file, one in zip(sides, files, pair, strict=True):
                    side.append(_outcome(one, file, pair[1], flaw))
                if flaw == flaws.STAMP and name == "synthetic" and not pictures:
                    pictures = _pictures(pair[1], files)
            one = leaks.experiment(name, flaw, *sides)
            found.append(one)
            print(
                f"{name} {flaw}: seen {one.honest.seen.value:.3f} -> {one.spoiled.seen.value:.3f},"
                f" test {one.honest.test.value:.3f} -> {one.spoiled.test.value:.3f},"
                f" change {one.change.plain()}, evidence {one.honest.evidence}"
                f" {one.spoiled.evidence} of {one.area}, alarms {one.spoiled.alarms}",
                flush=True,
            )
    leaks.write_leaks(found, pictures)
    return 0


def _trained(prepared: PreparedSet, seed: int) -> Path:
    """The folder of a finished training; trained now where it is not there.

    Its name follows from what was learned and validated from: sets that differ in their test part
    only share it.
    """
    from core.training.fit import fit

    spec = leaks.recipe(prepared, seed=seed, opens_test=False)
    digest = hashlib.sha256(json.dumps({**spec.to_json(), **_UNNAMED}, sort_keys=True).encode())
    seen = np.flatnonzero(prepared.split != SPLITS.index("test"))
    for array in (prepared.images[seen], prepared.labels[seen], prepared.split[seen]):
        digest.update(np.ascontiguousarray(array).tobytes())
    place = cache_root() / "leaks" / digest.hexdigest()[:12]
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as made:
            folder = Path(made) / "run"
            folder.mkdir()
            fit(spec, prepared, folder, emit=lambda event: None, asked_to_stop=lambda: False)
            kept = Path(made) / "kept"
            kept.mkdir()
            for file in (MODEL, EVALUATION, PREDICTIONS):
                (folder / file).replace(kept / file)
            kept.replace(place)
    return place


def _outcome(prepared: PreparedSet, folder: Path, spoiled: PreparedSet, flaw: str) -> Outcome:
    validation, test = (prepared.indices(part) for part in ("validation", "test"))
    seen = read_npz(folder / PREDICTIONS)["validation_scores"].astype(np.float64)
    evidence, area, alarms = float("nan"), float("nan"), (float("nan"), float("nan"))
    if flaw == flaws.STAMP:
        maps = _maps(folder, _stamped_fractures(spoiled))
        box = Marks(size=(leaks.SIZE, leaks.SIZE), boxes=(stamp_box(leaks.SIZE),))
        whole = Box(0, 0, leaks.SIZE, leaks.SIZE)
        each = [overlap(one, box, picture=whole) for one in maps]
        evidence, area = float(np.nanmean([one.evidence for one in each])), each[0].area
        threshold = choose_threshold(prepared.labels[validation], seen)
        plain = np.asarray(prepared.images[test[prepared.labels[test] == 0]])
        alarms = (
            float(answers(_scores(folder, plain), threshold=threshold).mean()),
            float(answers(_scores(folder, stamped(plain)), threshold=threshold).mean()),
        )
    return Outcome(
        validation_labels=prepared.labels[validation],
        validation_groups=prepared.groups[validation],
        validation_scores=seen,
        labels=prepared.labels[test],
        groups=prepared.groups[test],
        scores=_scores(folder, np.asarray(prepared.images[test])),
        learned=len(prepared.indices("train")),
        epoch=evaluated(folder)[1] or 0,
        evidence=evidence,
        area=area,
        alarms=alarms,
    )


def _scores(folder: Path, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    from core.jobs.loaded import predict

    return scores(predict(str(folder / MODEL), images)).astype(np.float64)


def _stamped_fractures(spoiled: PreparedSet) -> NDArray[np.uint8]:
    validation = spoiled.indices("validation")
    fractured = validation[spoiled.labels[validation] == 1]
    return np.asarray(spoiled.images[fractured[:EXPLAINED]])


def _maps(folder: Path, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """What the network's last maps say of "fracture" in each image, (S, S)."""
    from core.explain.gradcam import class_map
    from core.jobs.loaded import load_model

    model = load_model(str(folder / MODEL))
    return [class_map(model, image.astype(np.float32), class_index=1).map for image in images]


def _pictures(spoiled: PreparedSet, files: list[Path]) -> dict[str, NDArray[Any]]:
    images = _stamped_fractures(spoiled)[:SHOWN]
    maps = {
        name: np.stack(_maps(file, images)).astype(np.float16)
        for name, file in zip(("honest", "spoiled"), files, strict=True)
    }
    return {"images": images, **maps}
