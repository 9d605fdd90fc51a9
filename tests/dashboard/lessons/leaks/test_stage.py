"""The laboratory's stage: schemes made by the real arrangement, sentences from the numbers."""

from __future__ import annotations

import csv
import dataclasses
import json
import struct
from pathlib import Path

import numpy as np
import pytest

from core.evaluation.estimate import Difference, Estimate
from dashboard import cache
from dashboard.lessons.leaks.lesson import said_of, verdict
from dashboard.lessons.leaks.stage import SCHEMA, LeaksView, overlaid, payload, scheme
from dashboard.shared.lesson import words
from data.flaws import FLAWS
from data.ready.leak_runs import Experiment, Side, read_leaks
from data.synthetic.radiograph import facts, label_of


def side(seen: float, test: float) -> Side:
    estimates = [Estimate(value, value - 0.05, value + 0.05, 100) for value in (seen, test)]
    return Side(
        seen=estimates[0], test=estimates[1], seen_by_seed=(seen,), test_by_seed=(test,), learned=9
    )


def found(honest: tuple[float, float], spoiled: tuple[float, float], *, sure: bool) -> Experiment:
    change = spoiled[1] - honest[1]
    width = abs(change) / 2 if sure else abs(change) + 0.1
    return Experiment(
        dataset="synthetic",
        flaw="copies",
        honest=side(*honest),
        spoiled=side(*spoiled),
        change=Difference(change, change - width, change + width, 100),
    )


@pytest.mark.parametrize(
    ("honest", "spoiled", "sure", "expected"),
    [
        ((0.8, 0.8), (0.95, 0.8), False, "lie"),
        ((0.8, 0.7), (0.84, 0.7), False, "none"),
        ((0.8, 0.8), (0.9, 0.9), False, "none"),  # better on both is no lie
        ((0.8, 0.8), (0.8, 0.6), True, "harm"),
        ((0.8, 0.8), (0.79, 0.7), False, "none"),
        ((0.8, 0.8), (0.78, 0.76), True, "little"),
    ],
)
def test_a_verdict_follows_from_the_numbers(
    honest: tuple[float, float], spoiled: tuple[float, float], sure: bool, expected: str
) -> None:
    assert verdict(found(honest, spoiled, sure=sure)) == expected


@pytest.mark.parametrize("flaw", FLAWS)
def test_the_small_example_shows_what_the_flaw_does(flaw: str) -> None:
    tiles = scheme(flaw)
    assert not any(tile["unfair"] for tile in tiles["honest"])
    unfair = [tile for tile in tiles["spoiled"] if tile["unfair"]]
    # Plates and body parts give nothing away between the parts: there the exam is another one.
    assert bool(unfair) == (flaw not in {"hardware", "region"})
    assert all(tile["part"] == 1 for tile in unfair)
    both = [[tile["text"] for tile in one if tile["part"] == 2] for one in tiles.values()]
    assert both[0] == both[1]
    assert both[0]
    stamps = [tile for tile in tiles["spoiled"] if tile["stamp"]]
    assert bool(stamps) == (flaw == "stamp")
    assert all(tile["fracture"] and tile["part"] < 2 for tile in stamps)


def test_evidence_glows_and_its_absence_leaves_the_bones_gray() -> None:
    pictures = np.full((1, 4, 4), 100, np.uint8)
    maps = np.zeros((1, 4, 4))
    maps[0, 0, 0], maps[0, 3, 3] = 2.0, -5.0
    seen = overlaid(pictures, maps)[0]
    assert seen[0, 0, 0] > 200 > seen[0, 0, 2]
    assert (seen[1:] == 100).all()


def test_every_measured_flaw_is_told_without_a_gap() -> None:
    text = cache.page_text("leaks")
    experiments = read_leaks()
    said = [said_of(one, text) for one in experiments]
    for one, lines in zip(experiments, said, strict=True):
        assert "{" not in " ".join(lines)
        stamped = one.flaw == "stamp"
        assert any("evidence lies on the stamp" in line for line in lines) == stamped
    blank = np.zeros((1, 8, 8), np.uint8)
    view = LeaksView(
        experiments=experiments,
        said=said,
        pictures=blank,
        honest=blank.astype(float),
        spoiled=blank.astype(float),
        words=words(text),
    )
    raw = payload(view, {"slug": "leaks"})
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    assert {one["flaw"] for one in header["experiments"]} == set(SCHEMA[0].values())
    assert len(header["table"]["rows"]) == len(experiments)
    first = dataclasses.asdict(experiments[0])["honest"]["seen"]["value"]
    assert header["experiments"][0]["honest"]["seen"]["value"] == first


def test_no_flaw_is_said_to_make_no_difference_where_its_interval_shows_one() -> None:
    text = cache.page_text("leaks")
    for one in read_leaks():
        told = " ".join(said_of(one, text))
        if one.change.told_apart:
            assert "makes no difference" not in told
        if verdict(one) == "little":
            assert one.change.plain() in told


def test_nobody_is_called_one_patient_where_no_patient_is_known() -> None:
    """FracAtlas has no patient numbers, and of drawn limbs no two belong together."""
    text = cache.page_text("leaks")
    for one in read_leaks():
        assert "patient" not in " ".join(said_of(one, text))
    assert "perhaps of one patient" in text["stage-moment-random"]


def test_plates_are_on_drawn_bones_whole_and_broken_alike() -> None:
    known = [facts(index) for index in range(600)]
    broken = [label_of(index) for index, one in enumerate(known) if one.hardware]
    assert 0.4 < float(np.mean(broken)) < 0.65
    text = cache.page_text("leaks")
    told = {one.dataset: said_of(one, text)[0] for one in read_leaks() if one.flaw == "hardware"}
    assert "as often" in told["synthetic"]
    assert "nearly all of them fractures" in told["fracatlas"]


def test_plates_are_on_broken_bones_in_fracatlas(fracatlas_root: Path) -> None:
    with (fracatlas_root / "dataset.csv").open(encoding="utf-8") as rows:
        broken = [row["fractured"] == "1" for row in csv.DictReader(rows) if row["hardware"] == "1"]
    assert len(broken) > 50
    assert float(np.mean(broken)) > 0.9
