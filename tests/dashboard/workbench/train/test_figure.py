"""Ranges, words, tables and times of the Train page, against numbers worked out by hand."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evaluation.estimate import Difference, Estimate
from core.evaluation.report import EvaluationReport
from core.training.events import BatchEnded, EpochEnded, Started, Warned
from core.training.history import History
from core.training.verdict import judge
from dashboard import cache
from dashboard.theme import DARK
from dashboard.workbench.train.figure import (
    CurveOptions,
    constant_level,
    curves,
    describe,
    history_csv,
    smooth,
    table,
    thin,
)
from dashboard.workbench.train.outcome import evaluation_table, reading
from dashboard.workbench.train.progress import progress
from tests.dashboard.pretend_run import metrics, pretend_events, report

TEXT = cache.page_text.__wrapped__("train")  # type: ignore[attr-defined]


@given(st.integers(0, 5000), st.integers(1, 700))
def test_thinning_keeps_first_and_last_and_never_moves_a_point(count: int, most: int) -> None:
    batches = np.arange(float(count)).reshape(-1, 1)
    kept = thin(batches, most=most).ravel()
    assert len(kept) <= most + 1
    assert set(kept) <= set(batches.ravel())
    assert list(kept) == sorted(set(kept))
    if count:
        assert kept[0] == 0
        assert kept[-1] == count - 1
        later = thin(np.arange(float(count + 1)).reshape(-1, 1), most=most).ravel()
        assert set(later) - set(kept) <= {float(count)}  # points go, only the newest comes


def test_smoothing_leaves_a_constant_alone_and_skips_what_is_no_number() -> None:
    np.testing.assert_allclose(smooth(np.full(50, 3.0)), 3.0)
    np.testing.assert_allclose(
        smooth(np.array([2.0, math.nan, 4.0]), memory=0.5), [2.0, 2.0, (4 + 1) / 1.5]
    )


@pytest.mark.parametrize("log", [False, True])
def test_the_axes_hold_all_epochs_and_baselines(log: bool) -> None:
    history = History.from_events(pretend_events(4, validation=(2.3, 0.9, 0.31, 0.002)))
    figure = curves(
        history,
        run="",
        epochs=4,
        classes=10,
        majority=0.3,
        constant=math.log(10),
        options=CurveOptions(log_loss=log),
        theme=DARK,
    )
    loss, accuracy = figure.panels
    assert loss.baseline is not None
    assert loss.baseline.value == pytest.approx(2.302585)  # ln 10: ten balanced classes
    assert loss.low <= 0.002
    assert loss.high >= math.log(10)
    assert loss.low > 0 or not log
    assert accuracy.low <= 0.3
    assert accuracy.high == 1.0


def test_the_level_to_leave_is_that_of_the_loss_that_is_trained() -> None:
    counts = {
        "train": {"normal": 1955, "fracture": 430},
        "validation": {"normal": 426, "fracture": 95},
    }
    assert constant_level(counts, weighted=True) == pytest.approx(math.log(2))
    plain = constant_level(counts, weighted=False)
    assert plain == pytest.approx(0.475, abs=0.001)
    assert constant_level({}, weighted=True) is None
    history = History.from_events(pretend_events(2))
    common = {"run": "", "epochs": 2, "classes": 2, "majority": None, "theme": DARK}
    weighted = curves(history, options=CurveOptions(), **common, constant=0.6931)
    assert weighted.panels[0].title == "Cross-entropy, classes alike (nats)"
    off = curves(history, options=CurveOptions(), **common, weighted=False, constant=plain)
    assert off.panels[0].title == "Cross-entropy, plain mean (nats)"
    focal = curves(history, options=CurveOptions(), **common, focal_gamma=2.0, constant=None)
    assert focal.panels[0].title == "Focal loss \u03b3 2, classes alike (nats)"
    assert constant_level(counts, weighted=True, focal_gamma=2.0) == pytest.approx(
        math.log(2) / 4, abs=1e-7
    )
    assert off.panels[0].baseline is not None
    assert off.panels[0].baseline.text == "one output<br>for all 0.475"


def test_the_first_means_of_an_epoch_do_not_squeeze_the_curves() -> None:
    events = pretend_events(2, batches=50)
    wild = next(e for e in events if isinstance(e, BatchEnded) and e.epoch == 2)
    events[events.index(wild)] = replace(wild, loss=40.0)
    figure = curves(
        History.from_events(events),
        run="",
        epochs=2,
        classes=2,
        majority=None,
        options=CurveOptions(),
        theme=DARK,
    )
    assert figure.panels[0].high < 2
    assert figure.panels[0].lines[0].y.max() == 40.0  # still drawn, leaving the axis


def test_the_sentence_says_what_the_picture_shows() -> None:
    history = History.from_events(pretend_events(3))
    said = describe(history, epochs=4, majority=0.822)
    assert "After epoch 3 of 4" in said
    assert "training loss is 0.233" in said  # 0.7 / 3
    assert "validation loss 0.550" in said
    assert "82.2 %" in said
    assert "lowest in epoch 2" in said
    early = describe(History.from_events(pretend_events(1)[:4]), epochs=4, majority=None)
    assert early.startswith("First epoch of 4, batch 3: training loss 0.730")


def test_the_file_holds_every_batch_and_every_epoch_once() -> None:
    history = History.from_events(pretend_events(3))
    rows = list(csv.DictReader(io.StringIO(history_csv(history))))
    assert [int(row["step"]) for row in rows] == list(range(1, 16))
    np.testing.assert_array_equal([float(r["batch_loss"]) for r in rows], history.batches[:, 2])
    ends = [row for row in rows if row["epoch"]]
    assert [float(row["epochs_done"]) for row in ends] == [1.0, 2.0, 3.0]
    assert [float(row["validation_loss"]) for row in ends] == [0.6, 0.5, 0.55]
    assert [float(row["validation_auc"]) for row in ends] == [row[-1] for row in table(history)]


def test_an_epoch_whose_batches_were_lost_is_in_the_file_all_the_same() -> None:
    only = [event for event in pretend_events(2) if not isinstance(event, BatchEnded)]
    rows = list(csv.DictReader(io.StringIO(history_csv(History.from_events(only)))))
    assert [row["validation_loss"] for row in rows] == ["0.6", "0.5"]


def test_time_left_in_the_first_epoch_comes_from_its_batches() -> None:
    events = pretend_events(1)[:4]  # three of five batches, 0.1 s each, of four epochs
    found = progress(events, epochs=4)
    assert (found.epoch, found.batch, found.batches, found.epochs_done) == (1, 3, 5, 0)
    assert found.seconds_left == pytest.approx(0.1 * (2 + 3 * 5))
    assert progress(events[:2], epochs=4).seconds_left is None
    late = replace(events[1], time=events[1].time - 5)  # the network was built before it
    assert progress([events[0], late, *events[2:]], epochs=4).seconds_left == found.seconds_left


def test_time_left_later_comes_from_whole_epochs_validation_included() -> None:
    events = pretend_events(3)[:-4]  # two epochs of 1 s, then two of five batches
    found = progress(events, epochs=4)
    assert (found.epoch, found.batch, found.epochs_done) == (3, 2, 2)
    assert found.seconds_left == pytest.approx(1.0 * (4 - 2 - 2 / 5))


def test_a_resumed_run_counts_from_where_it_goes_on_and_measures_anew() -> None:
    events = [*pretend_events(2), Started(2, 2, "cpu", 9, time=9000.0), Warned("a", "Mind.")]
    found = progress(events, epochs=4)
    assert (found.attempt, found.epochs_done, found.epoch) == (2, 2, 2)
    assert found.seconds_left is None  # another worker: what the first measured does not count
    assert found.warnings == ("Mind.",)
    assert progress(pretend_events(4), epochs=4).seconds_left == 0.0


def told(history: History, given: EvaluationReport | None) -> str:
    """What the page says of a run."""
    verdict = judge(history.epochs, num_classes=2)
    return reading(verdict, given, TEXT, rate=0.1, common="normal")


@pytest.mark.parametrize(
    ("validation", "expected"),
    [
        ((0.6, 0.5, 0.55, 0.6), "Over-training from epoch 2 on"),
        ((0.6, 0.5, 0.49, 0.4), "still learning"),
        # Training goes from 0.7 to 0.175: validation that stands still beside that is no rest.
        ((0.6, 0.5, 0.51, 0.505), "validation did not follow (0.500 to 0.505)"),
    ],
)
def test_curves_are_read_by_what_the_losses_do(
    validation: tuple[float, ...], expected: str
) -> None:
    history = History.from_events(pretend_events(4, validation=validation))
    assert expected in told(history, None)


def test_losses_that_both_stand_still_have_settled() -> None:
    losses = ((0.6, 0.6), (0.5, 0.5), (0.49, 0.51), (0.49, 0.505))
    level = [
        EpochEnded(n, 4, 1.0, metrics(train, 0.7), metrics(seen, 0.7), False)
        for n, (train, seen) in enumerate(losses, start=1)
    ]
    said = told(History.from_events(level), None)
    assert "has settled: 0.500 at its lowest, in epoch 2, and 0.505 at the end" in said


def test_a_rise_of_both_losses_is_not_called_over_training() -> None:
    rising = [
        EpochEnded(n, 3, 1.0, metrics(loss, 0.6), metrics(loss + 0.1, 0.6), False)
        for n, loss in enumerate((0.5, 0.8, 1.4), start=1)
    ]
    said = told(History.from_events(rising), None)
    assert "Over-training" not in said
    assert "The steps are too large" in said


@pytest.mark.parametrize(
    ("accuracy", "expected"),
    [(0.9, "is above the 75.0 %"), (0.77, "cannot be told from"), (0.6, "is below the 75.0 %")],
)
def test_accuracy_is_read_beside_the_majority(accuracy: float, expected: str) -> None:
    history = History.from_events(pretend_events(4))
    said = told(history, report(accuracy=accuracy))
    assert expected in said
    assert 'always answering "normal"' in said


@pytest.mark.parametrize(
    ("auc", "metadata", "expected"),
    [
        (0.8, 0.55, "better than the 0.550 reached without a pixel, from body part and image size"),
        (0.8, 0.9, "worse than the 0.900 reached without a pixel, from body part and image size"),
        (0.8, 0.78, "the habits of the hospital"),
        (0.53, 0.5, "cannot be told from chance"),
        (0.3, 0.5, "is below 0.5: it ranks pictures the wrong way round"),
    ],
)
def test_auc_is_read_beside_chance_and_metadata(auc: float, metadata: float, expected: str) -> None:
    history = History.from_events(pretend_events(4))
    assert expected in told(history, report(auc=auc, metadata=metadata))


def test_a_figure_inside_the_interval_is_compared_in_pairs_all_the_same() -> None:
    # 0.78 lies in the interval of 0.80 (0.75 to 0.85); on the same images the network is better.
    found = report(auc=0.8, metadata=0.78)
    *others, metadata = found.baselines
    assert metadata.lead is not None
    lead = replace(metadata.lead, auc=Difference(0.02, 0.004, 0.04, 100))
    paired = replace(found, baselines=(*others, replace(metadata, lead=lead)))
    said = told(History.from_events(pretend_events(4)), paired)
    assert "better than the 0.780 reached without a pixel" in said
    assert "(+0.020 (+0.004 to +0.040) on the same images)" in said
    # And an accuracy whose interval holds the majority's, the same way.
    ahead = found.baseline("majority")
    assert ahead is not None
    assert ahead.lead is not None
    lead = replace(ahead.lead, accuracy=Difference(0.02, 0.01, 0.03, 100, p=0.01))
    above = replace(report(accuracy=0.77), baselines=(replace(ahead, lead=lead), *others[1:]))
    assert "is above the 75.0 %" in told(History.from_events(pretend_events(4)), above)


def test_a_collapsed_run_gets_one_piece_of_advice_and_no_other() -> None:
    flat = [
        EpochEnded(n, 4, 1.0, metrics(loss, 0.5), replace(metrics(0.693, 0.5), auc=0.5), n == 1)
        for n, loss in enumerate((40.0, 0.694, 0.6935, 0.6934), start=1)
    ]
    given = replace(report(accuracy=0.25), auc=Estimate(0.5, 0.45, 0.55, 100))
    said = told(History.from_events(flat), given)
    assert "It has collapsed" in said
    assert "try a learning rate of 0.01 instead of 0.1" in said
    assert "cannot be told from chance" in said
    for other in ("settled", "larger picture", "More images", "More epochs may help", "no failure"):
        assert other not in said


def test_a_hint_of_an_early_epoch_is_not_repeated_when_the_judge_has_more_to_go_by() -> None:
    events = [*pretend_events(3), Warned("training.unstable", "The rate is too large.")]
    assert progress(events, epochs=3).warnings == ()


def test_the_size_of_a_file_is_named_as_a_shortcut() -> None:
    said = told(History.from_events(pretend_events(4)), report(metadata=0.78))
    assert "Of that, 0.750 is reached from body part alone; the rest, up to 0.780" in said
    assert "but a shortcut" in said


def test_two_accuracies_are_told_by_their_thresholds() -> None:
    said = told(History.from_events(pretend_events(4)), report(accuracy=0.7))
    assert "the threshold 0.400, chosen on validation; the curves count at 0.5" in said
    assert "66.0 % instead of 70.0 %" in said
    assert "Accuracy at threshold 0.5" in evaluation_table(report())


def test_outputs_of_a_network_whose_classes_count_alike_are_no_shares() -> None:
    history = History.from_events(pretend_events(4))
    said = told(history, report())
    assert "its outputs average 0.52 here, where 25 % do" in said
    assert "With the weights divided out again they average 0.27" in said
    plain = told(history, replace(report(), class_weights=None))
    assert "average" not in plain
    even = told(history, replace(report(), class_weights=(1.0, 1.01)))
    assert "average" not in even


def test_a_report_of_an_earlier_version_is_shown_without_a_comparison() -> None:
    found = report()
    old = replace(found, baselines=tuple(replace(row, lead=None) for row in found.baselines))
    old = replace(old, at_half=None, class_weights=None, mean_output=None)
    again = EvaluationReport.from_json(old.to_json())
    said = told(History.from_events(pretend_events(4)), again)
    assert "did not compare" in said
    assert "[" not in evaluation_table(again)


def test_every_figure_of_the_table_stands_beside_n_interval_and_baselines() -> None:
    shown = evaluation_table(report(accuracy=0.7))
    row = shown[shown.index("Accuracy") : shown.index("Balanced accuracy")]
    assert all(cell in row for cell in ("70.0 %", "65.0 % to 75.0 %", ">100<", ">75.0 % ["))
    assert "75.0 % [\N{MINUS SIGN}5.0 points (\N{MINUS SIGN}10.0 to +0.0)]" in row
    assert "Sensitivity (fracture found)" in shown
    assert "Epoch 2 on 100 test images in 90 groups" in shown


def test_several_classes_have_a_row_each() -> None:
    three = replace(
        report(),
        classes=("hand", "leg", "hip"),
        sensitivity=None,
        specificity=None,
        recalls=(report().accuracy,) * 3,
    )
    shown = evaluation_table(three)
    assert all(f"{name} recognized" in shown for name in three.classes)
    assert "Sensitivity" not in shown
