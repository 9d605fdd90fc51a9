"""The zoo through the app: the question, the gallery, and a comparison in every state."""

from __future__ import annotations

import dataclasses
import json
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.evaluation.estimate import Estimate
from core.jobs.cluster import ClusterState
from core.jobs.comparison import create_comparison, list_comparisons
from core.jobs.folder import RunFolder, Status, list_runs
from core.jobs.ownership import claim
from core.models.cost import total_parameters
from core.models.zoo.entries import MODELS, TIMELINE
from core.training import events
from core.training.events import Finished, Stopped
from dashboard import cache
from dashboard.background.prepared_sets import Preparations
from tests.dashboard.pretend_run import (
    pretend_events,
    pretend_spec,
    report,
    small_set,
    write_answers,
    write_report,
)

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ("normal", "fracture")


@dataclass
class PretendCluster:
    """Takes runs and never trains them."""

    submitted: list[tuple[str, bool]] = field(default_factory=list)

    def submit_training(self, run: RunFolder, *, resume: bool = False) -> None:
        run.enqueue()
        self.submitted.append((run.id, resume))

    def state(self) -> ClusterState:
        return ClusterState(True, 1, 1, "Ready.")


@dataclass
class Stand:
    cluster: PretendCluster
    runs: Path
    prepared: Path

    def open(self, **address: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
        for name, value in address.items():
            app.query_params[name] = value
        app.switch_page("../pages/zoo.py")
        app.run()
        for _ in range(50):  # the images are prepared in a thread
            if not any("Preparing pictures" in bar.proto.text for bar in app.get("progress")):
                break
            time.sleep(0.05)
            app.run()
        assert not app.exception, app.exception
        return app

    def comparison(self, *names: str) -> list[RunFolder]:
        base = pretend_spec(str(self.prepared))
        specs = [dataclasses.replace(base, model=MODELS[name].build(28, CLASSES)) for name in names]
        return create_comparison(specs, group="g", root=self.runs)


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    prepared = small_set(tmp_path / "set")
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    cluster = PretendCluster()
    monkeypatch.setattr(cache, "cluster", lambda: cluster)
    shared = Preparations(lambda request, progress: prepared)
    monkeypatch.setattr(cache, "preparations", lambda: shared)
    return Stand(cluster, tmp_path / "runs", prepared.folder)


def words(app: AppTest) -> str:
    kinds = [*app.markdown, *app.caption, *app.info, *app.warning, *app.success]
    pages = [element.proto.body for element in app.get("html")]
    return " ".join([*(element.value for element in kinds), *pages])


def sent(app: AppTest, part: bytes = b'"exhibits"') -> dict[str, Any]:
    (raw,) = (
        element.proto.bytes for element in app.get("bidi_component") if part in element.proto.bytes
    )
    (length,) = struct.unpack("<I", raw[:4])
    return dict(json.loads(raw[4 : 4 + length]))


def finish(run: RunFolder, balanced: float) -> None:
    claim(run.path)
    for event in [*pretend_events(4), Finished(2, 9.0)]:
        events.append(run.events_path, event)
    estimate = Estimate(balanced, balanced - 0.05, balanced + 0.05, 100)
    given = dataclasses.replace(report(), part="validation", balanced_accuracy=estimate)
    write_report(run, given)
    write_answers(run, balanced)


def test_the_counts_are_told_after_the_answer(stand: Stand) -> None:
    app = stand.open()
    assert all(one["facts"] == [] for one in sent(app)["exhibits"])
    app.query_params["answer"] = "0"
    app.run()
    counted = {n: total_parameters(MODELS[n].build(64, CLASSES)) for n in TIMELINE}
    told = {one["name"]: dict(map(reversed, one["facts"])) for one in sent(app)["exhibits"]}
    for name in TIMELINE:
        assert told[name][f"{counted[name]:,}"] == "parameters"
    least = min(("lenet", "vgg", "resnet", "mobilenet"), key=counted.__getitem__)
    asked = sent(app, b'"question"')["question"]
    assert asked["options"][asked["truth"]] == MODELS[least].title
    assert all(f"{MODELS[n].title} {counted[n]:,}" in asked["because"] for n in ("lenet", "vgg"))


def test_the_chosen_network_of_a_link_is_told_with_its_source(stand: Stand) -> None:
    app = stand.open(set="network_vgg")
    assert sent(app)["pictured"] == "vgg"
    assert "**VGG**: " in words(app)
    assert MODELS["vgg"].leaves_out in words(app)
    assert MODELS["vgg"].url in words(app)
    assert "Filters are cheap" not in words(app)


def test_a_click_queues_every_network_on_the_same_images_with_the_same_settings(
    stand: Stand,
) -> None:
    app = stand.open()
    assert "No comparison yet" in words(app)
    assert "24 images to learn from, 8 to rank them by" in words(app)
    app.selectbox(key="zoo_size").set_value(28)
    app.number_input(key="zoo_epochs").set_value(3)
    app.number_input(key="zoo_seed").set_value(7)
    app.run()
    app.button(key="zoo_start").click().run()
    (found,) = list_comparisons(stand.runs)
    specs = [run.run.spec() for run in found.runs]
    assert tuple(spec.model.name for spec in specs) == TIMELINE
    assert [run.id for run in found.runs] == [run_id for run_id, _ in stand.cluster.submitted]
    alike = {dataclasses.replace(spec, model=specs[0].model).to_json().__repr__() for spec in specs}
    assert len(alike) == 1
    assert not specs[0].opens_test
    assert (specs[0].epochs, specs[0].seed, specs[0].model.input_size) == (3, 7, 28)
    app.run()
    assert app.query_params["race"] in ([found.id], found.id)
    assert words(app).count("waiting") == len(TIMELINE)


def test_a_part_of_the_zoo_can_be_trained(stand: Stand) -> None:
    app = stand.open()
    (pills,) = (group for group in app.get("button_group") if group.key == "zoo_networks")
    pills.set_value(["vgg", "resnet"]).run()
    assert app.button(key="zoo_start").label == "Train all 2"
    app.button(key="zoo_start").click().run()
    assert [run.model for run in reversed(list_runs(stand.runs))] == ["vgg", "resnet"]
    (pills,) = (group for group in app.get("button_group") if group.key == "zoo_networks")
    pills.set_value([]).run()
    assert "Choose at least one network" in words(app)
    assert "zoo_start" not in {button.key for button in app.button}


def test_what_was_begun_is_there_after_a_reload_can_be_stopped_and_resumed(stand: Stand) -> None:
    made = stand.comparison("lenet", "vgg")
    app = stand.open()
    assert "About" in words(app)
    assert "left." in words(app)
    app.button(key="zoo_stop").click().run()
    assert {run.status() for run in made} == {Status.STOPPED}
    app = stand.open()
    app.button(key="zoo_resume").click().run()
    assert stand.cluster.submitted == [(run.id, True) for run in made]
    assert {run.status() for run in made} == {Status.QUEUED}


def test_results_come_with_intervals_baselines_and_what_they_do_not_say(stand: Stand) -> None:
    first, second, third = stand.comparison("lenet", "vgg", "resnet")
    finish(first, 0.62)
    finish(second, 0.80)
    claim(third.path)
    events.append(third.events_path, Stopped(0))
    app = stand.open(race="g")
    said = words(app)
    assert "**VGG** came first on validation with balanced accuracy 80.0 %" in said
    assert "n = 100" in said
    assert "guessing 50.0 %" in said
    assert "it is ahead of every other one (1)" in said
    assert "One seed, one budget" in said
    charts = app.get("plotly_chart")
    assert len(charts) == 2
    write_answers(first, 0.78)
    assert "on these 100, and not to be told from it: **1** of 1" in words(stand.open(race="g"))


def test_the_test_is_opened_for_the_chosen_network_alone_and_counted(stand: Stand) -> None:
    first, second = stand.comparison("lenet", "vgg")
    finish(first, 0.62)
    finish(second, 0.80)
    app = stand.open(race="g")
    assert "On the test" not in words(app)
    assert app.button(key="zoo_open_test").label == "Open the test for VGG"
    app.button(key="zoo_open_test").click().run()
    assert stand.cluster.submitted == [(second.id, True)]
    assert second.waits_for_test()
    assert not first.waits_for_test()
    assert second.status() is Status.QUEUED
    # The worker's answer:
    claim(second.path)
    events.append(second.events_path, Finished(2, 9.0))
    write_report(second, dataclasses.replace(report(auc=0.8), opening=3))
    app = stand.open(race="g")
    said = words(app)
    assert "On the test, which had no say in the choice, **VGG** reaches" in said
    assert "opened for the 3rd time on this computer" in said
    assert "zoo_open_test" not in {button.key for button in app.button}


def test_a_damaged_run_does_not_take_the_others_with_it(stand: Stand) -> None:
    first, second = stand.comparison("lenet", "vgg")
    finish(first, 0.6)
    finish(second, 0.7)
    (first.path / "spec.json").write_text("{")
    app = stand.open(race="g")
    assert "With one result there is nothing to compare yet" in words(app)


def test_an_unknown_comparison_in_the_address_gives_the_newest(stand: Stand) -> None:
    stand.comparison("lenet")
    app = stand.open(race="gone")
    assert app.selectbox(key="zoo_shown").value == "g"
