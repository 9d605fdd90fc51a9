"""What the coach says in words: true of this run, and with a number wherever one is promised."""

from __future__ import annotations

import re

import pytest

from core.evaluation.estimate import wilson
from core.training.coach import FEWEST, Facts
from core.training.verdict import judge
from dashboard.cache import page_text
from dashboard.workbench.train.coaching import proposed, said
from dashboard.workbench.train.outcome import read_verdict
from tests.core.training.test_coach import HEALTHY, LEVEL, SPEC, ask
from tests.core.training.test_verdict import CURVES, epochs

TEXT = page_text("train")
OF_IMAGES = {
    "few-images": Facts(rarest=(FEWEST - 1, "fracture")),
    "leak": Facts(leaking=1.0),
    "too-small": Facts(thin_px=3.0),
    "dead-units": Facts(silent=("convolution_2", 0.9)),
}


@pytest.mark.parametrize("name", CURVES)
def test_no_word_of_the_coach_has_a_hole(name: str) -> None:
    for advice in ask(epochs(*CURVES[name][1])):
        told = f"{said(advice, TEXT)} {proposed(advice, SPEC, TEXT)}"
        assert not re.search(r"\bnan\b|[{}]", told)


def test_a_training_that_broke_off_has_no_loss_to_stand_at() -> None:
    """Its last loss is no number: "it stands at nan" says nothing."""
    (advice,) = ask(epochs((0.6, 0.6, 0.7, 0.8)), Facts(broke_off=True), learning_rate=0.1)
    told = said(advice, TEXT)
    assert "nan" not in told
    assert "broke off" in told
    assert "0.1" in told


def test_a_standstill_is_told_with_both_losses() -> None:
    (advice,) = ask(LEVEL)
    assert "0.500" in said(advice, TEXT)


def test_images_that_share_a_group_are_not_said_to_share_a_patient() -> None:
    """FracAtlas has no patient numbers: its groups are blocks of neighboring images."""
    (advice,) = ask(HEALTHY, OF_IMAGES["leak"])
    told = said(advice, TEXT)
    assert told.startswith("100.0 % of the held-out images")
    assert "patient" not in told
    assert "group" in told


@pytest.mark.parametrize("count", [5, FEWEST - 1])
def test_how_far_a_share_of_so_few_is_known_is_computed(count: int) -> None:
    (advice,) = ask(HEALTHY, Facts(rarest=(count, "fracture")))
    half = wilson(count / 2, count)
    reach = max(half.high - 0.5, 0.5 - half.low)
    assert f"known to {100 * reach:.0f} points" in said(advice, TEXT)


def test_fewest_is_where_one_half_is_known_to_the_points_that_its_docstring_names() -> None:
    found = wilson(FEWEST / 2, FEWEST)
    assert round(50 * (found.high - found.low)) == 17


def test_a_loss_that_went_on_falling_is_told_with_a_lower_number() -> None:
    """The last epoch's training loss may be higher than that of the best epoch."""
    rows = epochs(
        (0.6, 0.6, 0.7, 0.8),
        (0.4, 0.5, 0.7, 0.8),
        (0.25, 0.56, 0.7, 0.8),
        (0.2, 0.58, 0.7, 0.8),
        (0.1, 0.6, 0.7, 0.8),
        (0.45, 0.62, 0.7, 0.8),
    )
    (advice,) = ask(rows)
    verdict = judge(rows, num_classes=2)
    assert advice.ailment == verdict.kind == "overtrained"
    read = read_verdict(verdict, TEXT, rate=0.001, common="normal")
    for told in (said(advice, TEXT), read):
        found = re.search(r"went on falling \((\S+) to (\S+)\)", told)
        assert found is not None
        assert float(found[2]) < float(found[1])


def test_a_standstill_begins_where_neither_loss_fell_any_more() -> None:
    """The best epoch may lie before: the training loss went on falling for a while there."""
    falling = [(0.6, 0.6), (0.46, 0.45), (0.43, 0.47), *[(0.40, 0.47)] * 5]
    rows = epochs(*[(train, seen, 0.7, 0.8) for train, seen in falling])
    (advice,) = ask(rows)
    assert advice.ailment == "stalled"
    found = re.search(r"Since epoch (\d+) neither loss", said(advice, TEXT))
    assert found is not None
    before, after = rows[: int(found[1])], rows[int(found[1]) :]
    for part in ("train", "validation"):
        low = min(getattr(row, part).loss for row in after)
        assert low > min(getattr(row, part).loss for row in before) - 0.01


def test_one_image_is_not_told_as_several() -> None:
    (advice,) = ask(HEALTHY, Facts(rarest=(1, "fracture")))
    assert said(advice, TEXT).startswith('Validation images that show "fracture": only 1.')


def test_of_more_classes_than_two_it_does_not_speak_of_both() -> None:
    assert "both" not in TEXT["coach-try-one-class"]  # it stands under any number of classes
