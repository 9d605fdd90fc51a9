"""The stage on transfer: what is sent is what was measured; responses are Keras's own."""

from __future__ import annotations

import json
import struct

import keras
import numpy as np
import pytest

from core.transfer.account import kept
from core.transfer.plan import SHARES, WAYS
from dashboard import cache
from dashboard.lessons.transfer.stage import LAYERS, TransferView, payload, responses, table
from dashboard.shared.lesson import words
from data.ready.transfer_runs import read_kernels, read_transfer


@pytest.mark.reference
def test_a_first_layer_answers_as_in_keras() -> None:
    kernels = read_kernels()["photographs"]
    picture = np.random.default_rng(0).integers(0, 256, (32, 32)).astype(np.uint8)
    layer = keras.layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False)
    layer.build((None, 32, 32, 1))
    layer.set_weights([kernels])
    entered = (picture.astype(np.float32) - 127.0) / 128.0
    wanted = np.asarray(layer(entered[None, ..., None]))[0].transpose(2, 0, 1)
    np.testing.assert_allclose(responses(kernels, picture), wanted, atol=1e-5)


def test_the_message_holds_all_points_and_signed_maps() -> None:
    text, measured, kernels = cache.page_text("transfer"), read_transfer(), read_kernels()
    picture = np.tile(np.arange(64, dtype=np.uint8) * 4, (64, 1))
    view = TransferView(
        measured=measured, kernels=kernels, picture=picture, kept=0.98, words=words(text)
    )
    raw = payload(view, {"slug": "transfer"})
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    assert len(header["points"]) == len(measured.points)
    first = header["points"][0]
    assert first["figures"]["auc"]["value"] == measured.points[0].figures["auc"].value
    # Each way but the first is compared with the one before it, in words.
    for one in header["points"]:
        assert bool(one["lead"]) == (one["way"] != WAYS[0])
        assert "{" not in " ".join(one["lead"].values())
    maps = header["arrays"][1::2]
    assert [(one["dtype"], one["shape"]) for one in maps] == [
        ("int8", [count, 32, 32]) for count in (32, 16, 32)
    ]
    assert len(maps) == len(LAYERS)
    said = [header["words"][name] for name in ("end", "xrays", "kernels", "blank")]
    assert "{" not in " ".join(said)
    assert "their start: 0.9800" in header["words"]["kernels"]


def test_the_tables_have_a_row_a_way_and_a_column_a_share() -> None:
    said = words(cache.page_text("transfer"))
    found = table(read_transfer(), "matched", said)
    assert [row[0] for row in found["rows"]] == [said[way] for way in (*WAYS, "small")]
    assert all(len(row) == 1 + len(SHARES) for row in found["rows"])
    assert "alike" in found["caption"]


def test_what_no_pixel_reaches_is_not_put_down_to_the_size_of_the_file_alone() -> None:
    """Body part, view and hardware have their share in it."""
    blind = read_transfer().blind
    assert blind["facts"].value > 0.7
    assert blind["metadata"].value > blind["facts"].value
    text = cache.page_text("transfer")
    assert "hardware and the size of the file, no pixel at all, reach {blind}" in text["budget"]
    assert "hardware" in text["stage-blind"]


def test_every_way_stands_on_every_share_and_where_luck_shows_it_is_said() -> None:
    found = read_transfer()
    assert all(found.at(way, share) is not None for way in WAYS for share in SHARES)
    half, every = found.at("nothing", 0.5), found.at("nothing", 1.0)
    assert half is not None
    assert every is not None
    # More X-rays, a lower figure: single trainings, which the page owns up to.
    assert half.figures["auc"].value > every.figures["auc"].value
    assert len(half.each["auc"]) == len(every.each["auc"]) == 1
    told = " ".join(cache.page_text("transfer")["budget"].split())
    assert "trained once on each share" in told
    assert "half of the X-rays gave {nothing_half}, all of them {nothing_all}" in told


def test_with_all_x_rays_moving_the_upper_layers_makes_no_difference_that_shows() -> None:
    found = read_transfer().at("tuned", 1.0)
    assert found is not None
    assert found.lead is not None
    assert not found.lead["auc"].told_apart
    assert "makes no difference" in cache.page_text("transfer")["why"]


def test_a_cosine_is_not_told_as_a_share() -> None:
    kernels = read_kernels()
    mean = float(kept(kernels["start"], kernels["end"]).mean())
    assert 0.999 < mean < 1
    assert "mean cosine with their start: {kept}" in cache.page_text("transfer")["stage-kernels"]
