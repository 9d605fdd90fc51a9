"""What travels to the builder: the network as it is, and a word for everything it says."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from core.export.notation import from_notation, to_notation
from core.models.spec import _KINDS
from core.models.zoo.entries import paper_network
from dashboard import cache
from dashboard.lessons.architecture import stage
from dashboard.lessons.architecture.stage import SCHEMA, ArchitectureView, grammar, payload
from dashboard.shared.lesson import words
from dashboard.shared.schema import decode, encode

FOLDER = Path(stage.__file__).parent
PICTURE = np.arange(64, dtype=np.uint8).reshape(8, 8)
DESIGN = paper_network(28, ("a", "b")).to_json()
SCRIPTS = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.js")}


def read(*, locked: bool = False) -> tuple[dict[str, Any], bytes]:
    view = ArchitectureView(
        net=to_notation(DESIGN),
        token="3",
        block="0",
        picture=PICTURE,
        batch=32,
        words=words(cache.page_text("architecture")),
    )
    raw = payload(view, {"locked": locked})
    (length,) = struct.unpack("<I", raw[:4])
    return json.loads(raw[4 : 4 + length]), raw[4 + length :]


def test_network_limits_and_picture_arrive() -> None:
    header, arrays = read(locked=True)
    assert from_notation(header["net"]) == json.loads(json.dumps(DESIGN))
    assert (header["token"], header["batch"], header["locked"]) == ("3", 32, True)
    assert header["arrays"][0]["shape"] == [8, 8]
    assert arrays[:64] == PICTURE.tobytes()
    assert all(low < high for low, high in header["grammar"]["limits"].values())


def test_every_word_the_scripts_ask_for_is_there() -> None:
    header, _ = read()
    script = "\n".join(SCRIPTS.values())
    asked = set(re.findall(r"\bwords\.(?!js\b)([a-z]\w*)", script))
    asked |= set(re.findall(r'\bwords\["([\w-]+)"\]', script))
    asked |= set(re.findall(r'\["(\w+)", \(\) => stage\.', script))  # buttons, by their name
    asked |= {f"moment-{name}" for name in re.findall(r'moment\("(\w+)"', script)}
    assert len(asked) > 25
    assert asked <= set(header["words"])


def test_every_layer_of_core_can_be_added_and_edited() -> None:
    titles = SCRIPTS["names.js"].partition("TITLES = {")[2].partition("};")[0]
    assert set(re.findall(r"^  (\w+):", titles, re.MULTILINE)) == set(_KINDS)
    named = SCRIPTS["inspector.js"].partition("NAMES = {")[2].partition("};")[0]
    offered = grammar()["fields"]
    for kind, of in _KINDS.items():
        own = {field.name for field in fields(of)} - {"body", "branches"}
        assert set(offered.get(kind, ())) == own, kind
        assert own <= set(re.findall(r"^  (\w+):", named, re.MULTILINE)), kind


def test_a_network_of_any_kind_stands_in_the_address_and_nonsense_is_the_papers() -> None:
    code = to_notation({**DESIGN, "name": "ä-_.*"})
    assert decode(SCHEMA, encode(SCHEMA, {"net": code}))["net"] == code
    paper = to_notation(paper_network(64, ("normal", "fracture")).to_json())
    assert decode(SCHEMA, "net_I64-ZZ*block_0")["net"] == paper
    assert encode(SCHEMA, {"net": paper}) == ""


def test_the_scripts_ask_nobody_else() -> None:
    for path in FOLDER.glob("*.[jc]*s*"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!doi)|fetch\(|XMLHttp|localStorage|eval\(", text), (
            path.name
        )
