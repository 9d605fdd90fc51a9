"""Models that come with the project, and finding any model by the name a person types.

``data/models/<name>/`` holds ``model.keras``, ``card.json`` (what it is, how it was made, how it
does) and ``README.md`` (the same for people). The reference network has weights of its own form
(``data.models.pretrained``).
"""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.errors import LessonError
from core.evaluation.report import EvaluationReport, summary_lines
from core.jobs.folder import RunFolder, find_run
from core.models.spec import ModelSpec
from core.models.weights import WEIGHTS_FILE
from core.prepared import open_prepared
from core.reference.description import BACKBONE, FAMILIAR, WEIGHTS, reference_spec
from core.reference.description import NAME as REFERENCE
from core.training import results
from core.training.checkpoint import MODEL
from core.training.spec import TrainingSpec

FOLDER: Final = Path(__file__).resolve().parent
CARD: Final = "card.json"
README: Final = "README.md"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippedModel:
    """A trained network that is ready to answer, shipped or from a run.

    Attributes:
        name: Key: the folder's name, or the run's id.
        title: For people.
        path: The Keras file.
        card: What is known of it; empty for a run.
        spec: The network.
        threshold: An output at or above it is answered with ``spec.classes[1]``; None for more
            than two classes.
        dataset: Name of the dataset it was trained on.
        report: How it does; None for a run that was not evaluated.
    """

    name: str
    title: str
    path: Path
    card: Mapping[str, Any]
    spec: ModelSpec
    threshold: float | None
    dataset: str
    report: EvaluationReport | None


def shipped_models(folder: Path = FOLDER) -> dict[str, ShippedModel]:
    """All shipped models that can be taken apart, by name, in alphabetical order.

    Raises:
        LessonError: ``model.damaged`` where a card cannot be read or a file is missing.
    """
    cards = sorted(folder.glob(f"*/{CARD}"))
    return {card.parent.name: _read(card) for card in cards if card.parent.name != REFERENCE}


def reference_model(folder: Path = FOLDER) -> ShippedModel | None:
    """The reference network, which is asked and not taken apart; None where it is not here.

    Raises:
        LessonError: ``model.damaged`` as above.
    """
    card = folder / REFERENCE / CARD
    return _read(card) if card.is_file() else None


def eye_path(folder: Path = FOLDER) -> Path | None:
    """The backbone that looks at pictures for networks that cannot tell strange ones apart.

    None where the reference network is not here.
    """
    path = folder / REFERENCE / BACKBONE
    return path if path.is_file() else None


def find_model(name: str, *, folder: Path = FOLDER, runs: Path | None = None) -> ShippedModel:
    """The model of that name: a shipped one (the reference too), or the best epoch of a run.

    Args:
        name: A shipped model's name, a run's id, or the beginning of one that no other shares.
        folder: Where shipped models lie.
        runs: Where runs lie; None for the usual place.

    Raises:
        LessonError: ``model.unknown`` where neither has that name; ``model.missing`` for a run
            without a finished epoch; ``model.damaged``.
    """
    shipped = folder / name / CARD
    if Path(name).name == name and shipped.is_file():
        return _read(shipped)
    try:
        run = find_run(name, root=runs)
    except LessonError as error:
        if error.code != "run.unknown":
            raise
        known = ", ".join(sorted(card.parent.name for card in folder.glob(f"*/{CARD}")))
        raise LessonError(
            "model.unknown",
            problem=f"There is no model and no run named {name!r}.",
            remedy=f"Choose {known or 'a run'}, or the id of a run from: python3 -m dashboard runs",
        ) from error
    return _from_run(run)


def write_shipped(
    run: RunFolder, name: str, *, title: str, command: str, notes: str, folder: Path = FOLDER
) -> ShippedModel:
    """Make a shipped model of a finished run: the weights, the card and its README.

    Args:
        run: A finished run, whose test set was opened.
        name: Of the new folder.
        title: For people.
        command: What made the run, as typed.
        notes: What a person must know before using it: meaning of the labels, limits.
        folder: Where shipped models lie.

    Raises:
        LessonError: ``model.unfinished`` where the run has no test figures.
    """
    report, spec = run.evaluation(), run.spec()
    if report is None or report.part != "test":
        raise LessonError(
            "model.unfinished",
            problem=f"Run {run.id} was not evaluated on test images.",
            remedy="Let it finish before shipping it.",
        )
    if not (run.path / WEIGHTS_FILE).is_file():
        raise LessonError(
            "model.unfinished",
            problem=f"Run {run.id} comes from a version that did not keep {WEIGHTS_FILE}.",
            remedy="Train it again before shipping it.",
        )
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    (target / MODEL).write_bytes(run.model_path.read_bytes())
    # Its test scores tell what an output was worth; its weights are looked into without Keras.
    for file in (results.PREDICTIONS, WEIGHTS_FILE):
        shutil.copyfile(run.path / file, target / file)
    if (run.path / FAMILIAR).is_file():
        shutil.copyfile(run.path / FAMILIAR, target / FAMILIAR)
    card = _card(spec, report, title=title, command=command, notes=notes)
    count = _drawn(spec)
    if count is not None:
        card["count"] = count
    _write_card(target, card, report)
    return _read(target / CARD)


def rewrite_card(
    name: str, report: EvaluationReport, *, notes: str | None = None, folder: Path = FOLDER
) -> ShippedModel:
    """Put other figures of the same network on its card and into its README.

    Args:
        name: Of the shipped model.
        report: Made anew from the stored outputs.
        notes: Other notes for people; None keeps them.
        folder: Where shipped models lie.

    Raises:
        LessonError: ``model.unknown``, ``model.damaged``.
    """
    model = find_model(name, folder=folder, runs=folder)
    card = {**model.card, "report": report.to_json()}
    if notes is not None:
        card["notes"] = notes
    _write_card(folder / name, card, report)
    return _read(folder / name / CARD)


def _drawn(spec: TrainingSpec) -> int | None:
    """How many radiographs were drawn for a training; None for real ones, or where they are gone.

    Another number is another set with other parts, so whoever shows its images has to know.
    """
    try:
        options = open_prepared(Path(spec.prepared)).details.get("options", {})
    except LessonError:
        return None
    count = options.get("count")
    return count if isinstance(count, int) else None


def _write_card(place: Path, card: Mapping[str, Any], report: EvaluationReport) -> None:
    (place / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (place / README).write_text(_readme(card, report), encoding="utf-8")


def _card(
    spec: TrainingSpec, report: EvaluationReport, *, title: str, command: str, notes: str
) -> dict[str, Any]:
    # The folder of the prepared images is a place on one machine; it says nothing elsewhere.
    training = {key: value for key, value in spec.to_json().items() if key != "prepared"}
    return {
        "format": FORMAT,
        "title": title,
        "command": command,
        "notes": notes,
        "training": training,
        "report": report.to_json(),
    }


def _readme(card: Mapping[str, Any], report: EvaluationReport) -> str:
    lines = [
        f"# {card['title']}",
        "",
        str(card["notes"]),
        "",
        "Made with:",
        "",
        f"    {card['command']}",
        "",
        "Measured:",
        "",
        *(f"    {line}" for line in summary_lines(report)),
        "",
        "Not a medical device: for teaching only.",
    ]
    return "\n".join(lines) + "\n"


def _read(card_path: Path) -> ShippedModel:
    try:
        found = card_path.stat()
    except OSError as error:
        raise _damaged(card_path.parent.name, f"its card cannot be read ({error})") from error
    model = _read_once(card_path, found.st_mtime_ns, found.st_size)
    if not model.path.is_file():
        raise _damaged(model.name, f"{model.path.name} is missing")
    return model


# Every page that offers networks asks for all of them at each rerun; their cards hold reports.
@functools.lru_cache(maxsize=32)
def _read_once(card_path: Path, _changed: int, _size: int) -> ShippedModel:
    name = card_path.parent.name
    try:
        card = json.loads(card_path.read_text(encoding="utf-8"))
        report = EvaluationReport.from_json(card["report"])
        spec, dataset = _described(name, card)
        title = str(card["title"])
    except (OSError, ValueError, KeyError, TypeError, LessonError) as error:
        raise _damaged(name, f"its card cannot be read ({error})") from error
    return ShippedModel(
        name=name,
        title=title,
        path=card_path.with_name(WEIGHTS if name == REFERENCE else MODEL),
        card=card,
        spec=spec,
        threshold=report.threshold,
        dataset=dataset,
        report=report,
    )


def _described(name: str, card: Mapping[str, Any]) -> tuple[ModelSpec, str]:
    """What a model is built of, and the dataset it was trained on."""
    if name == REFERENCE:
        return reference_spec(), str(card["dataset"])
    return ModelSpec.from_json(card["training"]["model"]), str(card["training"]["dataset"])


def _from_run(run: RunFolder) -> ShippedModel:
    spec, report = run.spec(), run.evaluation()
    if not run.model_path.is_file():
        raise LessonError(
            "model.missing",
            problem=f"Run {run.id} has no finished epoch, and so no model yet.",
            remedy="Wait for its first epoch, or choose another run.",
        )
    # Before an evaluation there is no chosen threshold; one half is where the two classes meet.
    plain = 0.5 if spec.model.outputs == 1 else None
    return ShippedModel(
        name=run.id,
        title=f"{spec.model.name}, trained on {spec.dataset} ({run.id})",
        path=run.model_path,
        card={},
        spec=spec.model,
        threshold=plain if report is None else report.threshold,
        dataset=spec.dataset,
        report=report,
    )


def _damaged(name: str, problem: str) -> LessonError:
    return LessonError(
        "model.damaged",
        problem=f"The shipped model {name} is damaged: {problem}.",
        remedy="Fetch the project again, or choose another model.",
    )
