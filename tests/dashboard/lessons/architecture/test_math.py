"""The browser's arithmetic, letters and edits of networks, held to core under Node."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from core.errors import LessonError
from core.export.notation import LONGEST, from_notation, to_notation
from core.inspect.receptive_field import receptive_fields
from core.models.cost import node_table
from core.models.diagnosis import DEEPEST, MOST_LAYERS, diagnose
from core.models.memory import memory
from core.models.spec import ModelSpec
from core.models.zoo.entries import MODELS, paper_network
from core.reference.backbone_spec import backbone_layers
from dashboard.lessons.architecture.stage import grammar
from tests.browser_vectors import call_module
from tests.core.export.test_source import EVERYTHING
from tests.core.inspect.test_receptive_field import random_network

ROOM = "lessons/architecture"
BINARY = ("normal", "fracture")
SPECS = [
    EVERYTHING,
    ModelSpec("backbone", 64, BINARY, backbone_layers()),
    *(entry.build(64, BINARY) for entry in MODELS.values()),
    *(random_network(seed) for seed in range(60)),
]


def plain(spec: ModelSpec) -> dict[str, Any]:
    return dict(json.loads(json.dumps(spec.to_json())))


def test_counts_and_receptive_fields_are_cores() -> None:
    answers = call_module(f"{ROOM}/network_math.js", [["examine", plain(s)] for s in SPECS])
    for spec, found in zip(SPECS, answers, strict=True):
        fields, bytes_ = receptive_fields(spec), memory(spec)
        assert found["error"] is None
        held = (found["weights"], found["maps"], found["training"])
        assert held == (bytes_.parameters, bytes_.maps, bytes_.training)
        for row, drawn in zip(node_table(spec), found["rows"], strict=True):
            field, seen = fields[row.node.name], drawn["field"]
            assert (drawn["name"], drawn["text"], drawn["macsText"], drawn["bytes"]) == (
                row.node.name, row.parameters_text, row.multiply_adds_text, row.bytes
            )  # fmt: skip
            law = (field.size, field.jump, field.center, field.side)
            assert (seen["size"], seen["jump"], seen["center"], seen["side"]) == law
            assert seen["high"] == field.high.tolist()
            reached = [at for at, last in enumerate(seen["high"]) if last >= 0]
            assert [seen["low"][at] for at in reached] == [int(field.low[at]) for at in reached]


def test_letters_are_written_and_read_as_core_has_them() -> None:
    designs = [plain(spec) for spec in SPECS]
    designs.append({**designs[0], "name": "ä.-_ 骨", "classes": ["ja", "n*e", "ü"]})
    codes = [to_notation(design) for design in designs]
    said = call_module(f"{ROOM}/notation.js", [["toNotation", d, grammar()] for d in designs])
    read = call_module(f"{ROOM}/notation.js", [["fromNotation", c, grammar()] for c in codes])
    assert said == codes
    assert read == designs


SIGNS = ["", ".", "r", "y", "n", "0", "9", "K", "K4", "X2", "-", "é", "I"]
TOKENS = [
    "",
    "f",
    "cF9",
    "cK3",
    "p",
    "pS9",
    "hF2X1X2",
    "oR25",
    "b",
    "gMmax",
    "vAelu",
    "r",
    "z",
    "n",
]


def damaged(chance: random.Random) -> str:
    """The letters of a network with one or two of them, or of its tokens, exchanged."""
    code = to_notation(plain(chance.choice(SPECS)))
    join, signs = chance.choice([("", SIGNS), (".", TOKENS)])
    parts = code.split(join) if join else list(code)
    for _ in range(chance.randint(1, 2)):
        parts[chance.randrange(len(parts))] = chance.choice(signs)
    return join.join(parts)


def test_damaged_letters_are_read_alike() -> None:
    chance = random.Random(7)
    codes = [damaged(chance) for _ in range(1500)]
    found = call_module(f"{ROOM}/notation.js", [["fromNotation", c, grammar()] for c in codes])
    good = 0
    for code, theirs in zip(codes, found, strict=True):
        try:
            ours: dict[str, Any] | None = from_notation(code)
        except LessonError:
            ours = None
        assert theirs == ours, code
        good += ours is not None
    assert 200 < good < 1300


def nested(deep: int) -> str:
    """A network of residual blocks in each other, around one convolution."""
    head = to_notation({**plain(SPECS[0]), "layers": []})
    return ".".join([head, *["r"] * deep, "cF2", *["z"] * deep])


def long(layers: int, name: str = "n") -> str:
    return to_notation({**plain(SPECS[0]), "name": name, "layers": [FLAT] * layers})


def test_what_is_too_large_is_read_by_neither() -> None:
    at_limit = [nested(DEEPEST), long(MOST_LAYERS), long(1, "n" * (LONGEST - len(long(1)) + 1))]
    beyond = [nested(DEEPEST + 1), long(MOST_LAYERS + 1), long(1, "n" * LONGEST)]
    assert len(at_limit[2]) == LONGEST
    codes = [*at_limit, *beyond]
    found = call_module(f"{ROOM}/notation.js", [["fromNotation", c, grammar()] for c in codes])
    assert found[:3] == [from_notation(code) for code in at_limit]
    assert found[3:] == [None] * 3
    for code in beyond:
        with pytest.raises(LessonError):
            from_notation(code)


CONV = {"layer": "convolution", "filters": 4, "kernel_size": 3, "stride": 1, "padding": "same",
        "activation": "relu", "dilation": 1}  # fmt: skip
FLAT = {"layer": "flatten"}
NESTED = {
    "name": "own", "input_size": 16, "classes": list(BINARY),
    "layers": [CONV, {"layer": "residual", "body": [CONV]},
               {"layer": "parallel", "branches": [[CONV], []]}, FLAT],
}  # fmt: skip


def test_blocks_are_called_as_core_calls_them() -> None:
    specs = [spec for spec in SPECS if len(spec.layers) > 2]
    keys = call_module(f"{ROOM}/design.js", [["keysOf", plain(spec)] for spec in specs])
    blocks = [(spec, key) for spec, found in zip(specs, keys, strict=True) for key in found[1:-1]]
    called = call_module(f"{ROOM}/design.js", [["nameOf", plain(s), path(k)] for s, k in blocks])
    ends = ("_shortcut", "_add", "_relu", "_join")
    for spec in specs:
        names = {name for (of, _), name in zip(blocks, called, strict=True) if of is spec}
        for name in {row.node.name for row in node_table(spec)} - {"image", "rescaling", "logits"}:
            assert name in names or any(name.removesuffix(end) in names for end in ends), name


def path(key: str) -> list[str | int]:
    return [part if part == "body" else int(part) for part in key.split(".")]


def test_a_block_walks_through_every_place_and_back() -> None:
    """Right until the end, left until the beginning: the way back is the way there."""
    design, key, there = NESTED, "0", []
    while True:
        (step,) = call_module(f"{ROOM}/design.js", [["moved", design, key, 1]])
        if step is None:
            break
        there.append((design, key))
        design, key = step["design"], step["key"]
    assert [at for _, at in there] == ["0", "0.body.0", "0.body.1", "1", "1.0.0", "1.0.1", "1.1.0",
                                       "2"]  # fmt: skip
    for before in reversed(there):
        (step,) = call_module(f"{ROOM}/design.js", [["moved", design, key, -1]])
        design, key = step["design"], step["key"]
        assert (design, key) == before


@pytest.mark.parametrize(
    ("key", "gap", "expected"),
    [
        ("0", [4], "3"),
        ("3", [0], "0"),
        ("0", [1, "body", 1], "0.body.1"),
        ("1.body.0", [0], "0"),
        ("2.0.0", [2, 1, 0], "2.1.0"),
        ("1", [1, "body", 0], None),
        ("0", [0], "0"),
    ],
)
def test_a_block_is_dropped_where_the_gap_was_seen(
    key: str, gap: list[Any], expected: str | None
) -> None:
    (found,) = call_module(f"{ROOM}/design.js", [["dropped", NESTED, key, gap]])
    assert (found and found["key"]) == expected
    if found:
        (layer, taken) = call_module(
            f"{ROOM}/design.js",
            [["layerAt", found["design"], found["key"]], ["layerAt", NESTED, key]],
        )
        assert layer == taken


def test_what_is_added_can_be_built_behind_maps() -> None:
    paper = plain(paper_network(64, BINARY))
    kinds = [*grammar()["fields"], "residual", "parallel"]
    fields = grammar()["fields"]
    layers = call_module(f"{ROOM}/design.js", [["fresh", k, [64, 64, 32], fields] for k in kinds])
    for kind, layer in zip(kinds, layers, strict=True):
        place = len(paper["layers"]) if kind == "dense" else 1
        rest = [FLAT] if kind in {"flatten", "global_pooling"} else paper["layers"][1:]
        tail = [] if kind in {"dense", "global_pooling", "flatten"} else rest
        found = {**paper, "layers": [*paper["layers"][:place], layer, *tail]}
        assert diagnose(found) is None, kind
        assert from_notation(to_notation(found)) == found
