"""Curves from events, and the paper's own log."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from core.evaluation.epoch_metrics import EpochMetrics
from core.training.events import BatchEnded, EpochEnded, Event, Phase, Started
from core.training.history import Epoch, History, best_of, fig7_lines
from core.training.paper_log import PAPER_LOG


def metrics(loss: float, accuracy: float = 0.5) -> EpochMetrics:
    return EpochMetrics(loss, accuracy, accuracy, 0.5)


def ended(epoch: int, validation_loss: float) -> EpochEnded:
    return EpochEnded(epoch, 3, 1.0, metrics(1.0), metrics(validation_loss), improved=True)


def batch(epoch: int, number: int, loss: float) -> BatchEnded:
    return BatchEnded(epoch, number, 2, (epoch - 1) * 2 + number, loss, 0.5)


def test_the_line_is_the_paper_s_to_the_letter() -> None:
    # Fig. 7 of the paper, its first entry.
    row = PAPER_LOG[0]
    epoch = Epoch(
        row.epoch,
        25,
        row.seconds,
        metrics(row.loss, row.accuracy),
        metrics(row.validation_loss, row.validation_accuracy),
    )
    assert fig7_lines(epoch) == (
        "Epoch 1/25",
        "- 148s - loss: 1.6839 - acc: 0.3842 - val_loss: 1.3082 - val_acc: 0.5328",
    )


def test_the_log_is_the_paper_s() -> None:
    facts = """
    1: 148 1.6839 .3842 1.3082 .5328      6: 146 .9746 .6555 .9387 .6826
    2: 139 1.3321 .5198 1.1408 .6042      7: 147 .9281 .6721 .8726 .7032
    3: 142 1.1922 .5769 1.0420 .6432      8: 144 .8862 .6856 .9464 .6610
    4: 143 1.1047 .6096  .9681 .6670      9: 148 .8496 .7018 .8446 .7118
    5: 144 1.0282 .6382  .9166 .6896     10: 146 .8242 .7096 .7807 .7326
    11: 146 .7889 .7216 .7913 .7246      14: 146 .7107 .7496 .8587 .7158
    12: 146 .7630 .7312 .8651 .6990      15: 145 .6936 .7576 .7686 .7368
    13: 147 .7261 .7437 .8043 .7278
    """.replace(":", "").split()
    printed = np.array(facts, dtype=float).reshape(-1, 6)
    printed = printed[printed[:, 0].argsort()]
    np.testing.assert_array_equal(np.array(PAPER_LOG), printed)
    # The paper's text names the tenth epoch; its own log says the fifteenth.
    assert min(PAPER_LOG, key=lambda row: row.validation_loss).epoch == 15


def test_a_history_tells_steps_epochs_and_the_best() -> None:
    events: list[Event] = [Started(1, 0, "CPU", 1), Phase("training")]
    for epoch, loss in ((1, 0.5), (2, 0.3), (3, 0.4)):
        events += [batch(epoch, 1, 0.9), batch(epoch, 2, 0.8), ended(epoch, loss)]
    history = History.from_events(events)
    np.testing.assert_array_equal(history.batches[:, 0], [1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(history.batches[:, 1], [0.5, 1, 1.5, 2, 2.5, 3])
    assert [row.epoch for row in history.epochs] == [1, 2, 3]
    assert history.best_epoch == 2


def test_a_resumed_run_shows_the_epoch_it_repeats_once() -> None:
    events: list[Event] = [
        Started(1, 0, "CPU", 1),
        batch(1, 1, 0.9),
        batch(1, 2, 0.8),
        ended(1, 0.5),
        batch(2, 1, 77.0),
        batch(2, 2, 77.0),
        ended(2, 77.0),  # killed before its checkpoint was written
        Started(2, 1, "CPU", 2),
        batch(2, 1, 0.7),
    ]
    history = History.from_events(events)
    np.testing.assert_array_equal(history.batches[:, 2], [0.9, 0.8, 0.7])
    assert [row.epoch for row in history.epochs] == [1]


def test_a_run_begun_anew_forgets_the_first_attempt() -> None:
    events: list[Event] = [batch(1, 1, 0.9), Started(2, 0, "CPU", 2), batch(1, 1, 0.7)]
    np.testing.assert_array_equal(History.from_events(events).batches[:, 2], [0.7])


def test_nothing_yet_is_an_empty_history() -> None:
    history = History.from_events([])
    assert history.batches.shape == (0, 4)
    assert history.best_epoch is None


def test_the_earliest_of_equal_epochs_is_best_and_one_without_a_number_never() -> None:
    rows = [
        Epoch(epoch, 4, 1.0, metrics(1.0), metrics(loss))
        for epoch, loss in ((1, math.nan), (2, 0.4), (3, 0.4), (4, 0.5))
    ]
    assert best_of(rows) == 2


def test_history_needs_no_keras() -> None:
    import subprocess
    import sys

    code = (
        "import sys, core.training.history, core.training.spec, core.training.forecast,"
        " core.models.zoo.entries, core.models.cost, core.training.augment, core.training.results;"
        " sys.exit('keras' in sys.modules or 'sklearn' in sys.modules)"
    )
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
