"""The settings of a training: a narrow column of controls that gives one frozen value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import streamlit as st

from core.errors import LessonError
from core.export.link import from_link
from core.jobs.folder import find_run
from core.models.spec import BatchNormalization, ModelSpec
from core.models.zoo.entries import MODELS, find_entry, paper_network
from core.prepared import PreparedSet
from core.training.coach import GENTLE
from core.training.schedule import SCHEDULES, ScheduleName, learning_rate
from core.training.spec import OPTIMIZERS, Augmentation, OptimizerName, TrainingSpec
from dashboard import cache, state
from dashboard.advice import advise
from dashboard.background.prepared_sets import Request
from dashboard.frame import current_theme
from dashboard.shared.dataset_choice import opened_dataset
from dashboard.workbench.train.cache import augmented
from data.sets.registry import DATASETS

SIZES: Final = (28, 48, 64, 96, 128)
RATES: Final = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
BATCH_SIZES: Final = (8, 16, 32, 64, 128)
DECAYS: Final = (0.0, 0.001, 0.01, 0.1)
LOSSES: Final = {
    0.0: "Cross-entropy",
    0.5: "Focal, \u03b3 0.5",
    1.0: "Focal, \u03b3 1",
    2.0: "Focal, \u03b3 2",
    5.0: "Focal, \u03b3 5",
}
"""Offered losses by their focal gamma: those of Lin et al. (2017), table 1b."""
KERNEL_SIZES: Final = (3, 5)
MOST_EPOCHS: Final = 200
PAPER: Final = "paper"
OWN: Final = "own"
DESIGN: Final = "train_design"
"""The network of one's own in the address, as `core.export.link` writes it."""
SIZE: Final = "train_size"
"""The images' side in the address: "48 px", or the number alone."""
AUGMENTATION: Final = GENTLE
"""What "augmentation" means here."""

OWN_TITLE: Final = "Your own network"

_SPLITS: Final = {"grouped": "By group", "random": "Blindly"}
_SCHEDULE_NAMES: Final = {"constant": "Constant rate", "cosine": "Cosine decay"}
OPTIMIZER_NAMES: Final = {
    "adam": "Adam",
    "sgd": "SGD",
    "momentum": "Momentum",
    "rmsprop": "RMSprop",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainChoices:
    """What a person chose, not yet tied to images on disk."""

    dataset: str = "synthetic"
    model: str = PAPER
    size: int = 64
    epochs: int = 10
    learning_rate: float = 0.001
    batch_size: int = 32
    optimizer: OptimizerName = "adam"
    seed: int = 0
    class_weights: bool = True
    augment: bool = False
    patience: int = 0
    split: Literal["grouped", "random"] = "grouped"
    kernel_size: int = 3
    dropout: float = 0.5
    schedule: ScheduleName = "constant"
    design: str = ""
    noise: int = 0
    focal: float = 0.0
    decay: float = 0.0
    normalize: bool = False

    def request(self) -> Request:
        """The images that this needs."""
        return Request(dataset=self.dataset, size=self.size, split=self.split)

    def model_spec(self, classes: tuple[str, ...]) -> ModelSpec:
        """The network for these classes.

        Raises:
            LessonError: ``model.unknown``, or what the network refuses.
        """
        if self.model == OWN:
            return ModelSpec.from_json({**from_link(self.design), "classes": classes})
        if self.model == PAPER:
            return paper_network(
                self.size,
                classes,
                kernel_size=self.kernel_size,
                dropout=self.dropout,
                batch_normalization=self.normalize,
            )
        return find_entry(self.model).build(self.size, classes)

    def training_spec(self, prepared: PreparedSet) -> TrainingSpec:
        """The training on these images."""
        return TrainingSpec(
            dataset=self.dataset,
            fingerprint=prepared.fingerprint,
            prepared=str(prepared.folder),
            model=self.model_spec(prepared.classes),
            epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            optimizer=self.optimizer,
            seed=self.seed,
            class_weights=self.class_weights,
            augmentation=AUGMENTATION if self.augment else Augmentation(),
            patience=self.patience or None,
            schedule=self.schedule,
            label_noise=self.noise / 100,
            focal_gamma=self.focal,
            weight_decay=self.decay,
        )


DEFAULTS: Final = TrainChoices()


def train_controls() -> TrainChoices:
    """Five controls, and more behind a button. Their values stand in the address."""
    text = cache.page_text("train")
    _take_bare_size()
    key = "train_dataset"
    state.set_widget_value(key, opened_dataset())
    dataset = st.selectbox(
        "Dataset",
        tuple(DATASETS),
        format_func=lambda name: DATASETS[name].title,
        help=text["help-dataset"],
        key=key,
        on_change=lambda: state.open_dataset(str(state.widget_value(key))),
    )
    design, own_size = _own_network()
    model = st.selectbox(
        "Network",
        (*MODELS, OWN) if design else tuple(MODELS),
        format_func=lambda name: OWN_TITLE if name == OWN else MODELS[name].title,
        help=text["help-model"],
        key="train_model",
        bind="query-params",
    )
    left, right = st.columns(2)
    size: int | None = own_size
    if model == OWN:
        left.number_input(
            "Size",
            value=own_size,
            help="Set on the Architecture page.",
            disabled=True,
            key=f"train_own_size_{own_size}",
        )
    else:
        size = left.selectbox(
            "Size",
            SIZES,
            index=SIZES.index(DEFAULTS.size),
            format_func=lambda side: f"{side} px",
            help=text["help-size"],
            key=SIZE,
            bind="query-params",
        )
    epochs = right.number_input(
        "Epochs",
        min_value=1,
        max_value=MOST_EPOCHS,
        value=DEFAULTS.epochs,
        help=text["help-epochs"],
        key="train_epochs",
        bind="query-params",
    )
    rate = left.selectbox(
        "Learning rate",
        RATES,
        index=RATES.index(DEFAULTS.learning_rate),
        format_func=lambda value: f"{value:g}",
        help=text["help-rate"],
        key="train_rate",
        bind="query-params",
    )
    with right:
        st.space("small")
        with st.popover("More", icon=":material/tune:", width="stretch"):
            more = _more_controls(
                model == PAPER,
                text,
                rate or DEFAULTS.learning_rate,
                int(epochs or DEFAULTS.epochs),
            )
    return TrainChoices(
        dataset=dataset or DEFAULTS.dataset,
        model=model or DEFAULTS.model,
        size=size or DEFAULTS.size,
        epochs=int(epochs or DEFAULTS.epochs),
        learning_rate=rate or DEFAULTS.learning_rate,
        design=design if model == OWN else "",
        **more,
    )


def _take_bare_size() -> None:
    """A link may say 48 where the address says "48 px", as people write it."""
    said = st.query_params.get(SIZE, "").strip()
    if said.isdecimal() and int(said) in SIZES:
        del st.query_params[SIZE]
        state.set_widget_value(SIZE, int(said))


def follow_run(run_id: str) -> None:
    """Set the controls as the run was trained that they stand beside, once for each run.

    What a link sets beside the run stays as the link has it.
    """
    slot = "train_followed"
    if state.widget_value(slot) == run_id:
        return
    state.set_widget_value(slot, run_id)
    try:
        spec = find_run(run_id).spec()
    except LessonError:
        return  # damaged, which the stage says
    for key, value in _as_set(spec).items():
        if key not in st.query_params:
            state.set_widget_value(key, value)


def _as_set(spec: TrainingSpec) -> dict[str, object]:
    """The controls' values that lead to a training, by key; what no control can say is left out."""
    found: dict[str, object] = {
        "train_epochs": min(spec.epochs, MOST_EPOCHS),
        "train_optimizer": spec.optimizer,
        "train_schedule": spec.schedule,
        "train_seed": min(spec.seed, 9999),
        "train_patience": spec.patience or 0,
        "train_weights": spec.class_weights,
        "train_augment": spec.augmentation == AUGMENTATION,
        "train_noise": round(100 * spec.label_noise),
        "train_normalize": any(isinstance(one, BatchNormalization) for one in spec.model.layers),
    }
    if spec.model.name in MODELS:
        found["train_model"] = spec.model.name
    offered = {
        "train_size": (spec.model.input_size, SIZES),
        "train_rate": (spec.learning_rate, RATES),
        "train_batch": (spec.batch_size, BATCH_SIZES),
        "train_loss": (spec.focal_gamma, tuple(LOSSES)),
        "train_decay": (spec.weight_decay, DECAYS),
    }
    return found | {key: value for key, (value, all_) in offered.items() if value in all_}


def offer(design: str) -> None:
    """Put a network of one's own into the list and choose it.

    Args:
        design: As `core.export.link.to_link` writes it.
    """
    state.set_widget_value(DESIGN, design)
    state.set_widget_value("train_model", OWN)


def _own_network() -> tuple[str, int]:
    """The network of one's own, from the session or the address, and its input size; "" for none.

    A linked one is chosen at once; one that cannot be read is told about and left out.
    """
    linked = st.query_params.get(DESIGN, "")
    design = linked or str(state.widget_value(DESIGN) or "")
    if not design:
        return "", 0
    try:
        size = ModelSpec.from_json(from_link(design)).input_size
    except LessonError as error:
        advise(error)
        return "", 0
    if linked and state.widget_value(DESIGN) != linked:
        offer(linked)
    return design, size


def _preview_rate(schedule: ScheduleName, rate: float, epochs: int) -> None:
    """The rate of each epoch, before anything runs."""
    if schedule == "constant":
        return
    rates = [
        learning_rate(rate, schedule, epoch=one, epochs=epochs) for one in range(1, epochs + 1)
    ]
    text = cache.page_text("train")
    st.image(sparkline(rates, current_theme().training), width="stretch")
    st.caption(text["preview-schedule"].format(first=rates[0], last=rates[-1]))


def sparkline(values: Sequence[float], color: str) -> str:
    """Values as a line that starts at the left and ends at the right, 0 at the bottom."""
    most, last = max(values) or 1.0, max(len(values) - 1, 1)
    points = " ".join(
        f"{100 * at / last:.1f},{32 - 30 * value / most:.1f}" for at, value in enumerate(values)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 34" width="200" height="68">'
        f'<polyline fill="none" stroke="{color}" stroke-width="1.5" points="{points}"/></svg>'
    )


def _more_controls(
    is_paper: bool, text: dict[str, str], rate: float, epochs: int
) -> dict[str, Any]:
    left, right, last = st.columns(3)
    with left:
        batch_size = st.selectbox(
            "Batch size",
            BATCH_SIZES,
            index=BATCH_SIZES.index(DEFAULTS.batch_size),
            help=text["help-batch"],
            key="train_batch",
            bind="query-params",
        )
        optimizer = st.selectbox(
            "Optimizer",
            OPTIMIZERS,
            format_func=lambda name: OPTIMIZER_NAMES[name],
            help=text["help-optimizer"],
            key="train_optimizer",
            bind="query-params",
        )
        schedule = st.selectbox(
            "Schedule",
            SCHEDULES,
            format_func=lambda name: _SCHEDULE_NAMES[name],
            help=text["help-schedule"],
            key="train_schedule",
            bind="query-params",
        )
        _preview_rate(schedule or DEFAULTS.schedule, rate, epochs)
        seed = st.number_input(
            "Seed",
            min_value=0,
            max_value=9999,
            value=DEFAULTS.seed,
            help=text["help-seed"],
            key="train_seed",
            bind="query-params",
        )
    with right:
        split = st.selectbox(
            "Split",
            tuple(_SPLITS),
            format_func=lambda name: _SPLITS[name],
            help=text["help-split"],
            key="train_split",
            bind="query-params",
        )
        kernel_size = st.selectbox(
            "Filters",
            KERNEL_SIZES,
            format_func=lambda side: f"{side}x{side}",
            help=text["help-kernel"],
            disabled=not is_paper,
            key="train_kernel",
            bind="query-params",
        )
        dropout = st.number_input(
            "Dropout",
            min_value=0.0,
            max_value=0.9,
            value=DEFAULTS.dropout,
            step=0.1,
            help=text["help-dropout"],
            disabled=not is_paper,
            key="train_dropout",
            bind="query-params",
        )
        patience = st.number_input(
            "Patience",
            min_value=0,
            max_value=MOST_EPOCHS,
            value=DEFAULTS.patience,
            help=text["help-patience"],
            key="train_patience",
            bind="query-params",
        )
    with last:
        focal = st.selectbox(
            "Loss",
            tuple(LOSSES),
            format_func=lambda gamma: LOSSES[gamma],
            help=text["help-loss"],
            key="train_loss",
            bind="query-params",
        )
        class_weights = st.toggle(
            "Class weights",
            value=DEFAULTS.class_weights,
            help=text["help-class-weights"],
            key="train_weights",
            bind="query-params",
        )
        normalize = st.toggle(
            "Normalization",
            value=DEFAULTS.normalize,
            help=text["help-normalize"],
            disabled=not is_paper,
            key="train_normalize",
            bind="query-params",
        )
        augment = st.toggle(
            "Augmentation",
            value=DEFAULTS.augment,
            help=text["help-augmentation"],
            key="train_augment",
            bind="query-params",
        )
        noise = st.number_input(
            "Wrong labels, %",
            min_value=0,
            max_value=50,
            value=DEFAULTS.noise,
            step=5,
            help=text["help-noise"],
            key="train_noise",
            bind="query-params",
        )
        decay = st.selectbox(
            "Weight decay",
            DECAYS,
            format_func=lambda value: f"{value:g}",
            help=text["help-decay"],
            key="train_decay",
            bind="query-params",
        )
        if augment:
            st.image(augmented(), caption=text["preview-augmentation"])
    return {
        "noise": int(noise or 0),
        "batch_size": batch_size or DEFAULTS.batch_size,
        "optimizer": optimizer or DEFAULTS.optimizer,
        "schedule": schedule or DEFAULTS.schedule,
        "seed": int(DEFAULTS.seed if seed is None else seed),
        "patience": int(patience or 0),
        "split": split or DEFAULTS.split,
        "kernel_size": kernel_size or DEFAULTS.kernel_size,
        "dropout": DEFAULTS.dropout if dropout is None else float(dropout),
        "focal": DEFAULTS.focal if focal is None else focal,
        "decay": DEFAULTS.decay if decay is None else decay,
        "normalize": normalize,
        "class_weights": class_weights,
        "augment": augment,
    }
