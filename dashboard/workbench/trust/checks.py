"""The checks of a map: what is asked of a worker, and what the stage then shows. No Streamlit.

Each check gives frames (a picture with a map, a title and a sentence) and mostly a chart, whose
positions are the frames. All numbers come from `core.explain`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray, UInt8Array
from core.explain.against_marks import VERDICTS, Located, Verdict, placing
from core.explain.agreement import agreement, likeness
from core.explain.erasure import erased
from core.explain.result import METHODS, ClassMap, Method
from core.jobs.remote import Tasks, request
from core.marks import Box, Marks
from core.prepared import PreparedSet
from dashboard.networks.classifiers import Classifier
from dashboard.networks.placement_figures import Worker, explanation, prepared_picture
from dashboard.shared.number import percent, write
from dashboard.workbench.maps import METHOD_TITLES
from data.pictures.disturbance import SCALES, Kind, disturbed

TIMEOUT_S: Final = 300.0
MOST_OF_A_WALL: Final = 12
VERDICT_TITLES: Final[dict[str, str]] = {
    "right": "found, on mark",
    "elsewhere": "found, off mark",
    "seen": "missed, on mark",
    "missed": "missed, off mark",
}
"""What became of the fracture, and where the map's highest place lies; narrow over a wall."""
COLORS: Final = {"map": "#cc3311", "other": "#0077bb", "chance": "#8a9099", "third": "#009988"}

Told = Callable[[str, float], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """One picture of a check.

    Attributes:
        picture: (S, S) uint8.
        cells: (h, w) the map over it; None for none.
        title: A few words.
        said: One sentence with this frame's numbers.
        x: Its position on the chart.
        boxes: Marked places, in pixels of the picture.
        limit: Of the map's colors; its own largest magnitude where 0.
    """

    picture: UInt8Array
    cells: FloatArray | None
    title: str
    said: str
    x: float = 0.0
    boxes: tuple[tuple[float, ...], ...] = ()
    limit: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """A line of a chart: (K,) positions and values, NaN where there is none."""

    name: str
    x: FloatArray
    y: FloatArray
    color: str
    dash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chart:
    """Curves over the frames.

    Attributes:
        title, x_title: For people.
        y: Limits.
        curves: Of one chart.
    """

    title: str
    x_title: str
    y: tuple[float, float]
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checked:
    """What a check found.

    Attributes:
        frames: In order.
        said: What it means, one sentence.
        chart: None where there is none.
        grid: All frames are shown at once.
        head, rows: Of the table with the same numbers.
    """

    frames: tuple[Frame, ...]
    said: str
    chart: Chart | None = None
    grid: bool = False
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A picture before a network.

    Attributes:
        network: Who is asked.
        image: (S, S) uint8 at its size.
        picture: Where the picture lies in the square.
        marks: Places in the square, None without.
        method: Of the map.
    """

    network: Classifier
    image: UInt8Array
    picture: Box
    marks: Marks | None
    method: Method

    @property
    def boxes(self) -> tuple[tuple[float, ...], ...]:
        """The marks as the browser has them."""
        return tuple(tuple(box.plain()) for box in self.marks.boxes) if self.marks else ()

    @property
    def positive(self) -> str:
        """The class that the map speaks for."""
        return self.network.spec.classes[self.network.positive]

    def explain(self, worker: Worker, image: UInt8Array, method: Method | None = None) -> ClassMap:
        """The map of a picture."""
        asked = request(Tasks.explain, **explanation(self.network, image, method or self.method))
        return worker.analyse(asked, timeout_s=TIMEOUT_S)


def shuffle(case: Case, worker: Worker, told: Told) -> Checked:
    """The map while the network forgets from the top layer down."""
    path = str(case.network.path)
    steps = worker.analyse(request(Tasks.cascade, model_path=path), timeout_s=TIMEOUT_S)
    maps = []
    for depth in range(len(steps) + 1):
        told("Shuffling weights from the top down", depth / (len(steps) + 1))
        arguments = {**explanation(case.network, case.image, case.method), "depth": depth}
        asked = request(Tasks.explain_shuffled, **arguments)
        maps.append(worker.analyse(asked, timeout_s=TIMEOUT_S))
    found = np.array([likeness(maps[0].map, one.map, case.picture) for one in maps])
    names = ["as trained", *(title.replace("_", " ") for title, _ in steps)]
    frames = tuple(
        Frame(
            picture=case.image,
            cells=one.cells,
            title=names[0] if not depth else f"shuffled down to {names[depth]}",
            said=_likeness_said(depth, len(steps), *found[depth]),
            x=float(depth),
            boxes=case.boxes,
        )
        for depth, one in enumerate(maps)
    )
    x = np.arange(len(maps), dtype=float)
    return Checked(
        frames=frames,
        said=_verdict_of_shuffling(case.method, found),
        chart=Chart(
            title="Likeness to the trained map",
            x_title="Steps shuffled",
            y=(-1.0, 1.0),
            curves=(
                Curve(name="with sign", x=x, y=found[:, 0], color=COLORS["map"]),
                Curve(name="size alone", x=x, y=found[:, 1], color=COLORS["other"], dash="7 5"),
            ),
        ),
        head=("Shuffled down to", "Rank correlation", "Of sizes alone"),
        rows=tuple(
            (name, _signed(one), _signed(other))
            for name, (one, other) in zip(names, found, strict=True)
        ),
    )


STAYS: Final = 0.5
"""Mean likeness from two shuffled steps on above which a map stays alike."""
NEARLY: Final = 0.8
"""And above which it stays nearly as it was."""


def _verdict_of_shuffling(method: Method, found: FloatArray) -> str:
    """Whether the map noticed, from the second step on."""
    deep = found[min(2, len(found) - 1) :]
    signed = float(np.nanmean(deep[:, 0])) if np.isfinite(deep[:, 0]).any() else 0.0
    title = METHOD_TITLES[method]
    if signed > STAYS:
        nearly = signed > NEARLY
        return (
            f"{title} stays {'nearly as it was' if nearly else 'alike'} (mean likeness "
            f"{_signed(signed)}) while the network forgets: "
            + ("it shows" if nearly else "much of it shows")
            + " the picture, not what was learned."
        )
    sizes = float(np.nanmean(deep[:, 1])) if np.isfinite(deep[:, 1]).any() else 0.0
    said = f"{title} becomes another map (mean likeness {_signed(signed)}): it depends on weights."
    if sizes > STAYS:
        said += f" Its sizes stay like ({_signed(sizes)}): these come from the picture."
    return said


def _likeness_said(depth: int, steps: int, signed: float, sizes: float) -> str:
    if not depth:
        return "The map of the network as it was trained."
    return (
        f"{depth} of {steps} steps shuffled: likeness {_signed(signed)} with sign, "
        f"{_signed(sizes)} of sizes."
    )


def erase(case: Case, worker: Worker, told: Told) -> Checked:
    """The output while the picture is erased in the map's order, and in random ones."""
    told("Making the map", 0.0)
    cam = case.explain(worker, case.image)
    told("Erasing", 0.3)
    asked = request(
        Tasks.erase,
        model_path=str(case.network.path),
        image=case.image,
        values=cam.map,
        picture=case.picture,
        class_index=case.network.positive,
    )
    found = worker.analyse(asked, timeout_s=TIMEOUT_S)
    random, shown = found.random.mean(axis=0), found.random_inserted.mean(axis=0)
    shares = 100 * found.shares
    counts = np.rint(found.shares * len(found.order)).astype(int)
    frames = tuple(
        Frame(
            picture=erased(case.image, found.order[:count], found.gray),
            cells=cam.cells if not at else None,
            title=f"{write(shares[at])} % erased, the highest first",
            said=f"Output {found.deleted[at]:.2f}; erased in random order {random[at]:.2f}. With "
            f"only the highest {write(shares[at])} % shown {found.inserted[at]:.2f}, random "
            f"{shown[at]:.2f}.",
            x=float(shares[at]),
            boxes=case.boxes,
        )
        for at, count in enumerate(counts)
    )
    fell = found.area(random) - found.area(found.deleted)
    rose = found.area(found.inserted) - found.area(shown)
    return Checked(
        frames=frames,
        said=(
            f"Erased in its order the mean output lies {_signed(-fell)} from that of random order, "
            f"shown in its order {_signed(rose)}: "
            + ("better than chance in both." if min(fell, rose) > 0.02
               else "no better than chance in at least one.")
        ),
        chart=Chart(
            title=f"Output for {case.positive}",
            x_title="% erased or shown",
            y=(0.0, 1.0),
            curves=(
                Curve(name="erased", x=shares, y=found.deleted, color=COLORS["map"]),
                Curve(
                    name="random", x=shares, y=random, color=COLORS["chance"], dash="7 5"
                ),
                Curve(name="shown", x=shares, y=found.inserted, color=COLORS["other"]),
                Curve(
                    name="random", x=shares, y=shown, color=COLORS["chance"], dash="2 5"
                ),
            ),
        ),
        head=("% of the picture", "Erased", "Erased at random", "Shown", "Shown at random"),
        rows=tuple(
            (write(shares[at]), *(f"{curve[at]:.3f}" for curve in
             (found.deleted, random, found.inserted, shown)))
            for at in range(len(shares))
        ),
    )  # fmt: skip


def compare(case: Case, worker: Worker, told: Told) -> Checked:
    """All maps of one answer beside each other, and how far each two agree."""
    maps = []
    for at, method in enumerate(METHODS):
        told(f"Making {METHOD_TITLES[method]}", at / len(METHODS))
        maps.append(case.explain(worker, case.image, method))
    matrix = agreement([one.map for one in maps], case.picture)
    titles = [METHOD_TITLES[method] for method in METHODS]
    frames = tuple(
        Frame(
            picture=case.image,
            cells=one.cells,
            title=titles[at],
            said=_agreement_said(titles, matrix, at),
            boxes=case.boxes,
        )
        for at, one in enumerate(maps)
    )
    above = matrix[np.triu_indices(len(maps), 1)]
    mean = float(np.nanmean(above)) if np.isfinite(above).any() else float("nan")
    return Checked(
        frames=frames,
        said=f"{len(maps)} maps of one answer; rank correlations of pairs average {_signed(mean)}.",
        grid=True,
        head=("", *titles),
        rows=tuple(
            (title, *(_signed(value) for value in row))
            for title, row in zip(titles, matrix, strict=True)
        ),
    )


def _agreement_said(titles: Sequence[str], matrix: FloatArray, at: int) -> str:
    others = [other for other in range(len(titles)) if other != at]
    known = [other for other in others if np.isfinite(matrix[at, other])]
    if not known:
        return f"{titles[at]} is the same everywhere, so it agrees with none."
    best = max(known, key=lambda other: matrix[at, other])
    least = min(known, key=lambda other: matrix[at, other])
    return (
        f"{titles[at]} agrees most with {titles[best]} ({_signed(matrix[at, best])}) and least "
        f"with {titles[least]} ({_signed(matrix[at, least])})."
    )


def disturb(case: Case, worker: Worker, told: Told, kind: Kind) -> Checked:
    """Answer and map of one picture while it is turned, dimmed, made noisy and so on."""
    scale, maps, pictures = SCALES[kind], [], []
    for at, level in enumerate(scale.levels):
        told(f"{scale.title} {write(level)}", at / len(scale.levels))
        pictures.append(disturbed(case.image, kind, level, picture=case.picture))
        maps.append(case.explain(worker, pictures[-1]))
    still = scale.levels.index(scale.still)
    outputs = np.array([one.probabilities[case.network.positive] for one in maps])
    limit = max(one.limit for one in maps)
    like = [likeness(maps[still].map, one.map, case.picture)[0] for one in maps]
    moved = int(np.argmax(np.abs(outputs - outputs[still])))
    levels = np.array(scale.levels, float)
    curves = [Curve(name="output", x=levels, y=outputs, color=COLORS["map"])]
    if kind != "turn" and kind != "crop":
        # Where places move with the picture, a likeness place by place would say nothing.
        curves.append(
            Curve(name="likeness", x=levels, y=np.clip(np.array(like), 0, 1),
                  color=COLORS["other"], dash="7 5")
        )  # fmt: skip
    if case.network.threshold is not None:
        level_line = np.full(len(levels), case.network.threshold)
        curves.append(
            Curve(name="threshold", x=levels, y=level_line, color=COLORS["chance"], dash="2 5")
        )
    return Checked(
        frames=tuple(
            Frame(
                picture=picture,
                cells=one.cells,
                title=f"{scale.title}: {write(level)} {scale.unit}",
                said=f"Output {output:.2f}; unchanged {outputs[still]:.2f}.",
                x=float(level),
                limit=limit,
                boxes=case.boxes if level == scale.still or kind not in ("turn", "crop") else (),
            )
            for picture, one, level, output in zip(
                pictures, maps, scale.levels, outputs, strict=True
            )
        ),
        said=f"The output moves most at {write(levels[moved])} {scale.unit}: from "
        f"{outputs[still]:.2f} to {outputs[moved]:.2f}.",
        chart=Chart(
            title=f"Output for {case.positive}",
            x_title=scale.unit,
            y=(0.0, 1.0),
            curves=tuple(curves),
        ),
        head=(scale.unit, "Output", "Map's likeness"),
        rows=tuple(
            (write(level), f"{output:.3f}", _signed(one))
            for level, output, one in zip(scale.levels, outputs, like, strict=True)
        ),
    )


def wall(
    network: Classifier, located: Located, method: Method, prepared: PreparedSet, worker: Worker,
    told: Told,
) -> Checked:  # fmt: skip
    """X-rays of the test part with their maps, sorted by answer and place."""
    threshold = 0.5 if network.threshold is None else network.threshold
    verdicts = located.verdicts(method, threshold)
    positions = {str(one["id"]): at for at, one in enumerate(prepared.records())}
    chosen = [
        (verdict, at)
        for verdict in VERDICTS
        for at in _most_telling(located, verdicts, verdict)
        if located.ids[at] in positions
    ]
    frames = []
    for done, (verdict, at) in enumerate(chosen):
        told("Making the maps of the test part", done / max(1, len(chosen)))
        position = positions[located.ids[at]]
        image, marks, picture = prepared_picture(
            prepared.records()[position], prepared.images[position], network.spec.input_size
        )
        case = Case(network=network, image=image, picture=picture, marks=marks, method=method)
        cam = case.explain(worker, image)
        frames.append(
            Frame(
                picture=image, cells=cam.cells, boxes=case.boxes,
                title=VERDICT_TITLES[verdict],
                said=f"{located.ids[at]}: output {located.outputs[at]:.2f}, "
                f"{percent(located.evidence[method][at])} of the evidence in marks that cover "
                f"{percent(located.area[at])}.",
            )
        )  # fmt: skip
    return Checked(
        frames=tuple(frames), grid=True,
        said=verdict_sentence(located, method, threshold), **figures_table({"": located}),
    )  # fmt: skip


def _most_telling(
    located: Located, verdicts: Sequence[Verdict | None], verdict: Verdict
) -> list[int]:
    """The surest answers of a kind: a quarter of a wall at most."""
    of_kind = [at for at, one in enumerate(verdicts) if one == verdict]
    found = verdict in ("right", "elsewhere")
    order = sorted(of_kind, key=lambda at: located.outputs[at], reverse=found)
    return order[: MOST_OF_A_WALL // len(VERDICTS)]


def verdict_sentence(located: Located, method: Method, threshold: float) -> str:
    """How many X-rays each verdict has."""
    verdicts = located.verdicts(method, threshold)
    right, elsewhere, seen, missed = (verdicts.count(one) for one in VERDICTS)
    known = sum(one is not None for one in verdicts)
    return (
        f"Of {known} marked X-rays of the test part {right + elsewhere} are found, {right} of them "
        f"with the map's peak on a mark; {seen + missed} are missed, {seen} with its peak on one."
    )


def figures_table(found: dict[str, Located]) -> dict[str, Any]:
    """Head and rows: each method of each network against the marks, with chance beside it."""
    rows = []
    for title, located in found.items():
        for method in located.methods:
            one = placing(located, method)
            name = METHOD_TITLES[method]
            rows.append(
                (
                    f"{title}: {name}" if title else name,
                    one.pointed.percent(), one.evidence.percent(), one.shared.percent(),
                    f"{100 * one.area:.1f} %",
                )
            )  # fmt: skip
    head = ("Map", "Highest place is marked", "Evidence in the marks", "Overlap", "Marked (chance)")
    return {"head": head, "rows": tuple(rows)}


def _signed(value: float) -> str:
    """A correlation in two digits with its sign.

    >>> _signed(0.5), _signed(float("nan"))
    ('+0.50', 'none')
    """
    if not np.isfinite(value):
        return "none"
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")
