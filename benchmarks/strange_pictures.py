"""How well the networks that come with Lightbox tell pictures of another kind.

    LIGHTBOX_FRACATLAS=DIR python3 -m benchmarks strange_pictures [--write]

Of the pictures of each network's own test part, which nobody learned from, it prints the share
that is called strange (false alarms), the same after some changes that pictures go through in
people's hands, and of each kind of `tests.strangers` the share that is and the AUC: how often a
picture of that kind is stranger than one of the test part.
With ``--write`` what was learned is kept beside the small networks.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.shipped_figures import prepared_of
from core.arrays import FloatArray, UInt8Array
from core.jobs import familiar, tasks
from core.reference.familiarity import Familiarity
from data.models.pretrained import read_predictions
from data.models.shipped import ShippedModel, eye_path, reference_model, shipped_models
from data.pictures.preprocess import decode_file, prepare_image
from data.sets.registry import find_root
from tests.strangers import KINDS, in_plaster, strangers

NOISE: Final = 15.0
"""Standard deviation, in gray levels."""


def changed(image: UInt8Array) -> dict[str, UInt8Array]:
    """An X-ray (H, W) after each change, by name."""
    height, width = image.shape
    side = min(height, width)
    grain = np.random.default_rng(int(image.sum())).normal(0, NOISE, image.shape)
    rim = side // 8
    return {
        "mirrored": image[:, ::-1],
        "upside down": image[::-1, ::-1],
        "turned by a quarter": np.rot90(image),
        "the middle half of it": image[height // 4 : -height // 4, width // 4 : -width // 4],
        "black for white": 255 - image,
        "half as bright": image // 2,
        "an eighth as bright": image // 8,
        "blurred": _uint8(cv2.GaussianBlur(image, (0, 0), side / 128)),
        "noisy": np.clip(image + grain, 0, 255).astype(np.uint8),
        "in a white frame": np.pad(image, rim, constant_values=255),
        "in plaster": in_plaster(image, seed=int(image.sum())),
    }


def main() -> None:
    """Print, and write where asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--root", type=Path, help="of FracAtlas (default: LIGHTBOX_FRACATLAS)")
    options.add_argument("--write", action="store_true", help="keep it beside the networks")
    chosen = options.parse_args()
    eye, reference = eye_path(), reference_model()
    if eye is None or reference is None:
        raise SystemExit("The reference network, whose backbone looks, is not here.")
    for model in shipped_models().values():
        prepared = prepared_of(model, chosen.root)
        begun = time.perf_counter()
        known = familiar.learn(prepared, eye)
        if known is None:
            raise SystemExit(f"{prepared.title} has too few pictures.")
        print(f"{model.name}: learned in {time.perf_counter() - begun:.1f} s")
        look = partial(_distances, known, eye)
        _tell(look, list(prepared.images[prepared.indices("test")]), prepared.size)
        if chosen.write:
            familiar.keep(model.path.parent, known)
    print(f"{reference.name}:")
    _tell(partial(_asked, reference), tested_files(chosen.root), reference.spec.input_size)


def tested_files(root: Path | None) -> list[UInt8Array]:
    """The test part of the reference network, as it lies on the disk."""
    files = {path.stem: path for path in (find_root("fracatlas", root) / "images").rglob("*.jpg")}
    return [decode_file(files[str(name)]).gray for name in read_predictions()["test_ids"]]


def _uint8(image: object) -> UInt8Array:
    return np.asarray(image, np.uint8)


def _distances(known: Familiarity, eye: Path, images: UInt8Array) -> FloatArray:
    return known.distances(familiar.look(images, eye))


def _asked(model: ShippedModel, images: UInt8Array) -> FloatArray:
    _, found = tasks.judge(str(model.path), images)
    assert found is not None
    return found


def _tell(look: Callable[[UInt8Array], FloatArray], own: list[UInt8Array], size: int) -> None:
    usual = look(np.stack([prepare_image(image, size) for image in own]))
    print(f"  of its own test part: {np.mean(usual > 1):.1%} of {len(usual)} (false alarms)")
    variants = [changed(image) for image in own[:: len(own) // 120]]
    for name in variants[0]:
        pictures = [prepare_image(np.ascontiguousarray(one[name]), size) for one in variants]
        _print(name, look(np.stack(pictures)), usual)
    for kind in KINDS:
        pictures = [prepare_image(one, size) for one in strangers(kind)]
        _print(kind, look(np.stack(pictures)), usual)


def _print(name: str, found: FloatArray, usual: FloatArray) -> None:
    auc = float(np.mean(found[:, None] > usual[None]))
    told = f"{np.mean(found > 1):.0%} of {len(found)}"
    print(f"  {name}: {told}, least {found.min():.2f}, AUC {auc:.3f}", flush=True)


if __name__ == "__main__":
    main()
