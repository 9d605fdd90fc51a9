"""All that is needed to repeat a training, as one validated value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, TypeAlias

from core.errors import LessonError
from core.models.layers import Dropout, Layer, Parallel, Residual
from core.models.spec import ModelSpec
from core.training.schedule import SCHEDULES, ScheduleName

OptimizerName: TypeAlias = Literal["adam", "sgd", "momentum", "rmsprop"]
OPTIMIZERS: tuple[OptimizerName, ...] = ("adam", "sgd", "momentum", "rmsprop")
MAX_EPOCHS = 1000
MAX_BATCH_SIZE = 1024
MAX_FOCAL_GAMMA = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """Random changes to training images, drawn anew for each image and epoch. All off by default.

    Attributes:
        flip: Mirror left and right in half of the cases.
        shift: Largest shift, as a share of the side, in each direction.
        rotation: Largest rotation, in degrees, either way.
        zoom: Largest relative change of size: 0.1 draws from 1/1.1 to 1.1.
        contrast: Largest relative change of contrast around the image's mean: 0.2 draws from
            0.8 to 1.2.
    """

    flip: bool = False
    shift: float = 0.0
    rotation: float = 0.0
    zoom: float = 0.0
    contrast: float = 0.0

    def __post_init__(self) -> None:
        limits = {"shift": 0.5, "rotation": 180.0, "zoom": 1.0, "contrast": 0.9}
        for name, high in limits.items():
            _check_range(name, getattr(self, name), low=0.0, high=high)

    @property
    def active(self) -> bool:
        """Whether anything is changed at all."""
        return self != Augmentation()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a person changed while a training went on, or before it went on again.

    Attributes:
        epoch: The first epoch that it holds for, from 1.
        learning_rate: Of the optimizer from then on; None: as before.
        epochs: How many epochs were asked for from then on; None: as before.
        dropout: Share dropped in each dropout layer from then on; None: as before.
        weight_decay: From then on; None: as before.
        augmentation: From then on; None: as before.
        class_weights: Whether each step counts every class the same from then on; None: as before.
            The curves go on counting as they began, so that they can be compared.
    """

    epoch: int
    learning_rate: float | None = None
    epochs: int | None = None
    dropout: float | None = None
    weight_decay: float | None = None
    augmentation: Augmentation | None = None
    class_weights: bool | None = None

    def __post_init__(self) -> None:
        _check_whole("epoch", self.epoch, low=1, high=MAX_EPOCHS)
        if self.learning_rate is not None:
            _check_range("learning_rate", self.learning_rate, low=1e-8, high=100.0)
        if self.epochs is not None:
            _check_whole("epochs", self.epochs, low=1, high=MAX_EPOCHS)
        if self.dropout is not None:
            _check_range("dropout", self.dropout, low=0.0, high=0.95)
        if self.weight_decay is not None:
            _check_range("weight_decay", self.weight_decay, low=0.0, high=10.0)
        if self.augmentation is not None:
            _check_type("augmentation", self.augmentation, Augmentation, "an augmentation")
        if self.class_weights is not None:
            _check_type("class_weights", self.class_weights, bool, "yes or no")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Change:
        """Rebuild what ``asdict`` gave; TypeError for what is no change."""
        given = data.get("augmentation")
        augmentation = None if given is None else Augmentation(**given)
        return cls(**{**data, "augmentation": augmentation})

    def over(self, earlier: Change) -> Change:
        """This change and what an earlier one changed beside it, from this one's epoch on."""
        given = {name: getattr(self, name) for name in self.__slots__}
        return replace(earlier, **{name: one for name, one in given.items() if one is not None})

    def told(self) -> str:
        """In a few words.

        >>> Change(epoch=4, learning_rate=0.0001, epochs=20).told()
        'rate 0.0001, 20 epochs from epoch 4'
        >>> Change(epoch=1, epochs=1).told()
        '1 epoch from epoch 1'
        """
        said = [] if self.learning_rate is None else [f"rate {self.learning_rate:g}"]
        said += [] if self.dropout is None else [f"dropout {self.dropout:g}"]
        said += [] if self.weight_decay is None else [f"weight decay {self.weight_decay:g}"]
        if self.augmentation is not None:
            said.append("augmentation" if self.augmentation.active else "no augmentation")
        if self.class_weights is not None:
            said.append("class weights" if self.class_weights else "no class weights")
        said += [] if self.epochs is None else [f"{self.epochs} epoch{'s' * (self.epochs != 1)}"]
        return f"{', '.join(said)} from epoch {self.epoch}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a training begins that another one led to.

    Attributes:
        run: Id of the other: its parent.
        epoch: Of the parent, whose weights it begins with; 0 begins anew, with its own.
    """

    run: str
    epoch: int

    def __post_init__(self) -> None:
        _check_type("run", self.run, str, "a text")
        _check_whole("epoch", self.epoch, low=0, high=MAX_EPOCHS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSpec:
    """One training. Two runs of equal specs on one machine give the same curve.

    Attributes:
        dataset: Name of the dataset in the registry.
        fingerprint: Of the prepared set, so that a run says what it saw.
        prepared: Folder of the prepared set.
        model: The network.
        epochs: Passes over the training part.
        batch_size: Images a step. The last batch of an epoch may be smaller and is applied too.
        learning_rate: Of the optimizer, in the first epoch.
        optimizer: "adam", "sgd", "momentum" (SGD with 0.9) or "rmsprop", with Keras's defaults.
        seed: Decides weights, order of images, dropout and augmentation.
        class_weights: Weight each image so that every class counts the same in the loss.
        augmentation: Random changes to training images.
        patience: Stop after this many epochs without a lower validation loss; None: never.
        weight_decay: Decoupled: each step shrinks kernels by learning rate x this.
        schedule: "constant", or "cosine" for a rate that falls to 0 over the epochs.
        opens_test: Whether the test images are scored at the end; not where several networks are
            compared first, by validation.
        changes: What was changed on the way, in the order of their epochs: a spec with all of them
            gives the same curve from the start.
        label_noise: Share of the training images that learn another label than theirs, drawn with
            the seed; validation and test keep the true ones.
        focal_gamma: Of the focal loss (Lin et al. 2017); 0 is cross-entropy.
        start: The run that this one goes on from, None for none. The weights lie in its own folder
            (`core.training.results.START`), so that it can be repeated when its parent is gone.
    """

    dataset: str
    fingerprint: str
    prepared: str
    model: ModelSpec
    epochs: int
    batch_size: int
    learning_rate: float
    optimizer: OptimizerName = "adam"
    seed: int = 0
    class_weights: bool = True
    augmentation: Augmentation = field(default_factory=Augmentation)
    patience: int | None = None
    weight_decay: float = 0.0
    schedule: ScheduleName = "constant"
    opens_test: bool = True
    changes: tuple[Change, ...] = ()
    start: Start | None = None
    label_noise: float = 0.0
    focal_gamma: float = 0.0

    def __post_init__(self) -> None:
        _check_whole("epochs", self.epochs, low=1, high=MAX_EPOCHS)
        _check_whole("batch_size", self.batch_size, low=1, high=MAX_BATCH_SIZE)
        _check_whole("seed", self.seed, low=0, high=2**31 - 1)
        if self.patience is not None:
            _check_whole("patience", self.patience, low=1, high=MAX_EPOCHS)
        _check_range("learning_rate", self.learning_rate, low=1e-8, high=100.0)
        _check_range("weight_decay", self.weight_decay, low=0.0, high=10.0)
        _check_range("label_noise", self.label_noise, low=0.0, high=0.5)
        _check_range("focal_gamma", self.focal_gamma, low=0.0, high=MAX_FOCAL_GAMMA)
        for name in ("dataset", "fingerprint", "prepared"):
            _check_type(name, getattr(self, name), str, "a text")
        _check_type("class_weights", self.class_weights, bool, "yes or no")
        if self.optimizer not in OPTIMIZERS:
            raise LessonError(
                "training.invalid",
                problem=f"There is no optimizer named {self.optimizer!r}.",
                remedy=f"Choose one of {', '.join(OPTIMIZERS)}.",
            )
        if self.schedule not in SCHEDULES:
            raise LessonError(
                "training.invalid",
                problem=f"There is no schedule named {self.schedule!r}.",
                remedy=f"Choose one of {', '.join(SCHEDULES)}.",
            )

    @property
    def loss_name(self) -> str:
        """What is made small, in words."""
        named = "cross-entropy" if len(self.model.classes) > 2 else "binary cross-entropy"
        return f"focal loss, gamma {self.focal_gamma:g}" if self.focal_gamma else named

    def rate_at(self, epoch: int) -> float:
        """The learning rate that the schedule starts from in an epoch: the last that was set."""
        return self.in_force(epoch).learning_rate

    def in_force(self, epoch: int) -> TrainingSpec:
        """The settings that hold in an epoch, after all that was changed until then."""
        found: dict[str, Any] = {}
        for change in self.changes:
            if change.epoch > epoch:
                continue
            for name in ("learning_rate", "weight_decay", "augmentation", "class_weights"):
                if getattr(change, name) is not None:
                    found[name] = getattr(change, name)
            if change.dropout is not None:
                found["model"] = with_dropout(self.model, change.dropout)
        return replace(self, **found)

    def changed(self, change: Change) -> TrainingSpec:
        """The same with one more change; its epochs are those asked for from now on."""
        epochs = self.epochs if change.epochs is None else change.epochs
        return replace(self, changes=(*self.changes, change), epochs=epochs)

    def to_json(self) -> dict[str, Any]:
        """Plain values for ``json.dumps``; `from_json` is its inverse."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return values | {
            "model": self.model.to_json(),
            "augmentation": asdict(self.augmentation),
            "changes": [asdict(change) for change in self.changes],
            "start": None if self.start is None else asdict(self.start),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TrainingSpec:
        """Rebuild what `to_json` wrote; ``training.invalid`` where it does not fit."""
        try:
            values = dict(data)
            values["model"] = ModelSpec.from_json(values["model"])
            values["augmentation"] = Augmentation(**values.get("augmentation", {}))
            values["changes"] = tuple(map(Change.from_json, values.get("changes", ())))
            start = values.get("start")
            values["start"] = None if start is None else Start(**start)
            return cls(**values)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise LessonError(
                "training.invalid",
                problem=f"The description of a training is incomplete: {error!r}.",
                remedy="Start the training anew from the Train page.",
            ) from error


def with_dropout(model: ModelSpec, rate: float) -> ModelSpec:
    """The same network with that share dropped in each of its dropout layers."""
    return replace(model, layers=tuple(_dropping(layer, rate) for layer in model.layers))


def drops(model: ModelSpec) -> tuple[float, ...]:
    """The share that each of its dropout layers drops, in their order."""
    return tuple(_rates(model.layers))


def _dropping(layer: Layer, rate: float) -> Layer:
    if isinstance(layer, Dropout):
        return replace(layer, rate=rate)
    if isinstance(layer, Residual):
        return replace(layer, body=tuple(_dropping(one, rate) for one in layer.body))
    if isinstance(layer, Parallel):
        branches = (tuple(_dropping(one, rate) for one in branch) for branch in layer.branches)
        return replace(layer, branches=tuple(branches))
    return layer


def _rates(layers: Sequence[Layer]) -> Iterator[float]:
    for layer in layers:
        if isinstance(layer, Dropout):
            yield layer.rate
        elif isinstance(layer, Residual):
            yield from _rates(layer.body)
        elif isinstance(layer, Parallel):
            for branch in layer.branches:
                yield from _rates(branch)


def _check_type(name: str, value: object, wanted: type, words: str) -> None:
    if not isinstance(value, wanted):
        raise LessonError(
            "training.invalid",
            problem=f"{name} is {value!r}, not {words}.",
            remedy="Start the training anew from the Train page.",
        )


def _check_whole(name: str, value: int, *, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise LessonError(
            "training.invalid",
            problem=f"{name} is {value!r}, not a whole number from {low} to {high}.",
            remedy=f"Choose {name} between {low} and {high}.",
        )


def _check_range(name: str, value: float, *, low: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not low <= value <= high:
        raise LessonError(
            "training.invalid",
            problem=f"{name} is {value!r}, not a number from {low:g} to {high:g}.",
            remedy=f"Choose {name} between {low:g} and {high:g}.",
        )
