"""One neuron: hand numbers, what it can and cannot say, and pasted weights."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from core.errors import LessonError
from core.ops.activation import ACTIVATIONS
from core.ops.neuron import CORNERS, TABLES, Neuron, best_count, parse_weights, possible_tables


def test_a_hand_computed_neuron() -> None:
    neuron = Neuron(weights=(2.0, -1.0, 0.5), bias=-1.0, activation=ACTIVATIONS["relu"])
    fired = neuron.fire(np.array([1.0, 0.5, 3.0]))
    np.testing.assert_array_equal(fired.products, [2.0, -0.5, 1.5])
    assert fired.total == 2.0
    assert fired.output == 2.0
    assert fired.slope == 1.0


def test_many_inputs_at_once_are_the_same_as_one_by_one() -> None:
    neuron = Neuron(weights=(0.3, -0.7), bias=0.1, activation=ACTIVATIONS["tanh"], parameter=2.0)
    inputs = np.random.default_rng(0).standard_normal((3, 4, 2))
    together = neuron.fire(inputs).output
    assert together.shape == (3, 4)
    assert together[1, 2] == pytest.approx(np.tanh((inputs[1, 2] @ [0.3, -0.7] + 0.1) / 2.0))


def test_the_paper_threshold_is_a_bias_with_the_other_sign() -> None:
    and_neuron = Neuron(weights=(1.0, 1.0), bias=-1.5, activation=ACTIVATIONS["step"])
    np.testing.assert_array_equal(and_neuron.says_yes(np.array(CORNERS)), TABLES["AND"])
    with_threshold = Neuron(
        weights=(1.0, 1.0), bias=0.0, activation=ACTIVATIONS["step"], parameter=1.5
    )
    np.testing.assert_array_equal(with_threshold.says_yes(np.array(CORNERS)), TABLES["AND"])


def test_possible_tables_are_those_a_linear_program_finds() -> None:
    from scipy.optimize import linprog

    found = set()
    for table in product((0, 1), repeat=4):
        sides = 2 * np.array(table) - 1
        rows = -sides[:, None] * np.column_stack([CORNERS, np.ones(4)])
        if linprog(np.zeros(3), A_ub=rows, b_ub=-np.ones(4), bounds=(None, None)).success:
            found.add(table)
    assert possible_tables() == found


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_no_activation_offered_makes_one_neuron_an_xor(name: str) -> None:
    # Yes (output of at least one half) must begin at one total and never end again.
    activation = ACTIVATIONS[name]
    parameter = activation.parameter
    x = np.linspace(-60, 60, 4001)
    for value in (
        [None] if parameter is None else [parameter.low, parameter.default, parameter.high]
    ):
        yes = activation(x, value) >= 0.5
        assert np.count_nonzero(np.diff(yes.astype(int))) <= 1
    assert best_count(TABLES["XOR"]) == 3
    assert best_count(TABLES["OR"]) == 4


@pytest.mark.parametrize(
    ("text", "weights", "bias"),
    [
        ("1, 1, -1.5", (1.0, 1.0), -1.5),
        ("[0.5;\n-2] \N{MINUS SIGN}3", (0.5, -2.0), -3.0),
        ("1e-1\t2", (0.1,), 2.0),
    ],
)
def test_pasted_weights_are_read(text: str, weights: tuple[float, ...], bias: float) -> None:
    assert parse_weights(text) == (weights, bias)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", "weights.empty", "no number"),
        (" ;, ", "weights.empty", "no number"),
        ("1, one, 2", "weights.word", "Number 2 reads “one”"),
        ("1", "weights.count", "1 number"),
        ("1 2 3 4 5 1 2 3", "weights.count", "8 numbers"),
        ("1, 70, 2", "weights.range", "Number 2 is 70"),
        ("nan 1", "weights.range", "Number 1 is nan"),
        ("1 inf", "weights.range", "Number 2 is inf"),
    ],
)
def test_what_is_wrong_in_pasted_weights_is_named(text: str, code: str, said: str) -> None:
    with pytest.raises(LessonError, match=said) as caught:
        parse_weights(text)
    assert caught.value.code == code


def test_the_wrong_number_of_inputs_is_advice() -> None:
    with pytest.raises(LessonError, match="2 weights"):
        Neuron(weights=(1.0, 1.0), bias=0.0, activation=ACTIVATIONS["relu"]).fire(np.zeros(3))
