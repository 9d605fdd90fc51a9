"""What travels to the builder: the design as it is, and a word for everything it says."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

import numpy as np

from core.models.zoo.entries import paper_network
from dashboard import cache
from dashboard.lessons.architecture import stage
from dashboard.lessons.architecture.stage import ArchitectureView, payload

FOLDER = Path(stage.__file__).parent
PICTURE = np.arange(64, dtype=np.uint8).reshape(8, 8)
DESIGN = paper_network(28, ("a", "b")).to_json()


def read(*, locked: bool = False) -> tuple[dict[str, Any], bytes]:
    view = ArchitectureView(
        design=DESIGN,
        token="3",
        picture=PICTURE,
        batch=32,
        locked=locked,
        text=cache.page_text("architecture"),
    )
    raw = payload(view)
    (length,) = struct.unpack("<I", raw[:4])
    return json.loads(raw[4 : 4 + length]), raw[4 + length :]


def test_design_limits_and_picture_arrive() -> None:
    header, arrays = read(locked=True)
    assert header["design"] == json.loads(json.dumps(DESIGN))
    assert (header["token"], header["batch"], header["locked"]) == ("3", 32, True)
    assert header["arrays"][0]["shape"] == [8, 8]
    assert arrays[:64] == PICTURE.tobytes()
    assert all(low < high for low, high in header["limits"].values())


def test_every_word_the_script_asks_for_is_there() -> None:
    header, _ = read()
    script = (FOLDER / "stage.js").read_text(encoding="utf-8")
    asked = set(re.findall(r"(?:words|\bw)\.([a-z]\w*)", script))
    asked |= set(re.findall(r'(?:words|\bw)\["([\w-]+)"\]', script))
    assert len(asked) > 25
    assert asked - {"dilation", "reach", "side", "stride"} <= set(header["words"])


def test_every_layer_of_core_can_be_added_and_edited() -> None:
    from dataclasses import fields

    from core.models.spec import _KINDS

    script = (FOLDER / "stage.js").read_text(encoding="utf-8")
    block = script[script.index("const FIELDS") : script.index("const TITLES")]
    offered = {
        kind: set(re.findall(r'"(\w+)"', inside))
        for kind, inside in re.findall(r"(\w+): \[([^\]]*)\]", block)
    }
    assert set(offered) == set(_KINDS)
    for kind, of in _KINDS.items():
        own = {field.name for field in fields(of)} - {"body", "branches"}
        assert offered[kind] == own, kind


def test_the_scripts_ask_nobody_else() -> None:
    for path in FOLDER.glob("*.[jhc]*s*"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|fetch\(|XMLHttp|localStorage|eval\(", text), path.name
