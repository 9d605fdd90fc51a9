"""From a scene, and perhaps a fracture, to pixels."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from core.arrays import BoolArray, FloatArray, UInt8Array
from data.synthetic import confounders
from data.synthetic.bones import Bone, bone_shadow, broken_shadow, mesh_for
from data.synthetic.fractures import Fracture
from data.synthetic.physics import (
    FAT,
    LEAD_OPTICAL_DEPTH,
    MUSCLE,
    Exposure,
    Grid,
    develop,
    expose,
    slow_part,
    soft_step,
)
from data.synthetic.scene import Scene
from data.synthetic.shapes import texture


def render(
    scene: Scene, fracture: Fracture | None, *, size: int, grain: np.random.Generator
) -> tuple[UInt8Array, BoolArray]:
    """The picture and the pixels that the fracture changed.

    Args:
        scene: What lies in the beam.
        fracture: The break of the scene's site, or None.
        size: Pixels along each side.
        grain: Source of the photon noise.

    Returns:
        (size, size) uint8 and (size, size) bool.
    """
    grid = Grid(size, scene.limb.half)
    flesh = _flesh_depth(scene, grid)
    rest = flesh.copy()
    for number, bone in enumerate(scene.limb.bones):
        if number != scene.site:
            _add_bone(rest, bone, grid)
    whole, depth, mask = _add_site(rest, scene, fracture, grid)
    exposure = _window(scene, whole, flesh)
    everything = grid.points((slice(0, size), slice(0, size)))
    for piece in scene.metal:
        depth = depth + piece.shadow(*everything, soft=grid.pixel)
    if scene.letter:
        depth = np.maximum(depth, _letter(scene, flesh))
    uncovered = _uncovered(scene, size)
    if scene.white_frame:
        depth = depth + (1 - uncovered) * LEAD_OPTICAL_DEPTH
    image = develop(expose(depth, exposure, rng=grain), exposure)
    if not scene.white_frame:
        image = (image * uncovered).astype(np.uint8)
    return image, mask & (uncovered > 0.5)


def _flesh_depth(scene: Scene, grid: Grid) -> FloatArray:
    """Optical depth of skin, fat and muscle, (S, S)."""
    size = grid.size
    x, y = grid.points((slice(0, size), slice(0, size)))
    muscle, skin = np.zeros((size, size), np.float32), np.zeros((size, size), np.float32)
    for tube in scene.limb.flesh:
        window = grid.window(tube.bounds())
        if window is None:
            continue
        outer = tube.chords(*grid.points(window)).outer
        # Bodies run into each other: between their sum and the thicker one.
        skin[window] += outer**3
        lean = np.maximum(outer - 0.16 * tube.radius**0.7 * (0.6 + outer / tube.radius), 0)
        muscle[window] += lean**3
    skin, muscle = np.cbrt(skin), np.cbrt(muscle)
    for body in scene.limb.air:
        window = grid.window(body.bounds())
        if window is not None:
            air = body.chords(*grid.points(window)).outer
            muscle[window] = np.maximum(muscle[window] - 0.8 * air, 0.35 * muscle[window])
    shift = (scene.along * 37) % 400
    mottle = cv2.warpAffine(
        texture("soft"),
        np.array([[256 / size, 0, shift], [0, 256 / size, shift / 2]], np.float32),
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_WRAP,
    )
    depth = FAT * (skin - muscle) + MUSCLE * muscle * (1 + 0.035 * mottle)
    for fold in scene.folds:
        depth = depth * fold.factor(x, y)
    return depth.astype(np.float32)


def _add_bone(depth: FloatArray, bone: Bone, grid: Grid) -> None:
    window = grid.window(bone.bounds(0.0))
    if window is None:
        return
    x, y = grid.points(window)
    depth[window] += bone_shadow(bone, x, y, mesh=mesh_for(bone, grid, window))


def _add_site(
    rest: FloatArray, scene: Scene, fracture: Fracture | None, grid: Grid
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Adds the bone in question: depth with it whole, as it is, and the lesion's pixels."""
    bone = scene.limb.bones[scene.site]
    whole, mask = rest.copy(), np.zeros(rest.shape, bool)
    window = _site_window(bone, grid)
    x, y = grid.points(window)
    mesh = mesh_for(bone, grid, window)
    if fracture is None:
        whole[window] += bone_shadow(bone, x, y, mesh=mesh)
        return whole, whole, mask
    broken, intact, lesion = broken_shadow(bone, fracture, x, y, mesh=mesh, soft=grid.pixel)
    depth = rest.copy()
    depth[window] += broken
    whole[window] += intact
    mask[window] = lesion
    return whole, depth, mask


def lesion_mask(scene: Scene, fracture: Fracture, *, size: int) -> BoolArray:
    """The pixels that a fracture changes, (size, size), without drawing the rest."""
    grid = Grid(size, scene.limb.half)
    bone = scene.limb.bones[scene.site]
    window = _site_window(bone, grid)
    x, y = grid.points(window)
    mesh = mesh_for(bone, grid, window)
    mask = np.zeros((size, size), bool)
    mask[window] = broken_shadow(bone, fracture, x, y, mesh=mesh, soft=grid.pixel)[2]
    return mask & (_uncovered(scene, size) > 0.5)


def _site_window(bone: Bone, grid: Grid) -> tuple[slice, slice]:
    window = grid.window(bone.bounds(2.0 * bone.shaft.radius))
    assert window is not None, "the site lies in the picture by construction"
    return window


def _window(scene: Scene, whole: FloatArray, flesh: FloatArray) -> Exposure:
    """Sets black and white from the unbroken limb, so that they cannot betray the fracture."""
    smaller = cv2.resize(whole, (64, 64), interpolation=cv2.INTER_AREA)
    coarse = np.asarray(smaller, whole.dtype)
    tissue = cv2.resize(flesh, (64, 64), interpolation=cv2.INTER_AREA)
    body = tissue > 0.15
    middle = float(np.median(tissue[body])) if body.any() else 0.5
    shown = coarse + scene.exposure.equalize * (coarse - slow_part(coarse))
    top = max(float(np.quantile(shown, 0.99)), middle * 1.2)
    lower = scene.window[0] * middle
    upper = lower + (top - lower) * scene.window[1]
    # Automatic exposure: a thick limb gets more light, though not as much as it takes away.
    photons = scene.exposure.photons * float(np.exp(0.75 * middle))
    return replace(scene.exposure, lower=lower, upper=upper, photons=photons)


def _letter(scene: Scene, flesh: FloatArray) -> FloatArray:
    """The side marker in the corner with the least tissue."""
    assert scene.letter is not None
    size = flesh.shape[0]
    spots = ((0.16, 0.16), (0.84, 0.16), (0.16, 0.84), (0.84, 0.84))
    tissue = [float(flesh[int(y * size), int(x * size)]) for x, y in spots]
    cover = confounders.marker(
        scene.letter,
        size=size,
        center=spots[int(np.argmin(tissue))],
        height=0.085,
        angle=scene.letter_turn,
    )
    return cover * (flesh + 0.8 * float(flesh.max()) + 0.6)


def _uncovered(scene: Scene, size: int) -> FloatArray:
    """Share of each pixel that the collimator leaves open, (S, S) float32."""
    left, top, right, bottom, turn = scene.frame
    places = (np.arange(size, dtype=np.float32) + 0.5) / size
    x, y = places[None, :], places[:, None]
    x, y = x + turn * (y - 0.5), y - turn * (x - 0.5)
    soft = 1.2 / size + 0.004
    open_ = soft_step(x - left, soft) * soft_step(right - x, soft)
    return (open_ * soft_step(y - top, soft) * soft_step(bottom - y, soft)).astype(np.float32)
