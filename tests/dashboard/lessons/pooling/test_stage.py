"""What travels to the stage of pooling: the map as it is, and a word for everything it says."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from core.inspect.evidence import MapEvidence
from dashboard import cache
from dashboard.lessons.pooling import stage
from dashboard.lessons.pooling.stage import PoolingView, payload

FOLDER = Path(stage.__file__).parent
SCRIPT = (FOLDER / "stage.js").read_text("utf-8")


def evidence(*, weights: np.ndarray | None) -> MapEvidence:
    maps = np.random.default_rng(0).random((4, 4, 3))
    return MapEvidence(
        node="last",
        maps=maps,
        means=maps.mean(axis=(0, 1)),
        weights=weights,
        bias=0.25,
        logit=-1.5,
        label="fracture",
    )


def view(values: np.ndarray, found: MapEvidence | None = None) -> PoolingView:
    return PoolingView(
        values=values,
        kind="map",
        noun="map 1",
        title="a map",
        key="k",
        evidence=found,
        network="Net",
        counting="A and B",
        locked=False,
        fresh="",
        text=cache.page_text("pooling"),
    )


def read(raw: bytes) -> tuple[dict, list[np.ndarray]]:
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    arrays = [
        np.frombuffer(raw, e["dtype"], int(np.prod(e["shape"])), 4 + length + e["offset"]).reshape(
            e["shape"]
        )
        for e in header["arrays"]
    ]
    return header, arrays


def test_the_map_arrives_exactly() -> None:
    values = np.random.default_rng(1).standard_normal((5, 7)) * 1e-3
    header, (sent,) = read(payload(view(values)))
    np.testing.assert_array_equal(sent, values)
    assert header["global"] is None


def test_maps_come_with_their_weights_the_heaviest_first() -> None:
    found = evidence(weights=np.array([0.1, -5.0, 1.0]))
    header, (_, maps, weights) = read(payload(view(np.ones((2, 2)), found)))
    told = header["global"]
    assert told["order"] == [1, 2, 0]
    np.testing.assert_allclose(maps, found.maps, atol=1e-6)
    np.testing.assert_array_equal(weights, found.weights)
    assert (told["bias"], told["logit"], told["label"]) == (0.25, -1.5, "fracture")


def test_without_weights_nothing_is_ordered_by_them() -> None:
    header, arrays = read(payload(view(np.ones((2, 2)), evidence(weights=None))))
    assert header["global"]["order"] is None
    assert header["global"]["counting"] == "A and B"
    assert arrays[2].size == 0


def test_the_script_finds_every_word_and_uses_every_word() -> None:
    sent = set(read(payload(view(np.ones((2, 2)))))[0]["words"])
    asked = set(re.findall(r'words\["([a-z-]+)"\]', SCRIPT)) | set(
        re.findall(r"words\.([a-z]+)", SCRIPT)
    )
    asked |= set(re.findall(r'words\[.+?\? "([a-z-]+)" : "[a-z-]+"\]', SCRIPT))
    asked |= set(re.findall(r'words\[.+? : "([a-z-]+)"\]', SCRIPT))
    views = re.search(r"POOL_VIEWS = \[(.+?)\]", SCRIPT)
    assert views
    asked |= {f"view-{name}" for name in re.findall(r'"(\w+)"', views[1])}
    asked |= {"say-valid", "say-same", *(f"preset-{name}" for name in ("ones", "one", "mixed"))}
    assert asked == sent


@pytest.mark.parametrize("name", sorted(cache.page_text("pooling")))
def test_every_gap_in_a_sentence_is_filled(name: str) -> None:
    gaps = set(re.findall(r"\{(\w+)\}", cache.page_text("pooling")[name]))
    if name.startswith("stage-"):
        # The script fills gaps by these names.
        known = set(re.findall(r"[{,]\s*(\w+)(?=[,:}\s])", SCRIPT))
        assert gaps <= known
