"""What is learned from a collection, and what is said of its worth."""

from __future__ import annotations

import numpy as np
import pytest

from core.arrays import FloatArray, UInt8Array
from core.errors import LessonError
from dashboard.cache import page_text
from dashboard.workbench.minute.collection import Collection
from dashboard.workbench.minute.learning import learn, require_enough, small_network
from dashboard.workbench.minute.questions import check_of, question_of
from dashboard.workbench.minute.words import torn_sentence, worth_sentence
from tests.dashboard.workbench.minute.test_collection import collected, drawn


def pretend(images: UInt8Array) -> FloatArray:
    """Features that tell discs from crosses: how bright a picture is, and how it begins."""
    bright = images.reshape(len(images), -1).mean(axis=1)
    return np.stack([bright, images[:, 0, 0].astype(float)], axis=1)


def quiet(phase: str, share: float) -> None:
    assert 0.0 <= share <= 1.0


def test_progress_never_goes_back_and_tells_of_every_epoch() -> None:
    told: list[tuple[str, float]] = []
    learn(collected(20), pretend, lambda phase, share: told.append((phase, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert sum(phase.startswith("Epoch") for phase, _ in told) == 200


def test_dropped_pictures_have_a_worth_and_nothing_to_be_torn_apart() -> None:
    learned = learn(collected(10), pretend, quiet)
    assert learned.held is not None
    assert learned.held.n == learned.held.bursts == 20
    assert learned.torn is None
    said = worth_sentence(learned, ("disc", "cross"), page_text("minute"))
    assert f"**{learned.held.right} of 20**" in said
    assert "50" in said  # the base rate
    assert torn_sentence(learned, page_text("minute")) == ""


def test_one_recording_a_class_is_worth_nothing_that_can_be_told() -> None:
    learned = learn(collected(10, source="camera"), pretend, quiet)
    assert learned.held is None
    assert learned.untested == (0, 1)
    assert learned.torn is not None
    said = worth_sentence(learned, ("disc", "cross"), page_text("minute"))
    assert "disc and cross" in said
    assert "Nobody can say" in said


@pytest.mark.parametrize("count", [0, 3])
def test_one_class_alone_is_refused(count: int) -> None:
    pictures = [drawn("disc", seed) for seed in range(count)]
    with pytest.raises(LessonError) as refused:
        learn(Collection().added(0, pictures, "file"), pretend, quiet)
    assert refused.value.code == "head.class-empty"
    assert "Class 2" in refused.value.problem


def test_three_pictures_are_enough_for_a_head_and_too_few_for_a_network() -> None:
    three = Collection().added(0, [drawn("disc", 1), drawn("disc", 2)], "file")
    three = three.added(1, [drawn("cross", 1)], "file")
    assert learn(three, pretend, quiet).held is None
    with pytest.raises(LessonError, match="Class 1: 2, of them independent: 2") as refused:
        require_enough(three)
    assert refused.value.code == "network.too-few"
    require_enough(collected(5))


def test_forty_pictures_of_one_recording_are_too_few_for_a_network() -> None:
    with pytest.raises(LessonError, match="independent: 1"):
        require_enough(collected(40, source="camera"))


def test_the_small_network_has_few_weights() -> None:
    from core.models.cost import total_parameters

    # 3x3 kernels and biases: 80 + 1168 + 4640, then 32 maxima and a bias to one logit.
    assert total_parameters(small_network(("a", "b"))) == 80 + 1168 + 4640 + 33


def test_question_and_check_have_the_answers_of_the_textbook() -> None:
    text = page_text("minute")
    question = question_of(text)
    assert question.options[question.truth] == "1"
    check = check_of(text)
    assert check.answer == 49.0
    assert "94" in check.because
