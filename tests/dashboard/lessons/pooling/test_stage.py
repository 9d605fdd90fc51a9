"""What travels to the stage of pooling: the map as it is, and a word for everything it says."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from core.inspect.evidence import MapEvidence
from core.ops.pooling import KINDS, Window, pool_globally, shift_change, shifted
from dashboard import cache
from dashboard.lessons.pooling import stage
from dashboard.lessons.pooling.lesson import formulas
from dashboard.lessons.pooling.stage import SCHEMA, VIEWS, PoolingView, payload, window_of
from dashboard.shared.lesson import words
from dashboard.shared.schema import decode, encode
from data.samples.pictures import samples

HEADER = {"slug": "pooling"}
FOLDER = Path(stage.__file__).parent
SCRIPT = "\n".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.js")))


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
        words=words(cache.page_text("pooling")),
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
    header, (sent,) = read(payload(view(values), HEADER))
    np.testing.assert_array_equal(sent, values)
    assert header["global"] is None


def test_maps_come_with_their_weights_the_heaviest_first() -> None:
    found = evidence(weights=np.array([0.1, -5.0, 1.0]))
    header, (_, maps, weights) = read(payload(view(np.ones((2, 2)), found), HEADER))
    told = header["global"]
    assert told["order"] == [1, 2, 0]
    np.testing.assert_allclose(maps, found.maps, atol=1e-6)
    np.testing.assert_array_equal(weights, found.weights)
    assert (told["bias"], told["logit"], told["label"]) == (0.25, -1.5, "fracture")


def test_without_weights_nothing_is_ordered_by_them() -> None:
    header, arrays = read(payload(view(np.ones((2, 2)), evidence(weights=None)), HEADER))
    assert header["global"]["order"] is None
    assert header["global"]["counting"] == "A and B"
    assert arrays[2].size == 0


def test_the_script_finds_every_word_and_uses_every_word() -> None:
    header = read(payload(view(np.ones((2, 2))), HEADER))[0]
    sent = set(header["words"])
    asked = set(re.findall(r'words\["([a-z-]+)"\]', SCRIPT)) | set(
        re.findall(r"(?<!/)words\.([a-z]+)", SCRIPT)
    )
    asked |= set(re.findall(r'words\[.+?\? "([a-z-]+)" : "[a-z-]+"\]', SCRIPT))
    asked |= set(re.findall(r'words\[.+? : "([a-z-]+)"\]', SCRIPT))
    asked |= {f"view-{name}" for name in VIEWS}
    asked |= {f"preset-{name}" for name in ("ones", "one", "mixed")}
    said = {one["say"] for one in header["moments"]}
    asked |= {name for name, words in header["words"].items() if words in said}
    assert asked == sent


@pytest.mark.parametrize("name", sorted(cache.page_text("pooling")))
def test_every_gap_in_a_sentence_is_filled(name: str) -> None:
    gaps = set(re.findall(r"\{(\w+)\}", cache.page_text("pooling")[name]))
    if name.startswith("stage-"):
        # The script fills gaps by these names.
        known = set(re.findall(r"[{,]\s*(\w+)(?=[,:}\s])", SCRIPT))
        assert gaps <= known


def test_all_that_is_set_is_in_the_link() -> None:
    values = {
        "view": "gradient", "size": 5, "stride": 3, "padding": "same", "compare": "along",
        "kind": "stride", "sends": "mixed", "one": 3, "typed": (2.0, -0.5), "cell": 4, "sent": 9,
        "moved": 0, "rounds": 2, "level": 3, "maps": 1,
    }  # fmt: skip
    text = encode(SCHEMA, values)
    assert {part.partition("_")[0] for part in text.split("*")} == {field.name for field in SCHEMA}
    assert decode(SCHEMA, text) == values
    assert window_of(values) == Window(size=5, stride=3, padding="same")


def test_the_formulas_are_of_the_first_window_and_never_endless() -> None:
    values = np.array([[-9.0, -4, 1], [-3, -6, 2], [0, 5, 7]])
    largest, _, mean, share, sides = formulas(values, Window())
    assert r"\max\{-9,\;-4,\;-3,\;-6\} = -3" in largest
    assert r"\frac{(-9) + (-4) + (-3) + (-6)}{4} = -5.5" in mean
    assert r"\frac{1}{4}\frac{\partial L}{\partial y}" in share
    assert sides.endswith(r"+ 1 = 1\qquad\text{(valid)}")
    # The first window of a padded map reads its own pixels only, a large one not all in writing.
    padded = formulas(values, Window(size=3, stride=1, padding="same"))
    assert r"\frac{(-9) + (-4) + (-3) + (-6)}{4}" in padded[2]
    assert padded[4].endswith(r"= 3\qquad\text{(same)}")
    assert r"\ldots" in formulas(np.arange(64.0).reshape(8, 8), Window(size=8, stride=1))[0]
    assert r"\text{(same)}" in formulas(values, Window(size=8, stride=1))[4]


def test_what_the_page_says_of_shifts_is_measured() -> None:
    """Equivariant by whole strides only; invariant only over the whole map."""
    picture = samples()[0].make(28).astype(np.float64)
    for stride in (2, 4):
        window = Window(size=stride, stride=stride)
        for kind in KINDS:
            assert shift_change(picture, window, stride, kind=kind, along=True) == 0
            assert shift_change(picture, window, 1, kind=kind, along=True) > 0.1
            assert shift_change(picture, window, stride, kind=kind) > 0.1
        assert shift_change(picture, window, 1, kind="average") < shift_change(
            picture, window, 1, kind="stride"
        )
    for by in (1, 5):
        for kind in ("max", "average"):
            before, after = (
                pool_globally(values[..., None], kind=kind).values
                for values in (picture, shifted(picture, by))
            )
            np.testing.assert_allclose(after, before)
