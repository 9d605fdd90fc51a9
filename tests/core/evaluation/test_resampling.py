"""One bootstrap by group for every figure, and comparisons in pairs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    recall_score,
    roc_auc_score,
)

from core.evaluation import metrics, resampling
from core.evaluation.estimate import wilson
from core.evaluation.thresholds import answers

seeds = st.integers(0, 10_000)


def drawn(seed: int, *, count: int = 60, ties: bool = True) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    labels[:2] = 0, 1
    scores = rng.random(count) * 0.7 + 0.3 * labels
    return labels, scores.round(1) if ties else scores


def apart(count: int, *, seed: int = 0, resamples: int = resampling.RESAMPLES) -> resampling.Draws:
    """Draws of images that each stand for themselves."""
    return resampling.draw(np.arange(count), seed=seed, resamples=resamples)


@pytest.mark.reference
@given(seed=seeds)
def test_figures_are_those_of_scikit_learn(seed: int) -> None:
    labels, scores = drawn(seed)
    given_answers = answers(scores, threshold=0.4)
    draws = apart(len(labels), resamples=3)
    found = resampling.figures(labels, given_answers, scores, draws)
    assert found.accuracy.value == accuracy_score(labels, given_answers)
    assert found.balanced_accuracy.value == pytest.approx(
        balanced_accuracy_score(labels, given_answers)
    )
    negative, positive = resampling.recalls(labels, given_answers, draws, num_classes=2)
    assert positive.value == recall_score(labels, given_answers)
    assert negative.value == recall_score(labels, given_answers, pos_label=0)
    assert found.auc.value == pytest.approx(roc_auc_score(labels, scores), abs=1e-12)


@pytest.mark.reference
@given(seed=seeds)
def test_several_classes_are_ranked_one_against_the_rest(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.r_[0, 1, 2, rng.integers(0, 3, 40)]
    scores = rng.dirichlet(np.ones(3), len(labels))
    ours = resampling.auc(labels, scores, apart(len(labels), resamples=3)).value
    assert ours == pytest.approx(roc_auc_score(labels, scores, multi_class="ovr", average="macro"))
    assert ours == pytest.approx(metrics.auc_value(labels, scores))


@pytest.mark.reference
@given(seed=seeds)
def test_each_draw_has_the_figures_of_scikit_learn_with_weights(seed: int) -> None:
    labels, scores = drawn(seed)
    predicted = answers(scores)
    draws = resampling.draw(np.arange(len(labels)) // 3, seed=seed, resamples=4)
    areas = resampling.auc(labels, scores, draws).drawn
    shares = resampling.accuracy(labels, predicted, draws).drawn
    balanced = resampling.balanced_accuracy(labels, predicted, draws).drawn
    for row, times in enumerate(next(draws.spread())[1:]):
        assert shares[row] == pytest.approx(accuracy_score(labels, predicted, sample_weight=times))
        held = times > 0
        if len(np.unique(labels[held])) < 2:
            assert math.isnan(areas[row])
            continue
        assert areas[row] == pytest.approx(roc_auc_score(labels, scores, sample_weight=times))
        assert balanced[row] == pytest.approx(
            balanced_accuracy_score(labels, predicted, sample_weight=times)
        )


def test_a_draw_holds_whole_groups_and_as_many_as_there_are() -> None:
    groups = np.array([7, 7, 7, 2, 2, 9])
    times = next(resampling.draw(groups, seed=1, resamples=50).spread())
    np.testing.assert_array_equal(times[0], np.ones(6))
    for row in times[1:]:
        assert row[0] == row[1] == row[2]
        assert row[3] == row[4]
        assert row[0] + row[3] + row[5] == 3


def test_copies_bring_no_information_to_any_figure() -> None:
    labels, scores = drawn(3, count=400, ties=False)
    # The same images forty times smaller in number.
    copied = (np.tile(labels[:40], 10), np.tile(scores[:40], 10))
    by_group = resampling.draw(np.tile(np.arange(40), 10))

    def widths(labels: np.ndarray, scores: np.ndarray, draws: resampling.Draws) -> list[float]:
        predicted = answers(scores, threshold=0.5)
        found = resampling.figures(labels, predicted, scores, draws)
        rows = [found.accuracy, found.balanced_accuracy, found.auc]
        rows += resampling.recalls(labels, predicted, draws, num_classes=2)
        return [row.estimate().high - row.estimate().low for row in rows]

    alone, few = widths(labels, scores, apart(400)), widths(*copied, by_group)
    assert all(wide > 2 * narrow for wide, narrow in zip(few, alone, strict=True))


def test_images_that_stand_alone_have_about_wilsons_interval() -> None:
    hit = np.arange(400) % 5 > 0
    found = resampling.share(hit, apart(400)).estimate()
    theirs = wilson(320, 400)
    assert found.value == 0.8
    assert found.low == pytest.approx(theirs.low, abs=0.01)
    assert found.high == pytest.approx(theirs.high, abs=0.01)
    again = resampling.share(hit, apart(400)).estimate()
    assert again == found


def test_answers_that_are_all_right_are_not_certain() -> None:
    # Every draw says 100 %; what is known is bounded by the groups, not by the images.
    draws = resampling.draw(np.arange(100) // 10)
    found = resampling.share(np.ones(100, bool), draws).estimate()
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(wilson(10, 10).low)
    none = resampling.share(np.zeros(100, bool), draws).estimate()
    assert (none.low, none.high) == (0.0, pytest.approx(wilson(0, 10).high))
    labels = np.arange(100) // 10 % 2
    perfect = resampling.figures(labels, labels, labels.astype(float), draws)
    for figure in (perfect.accuracy, perfect.balanced_accuracy, perfect.auc):
        assert figure.value == 1.0
        assert 0.4 < figure.estimate().low < 0.9
        assert figure.estimate().high == 1.0


def test_one_group_alone_tells_next_to_nothing() -> None:
    draws = resampling.draw(np.zeros(100, int))
    found = resampling.share(np.arange(100) < 70, draws).estimate()
    assert found.value == 0.7
    assert found.high - found.low > 0.7


def test_balanced_accuracy_joins_what_the_draws_cannot_know_of_each_class() -> None:
    labels = np.r_[np.ones(29), np.zeros(20)].astype(int)
    predicted = np.r_[np.ones(28), np.zeros(21)].astype(int)
    found = resampling.balanced_accuracy(labels, predicted, apart(49)).estimate()
    assert found.value == pytest.approx((28 / 29 + 1) / 2)
    # No draw holds a wrong normal, yet 20 of 20 leave room down to 0.8389 (Wilson).
    assert found.low < found.value - (1 - 0.8389) / 2
    assert found.high <= 1.0


@pytest.mark.slow
@pytest.mark.parametrize("figure", ["accuracy", "auc"])
def test_nineteen_of_twenty_intervals_hold_the_truth_where_images_come_in_groups(
    figure: str,
) -> None:
    # 60 groups of 8 images; the group's own shift is as large as that of an image. A positive is
    # answered rightly where its score is above 1/2: scores N(+-1/2 + 1/2, 2), so Phi(0.5/sqrt 2)
    # of the answers are right, and the area is Phi(1 / 2).
    truth = {"accuracy": 0.6381631951, "auc": 0.6914624613}[figure]
    held = taken_for_independent = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(60), 8)
        labels = np.repeat(rng.permutation(np.arange(60) % 2), 8)
        scores = labels + rng.normal(size=60)[groups] + rng.normal(size=480)
        draws = resampling.draw(groups, seed=seed, resamples=400)
        predicted = (scores > 0.5).astype(int)
        found = resampling.figures(labels, predicted, scores, draws)
        estimate = getattr(found, figure).estimate()
        held += estimate.low <= truth <= estimate.high
        alone = wilson(int((predicted == labels).sum()), 480)
        taken_for_independent += alone.low <= 0.6381631951 <= alone.high
    assert 180 <= held <= 198
    assert taken_for_independent < 150  # what Wilson's interval of the images would promise


def test_one_class_alone_has_no_area() -> None:
    found = resampling.auc(np.zeros(5, int), np.arange(5.0), apart(5)).estimate()
    assert math.isnan(found.value)
    assert found.plain() == "unknown (n = 5)"


def test_always_the_same_answer_has_an_exact_balanced_accuracy() -> None:
    found = resampling.exactly(0.5, apart(30), n=30).estimate()
    assert (found.low, found.high, found.n) == (0.5, 0.5, 30)


# Comparisons in pairs.


@pytest.mark.reference
@given(only=st.integers(0, 60), other=st.integers(0, 60))
def test_mcnemar_is_the_binomial_test_of_the_answers_that_differ(only: int, other: int) -> None:
    right = np.r_[np.ones(only, bool), np.zeros(other, bool), True, False]
    others = np.r_[np.zeros(only, bool), np.ones(other, bool), True, False]
    theirs = binomtest(only, only + other).pvalue if only + other else 1.0
    assert resampling.mcnemar(right, others) == pytest.approx(theirs, rel=1e-9)


def constructed() -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of classifiers whose Wilson intervals overlap, though McNemar tells them apart."""
    pairs = []
    for n in (100, 200, 400):
        for both in (0.5, 0.6, 0.7, 0.8):
            for first in range(6, n // 4, 2):
                for second in range(0, first, 2):
                    shared = int(both * n)
                    if shared + first + second > n:
                        continue
                    right, others = np.zeros(n, bool), np.zeros(n, bool)
                    right[: shared + first] = True
                    others[:shared] = True
                    others[shared + first : shared + first + second] = True
                    a, b = wilson(int(right.sum()), n), wilson(int(others.sum()), n)
                    if a.low <= b.high and resampling.mcnemar(right, others) < 0.04:
                        pairs.append((right, others))
    return pairs


def test_intervals_that_overlap_do_not_hide_a_difference() -> None:
    pairs = constructed()
    assert len(pairs) > 378
    draws = {n: apart(n, resamples=1000) for n in (100, 200, 400)}
    for right, others in pairs[::11]:
        found = resampling.compare_answers(right, others, draws[len(right)])
        assert found.told_apart, (len(right), int(right.sum()), int(others.sum()))
        assert found.value == pytest.approx(right.mean() - others.mean())


@given(seed=seeds)
def test_a_comparison_turned_round_says_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    right, others = rng.random(80) < 0.8, rng.random(80) < 0.7
    draws = resampling.draw(rng.integers(0, 20, 80), seed=seed, resamples=100)
    one = resampling.compare_answers(right, others, draws)
    two = resampling.compare_answers(others, right, draws)
    assert one.value == pytest.approx(-two.value)
    assert (one.low, one.high) == (pytest.approx(-two.high), pytest.approx(-two.low))
    assert one.told_apart == two.told_apart
    assert one.p is None  # images in groups are no coins


def test_a_network_beside_itself_differs_by_nothing() -> None:
    labels, scores = drawn(1)
    found = resampling.figures(labels, answers(scores), scores, apart(60))
    same = found.auc.minus(found.auc)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    assert not same.told_apart


def test_three_answers_more_may_be_chance() -> None:
    right, others = np.ones(50, bool), np.ones(50, bool)
    others[:4] = False
    found = resampling.compare_answers(right, others, apart(50))
    # The draws alone would tell them apart; a fair coin falls four times alike one time in eight.
    assert found.low > 0
    assert found.p == pytest.approx(0.125)
    assert not found.told_apart


@pytest.mark.parametrize("seed", range(4))
def test_a_matched_area_counts_pairs_of_one_stratum(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels, strata = rng.integers(0, 2, 60), rng.integers(0, 5, 60)
    scores, groups = rng.integers(0, 8, 60) / 8.0, rng.integers(0, 9, 60)
    draws = resampling.draw(groups, seed=seed, resamples=20)

    found = resampling.matched_auc(labels, scores, strata, draws)

    pairs = [
        (one, other)
        for one in np.flatnonzero(labels == 1)
        for other in np.flatnonzero(labels == 0)
        if strata[one] == strata[other]
    ]
    won = np.array([(np.sign(scores[one] - scores[other]) + 1) / 2 for one, other in pairs])
    for number, times in enumerate(draws.times[:, draws.members]):
        weights = np.array([times[one] * times[other] for one, other in pairs])
        area = (won * weights).sum() / weights.sum()
        given = found.value if number == 0 else found.drawn[number - 1]
        assert given == pytest.approx(area)


def test_to_know_the_stratum_alone_is_worth_nothing_in_a_matched_area() -> None:
    strata = np.repeat(np.arange(4), 25)
    labels = (np.random.default_rng(0).random(100) < 0.1 + 0.2 * strata).astype(int)
    draws = resampling.draw(np.arange(100))
    assert resampling.auc(labels, strata / 4, draws).value > 0.6
    assert resampling.matched_auc(labels, strata / 4, strata, draws).value == 0.5
    nowhere_both = resampling.matched_auc(labels, strata / 4, labels, draws)
    assert np.isnan(nowhere_both.value)
    assert nowhere_both.n == 0
