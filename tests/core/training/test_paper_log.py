"""What the paper's log shows, against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest

from core.training.paper_log import PAPER_EPOCHS, PAPER_LOG, read_paper_log


def test_two_classes_do_not_fit_its_first_epoch() -> None:
    found = read_paper_log()
    assert found.first.loss == 1.6839 > 2 * found.guessing[2]
    assert found.first.accuracy == 0.3842 < 0.5
    assert found.guessing == pytest.approx({2: 0.6931, 10: 2.3026}, abs=5e-5)
    assert math.log(found.as_many_as) == pytest.approx(1.6839)
    assert 5 < found.as_many_as < 6


def test_the_epoch_that_the_text_names_is_not_its_lowest() -> None:
    found = read_paper_log()
    assert (found.named.epoch, found.named.validation_loss) == (10, 0.7807)
    assert (found.lowest.epoch, found.lowest.validation_loss) == (15, 0.7686)
    assert (len(PAPER_LOG), PAPER_EPOCHS) == (15, 25)


def test_its_validation_loss_goes_up_and_down() -> None:
    found = read_paper_log()
    assert found.restless_from == 6  # 0.9387 after 0.9166
    assert found.swing == pytest.approx(0.9464 - 0.8446)  # epochs 8 and 9


def test_the_accuracy_that_the_text_reports_is_of_no_printed_epoch() -> None:
    found = read_paper_log()
    assert found.reported == 0.7313
    assert all(row.validation_accuracy != found.reported for row in PAPER_LOG)
