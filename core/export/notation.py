"""A network as a line of letters, one token a layer, as the address of its page holds it.

    I64.Npaper.cF32.p.cF64.p.cF128.p.f.oR5.dU128.oR5

``I`` is the input's size, ``N`` the name, each ``C`` a class; then the layers in their order. A
small letter names the layer, a capital what is set of it, and what is default is left out. Blocks
hold their layers between ``r`` or ``y`` and ``z``; ``rAlinear`` is a residual block without an
activation behind its sum, and ``n`` begins the next branch. The browser writes
the same letters (``dashboard/lessons/architecture/notation.js``) while a block is dragged, which is
why they are not packed: what packs there does so some time later. An impossible network has a
notation too, so that nothing is lost while it is mended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from core.errors import LessonError
from core.models.diagnosis import DEEPEST, MOST_LAYERS
from core.models.layers import (
    ACTIVATIONS,
    ENDINGS,
    MAX_DILATION,
    MAX_KERNEL_SIZE,
    MAX_SCALE,
    MAX_STRIDE,
    MAX_WIDTH,
    MAX_WINDOW,
    PADDINGS,
    POOLS,
)
from core.models.spec import MAX_INPUT_SIZE, MIN_INPUT_SIZE, layer_class

RESIDUAL: Final = "r"
SUM: Final = f"rA{ENDINGS[1]}"
"""A residual block without an activation."""
LONGEST: Final = 4000
"""Letters of a network that is read: an address holds no more."""
NAME: Final = "own"
CLASSES: Final = ("normal", "fracture")
KINDS: Final = {
    "c": "convolution",
    "w": "depthwise_convolution",
    "h": "shared_convolution",
    "p": "pooling",
    "v": "activation",
    "b": "batch_normalization",
    "o": "dropout",
    "f": "flatten",
    "g": "global_pooling",
    "d": "dense",
}
MARKS: Final = {
    "F": "filters",
    "K": "kernel_size",
    "S": "stride",
    "D": "dilation",
    "W": "size",
    "U": "units",
    "R": "rate",
    "X": "scales",
    "M": "kind",
    "P": "padding",
    "A": "activation",
}
LIMITS: Final = {
    "input_size": (MIN_INPUT_SIZE, MAX_INPUT_SIZE),
    "filters": (1, MAX_WIDTH),
    "units": (1, MAX_WIDTH),
    "kernel_size": (1, MAX_KERNEL_SIZE),
    "stride": (1, MAX_STRIDE),
    "dilation": (1, MAX_DILATION),
    "size": (2, MAX_WINDOW),
    "scales": (1, MAX_SCALE),
}
"""A number outside of them is read as the limit."""
_LETTERS: Final = {kind: letter for letter, kind in KINDS.items()}
_PLACES: Final = 12
_TOKEN: Final = re.compile(r"([a-z])((?:[A-Z][a-z0-9]*)*)", re.ASCII)
_PART: Final = re.compile(r"([A-Z])([a-z0-9]*)", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,5}", re.ASCII)
_NAME: Final = re.compile(r"(?:[A-Za-z0-9]|-[0-9A-F]{2})+", re.ASCII)


def to_notation(data: Mapping[str, Any]) -> str:
    """The letters of a described network, possible or not.

    >>> from core.models.zoo.entries import paper_network
    >>> to_notation(paper_network(28, CLASSES, filters=(4, 6), dense=8).to_json())
    'I28.Npaper.cF4.p.cF6.p.f.oR5.dU8.oR5'
    """
    head = [f"I{data['input_size']}"]
    if data["name"] != NAME:
        head.append("N" + _say_name(data["name"]))
    if tuple(data["classes"]) != CLASSES:
        head += ["C" + _say_name(label) for label in data["classes"]]
    return ".".join([*head, *_say_layers(data["layers"])])


def from_notation(text: str) -> dict[str, Any]:
    """What `to_notation` was given; what is too large is the limit.

    Raises:
        LessonError: ``model.bad-link`` for anything else.
    """
    try:
        if len(text) > LONGEST:
            raise ValueError(f"it has more than {LONGEST} letters")
        return _Reader(text.split(".")).network()
    except (ValueError, KeyError, IndexError) as error:
        raise LessonError(
            "model.bad-link",
            problem=f"The network in this address cannot be read: {error}.",
            remedy="Copy the whole address again, or start from a network of the list.",
        ) from error


def _say_name(name: str) -> str:
    return "".join(
        chr(byte) if re.match(r"[A-Za-z0-9]", chr(byte)) else f"-{byte:02X}"
        for byte in name.encode("utf-8")
    )


def _read_name(code: str) -> str:
    if not _NAME.fullmatch(code):
        raise ValueError(f"{code!r} is no name")
    return unquote_to_bytes(code.replace("-", "%")).decode("utf-8")


def _say_layers(layers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for layer in layers:
        kind = layer["layer"]
        if kind == "residual":
            plain = layer.get("activation", ENDINGS[0]) == ENDINGS[0]
            yield from (RESIDUAL if plain else SUM, *_say_layers(layer["body"]), "z")
        elif kind == "parallel":
            yield "y"
            for number, branch in enumerate(layer["branches"]):
                yield from (*(["n"] if number else []), *_say_layers(branch))
            yield "z"
        else:
            yield _LETTERS[kind] + "".join(_say_parts(kind, layer))


def _say_parts(kind: str, layer: Mapping[str, Any]) -> Iterator[str]:
    defaults = _defaults(kind)
    for mark, name in MARKS.items():
        if name not in defaults:
            continue
        value = layer[name]
        if name == "scales":
            if list(value) != list(defaults[name]):
                yield "".join(f"{mark}{scale}" for scale in value)
        elif value != defaults[name]:
            yield mark + _say_value(name, value)


def _defaults(kind: str) -> dict[str, Any]:
    """Fields of a kind of layer by name; `MISSING` for what has to be said."""
    return {field.name: field.default for field in fields(layer_class(kind))}


def _say_value(name: str, value: Any) -> str:
    if name == "rate":
        return f"{value:.{_PLACES}f}".partition(".")[2].rstrip("0")
    return str(value).replace("_", "")


def _read_number(name: str, code: str) -> int:
    if not _NUMBER.fullmatch(code):
        raise ValueError(f"{code!r} is no {name}")
    low, high = LIMITS[name]
    return min(max(int(code), low), high)


def _read_value(kind: str, name: str, code: str) -> Any:
    if name in LIMITS:
        return _read_number(name, code)
    if name == "rate":
        if not re.fullmatch(rf"\d{{0,{_PLACES}}}", code, re.ASCII):
            raise ValueError(f"{code!r} is no rate")
        return float("0." + (code or "0"))
    known = {
        "padding": PADDINGS,
        "activation": ACTIVATIONS,
        "kind": ACTIVATIONS if kind == "activation" else POOLS,
    }[name]
    return {choice.replace("_", ""): choice for choice in known}[code]


def _read_layer(token: str) -> dict[str, Any]:
    found = _TOKEN.fullmatch(token)
    if not found or found[1] not in KINDS:
        raise ValueError(f"{token!r} is no layer")
    kind = KINDS[found[1]]
    values: dict[str, Any] = {}
    for mark, code in _PART.findall(found[2]):
        name = MARKS[mark]
        value = _read_value(kind, name, code)
        if name == "scales":
            values.setdefault(name, []).append(value)
        elif name in values:
            raise ValueError(f"{token!r} says {mark} twice")
        else:
            values[name] = value
    defaults = _defaults(kind)
    whole = {name: values.pop(name, default) for name, default in defaults.items()}
    if values or MISSING in whole.values():
        raise ValueError(f"{token!r} is no {kind}")
    if "scales" in whole:
        whole["scales"] = list(whole["scales"])
        if len(whole["scales"]) < 2 or len(set(whole["scales"])) != len(whole["scales"]):
            raise ValueError(f"{token!r} has no different scales")
    return {"layer": kind, **whole}


class _Reader:
    """Reads tokens one after another."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tokens
        self.at = 0
        self.layers = 0

    def network(self) -> dict[str, Any]:
        size = _read_number("input_size", self._after("I"))
        name = _read_name(self._after("N")) if self._begins("N") else NAME
        classes = []
        while self._begins("C"):
            classes.append(_read_name(self._after("C")))
        if classes and (len(classes) < 2 or len(set(classes)) != len(classes)):
            raise ValueError("its classes are not two different ones")
        layers = self._list(0)
        if self.at < len(self.tokens):
            raise ValueError(f"{self.tokens[self.at]!r} ends what never began")
        return {
            "name": name,
            "input_size": size,
            "classes": classes or list(CLASSES),
            "layers": layers,
        }

    def _begins(self, sign: str) -> bool:
        return self.at < len(self.tokens) and self.tokens[self.at].startswith(sign)

    def _after(self, sign: str) -> str:
        if not self._begins(sign):
            raise ValueError(f"there is no {sign}")
        self.at += 1
        return self.tokens[self.at - 1][1:]

    def _list(self, depth: int) -> list[dict[str, Any]]:
        """Layers up to the end, or to what ends a list."""
        if depth > DEEPEST:
            raise ValueError(f"blocks lie more than {DEEPEST} deep in each other")
        found: list[dict[str, Any]] = []
        while self.at < len(self.tokens) and self.tokens[self.at] not in {"n", "z"}:
            token = self.tokens[self.at]
            self.at += 1
            self.layers += 1
            if self.layers > MOST_LAYERS:
                raise ValueError(f"it has more than {MOST_LAYERS} layers")
            if token in {RESIDUAL, SUM}:
                ending = {"activation": ENDINGS[1]} if token == SUM else {}
                found.append({"layer": "residual", "body": self._list(depth + 1), **ending})
                self._end("z")
            elif token == "y":
                branches = [self._list(depth + 1)]
                while self.tokens[self.at] == "n":
                    self.at += 1
                    branches.append(self._list(depth + 1))
                self._end("z")
                found.append({"layer": "parallel", "branches": branches})
            else:
                found.append(_read_layer(token))
        return found

    def _end(self, sign: str) -> None:
        if self.tokens[self.at] != sign:
            raise ValueError(f"{self.tokens[self.at]!r} stands where {sign} should")
        self.at += 1
