"""Sweeps: one or two settings at several values, begun by one click, and the grid that fills."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

import streamlit as st

from core.errors import LessonError
from core.jobs.comparison import Comparison, list_comparisons, new_group
from core.jobs.folder import RunFolder, RunSummary, list_runs, short_key
from core.prepared import PreparedSet
from core.training.forecast import predict_seconds
from core.training.grid import MOST_SEEDS, MOST_VALUES, Cell, Grid, Trained, grid_of
from core.training.schedule import SCHEDULES
from core.training.spec import OPTIMIZERS
from dashboard import cache, state
from dashboard.access.people import asking
from dashboard.access.rights import begin, may_change, quota_line, stop_all
from dashboard.advice import advise, press
from dashboard.background.set_request import SetRequest
from dashboard.networks.compared import Compared, compared
from dashboard.plain import plain
from dashboard.shared.launch import launch, waiting
from dashboard.shared.schema import PARAMETER
from dashboard.shared.table import Markup, table
from dashboard.workbench.train.progress import duration
from dashboard.workbench.train.settings import (
    BATCH_SIZES,
    DECAYS,
    KERNEL_SIZES,
    LOSSES,
    OPTIMIZER_NAMES,
    PAPER,
    RATES,
    TrainChoices,
)

KIND: Final = "sweep"
POLL_S: Final = 1.0
_COMPARED: Final = 6
"""Runs that Compare runs shows at once."""
_CSS: Final = """
.lb-sweep table { border-collapse: separate; border-spacing: 4px; font-size: 1rem;
  font-variant-numeric: tabular-nums; }
.lb-sweep caption { text-align: left; color: var(--lb-muted); padding-bottom: .4rem; }
.lb-sweep th { color: var(--lb-muted); font-weight: 600; text-align: left; padding: .2rem .6rem; }
.lb-sweep td { padding: 0; }
.lb-sweep .cell { min-width: 8.5rem; padding: .5rem .75rem; border: 2px solid var(--lb-border);
  border-radius: var(--lb-radius); background: color-mix(in srgb, var(--lb-accent)
  calc(var(--share) * 30%), transparent); }
.lb-sweep .cell.best { border-color: var(--lb-text); }
.lb-sweep .cell strong { font-size: 1.25rem; display: block; }
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """A setting that can be swept.

    Attributes:
        title: For people.
        field: Of `TrainChoices`.
        values: Offered.
        names: Of values, where they are not their own.
        paper: Whether it is the paper's network's alone.
    """

    title: str
    field: str
    values: tuple[Any, ...]
    names: Mapping[Any, str]
    paper: bool = False

    def name(self, value: Any) -> str:
        """A value for people."""
        return self.names.get(value) or (f"{value:g}" if isinstance(value, float) else str(value))


_ON_OFF: Final = {True: "on", False: "off"}
SWEPT: Final = {
    one.field: one
    for one in (
        Swept("Learning rate", "learning_rate", RATES, {}),
        Swept("Batch size", "batch_size", BATCH_SIZES, {}),
        Swept("Optimizer", "optimizer", OPTIMIZERS, OPTIMIZER_NAMES),
        Swept("Schedule", "schedule", SCHEDULES, {}),
        Swept("Loss", "focal", tuple(LOSSES), LOSSES),
        Swept("Weight decay", "decay", DECAYS, {}),
        Swept("Class weights", "class_weights", (True, False), _ON_OFF),
        Swept("Augmentation", "augment", (False, True), _ON_OFF),
        Swept("Wrong labels, %", "noise", (0, 10, 20, 40), {}),
        Swept("Dropout", "dropout", (0.0, 0.2, 0.5, 0.7), {}, paper=True),
        Swept("Normalization", "normalize", (False, True), _ON_OFF, paper=True),
        Swept("Filters", "kernel_size", KERNEL_SIZES, {3: "3x3", 5: "5x5"}, paper=True),
    )
}


def swept(
    base: TrainChoices, axes: Mapping[str, Sequence[Any]], seeds: int
) -> tuple[TrainChoices, ...]:
    """Every training of a sweep: each value of one setting with each of the other and each seed.

    Args:
        base: Everything else.
        axes: Values by field of `TrainChoices`.
        seeds: How many; the first is the base's own.
    """
    found = []
    for values in product(*axes.values()):
        settings = dict(zip(axes, values, strict=True))
        for number in range(seeds):
            found.append(replace(base, **settings, seed=base.seed + number))
    return tuple(found)


def sweep_panel(
    choices: TrainChoices,
    prepared: PreparedSet,
    request: SetRequest,
    earlier: tuple[tuple[str, int], ...],
) -> None:
    """The button "Sweep" below the settings: what is varied, what it will take, and the start."""
    text = cache.page_text("train")
    with st.popover("Sweep", icon=":material/grid_on:", width="stretch"):
        st.caption(text["sweep-what"])
        offered = [name for name, one in SWEPT.items() if choices.model == PAPER or not one.paper]
        left, right = st.columns(2)
        with left:
            axes = _axis(choices, offered, "first", required=True)
        with right:
            others = [name for name in offered if name not in axes]
            axes |= _axis(choices, others, "second", required=False)
        seeds = st.segmented_control(
            "Seeds", range(1, MOST_SEEDS + 1), default=2, key="train_sweep_seeds", required=True
        )
        if not axes:
            st.caption(text["sweep-values"].format(most=MOST_VALUES))
            return
        wanted = swept(choices, axes, int(seeds or 1))
        _start(wanted, prepared, request, earlier)


def _axis(
    choices: TrainChoices, offered: Sequence[str], which: str, *, required: bool
) -> dict[str, tuple[Any, ...]]:
    """A setting and its values; {} while fewer than two are chosen."""
    name = st.selectbox(
        f"{which.capitalize()} setting",
        offered,
        index=0 if required else None,
        format_func=lambda one: SWEPT[one].title,
        key=f"train_sweep_{which}",
        placeholder="None",
    )
    if name is None:
        return {}
    one = SWEPT[name]
    now = getattr(choices, name)
    at = one.values.index(now) if now in one.values else 0
    begin_at = max(0, min(at - 1, len(one.values) - 3))
    values = st.multiselect(
        "Values",
        one.values,
        default=one.values[begin_at : begin_at + 3],
        format_func=one.name,
        max_selections=MOST_VALUES,
        key=f"train_sweep_{which}_{name}",
        help=f"Two to {MOST_VALUES} values of {one.title.lower()}.",
    )
    return {name: tuple(values)} if len(values) > 1 else {}


def _start(
    wanted: Sequence[TrainChoices],
    prepared: PreparedSet,
    request: SetRequest,
    earlier: tuple[tuple[str, int], ...],
) -> None:
    text = cache.page_text("train")
    person = asking()
    counts = prepared.counts()
    train, validation = (sum(counts[part].values()) for part in ("train", "validation"))
    try:
        seconds = sum(
            predict_seconds(
                one.training_spec(prepared),
                num_train=train,
                num_validation=validation,
                seconds_per_gmac=cache.machine_speed(earlier),
            ).seconds
            for one in wanted
        )
    except LessonError as error:  # the frame does not see into fragments
        advise(error)
        return
    st.markdown(text["sweep-count"].format(count=len(wanted), duration=duration(seconds)))
    if not person.is_lecturer:
        st.caption(quota_line(list_runs(), person))
    if st.button(
        f"Train all {len(wanted)}",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        key="train_sweep_start",
        on_click=press,
        args=(lambda: _launch(wanted, request),),
    ):
        st.rerun()


def _launch(wanted: Sequence[TrainChoices], request: SetRequest) -> None:
    person = asking()

    def create(prepared: PreparedSet) -> tuple[str, list[RunFolder]]:
        group = new_group(KIND)
        # Validation ranks them; the test part is opened for the one that is chosen.
        specs = [replace(one.training_spec(prepared), opens_test=False) for one in wanted]
        return group, begin(specs, person, prepared=prepared, group=group)

    launch(state.SWEEP_LAUNCH, request, create)


# What happens.


def sweeps() -> None:
    """The newest sweeps as grids, below the curves; nothing where there is none."""
    waits = waiting(state.SWEEP_LAUNCH, lambda group: None)
    found = list_comparisons(kind=KIND)
    if not found and waits is None:
        return
    text = cache.page_text("train")
    st.html(f"<style>{_CSS}</style>")
    st.markdown(f"#### {text['sweep-title']}")
    if waits is not None:
        st.caption(text["preparing"])
    if not found:
        return
    by_id = {one.id: one for one in found}
    shown = found[0].id
    if len(found) > 1:
        shown = st.selectbox(
            text["sweep-choose"],
            list(by_id),
            format_func=lambda group: _line(by_id[group]),
            key="train_sweep_shown",
        )
    busy = waits is not None or by_id[shown].is_active
    st.fragment(_watch, run_every=POLL_S if busy else None)(shown, waits is not None)


def _line(comparison: Comparison) -> str:
    first = comparison.runs[0]
    return f"Trainings: {len(comparison.runs)}, {plain(first.dataset)} {first.input_size} px"


def _watch(group: str, waits: bool) -> None:
    """One look at a sweep."""
    found = next((one for one in list_comparisons(kind=KIND) if one.id == group), None)
    launched = cache.preparations().find_launch(state.SWEEP_LAUNCH.get())
    if found is None or (waits and (launched is None or launched.run.ended)):
        st.rerun()
    text = cache.page_text("train")
    grid = grid_of(trained(found.runs))
    st.html(f'<div class="lb-table-frame lb-sweep" tabindex="0">{grid_table(grid)}</div>')
    st.markdown(verdict(grid, _compared(found.runs), text))
    with st.container(horizontal=True, vertical_alignment="center"):
        _compare_link(grid)
        own = all(may_change(one, asking()) for one in found.runs)
        if found.is_active and own:
            st.button(
                "Stop all",
                icon=":material/stop:",
                key="train_sweep_stop",
                on_click=press,
                args=(lambda: stop_all(found, asking()),),
            )


def trained(runs: Sequence[RunSummary]) -> list[Trained]:
    """What each run of a sweep has come to; a damaged one is left out."""
    found = []
    for one in runs:
        try:
            spec, size = one.run.spec(), one.run.events_size()
            best = cache.best_of_run(str(one.run.path), size) if size else None
        except LessonError:
            continue
        value = None if best is None else best[1]
        ended = not one.status.is_active
        found.append(Trained(run=one.id, spec=spec, value=value, ended=ended))
    return found


def _compared(runs: Sequence[RunSummary]) -> Callable[[str], Compared | None]:
    folders = {one.id: one.run.path for one in runs}
    return lambda run: compared(folders[run])


def grid_table(grid: Grid) -> str:
    """The grid as markup: in each cell the mean validation AUC, its seeds, and what is to come."""
    means = [cell.mean for cell in grid.cells.values() if cell.values]
    low, high = min(means, default=0.0), max(means, default=1.0)
    best = grid.best
    rows = [
        [
            _head(grid.row_name, row),
            *(_cell(grid.cells.get((row, column)), low, high, best) for column in grid.columns),
        ]
        for row in grid.rows
    ]
    head = ["", *(_head(grid.column_name, column) for column in grid.columns)]
    return table(head, rows, caption="Validation AUC, mean over the seeds (lowest to highest)")


def _head(name: str, value: str) -> str:
    return f"{name} {value}" if name else "AUC"


def _cell(cell: Cell | None, low: float, high: float, best: Cell | None) -> Markup:
    if cell is None:
        return Markup('<div class="cell" style="--share:0">deleted</div>')
    share = (cell.mean - low) / (high - low) if cell.values and high > low else 0.0
    figure = f"{cell.mean:.3f}" if cell.values else "\u2013"
    said = ""
    if len(cell.values) > 1:
        said = f"{min(cell.values):.3f} to {max(cell.values):.3f}"
    if cell.ended < len(cell.members):
        said += f"{', ' if said else ''}{cell.ended} of {len(cell.members)} ended"
    elif not cell.values:
        said = "ended before an epoch"
    elif cell is best:
        said += f"{', ' if said else ''}best"
    look = "cell best" if cell is best else "cell"
    return Markup(
        f'<div class="{look}" style="--share:{share:.2f}"><strong>{figure}</strong>{said}</div>'
    )


def verdict(grid: Grid, answers: Callable[[str], Compared | None], text: Mapping[str, str]) -> str:
    """Which cell is best by validation, how sure that is, and what luck has to do with it."""
    best = grid.best
    top = None if best is None else best.best
    if best is None or top is None:
        return text["sweep-open"]
    said = text["sweep-best"].format(
        cell=grid.named(best),
        mean=best.mean,
        low=min(best.values),
        high=max(best.values),
        seeds=len(best.members),
    )
    one = answers(top.run)
    others = [cell for cell in grid.cells.values() if cell is not best and cell.best is not None]
    if one is not None:
        said += " " + text["sweep-interval"].format(auc=one.figures.auc.estimate().plain())
        known = [answers(cell.best.run) for cell in others if cell.best is not None]
        asked = [other for other in known if other is not None and one.same_images(other)]
        if asked:
            alike = sum(not one.figures.auc.minus(other.figures.auc).told_apart for other in asked)
            said += " " + text["sweep-alike"].format(
                alike=alike, others=len(asked), n=len(one.labels)
            )
    complete = [cell for cell in grid.cells.values() if cell.complete]
    if len(complete) < 2:
        return f"{said} {text['sweep-first']}"
    rivals = len(grid.rivals(best))
    name = (
        "sweep-one-seed" if len(best.members) < 2 else "sweep-rivals" if rivals else "sweep-clear"
    )
    said += " " + text[name].format(rivals=rivals)
    runs = sum(len(cell.members) for cell in complete)
    return f"{said} {text['sweep-luck'].format(cells=len(complete), runs=runs)}"


def _compare_link(grid: Grid) -> None:
    """To Compare runs, with the best of the highest cells."""
    cells = sorted(
        (cell for cell in grid.cells.values() if cell.best is not None), key=lambda cell: -cell.mean
    )
    keys = [short_key(cell.best.run) for cell in cells if cell.best is not None][:_COMPARED]
    if len(keys) < 2:
        return
    st.page_link(
        "../pages/compare.py",
        label="Compare runs",
        icon=":material/compare_arrows:",
        query_params={PARAMETER: f"runs_{'.'.join(keys)}"},
    )
