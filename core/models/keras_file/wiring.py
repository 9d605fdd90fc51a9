"""Which layer reads which: the graph that ``config.json`` describes, networks inside it opened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from core.models.keras_file.description import Given
from core.models.keras_file.objections import damaged, refused

MOST_INSIDE: Final = 8
"""Networks inside one another."""
_NESTS: Final = ("Sequential", "Functional", "Model")
_TENSOR: Final = "__keras_tensor__"


def layers_of(config: Mapping[str, Any]) -> tuple[list[Given], str]:
    """The layers in the order of the file, and the place of the one whose answer is the network's.

    The layers of a network inside the network stand for it: its first reads what it reads.

    Raises:
        LessonError: ``network.layer`` for a class or a call that cannot be shown,
            ``network.input`` and ``network.output`` for several, ``network.damaged``.
    """
    found: list[Given] = []
    ends: dict[str, str] = {}
    last = _open(config, "", None, found, ends, 0)

    def resolved(place: str) -> str:
        while place in ends:
            place = ends[place]
        return place

    read = [replace(one, reads=tuple(map(resolved, one.reads))) for one in found]
    return read, resolved(last)


def _open(
    config: Mapping[str, Any],
    place: str,
    source: str | None,
    found: list[Given],
    ends: dict[str, str],
    depth: int,
) -> str:
    """Append a network's layers to ``found``; return the place of its last.

    Args:
        config: The network.
        place: What its layers' places begin with.
        source: What it reads, None for the picture.
        found: The layers so far.
        ends: By the place of a network inside it the place of its last layer.
        depth: Networks around it.
    """
    kind, inner = str(config.get("class_name")), config.get("config")
    if kind not in _NESTS or not isinstance(inner, Mapping) or not inner.get("layers"):
        raise refused(
            "layer",
            f"It is a {kind[:60]}, a class of one's own whose program is not in the file.",
            "Build it as Sequential or with the functional API, and save it again.",
        )
    if depth > MOST_INSIDE:
        raise refused("layer", f"More than {MOST_INSIDE} networks lie inside one another.")
    entries = inner["layers"]
    if not isinstance(entries, list) or not all(isinstance(one, Mapping) for one in entries):
        raise damaged("its layers are no list")
    places = _places(entries, place)
    if kind == "Sequential":
        sources = [source, *places]
        reads = [() if one is None else (one,) for one in sources[:-1]]
        last = places[-1]
    else:
        reads, last = _wires(inner, entries, places, source)
    for entry, where, read in zip(entries, places, reads, strict=True):
        name, own = str(entry.get("class_name")), entry.get("config")
        if not isinstance(own, Mapping):
            raise damaged(f"what {name[:60]} is set to is missing")
        _require_of_keras(entry, name)
        if name not in _NESTS:
            found.append(Given(name, str(own.get("name", name))[:60], own, where, read))
        elif len(read) > 1:
            raise refused("layer", f"The network {_name(entry)} inside it reads several layers.")
        else:
            ends[where] = _open(
                entry, f"{where}/", read[0] if read else None, found, ends, depth + 1
            )
    return last


def _places(entries: Sequence[Mapping[str, Any]], place: str) -> list[str]:
    """Where Keras puts the numbers of each layer: counted within their class."""
    seen: dict[str, int] = {}
    found = []
    for entry in entries:
        part = _snake(str(entry.get("class_name")))
        count = seen.get(part, 0)
        seen[part] = count + 1
        found.append(f"{place}layers/{part}" + (f"_{count}" if count else ""))
    return found


def _wires(
    inner: Mapping[str, Any],
    entries: Sequence[Mapping[str, Any]],
    places: Sequence[str],
    source: str | None,
) -> tuple[list[tuple[str, ...]], str]:
    """What each layer of a functional network reads, and the place of its last layer."""
    known = {_name(entry): where for entry, where in zip(entries, places, strict=True)}
    if len(known) != len(entries):
        raise damaged("two of its layers have one name")
    inputs = sum(entry.get("class_name") == "InputLayer" for entry in entries)
    if inputs != 1:
        raise refused("input", f"It has {inputs} inputs; networks with one can be shown.")
    reads: list[tuple[str, ...]] = []
    for entry in entries:
        if entry.get("class_name") == "InputLayer":
            reads.append(() if source is None else (source,))
            continue
        names = _read_by(entry)
        if not names or not all(name in known for name in names):
            raise damaged(f"what the layer {_name(entry)[:60]} reads is not there")
        reads.append(tuple(known[name] for name in names))
    ends = _ends(inner.get("output_layers"))
    if len(ends) != 1:
        raise refused("output", f"It has {len(ends)} outputs; networks with one can be shown.")
    if ends[0] not in known:
        raise damaged("its output is none of its layers")
    return reads, known[ends[0]]


def _name(entry: Mapping[str, Any]) -> str:
    own = entry.get("config")
    return str(entry.get("name") or (own.get("name", "") if isinstance(own, Mapping) else ""))


def _read_by(entry: Mapping[str, Any]) -> list[str]:
    """Names of the layers that a layer reads, in their order."""
    calls, name = entry.get("inbound_nodes") or [], _name(entry)[:60]
    if not isinstance(calls, list) or not all(isinstance(call, Mapping) for call in calls):
        raise damaged(f"what the layer {name} reads is no list")
    if len(calls) > 1:
        raise refused(
            "layer",
            f"Layer {name} ({str(entry.get('class_name'))[:40]}) is used {len(calls)} times with "
            "the same numbers; no view here shows that.",
            "Bring a network that uses each layer once.",
        )
    for call in calls:
        told = call.get("kwargs")
        if isinstance(told, Mapping) and told.get("training"):
            raise refused(
                "layer",
                f"Layer {name} is told to behave as in training at all times, which no view here "
                "shows.",
                "Build it without training=True.",
            )
    return list(
        _tensors([part for call in calls for part in (call.get("args"), call.get("kwargs"))])
    )


def _tensors(given: list[Any]) -> Iterator[str]:
    """Names of the layers that the tensors among these values are answers of."""
    waiting = given[::-1]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping) and one.get("class_name") == _TENSOR:
            own = one.get("config")
            history = own.get("keras_history") if isinstance(own, Mapping) else None
            if not isinstance(history, list) or not history or not isinstance(history[0], str):
                raise damaged("where a tensor comes from is missing")
            yield history[0]
        elif isinstance(one, Mapping):
            waiting.extend(reversed(list(one.values())))
        elif isinstance(one, list):
            waiting.extend(reversed(one))


def _ends(given: Any) -> list[str]:
    """Names of the layers whose answers are the network's; one output is written flat or not."""
    if isinstance(given, list) and given and isinstance(given[0], str):
        return [given[0]]
    each = list(given.values()) if isinstance(given, Mapping) else given
    if not isinstance(each, list) or not all(isinstance(one, list) and one for one in each):
        raise damaged("its outputs are no list")
    return [str(one[0]) for one in each]


def _require_of_keras(entry: Mapping[str, Any], name: str) -> None:
    module = str(entry.get("module") or "keras.layers")
    if name in {"Lambda", "TFSMLayer"}:
        raise refused(
            "layer",
            f"It has a {name} layer, which holds a program; none is run here.",
            "Put a layer of Keras in its place, and save it again.",
        )
    if not module.startswith("keras") or str(entry.get("registered_name") or name) not in {
        name, f"keras>{name}", f"Custom>{name}" if name in _NESTS else name,
    }:  # fmt: skip
        raise refused(
            "layer",
            f"Its layer {name[:60]} is one of somebody's own, whose program is not in the file.",
            "Put layers of Keras in its place, and save it again.",
        )


def _snake(name: str) -> str:
    """A class's name as Keras writes it into the file.

    >>> _snake("BatchNormalization"), _snake("Conv2D"), _snake("DepthwiseConv2D")
    ('batch_normalization', 'conv2d', 'depthwise_conv2d')
    """
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
