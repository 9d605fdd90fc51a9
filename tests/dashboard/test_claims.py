"""What the texts claim in words is computed here: a comparison, a number, a direction."""

from __future__ import annotations

import numpy as np
import pytest

from core.descent.rules import RULES
from core.descent.schedules import constant
from core.descent.small_network import accuracy, cross_entropy, features_of, forward
from core.descent.small_training import batches_in_epoch, begin, split, train
from core.descent.surfaces import SURFACES, bowl
from core.descent.trajectory import suggested_rates, walk
from core.inspect.receptive_field import receptive_fields
from core.models.layers import Convolution, Flatten, multiply_adds
from core.models.spec import ModelSpec
from core.models.zoo.entries import MODELS
from core.ops.activation import ACTIVATIONS
from core.ops.convolution import convolve
from core.ops.kernels import KERNELS
from core.ops.stack import INITIALIZATIONS, MAX_DEPTH, VANISHED, measure_depth
from dashboard.cache import page_text
from dashboard.catalogue import page
from dashboard.lessons.descent.lesson import PREDICTED_CONDITION, question
from dashboard.lessons.descent.stage import FEW_STEPS
from dashboard.lessons.layers.stage import EXPERIMENTS, Experiment
from dashboard.lessons.zoo.lesson import check
from data.samples.points import plane_set

BINARY = ("normal", "fracture")


def losses(entry: Experiment, epochs: int) -> tuple[list[float], list[float], list[float]]:
    """Training loss, test loss and accuracy of all points, epoch by epoch."""
    points = plane_set(entry.data)
    positions = points.clean + entry.noise * points.disturbances
    targets, settings = points.labels.astype(np.float64), entry.settings
    learned, held = split(len(targets), share=entry.share, seed=settings.seed)
    inputs, now = features_of(entry.spec, positions), begin(entry.spec, settings)
    count = batches_in_epoch(len(learned), settings.batch_size)
    found: tuple[list[float], list[float], list[float]] = ([], [], [])
    for _ in range(epochs):
        now = train(
            entry.spec,
            inputs[learned],
            targets[learned],
            settings=settings,
            batches=count,
            start=now,
        )
        logits = forward(entry.spec, now.parameters, inputs).logits
        found[0].append(cross_entropy(logits[learned], targets[learned]))
        found[1].append(cross_entropy(logits[held], targets[held]))
        found[2].append(accuracy(logits, targets))
    return found


def experiment(name: str) -> Experiment:
    return next(entry for entry in EXPERIMENTS if entry.name == name)


def test_the_spiral_takes_about_a_hundred_epochs() -> None:
    right = losses(experiment("spiral"), 150)[2]
    arrived = next(epoch for epoch, share in enumerate(right, 1) if share >= 0.95)
    assert 67 <= arrived <= 150
    assert "about a hundred epochs" in page_text("layers")["note-spiral"]


def test_with_few_points_the_test_loss_turns_up_while_training_falls_on() -> None:
    training, test, _ = losses(experiment("overfit"), 60)
    assert training[-1] < training[9] < training[4]
    assert test[-1] > 1.5 * min(test)


def test_four_units_find_edges_and_two_join_them() -> None:
    """The ring's network has edges in its first layer only: the text must not count all six."""
    sizes = experiment("circle").spec.sizes
    assert sizes == (2, 4, 2, 1)
    said = page_text("layers")["stage-moment-circle"]
    assert "first layer" in said
    assert "Six" not in said


@pytest.mark.parametrize("name", ["gaussian", "box"])
def test_weights_above_0_that_sum_to_1_smooth(name: str) -> None:
    rough = np.random.default_rng(0).normal(size=(40, 40))
    kernel = KERNELS[name].make(5)
    assert kernel.min() > 0
    assert kernel.sum() == pytest.approx(1)
    assert convolve(rough, kernel).std() < rough.std()


@pytest.mark.parametrize("name", ["sharpen", "unsharp"])
def test_a_sum_of_1_alone_does_not(name: str) -> None:
    rough = np.random.default_rng(0).normal(size=(40, 40))
    kernel = KERNELS[name].make(3)
    assert kernel.sum() == pytest.approx(1)
    assert convolve(rough, kernel).std() > rough.std()
    assert "above 0" in page_text("convolution")["stage-moment-smooth"]


def test_the_outline_kernel_answers_with_a_sign() -> None:
    spot = np.zeros((3, 3))
    spot[1, 1] = 1.0
    kernel = KERNELS["outline"].make(3)
    assert convolve(spot, kernel)[0, 0] > 0 > convolve(1 - spot, kernel)[0, 0]
    assert KERNELS["outline"].answers == "brighter than its surroundings"


def test_above_the_limit_only_the_steep_direction_grows() -> None:
    ground = bowl(PREDICTED_CONDITION)
    rate = 1.1 * ground.stability_limit(*ground.start)
    done = walk(ground, RULES["sgd"], start=ground.start, schedule=constant(rate), steps=5)
    across, along = done.positions[1] / done.positions[0]
    assert abs(across) < 1 < abs(along)
    assert along == pytest.approx(1 - rate * PREDICTED_CONDITION)
    assert question(page_text("descent")).because.startswith("Along y")


def test_in_the_narrow_valley_a_velocity_comes_farther_and_not_every_divided_step() -> None:
    """With the rates and steps that the moment shows; only what holds of all may be said."""
    ground = SURFACES["rosenbrock"]
    rates = suggested_rates(ground)
    ways = {
        name: walk(
            ground, RULES[name], start=ground.start, schedule=constant(rates[name]), steps=FEW_STEPS
        )
        for name in ("sgd", "momentum", "nesterov", "rmsprop", "adagrad")
    }
    along = {name: float(done.positions[-1][0] - ground.start[0]) for name, done in ways.items()}
    assert min(along["momentum"], along["nesterov"]) > 1.5 * along["sgd"]
    assert ways["rmsprop"].values[-1] > ways["sgd"].values[-1]
    said = page_text("descent")["stage-moment-narrow"]
    assert "a velocity comes farther" in said
    assert "divided" not in said


def test_near_a_minimum_rmsprop_goes_on_in_steps_of_its_rate() -> None:
    ground, rate = bowl(PREDICTED_CONDITION), 0.01
    done = walk(ground, RULES["rmsprop"], start=ground.start, schedule=constant(rate), steps=500)
    steps = np.abs(np.diff(done.positions[-40:], axis=0))
    np.testing.assert_allclose(steps, rate, rtol=0.05)
    assert "keeps trembling by" in page_text("descent")["note-rmsprop"]


def test_gradient_descent_ends_in_the_dent_that_it_starts_in() -> None:
    """The dents of the egg box are squares: between two crests on each axis."""
    ground = SURFACES["rastrigin"]
    assert ground.teaches.startswith("Gradient descent ends in the dent it starts in")
    crests = np.linspace(-3, 3, 60001)
    slope = ground.gradient(crests, np.zeros_like(crests))[0]
    crests = crests[:-1][(slope[:-1] > 0) & (slope[1:] <= 0)]

    def dent(place: np.ndarray) -> list[int]:
        return np.searchsorted(crests, place).tolist()

    starts = np.random.default_rng(0).uniform(-2.4, 2.4, (60, 2))
    for start in [np.array(ground.start), *starts]:
        done = walk(
            ground, RULES["sgd"], start=tuple(start), schedule=constant(ground.rate), steps=200
        )
        assert dent(done.positions[-1]) == dent(start)
    assert np.hypot(*ground.start) > 1  # and the lowest dent, around 0, is another one


def test_a_pooling_widens_the_step_not_the_window_twofold() -> None:
    spec = MODELS["paper"].build(64, BINARY)
    fields = receptive_fields(spec)
    before, after = fields["convolution_1"], fields["pooling_1"]
    assert after.size < 2 * before.size
    assert (before.jump, after.jump) == (1, 2)
    assert "doubles it" not in page_text("hierarchy")["because"]


def test_wider_filters_take_25_9_of_a_convolution_not_of_a_network() -> None:
    shape = (64, 64, 32)
    assert (
        multiply_adds(Convolution(64, 5), shape) * 9
        == multiply_adds(Convolution(64, 3), shape) * 25
    )
    assert "25/9 of a convolution's products" in MODELS["paper-5x5"].idea


def test_a_separable_layer_is_not_a_convolution_in_two_steps() -> None:
    """Each of its filters has one kernel a channel up to a factor: most kernels are not so."""
    kernels = np.random.default_rng(0).normal(size=(9, 8, 16))  # taps, channels, filters
    ranks = [int(np.linalg.matrix_rank(kernels[:, channel])) for channel in range(8)]
    assert min(ranks) > 1
    assert "in place of" in MODELS["mobilenet"].idea


def test_the_jump_multiplies_the_strides_before() -> None:
    """What the lesson says: (k - 1) times the product of the strides before a layer."""
    layers = (Convolution(4, 3, stride=2), Convolution(4, 3, stride=3), Convolution(4, 5))
    fields = receptive_fields(ModelSpec("chain", 96, BINARY, (*layers, Flatten())))
    sizes = [fields[f"convolution_{n}"].size for n in (1, 2, 3)]
    assert sizes == [3, 3 + 2 * 2, 3 + 2 * 2 + 4 * 2 * 3]
    text = page_text("architecture")
    for name in ("why-field", "why-field-block"):
        assert "the product of the strides before it" in text[name]


def test_what_goes_along_is_there_on_the_next_page() -> None:
    """Architecture begins with the paper's network or a link, Descent shows no X-ray."""
    assert "network" not in page("dropout").carries.split("among")[0]
    assert "X-ray" not in page("tensors").carries


def test_texts_are_american() -> None:
    words = ("licence", "colour", " grey", "behaviour", "neighbour", "centre ", "recognise")
    for slug in ("home", "dataset", "train", "xray", "zoo", "pooling", "convolution"):
        told = " ".join(page_text(slug).values()).lower()
        assert [word for word in words if word in told] == []


def test_the_zoos_check_takes_vggs_idea_to_alexnets_filters() -> None:
    asked = check()
    side = 1
    for _ in range(int(asked.answer)):
        side += 2  # each 3x3 with stride 1 looks one pixel further on both sides
    assert side == 11
    assert "5 · 3² = 45 weights, the large one 11² = 121" in asked.because


def test_what_the_moments_say_of_depth() -> None:
    logistic = measure_depth(ACTIVATIONS["sigmoid"], INITIALIZATIONS["glorot"]).gradient
    few = 5  # of 20: "long before it reaches the input"
    assert logistic[few, 0] < VANISHED
    kept = measure_depth(ACTIVATIONS["relu"], INITIALIZATIONS["he"])
    assert 0.5 < kept.gradient[MAX_DEPTH, 0] < 2
    assert 0.5 < kept.signal[MAX_DEPTH] < 2
    told = page_text("activations")
    assert "long before it reaches the input" in told["stage-moment-vanish"]
    assert "kept through all layers" in told["stage-moment-kept"]
    # A gradient that explodes is many times what started, never a share of it.
    assert "times what started at the top" in told["stage-most"]
