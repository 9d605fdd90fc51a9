"""The film of a run as the browser receives it."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from core.explain.result import Reaction
from core.inspect.condition import Condition
from core.inspect.silence import LayerActivity
from core.training.moment import Moment
from core.training.results import write_snapshot
from core.training.spec import Start
from dashboard.cache import page_text
from dashboard.workbench.train.film import PIECE, Film, State, piece, spread
from dashboard.workbench.train.stage import spoken
from tests.dashboard.pretend_run import pretend_spec

MOMENTS = (Moment(0), Moment(0, 2, 5), *map(Moment, range(1, 12)))


def unpacked(message: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    (length,) = struct.unpack("<I", message[:4])
    header = json.loads(message[4 : 4 + length])
    arrays = [
        np.frombuffer(
            message, one["dtype"], int(np.prod(one["shape"])), 4 + length + one["offset"]
        ).reshape(one["shape"])
        for one in header["arrays"]
    ]
    return header, arrays


def made(known: int) -> Film:
    rng = np.random.default_rng(1)
    active = LayerActivity(name="dense_1", function="relu", units=8, idle=3, share=0.5, images=4)
    states = {
        one: State(
            condition=Condition(
                kernels=rng.normal(size=(2, 3, 3)).astype(np.float32), activity=(active,)
            ),
            scores=rng.random(6).astype(np.float32),
        )
        for one in MOMENTS[:known]
    }
    reactions = {
        one: Reaction(
            maps=rng.normal(size=(2, 4, 4)).astype(np.float32),
            cells=rng.normal(size=(3, 3)).astype(np.float32),
            logits=rng.normal(size=1).astype(np.float32),
            class_index=1,
        )
        for one in MOMENTS[:known]
    }
    return Film(
        key="k",
        moments=MOMENTS,
        states=states,
        reactions=reactions,
        classes=("normal", "fracture"),
        labels=np.array([0, 1, 0, 1, 0, 1]),
        image=np.zeros((8, 8), np.uint8),
        sample=4,
    )


def test_a_piece_holds_the_moments_as_they_are() -> None:
    film = made(len(MOMENTS))
    header, (kernels, scores, labels, image, maps, cells, logits) = unpacked(piece(film, 1))
    shown = MOMENTS[PIECE:]
    assert header["first"] == PIECE
    assert [one["place"] for one in header["moments"]] == [one.place for one in shown]
    assert header["moments"][0]["activity"] == [["dense_1", "relu", 3, 8]]
    assert labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert image.shape == (8, 8)
    for at, moment in enumerate(shown):
        state, reaction = film.states[moment], film.reactions[moment]
        np.testing.assert_array_equal(kernels[at], state.condition.kernels)
        np.testing.assert_array_equal(scores[at], state.scores)
        np.testing.assert_array_equal(logits[at], reaction.logits)
        for steps, limit, exact in (
            (maps[at], header["limits"][at][0], reaction.maps),
            (cells[at], header["limits"][at][1], reaction.cells),
        ):
            np.testing.assert_allclose(steps * (limit / 127), exact, atol=limit / 254 + 1e-6)
            assert abs(steps[np.abs(exact) < limit / 300]).max(initial=0) == 0  # zero is zero


def test_a_film_that_grows_sends_again_only_its_last_piece() -> None:
    early, late = made(PIECE + 1), made(len(MOMENTS))
    late = replace(late, states={**late.states, **early.states}, reactions={**late.reactions, **early.reactions})  # fmt: skip # noqa: E501
    assert (early.pieces, late.pieces) == (2, 2)
    assert piece(early, 0) == piece(late, 0)
    assert piece(early, 1) != piece(late, 1)


def test_what_is_ready_ends_before_the_first_gap() -> None:
    film = made(len(MOMENTS))
    gap = MOMENTS[4]
    without = {one: found for one, found in film.reactions.items() if one != gap}
    assert replace(film, reactions=without).ready == MOMENTS[:4]
    # Without a picture nothing of it is waited for.
    assert replace(film, reactions={}, image=None).ready == MOMENTS


def test_images_that_were_not_looked_at_have_no_output(tmp_path: Path) -> None:
    spec = pretend_spec()
    moment = Moment(0, 1, 5)
    write_snapshot(tmp_path, moment, {}, np.array([0.25, 0.5]), spec, places=np.array([1, 3]))
    found = spread(tmp_path, moment, 5)
    np.testing.assert_array_equal(found, np.array([np.nan, 0.25, np.nan, 0.5, np.nan], np.float32))


def test_only_a_run_that_began_with_random_weights_is_called_untrained() -> None:
    text = page_text("train")
    own, anew = pretend_spec(), replace(pretend_spec(), start=Start(run="other", epoch=0))
    for spec in (None, own, anew):
        assert spoken(text, spec)["now-untrained"] == "Untrained"
    later = spoken(text, replace(own, start=Start(run="other", epoch=3)))
    assert "epoch 3" in later["now-untrained"]
    assert "noise" not in later["moment-untrained"]
