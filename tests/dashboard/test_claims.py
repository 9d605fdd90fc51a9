"""What the texts claim in words is computed here: a comparison, a number, a direction."""

from __future__ import annotations

import dataclasses
import inspect
import re

import numpy as np
import pytest
from streamlit.runtime.memory_session_storage import MemorySessionStorage

from core.descent.rules import RULES
from core.descent.schedules import constant
from core.descent.small_network import accuracy, cross_entropy, features_of, forward
from core.descent.small_training import batches_in_epoch, begin, split, train
from core.descent.surfaces import SURFACES, bowl
from core.descent.trajectory import suggested_rates, walk
from core.evaluation.operating_point import candidates, cheapest_threshold, count_answers
from core.inspect.excitation import Exciting
from core.inspect.receptive_field import receptive_fields
from core.models.cost import layer_table
from core.models.layers import Convolution, Flatten, Parallel, multiply_adds
from core.models.spec import ModelSpec
from core.models.zoo.entries import MODELS, paper_network
from core.ops.activation import ACTIVATIONS
from core.ops.convolution import convolve
from core.ops.kernels import KERNELS
from core.ops.stack import INITIALIZATIONS, MAX_DEPTH, VANISHED, measure_depth
from core.training.coach import GENTLE
from dashboard import cache
from dashboard.cache import page_text
from dashboard.catalogue import page
from dashboard.lessons.descent.lesson import PREDICTED_CONDITION, question
from dashboard.lessons.descent.stage import FEW_STEPS
from dashboard.lessons.features.lesson import exciting
from dashboard.lessons.layers.stage import EXPERIMENTS, Experiment
from dashboard.lessons.zoo.lesson import check
from dashboard.lessons.zoo.outline import weight_layers
from dashboard.lessons.zoo.race import terms
from dashboard.networks.excitation_images import drawn_sample
from dashboard.networks.open_network import read_network
from dashboard.workbench.train.settings import TrainChoices
from data.samples.points import plane_set
from data.synthetic.radiograph import draw, draw_set

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


def test_a_larger_image_gives_parameters_to_the_layer_behind_flatten_alone() -> None:
    spec = paper_network(64, BINARY)
    larger = dataclasses.replace(spec, input_size=128)
    pairs = list(zip(layer_table(spec), layer_table(larger), strict=True))
    assert [a.name for a, b in pairs if b.parameters > a.parameters] == ["dense_1"]
    assert sum(b.multiply_adds > a.multiply_adds for a, b in pairs) > 3  # much else grows as well
    told = page_text("architecture")["stage-moment-twice"]
    assert "only the layer behind Flatten gets more parameters" in told


def test_mistakes_that_never_meet_are_twenty_in_a_hundred() -> None:
    first, second = np.arange(100) < 10, np.arange(100) >= 90
    assert (first ^ second).mean() == 0.2
    assert "exactly one of the two is wrong on 20 %" in page_text("compare")["because-any"]


def test_where_maps_are_flattened_no_averaged_gradient_is_offered_as_evidence() -> None:
    """Grad-CAM can point the wrong way there (`tests/core/explain/test_gradcam.py`)."""
    assert "Grad-CAM" not in page_text("pooling")["stage-say-global-flat-more"]
    assert "HiResCAM" in page_text("pooling")["stage-say-global-flat-more"]


COUNT_OF_THINGS = re.compile(
    r"\{(steps|rows|count|missing|epochs|others|outputs|pads|dropped)(:,)?\} "
    r"(of (the|its) )?(cells|rows|steps|windows|epochs|runs|output cells|batches is)\b"
)


@pytest.mark.parametrize("slug", ["pooling", "compare", "architecture", "dropout", "zoo", "train"])
def test_no_sentence_counts_one_as_many(slug: str) -> None:
    """ "1 rows": where a count may be 1, the sentence is one that fits every number."""
    told = page_text(slug)
    open_counts = {name: m[0] for name, text in told.items() if (m := COUNT_OF_THINGS.search(text))}
    assert [name for name, text in told.items() if "(s)" in text] == []
    # A network has several steps, and "1 of the runs" has no verb that would have to follow.
    assert open_counts.keys() <= {"stage-twin-begins", "missing"}


def test_the_even_threshold_of_results_is_that_of_the_best_balanced_accuracy() -> None:
    """Not of what costs least where fractures are as rare as in the set: that is another one."""
    random = np.random.default_rng(0)
    labels = (np.arange(400) < 60).astype(np.int64)
    scores = np.clip(random.normal(0.35 + 0.25 * labels, 0.15), 0, 1)

    def balanced(threshold: float) -> float:
        found = count_answers(labels, scores, threshold)
        return (found.sensitivity + found.specificity) / 2

    even = cheapest_threshold(labels, scores, miss=1, prevalence=0.5)
    here = cheapest_threshold(labels, scores, miss=1, prevalence=0.15)
    assert balanced(even) == max(balanced(cut) for cut in candidates(scores))
    assert balanced(here) < balanced(even)
    assert "balanced accuracy" in page_text("results")["stage-moment-even"]


def test_marks_are_not_said_to_be_peoples_where_a_program_drew_them() -> None:
    assert draw(0, size=64, fractured=True).marks.boxes
    for slug, name in (("dataset", "stage-moment-boxes"), ("xray", "stage-moment-marks")):
        assert "people" not in page_text(slug)[name]


def test_the_zoo_trains_with_what_train_begins_with() -> None:
    choices = TrainChoices()
    told = terms()
    assert f"{choices.learning_rate:g}, batches of {choices.batch_size}" in told
    assert "Adam" in told
    assert choices.optimizer == "adam"


def test_the_experiment_with_too_few_points_counts_them() -> None:
    entry = experiment("overfit")
    learned, _ = split(len(plane_set(entry.data).labels), share=entry.share, seed=2)
    assert f"{len(learned)} to train on" in page_text("layers")["try-overfit"]


def test_drawn_x_rays_are_not_said_to_be_others_than_a_network_learned_from() -> None:
    """The set of the shipped network is drawn anew from the same seeds."""
    drawn = drawn_sample(read_network("paper-synthetic").spec)
    again = draw_set(3, size=96).images
    np.testing.assert_array_equal(drawn.images[:3], again)
    node = "convolution_1"
    nothing = np.zeros((16, 1))
    found = Exciting(
        name=node,
        images=nothing.astype(np.int64),
        values=nothing,
        rows=nothing.astype(np.int64),
        columns=nothing.astype(np.int64),
        searched=3,
    )
    told = {
        key: exciting(read_network(key), drawn, found, 0)[0]["told"]
        for key in ("paper-synthetic", "paper-fracatlas")
    }
    assert "made as those that it learned from" in told["paper-synthetic"]
    assert "not on this computer" in told["paper-fracatlas"]


def test_augmentation_names_all_that_it_changes() -> None:
    words = {"flip": "mirrored", "shift": "shifted", "rotation": "turned", "zoom": "zoomed"}
    changed = [name for name, value in dataclasses.asdict(GENTLE).items() if value]
    told = page_text("train")["help-augmentation"]
    assert [name for name in changed if words.get(name, name) not in told] == []


def test_a_picture_is_not_said_to_be_gone_the_moment_its_page_is_closed() -> None:
    """Streamlit keeps a session for two minutes, in case that its browser comes back."""
    kept = inspect.signature(MemorySessionStorage.__init__).parameters["ttl_seconds"].default
    assert 60 <= kept < 600
    for slug, name in (("home", "private"), ("xray", "privacy"), ("xray", "privacy-hosted")):
        assert "minutes after you close the page" in page_text(slug)[name]


def test_what_the_zoo_says_of_its_own_networks_is_counted() -> None:
    numbers = {4: "four", 14: "fourteen"}
    resnet, googlenet = (MODELS[name].build(64, BINARY) for name in ("resnet", "googlenet"))
    assert f"Ours has {numbers[weight_layers(resnet)]}" in MODELS["resnet"].leaves_out
    modules = sum(isinstance(layer, Parallel) for layer in googlenet.layers)
    assert f"Ours has {numbers[modules]} modules" in MODELS["googlenet"].leaves_out


def test_through_one_layer_a_gradient_passes_one_layer() -> None:
    said = cache.shortcut_ideas()["small"].views[0].sentence
    assert "through 1 layer where each replaces its input" in said
