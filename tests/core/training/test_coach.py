"""The coach: each ailment has its message and its change, and a healthy run has none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.models.zoo.entries import paper_network
from core.training.coach import FEWEST, GENTLE, Advice, Facts, examine
from core.training.history import Epoch
from core.training.paper_log import PAPER_LOG, paper_epochs
from core.training.spec import Change, Start, TrainingSpec, with_dropout
from core.training.verdict import judge
from tests.core.training.test_verdict import CURVES, epochs

SPEC = TrainingSpec(
    dataset="toy",
    fingerprint="0" * 16,
    prepared="",
    model=paper_network(64, ("normal", "fracture")),
    epochs=10,
    batch_size=32,
    learning_rate=0.001,
)
HEALTHY = epochs(*CURVES["falls to the end"][1])
LEVEL = epochs(*[(0.6, 0.6, 0.7, 0.8)] + [(0.45, 0.5, 0.75, 0.8)] * 7)


def ask(rows: list[Epoch], facts: Facts | None = None, **changes: object) -> tuple[Advice, ...]:
    return examine("parent", replace(SPEC, **changes), rows, facts or Facts())


def ailments(rows: list[Epoch], facts: Facts | None = None, **changes: object) -> list[str]:
    return [one.ailment for one in ask(rows, facts, **changes)]


OF_KIND = {
    "early": [],
    "settled": [],
    "still-learning": [],
    "overtrained": ["overtrained"],
    "collapsed": ["collapsed"],
    "diverged": ["diverged"],
    "one-class": ["one-class"],
    "not-begun": ["plateau"],
}


@pytest.mark.parametrize("name", CURVES)
def test_what_the_judge_sees_has_exactly_one_message_and_health_has_none(name: str) -> None:
    kind, rows = CURVES[name]
    found = epochs(*rows)
    if judge(found, num_classes=2).kind != kind:
        pytest.skip("judged with another level")
    assert ailments(found) == OF_KIND[kind]


def test_images_and_units_have_messages_of_their_own() -> None:
    assert ailments(HEALTHY, Facts(rarest=(FEWEST, "fracture"))) == []
    assert ailments(HEALTHY, Facts(rarest=(FEWEST - 1, "fracture"))) == ["few-images"]
    assert ailments(HEALTHY, Facts(leaking=0.2)) == ["leak"]
    assert ailments(HEALTHY, Facts(thin_px=3.0)) == ["too-small"]
    assert ailments(HEALTHY, Facts(thin_px=9.0)) == []
    assert ailments(HEALTHY, Facts(silent=("convolution_2", 0.9))) == ["dead-units"]
    assert ailments(HEALTHY, Facts(silent=("convolution_2", 0.1))) == []


def test_a_standstill_with_something_left_to_learn_asks_for_smaller_steps() -> None:
    (advice,) = ask(LEVEL)
    assert advice.ailment == "stalled"
    assert advice.spec.learning_rate == pytest.approx(0.0001)
    assert ailments(LEVEL, schedule="cosine") == []  # its rate falls by itself


def test_over_training_goes_back_to_the_best_epoch_and_holds_back() -> None:
    rows = epochs(*CURVES["training falls and validation rises"][1])
    (first,) = ask(rows)
    assert (first.epoch, first.rewind) == (2, 2)
    assert first.spec == replace(SPEC, augmentation=GENTLE, start=Start(run="parent", epoch=2))
    weak = with_dropout(SPEC.model, 0.2)
    (second,) = ask(rows, augmentation=GENTLE, model=weak)
    assert second.spec.model == SPEC.model
    (third,) = ask(rows, augmentation=GENTLE)
    assert third.spec.weight_decay > 0
    (kept,) = ask(rows, Facts(kept=(0, 1, 4)))
    assert kept.rewind == 1  # the best one's weights were left out


def test_a_lost_run_goes_back_to_what_it_had_learned_with_a_tenth_of_the_rate_in_force() -> None:
    rows = epochs(*CURVES["learns, then loses it"][1])
    (advice,) = ask(rows, changes=(Change(epoch=3, learning_rate=0.03),))
    assert advice.ailment == "collapsed"
    assert advice.epoch == 3
    assert advice.rewind == 2
    assert advice.spec.learning_rate == pytest.approx(0.003)
    assert advice.spec.changes == ()


def test_a_run_that_broke_off_is_told_where() -> None:
    (advice,) = ask(epochs((0.6, 0.6, 0.7, 0.8)), Facts(broke_off=True), learning_rate=0.1)
    assert (advice.ailment, advice.epoch) == ("diverged", 2)
    assert advice.spec.learning_rate == pytest.approx(0.01)


def test_from_the_start_a_child_begins_as_it_began() -> None:
    start = Start(run="grandparent", epoch=4)
    few = Facts(rarest=(5, "fracture"))
    (advice,) = ask(HEALTHY, few, start=start)
    assert advice.spec.start == start
    assert advice.spec.seed == SPEC.seed + 1
    (larger,) = ask(HEALTHY, Facts(thin_px=2.0), start=start)
    assert larger.rewind == 0  # another size cannot take its weights
    assert larger.size == 128


def test_the_papers_own_log_shows_no_over_training_in_the_rows_it_prints() -> None:
    found = judge(paper_epochs(), num_classes=10)
    assert len(paper_epochs()) == len(PAPER_LOG)
    assert examine("", replace(SPEC, epochs=25), paper_epochs(), Facts(level=found.level)) == ()
    assert (found.kind, found.best) == ("settled", 15)
