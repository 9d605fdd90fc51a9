"""All that is decided before the label of a picture is known: limb, clutter, beam, display."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from data.synthetic import confounders
from data.synthetic.anatomy import REGIONS, VIEWS, Limb, build_limb
from data.synthetic.difficulty import Difficulty
from data.synthetic.physics import Exposure
from data.synthetic.shapes import Pose

SCENE_STREAM = 0
"""Number of this module's stream of random numbers; other streams have other numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that is decided before the label is known.

    Attributes:
        region: Body part.
        view: Projection.
        limb: It, as it lies on the detector.
        site: Number of the bone that may be broken.
        along: Where on its shaft, cm from the start.
        names: The confounders.
        metal: Plates and wires.
        folds: Skin creases.
        exposure: Beam and display; its window is set later, from the unbroken limb.
        frame: Edges of the collimator: left, top, right, bottom as shares, and its turn.
        white_frame: The covered part is shown white (unexposed film) instead of masked black.
        letter: Side marker, None without one.
        letter_turn: Its turn, degrees.
        window: Where the display's black and white lie, see `_window`.
    """

    region: str
    view: str
    limb: Limb
    site: int
    along: float
    names: tuple[str, ...]
    metal: tuple[confounders.Plate | confounders.Wire, ...]
    folds: tuple[confounders.Fold, ...]
    exposure: Exposure
    frame: tuple[float, float, float, float, float]
    white_frame: bool
    letter: str | None
    letter_turn: float
    window: tuple[float, float]


def draw_scene(index: int, *, seed: int, difficulty: Difficulty) -> Scene:
    """Limb, clutter and exposure of an index. The label has no say in it."""
    rng = np.random.default_rng([seed, index, SCENE_STREAM])
    region = tuple(REGIONS)[int(rng.integers(len(REGIONS)))]
    view = VIEWS[int(rng.integers(len(VIEWS)))]
    names = confounders.choose(rng, clutter=difficulty.clutter)
    squeeze = float(rng.uniform(0.15, 0.5)) if "overlap" in names else 1.0
    limb = build_limb(rng, region=region, view=view, squeeze=squeeze)
    site = limb.sites[int(rng.integers(len(limb.sites)))]
    shaft = limb.bones[site.bone].shaft
    # Bones break near their ends more often than in the middle.
    share = float(rng.beta(0.6, 0.6))
    along = (site.first + (site.last - site.first) * share) * shaft.length
    # Collimated to the bone in question, as the radiographer does where it hurts.
    close = shaft.half_width(along) * float(rng.uniform(5.2, 7.4))
    limb = replace(limb, half=min(max(close, 0.4 * limb.half), limb.half))
    pose = Pose(
        origin=shaft.point(along) - complex(*rng.uniform(-0.19, 0.19, 2)) * limb.half,
        mirrored=bool(rng.random() < 0.5),
        angle=float(rng.normal(0.0, 0.16)),
    )
    limb = limb.posed(pose)
    if "growth plate" in names:
        limb = replace(limb, bones=confounders.with_growth_plates(rng, limb.bones))
    if "vessel channel" in names:
        limb = replace(limb, bones=confounders.with_channels(rng, limb.bones))
    folds = ()
    if "skin fold" in names:
        count = int(rng.integers(1, 4))
        folds = tuple(confounders.draw_fold(rng, half=limb.half) for _ in range(count))
    metal = _metal(rng, limb, clear=limb.bones[site.bone].shaft.point(along), names=names)
    return Scene(
        region=region,
        view=view,
        limb=limb,
        site=site.bone,
        along=along,
        names=names if metal else tuple(name for name in names if name != "hardware"),
        metal=metal,
        folds=folds,
        exposure=_exposure(rng, difficulty),
        frame=_frame(rng),
        white_frame=bool(rng.random() < 0.15),
        letter=("L" if pose.mirrored else "R") if rng.random() < 0.55 else None,
        letter_turn=float(rng.normal(0.0, 8.0)),
        window=(float(rng.uniform(0.35, 0.8)), float(rng.uniform(0.95, 1.3))),
    )


def _metal(
    rng: np.random.Generator, limb: Limb, *, clear: complex, names: tuple[str, ...]
) -> tuple[confounders.Plate | confounders.Wire, ...]:
    if "hardware" not in names:
        return ()
    bones = tuple(limb.bones[number] for number in sorted({site.bone for site in limb.sites}))
    return confounders.draw_hardware(rng, bones, half=limb.half, keep_clear=clear)


def _exposure(rng: np.random.Generator, difficulty: Difficulty) -> Exposure:
    return Exposure(
        photons=float(90_000 * 0.004**difficulty.noise * rng.uniform(0.7, 1.4)),
        blur=0.0025 + 0.011 * difficulty.blur * float(rng.uniform(0.8, 1.2)),
        scatter=float(rng.uniform(0.01, 0.06)),
        heel=complex(*rng.uniform(-0.08, 0.08, 2)),
        vignette=float(rng.uniform(0.0, 0.12)),
        lower=0.0,
        upper=1.0,
        gamma=float(rng.uniform(1.1, 1.6)),
        equalize=float(rng.uniform(0.45, 0.9)),
        fog=float(rng.uniform(0.02, 0.14)),
        rows=float(rng.uniform(0.0, 1.0)),
    )


def _frame(rng: np.random.Generator) -> tuple[float, float, float, float, float]:
    """Collimator edges; each side covers nothing in about half of all pictures."""
    cover = np.maximum(rng.uniform(-0.12, 0.12, 4), -0.05)
    left, top, right, bottom = (float(edge) for edge in cover)
    return left, top, 1 - right, 1 - bottom, float(rng.normal(0.0, 0.015))
