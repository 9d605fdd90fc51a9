"""What travels to the cycle's stage: core's own numbers, and a word for everything it says."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path

import numpy as np
import pytest

from core.descent.cycle import central_differences, initial
from core.descent.cycle_run import batches, flat, run
from dashboard import cache
from dashboard.lessons.cycle import stage
from dashboard.lessons.cycle.stage import (
    BATCHES,
    KERNELS,
    SEEDS,
    STEPS,
    CycleChoices,
    CycleView,
    all_alternatives,
    payload,
)
from data.samples.patches import cut_pool

FOLDER = Path(stage.__file__).parent


@pytest.fixture(scope="module")
def view() -> CycleView:
    pool = cut_pool(2)
    turns = run(
        pool.values,
        pool.targets,
        order=batches(8, size=3, updates=4, seed=2),
        start=initial(kernels=2, side=8, seed=2),
        rate=0.3,
    )
    return CycleView(
        pool=pool,
        updates=turns,
        choices=CycleChoices(kernels=2, batch=3),
        alternatives=all_alternatives(),
        differences=[central_differences(t.done.patches, t.done.targets, t.before) for t in turns],
        text=cache.page_text("cycle"),
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


def test_all_numbers_of_all_updates_arrive(view: CycleView) -> None:
    header, arrays = read(payload(view, {}))
    assert (header["kernels"], header["updates"], header["rate"]) == (2, 4, 0.3)
    assert len(arrays) == 20 + 1 + len(KERNELS) + len(BATCHES)
    np.testing.assert_array_equal(arrays[4][0], flat(view.updates[0].before))
    np.testing.assert_array_equal(arrays[4][-1], flat(view.updates[-1].after))
    np.testing.assert_array_equal(arrays[5][2], view.updates[2].done.sums)
    for at, part, name in [
        (6, "done", "winners"), (7, "done", "pooled"), (8, "done", "logits"),
        (9, "done", "outputs"), (10, "done", "losses"), (11, "back", "by_logit"),
        (12, "back", "by_pooled"), (13, "back", "by_maps"), (14, "back", "by_sums"),
    ]:  # fmt: skip
        np.testing.assert_array_equal(arrays[at][3], getattr(getattr(view.updates[3], part), name))
    np.testing.assert_array_equal(arrays[15][1], flat(view.updates[1].back.gradient))
    np.testing.assert_allclose(arrays[19], arrays[15], atol=1e-6)
    assert arrays[18].shape == (5,)


def test_every_other_choice_can_begin_in_the_browser(view: CycleView) -> None:
    header, arrays = read(payload(view, {}))
    gray, one, two, *orders = arrays[20:]
    for seed in range(SEEDS):
        pool = cut_pool(seed)
        np.testing.assert_array_equal(gray[seed], pool.gray)
        np.testing.assert_array_equal(pool.targets, view.pool.targets)  # sent once, for all seeds
        for rows, kernels in ((one, 1), (two, 2)):
            start = initial(kernels=kernels, side=8, seed=seed)
            np.testing.assert_array_equal(rows[seed], flat(start))
        for size, order in zip(BATCHES, orders, strict=True):
            expected = batches(8, size=size, updates=30, seed=seed)
            np.testing.assert_array_equal(order[seed], expected)
        assert len(header["origins"][seed]) == len(pool.targets)


def test_every_step_has_its_sentence_and_its_place_among_the_five(view: CycleView) -> None:
    header, _ = read(payload(view, {}))
    assert [step["name"] for step in header["steps"]] == [name for name, _ in STEPS]
    assert all(step["sentence"] for step in header["steps"])
    assert [step["phase"] for step in header["steps"]] == sorted(p for _, p in STEPS)
    assert len(header["phases"]) == 5


def test_every_word_the_script_asks_for_is_there(view: CycleView) -> None:
    header, _ = read(payload(view, {}))
    scripts = sorted(FOLDER.glob("*.js"))
    script = "\n".join(path.read_text(encoding="utf-8") for path in scripts)
    asked = set(re.findall(r"words\.(?!js)(\w+)", script)) | set(
        re.findall(r'words\["([\w-]+)"\]', script)
    )
    assert len(asked) > 8
    assert asked <= set(header["words"])


def test_the_scripts_ask_nobody_else() -> None:
    for path in [*FOLDER.glob("*.js"), *FOLDER.glob("*.css")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://|fetch\(|XMLHttp|localStorage|innerHTML|eval\(", text), path
