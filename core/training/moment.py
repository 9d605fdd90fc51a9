"""Which moments of a training are kept: the ends of its epochs, and its start within them.

Most of what a network becomes it becomes in its first batches, so the first epoch is kept after 1,
2, 4, 8 and so on batches, the second at its quarters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from core.models.cost import total_parameters
from core.training.spec import TrainingSpec

BUDGET: Final = 50_000_000
"""Bytes that the snapshots of one run may take; larger networks are kept every few epochs."""
OVERHEAD: Final = 40_000
"""Bytes of a snapshot beside its weights: names, and the outputs of some thousands of images."""
FEWEST_WITHIN: Final = 4
"""Moments within the first epochs that an epoch more is not kept for."""
GLANCES: Final = 0.02
"""Share of a training's work that its looks at validation images within epochs may add."""
EPOCHS_WITHIN: Final = 2
"""The epochs that are kept within."""
_BACKWARD: Final = 3
"""Work of a training image, forward and backward, in those of one that is only looked at."""
_DENSE: Final = 64
_STEM: Final = re.compile(r"epoch-([0-9]{1,6})|within-([0-9]{3})-([0-9]{5})-([0-9]{5})")


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A moment of a training.

    Attributes:
        epoch: Epochs that had ended.
        batch: Batches of the next one that had, 0 at the end of an epoch.
        batches: Of an epoch; 1 where that has no say.

    >>> Moment(0, 8, 32).place, Moment(3).stem, Moment(0, 8, 32).stem
    (0.25, 'epoch-003', 'within-000-00008-00032')
    """

    epoch: int
    batch: int = 0
    batches: int = 1

    @property
    def place(self) -> float:
        """Where it lies on an axis of epochs."""
        return self.epoch + self.batch / self.batches

    @property
    def stem(self) -> str:
        """Name of its file."""
        if not self.batch:
            return f"epoch-{self.epoch:03d}"
        return f"within-{self.epoch:03d}-{self.batch:05d}-{self.batches:05d}"


def moment_of(stem: str) -> Moment | None:
    """The moment of a file's name, None for another file.

    >>> moment_of("within-001-00030-00060"), moment_of("epoch-12"), moment_of("notes")
    (Moment(epoch=1, batch=30, batches=60), Moment(epoch=12, batch=0, batches=1), None)
    """
    found = _STEM.fullmatch(stem)
    if found is None:
        return None
    if found[1] is not None:
        return Moment(int(found[1]))
    batch, batches = int(found[3]), int(found[4])
    return Moment(int(found[2]), batch, batches) if 0 < batch < batches else None


def stride(spec: TrainingSpec) -> int:
    """A snapshot is kept every so many epochs (and of the last), to stay within the budget."""
    room = max(_room(spec) - FEWEST_WITHIN, 2)
    if spec.epochs + 1 <= room:
        return 1
    # The first and the last are kept whatever the stride is.
    return math.ceil(spec.epochs / max(room - 2, 1))


def within(spec: TrainingSpec, batches: int) -> tuple[Moment, ...]:
    """The moments within the first two epochs that are kept.

    Args:
        spec: What is trained.
        batches: Of an epoch.

    >>> from core.models.zoo.entries import paper_network
    >>> spec = TrainingSpec(dataset="a", fingerprint="b", prepared="c", epochs=5, batch_size=32,
    ...     learning_rate=1e-3, model=paper_network(28, ("normal", "fracture")))
    >>> [(moment.epoch, moment.batch) for moment in within(spec, 20)]
    [(0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (1, 5), (1, 10), (1, 15)]
    """
    doubled = [2**power for power in range(batches.bit_length()) if 2**power < batches]
    quarters = sorted({batches * part // 4 for part in (1, 2, 3)} - {0})
    wished = [Moment(0, batch, batches) for batch in doubled]
    if spec.epochs > 1:
        wished += [Moment(1, batch, batches) for batch in quarters if batch < batches]
    left = _room(spec) - len({*range(0, spec.epochs, stride(spec)), spec.epochs})
    return _evenly(wished, max(left, 0))


def glanced(spec: TrainingSpec, *, train: int, validation: int, moments: int) -> int:
    """How many validation images are looked at within an epoch: as many as cost next to nothing.

    Args:
        spec: What is trained.
        train, validation: Images of both parts.
        moments: Looks that are taken.

    >>> from core.models.zoo.entries import paper_network
    >>> spec = TrainingSpec(dataset="a", fingerprint="b", prepared="c", epochs=10, batch_size=32,
    ...     learning_rate=1e-3, model=paper_network(28, ("normal", "fracture")))
    >>> glanced(spec, train=2500, validation=600, moments=10)
    162
    """
    work = spec.epochs * (_BACKWARD * train + validation)
    return min(validation, int(GLANCES * work / max(moments, 1)))


def film(moments: Iterable[Moment], *, ended: bool) -> tuple[Moment, ...]:
    """The moments that are shown of all that are kept, in their order.

    All within epochs and of the first 64 epochs, of the next 64 every second, of the next 128
    every fourth and so on: what is shown of a run that goes on begins with what was shown before.

    Args:
        moments: That are kept.
        ended: Whether the run has: its last moment is then shown in any case.

    >>> shown = film(map(Moment, range(0, 301)), ended=True)
    >>> [moment.epoch for moment in shown][62:68], len(shown), shown[-1].epoch
    ([62, 63, 64, 66, 68, 70], 135, 300)
    """
    every = sorted(moments)
    shown = [one for one in every if one.batch or one.epoch % _sparse(one.epoch) == 0]
    if ended and every and every[-1] not in shown:
        shown.append(every[-1])
    return tuple(shown)


def _sparse(epoch: int) -> int:
    return 1 << max(0, (max(epoch - 1, 0) // _DENSE).bit_length())


def _room(spec: TrainingSpec) -> int:
    """Snapshots that fit into the budget."""
    return BUDGET // (2 * total_parameters(spec.model) + OVERHEAD)


def _evenly(moments: list[Moment], most: int) -> tuple[Moment, ...]:
    """At most so many of them, the first among them."""
    if len(moments) <= most:
        return tuple(moments)
    places = {round(place * len(moments) / most) for place in range(most)} if most else set()
    return tuple(moments[place] for place in sorted(places))
