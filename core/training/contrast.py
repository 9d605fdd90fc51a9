"""What trainings differ in: their settings in a few words each, and the ones that are not alike."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from core.models.layers import BatchNormalization, Convolution, Dense
from core.models.spec import ModelSpec
from core.training.spec import Augmentation, Start, TrainingSpec, drops

SEED: Final = "seed"


def settings(spec: TrainingSpec) -> dict[str, str]:
    """What a person set of a training, by name, in words that fit beside a curve.

    >>> from core.models.zoo.entries import paper_network
    >>> spec = TrainingSpec(
    ...     dataset="synthetic", fingerprint="", prepared="", epochs=10, batch_size=32,
    ...     model=paper_network(28, ("no", "yes")), learning_rate=0.01,
    ... )
    >>> found = settings(spec)
    >>> found["rate"], found["dropout"], found["size"], found["augmentation"]
    ('0.01', '0.5', '28 px', 'off')
    """
    return {
        "set": spec.dataset,
        "images": spec.fingerprint[:6],
        **_network(spec.model),
        "rate": f"{spec.learning_rate:g}",
        "schedule": spec.schedule,
        "optimizer": spec.optimizer,
        "batch": str(spec.batch_size),
        "loss": "cross-entropy" if not spec.focal_gamma else f"focal \u03b3 {spec.focal_gamma:g}",
        "weight decay": f"{spec.weight_decay:g}",
        "augmentation": _augmentation(spec.augmentation),
        "class weights": "on" if spec.class_weights else "off",
        "label noise": f"{100 * spec.label_noise:g} %" if spec.label_noise else "off",
        "patience": "off" if spec.patience is None else str(spec.patience),
        "epochs": str(spec.epochs),
        "changed": "; ".join(change.told() for change in spec.changes) or "nothing",
        "begun": "anew" if spec.start is None else _start(spec.start),
        SEED: str(spec.seed),
    }


def differing(specs: Sequence[TrainingSpec]) -> list[dict[str, str]]:
    """For each training the settings in which not all of these are alike; empty for one alone."""
    told = [settings(spec) for spec in specs]
    names = [name for name in (told[0] if told else ()) if len({one[name] for one in told}) > 1]
    if "set" in names and "images" in names:
        names.remove("images")  # another set has other images
    return [{name: one[name] for name in names} for one in told]


def words(settings_: Mapping[str, str]) -> str:
    """Settings on one line.

    >>> words({"rate": "0.01", "augmentation": "off", "size": "48 px", "network": "lenet"})
    'rate 0.01, no augmentation, 48 px, lenet'
    """
    return ", ".join(_said(name, value) for name, value in settings_.items())


def family(spec: TrainingSpec) -> str:
    """Equal for trainings that differ in nothing but the seed."""
    plain: dict[str, Any] = spec.to_json() | {"seed": 0, "prepared": "", "opens_test": True}
    return json.dumps(plain, sort_keys=True)


def _said(name: str, value: str) -> str:
    if name in {"set", "network", "size"}:
        return value
    if value in {"off", "nothing"}:
        return f"no {name}" if value == "off" else "unchanged"
    return name if value == "on" else f"{name} {value}"


def _network(model: ModelSpec) -> dict[str, str]:
    layers = model.layers
    dropped = [f"{rate:g}" for rate in drops(model) if rate]
    kernels = [layer for layer in layers if isinstance(layer, Convolution)]
    return {
        "network": model.name,
        "size": f"{model.input_size} px",
        "dropout": "/".join(dict.fromkeys(dropped)) or "off",
        "filters": "/".join(str(one.filters) for one in kernels) or "off",
        "kernels": "/".join(
            dict.fromkeys(f"{one.kernel_size}x{one.kernel_size}" for one in kernels)
        )
        or "off",
        "batch normalization": "on"
        if any(isinstance(one, BatchNormalization) for one in layers)
        else "off",
        "dense": "/".join(str(one.units) for one in layers if isinstance(one, Dense)) or "off",
    }


def _start(start: Start) -> str:
    return f"at epoch {start.epoch} of {start.run[-4:]}" if start.epoch else "anew"


def _augmentation(wanted: Augmentation) -> str:
    if not wanted.active:
        return "off"
    if wanted.flip and not any((wanted.shift, wanted.rotation, wanted.zoom, wanted.contrast)):
        return "flip"
    parts = [
        f"{name} {getattr(wanted, name):g}"
        for name in ("shift", "rotation", "zoom", "contrast")
        if getattr(wanted, name)
    ]
    return "+".join([*(["flip"] if wanted.flip else []), *parts]) or "off"
