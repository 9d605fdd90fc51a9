"""Where a training stands: written whole after each epoch, so that a kill costs one epoch at most.

The state (which epochs are done) travels inside the model's own file, a ZIP archive: two files
could not be replaced at once, and a kill between them would leave weights of one epoch with the
record of another.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from core.evaluation.epoch_metrics import EpochMetrics
from core.training.history import Epoch, best_of

CHECKPOINT: Final = "checkpoint.keras"
MODEL: Final = "model.keras"
STATE: Final = "lightbox.json"
FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class TrainingState:
    """What a resumed run must know besides weights and optimizer.

    Attributes:
        spec: The training's description as JSON, without the place of its data.
        epochs: Finished epochs.
    """

    spec: dict[str, Any]
    epochs: tuple[Epoch, ...]

    @property
    def done(self) -> int:
        """Finished epochs."""
        return len(self.epochs)

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the lowest validation loss so far."""
        return best_of(self.epochs)

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` is its inverse."""
        return {"format": FORMAT, "spec": self.spec, "epochs": [asdict(row) for row in self.epochs]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> TrainingState:
        """Rebuild what `to_json` wrote."""
        epochs = []
        for row in data["epochs"]:
            parts = {name: EpochMetrics(**row[name]) for name in ("train", "validation")}
            epochs.append(Epoch(**(row | parts)))
        return cls(data["spec"], tuple(epochs))


def write_archive(
    path: Path, save: Callable[[Path], None], *, state: TrainingState | None = None
) -> None:
    """Save a model so that ``path`` holds the old or the new file, never half of one.

    Args:
        path: Ends in ``.keras``.
        save: Writes the model to the path it is given.
        state: Put into the archive as well.
    """
    partial = path.with_name(f".{path.stem}.partial.keras")
    save(partial)
    if state is not None:
        with zipfile.ZipFile(partial, "a") as archive:
            archive.writestr(STATE, json.dumps(state.to_json()))
    partial.replace(path)


def read_state(folder: Path) -> TrainingState | None:
    """The state in a run's checkpoint; None where there is none or it cannot be read."""
    try:
        with zipfile.ZipFile(folder / CHECKPOINT) as archive:
            data = json.loads(archive.read(STATE))
        return TrainingState.from_json(data) if data.get("format") == FORMAT else None
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError):
        return None
