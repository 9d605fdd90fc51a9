"""Read the results through the app: validation under the hand, the test on purpose."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LessonError
from core.evaluation.openings import opened, part_key
from core.evaluation.operating_point import count_answers
from core.jobs.folder import RunFolder
from core.prepared import open_prepared, write_prepared
from core.training.events import Finished
from core.training.results import VALIDATION_SCORES, snapshot_path
from dashboard import cache
from dashboard.networks import network as networks
from dashboard.networks import validation_outputs as read
from dashboard.networks.network import Network, find_network, network_of_model
from dashboard.workbench.results import lesson
from dashboard.workbench.results.stage import Subset, schema_of, sheet_of
from data.models.shipped import reference_model
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec, small_set

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = 4
TEST_SCORES = np.linspace(0.05, 0.95, 8)


@dataclass
class Stand:
    """The page on a table, with one run whose outputs the test knows."""

    folder: Path
    run: RunFolder

    @property
    def labels(self) -> np.ndarray:
        prepared = open_prepared(self.folder / "set")
        return prepared.labels[prepared.indices("validation")]

    def scores(self, epoch: int) -> np.ndarray:
        """The classes move apart, epoch by epoch; a few stay wrong."""
        rng = np.random.default_rng(7)
        noise = rng.normal(0, 0.12, len(self.labels))
        return np.clip(0.5 + 0.1 * epoch * (self.labels - 0.5) + noise, 0.01, 0.99).astype("f4")

    def open(self, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
        app.switch_page("../pages/results.py")
        for name, value in {"network": self.run.id, "questions": "off", **query}.items():
            app.query_params[name] = value
        return app.run()


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    runs = tmp_path / "runs"
    monkeypatch.setenv("LIGHTBOX_RUNS", str(runs))
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(networks, "shipped_models", dict)
    cache.opened_set.clear()
    prepared = small_set(tmp_path / "set")
    spec = pretend_spec(str(prepared.folder), epochs=EPOCHS)
    run = pretend_run(runs, [*pretend_events(EPOCHS), Finished(2, 4.0)], spec=spec)
    table = Stand(tmp_path, run)
    for epoch in range(EPOCHS + 1):
        path = snapshot_path(run.path, epoch)
        path.parent.mkdir(exist_ok=True)
        np.savez(path, **{VALIDATION_SCORES: table.scores(epoch)})
    return table


def said(app: AppTest) -> str:
    assert not app.exception, [one.value for one in app.exception]
    return " ".join(str(one.value) for one in (*app.markdown, *app.warning, *app.info))


def choose(app: AppTest, stand: Stand, at: int, threshold: float) -> AppTest:
    app.session_state[lesson.CHOSEN] = (stand.run.id, at, threshold)
    return app.run()


def test_every_epoch_is_read_and_the_best_one_is_begun_with(stand: Stand) -> None:
    network = find_network(stand.run.id)
    outputs = read.validation_outputs(network, open_prepared(stand.folder / "set"))
    assert outputs.epochs == tuple(range(EPOCHS + 1))
    assert outputs.epochs[outputs.best] == 2  # the lowest validation loss of the pretended events
    np.testing.assert_array_equal(outputs.labels, stand.labels)
    for at, epoch in enumerate(outputs.epochs):
        np.testing.assert_array_equal(outputs.scores[at], stand.scores(epoch))
    values = {field.name: field.default for field in schema_of(outputs, ())}
    assert values["at"] == outputs.best
    assert values["prevalence"] == pytest.approx(100 * stand.labels.mean(), abs=0.05)


def test_a_chosen_threshold_has_its_figures_beside_answering_one_class(stand: Stand) -> None:
    app = choose(stand.open(), stand, 2, 0.5)
    table = app.dataframe[0].value
    counts = count_answers(stand.labels, stand.scores(2), 0.5)
    found = dict(zip(table["Measure"], table["Network"], strict=True))
    assert found["Sensitivity (fracture found)"].startswith(f"{100 * counts.sensitivity:.1f}")
    assert found["Specificity (normal left in peace)"].startswith(f"{100 * counts.specificity:.1f}")
    assert table["n"].tolist()[-1] == len(stand.labels)
    alone = dict(zip(table["Measure"], table["Always normal"], strict=True))
    assert alone["Accuracy"].startswith(f"{100 * (1 - stand.labels.mean()):.1f}")
    assert all(table["95 % interval"])


def test_another_networks_threshold_is_not_shown(stand: Stand) -> None:
    app = stand.open()
    app.session_state[lesson.CHOSEN] = ("another", 2, 0.5)
    app.run()
    assert not app.dataframe
    assert "press *Choose*" in said(app)


def test_the_test_is_opened_on_purpose_and_each_look_is_counted_once(stand: Stand) -> None:
    prepared = open_prepared(stand.folder / "set")
    np.savez(
        stand.run.path / "predictions.npz",
        test_scores=TEST_SCORES,
        test_labels=prepared.labels[prepared.indices("test")],
        test_groups=prepared.groups[prepared.indices("test")],
    )
    runs, part = stand.folder / "runs", part_key(prepared)
    app = choose(stand.open(), stand, 2, 0.5)
    assert len(app.dataframe) == 1
    assert "opened never" in said(app)
    assert opened(runs, part) == 0
    app.button(key="results_open_test").click().run()
    assert len(app.dataframe) == 2
    assert app.dataframe[1].value["n"].max() == len(TEST_SCORES)
    assert opened(runs, part) == 1
    app.run()
    assert opened(runs, part) == 1  # the same look again
    app = choose(app, stand, 2, 0.6)
    assert len(app.dataframe) == 1  # another threshold has not been looked at
    app.button(key="results_open_test").click().run()
    assert opened(runs, part) == 2


def test_the_test_is_for_the_epoch_that_was_scored(stand: Stand) -> None:
    app = choose(stand.open(), stand, 4, 0.5)
    assert "best one, epoch 2" in said(app)
    assert not [one for one in app.button if one.key == "results_open_test"]


def test_without_test_scores_the_way_to_open_them_is_told(stand: Stand) -> None:
    assert "open them on Train" in said(choose(stand.open(), stand, 2, 0.5))


@pytest.mark.parametrize(
    "sent", ["", "no json", "[2]", "[99, 0.5]", '["2", 0.5]', "[2, null]", "[2, 1e999]", "{}"]
)
def test_what_a_browser_sends_may_be_anything(
    stand: Stand, sent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, Any] = {}
    event = type("Event", (), {"kept": sent})
    monkeypatch.setattr(lesson.state, "widget_value", lambda key: event)
    monkeypatch.setattr(lesson.state, "set_widget_value", kept.__setitem__)
    network = find_network(stand.run.id)
    lesson._keep(network, read.validation_outputs(network, open_prepared(stand.folder / "set")))
    assert kept == {}
    event.kept = json.dumps([2, 0.25])
    lesson._keep(network, read.validation_outputs(network, open_prepared(stand.folder / "set")))
    assert kept == {lesson.CHOSEN: (stand.run.id, 2, 0.25)}


def test_a_damaged_snapshot_is_advice(stand: Stand) -> None:
    snapshot_path(stand.run.path, 3).write_bytes(b"half a file")
    app = stand.open()
    assert not app.exception
    assert "epoch 3" in said(app)


def test_a_set_that_is_gone_leaves_the_figures(stand: Stand) -> None:
    network = find_network(stand.run.id)
    with pytest.raises(LessonError) as caught:
        read.validation_outputs(network, None)
    assert caught.value.code == "results.none"
    np.savez(
        stand.run.path / "predictions.npz",
        validation_labels=stand.labels,
        validation_groups=np.arange(len(stand.labels)),
        validation_indices=np.arange(len(stand.labels)),
    )
    outputs = read.validation_outputs(network, None)
    np.testing.assert_array_equal(outputs.labels, stand.labels)


def test_thumbnails_stay_small_and_carry_their_marks(stand: Stand) -> None:
    prepared = open_prepared(stand.folder / "set")
    marks = [record["marks"] for record in prepared.records()]
    images = np.zeros((3000, 28, 28), np.uint8)
    many = sheet_of(images, [marks[0]] * 3000, [""] * 3000, [""] * 3000)
    assert many.side <= 28
    assert len(many.jpeg) < 2_000_000
    assert many.columns**2 >= 3000


def test_a_subset_is_offered_by_name_and_size(stand: Stand) -> None:
    network = find_network(stand.run.id)
    outputs = read.validation_outputs(network, open_prepared(stand.folder / "set"))
    half = Subset(key="region-hand", title="hand", members=np.arange(len(stand.labels)) < 4)
    field = next(one for one in schema_of(outputs, (half,)) if one.name == "subset")
    assert field.options == (("all", f"All {len(stand.labels)}"), ("region-hand", "hand (4)"))


def test_the_reference_network_is_read_by_the_names_of_its_x_rays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its validation part is its own: a set knows the images by name, not by place."""
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    model = reference_model()
    assert model is not None
    network = network_of_model(model)
    outputs = read.validation_outputs(network, None)
    assert (outputs.indices == -1).all()  # the set is not here
    stored = np.load(model.path.parent / "predictions.npz")
    np.testing.assert_array_equal(outputs.scores[0], stored["validation_scores"])
    names = [str(name) for name in stored["validation_ids"]][::-1]
    made = write_prepared(
        tmp_path / "set", name="fracatlas", title="FracAtlas", classes=("normal", "fracture"),
        images=np.zeros((len(names), 8, 8), np.uint8), labels=outputs.labels[::-1].copy(),
        split=np.ones(len(names), int), groups=np.arange(len(names)),
        metadata=np.zeros((len(names), 0), np.float32), metadata_names=(),
        records=[{"id": name} for name in names],
    )  # fmt: skip
    found = read.validation_outputs(network, made)
    np.testing.assert_array_equal(found.indices, np.arange(len(names))[::-1])
    np.testing.assert_array_equal(made.labels[found.indices], outputs.labels)


def test_it_begins_with_a_network_whose_x_rays_are_here(monkeypatch: pytest.MonkeyPatch) -> None:
    networks = [Network(kind="shipped", key=name, title=name, dataset=of) for name, of in (
        ("reference", "fracatlas"), ("far", "fracatlas"), ("near", "synthetic")
    )]  # fmt: skip
    here = {"synthetic"}
    monkeypatch.setattr(lesson, "is_ready", here.__contains__)
    assert lesson.first_of(networks) == "near"
    here.add("fracatlas")
    assert lesson.first_of(networks) == "far"
    assert lesson.first_of([]) == ""
