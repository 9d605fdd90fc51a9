"""The Train page through the app, in every state that a run can be in."""

from __future__ import annotations

import json
import struct
import threading
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from core.errors import LessonError
from core.jobs.cluster import ClusterState
from core.jobs.folder import RunFolder, Status, create_run, list_runs
from core.jobs.ownership import claim, ownership
from core.models.weights import initial_weights
from core.prepared import PreparedSet
from core.training import events
from core.training.coach import GENTLE
from core.training.events import Failed, Finished, Stopped
from core.training.rate_search import Course, growing
from core.training.results import PAUSE, START, snapshot_path, write_snapshot
from core.training.spec import Change, Start, drops
from dashboard import cache
from dashboard.background.prepared_sets import Preparations, Request
from dashboard.background.rate_searches import RateSearches
from dashboard.workbench.train import stage as train_stage
from dashboard.workbench.train.settings import TrainChoices
from tests import patience
from tests.dashboard.pretend_run import (
    pretend_events,
    pretend_run,
    pretend_spec,
    report,
    small_set,
    write_report,
)

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class PretendCluster:
    """Takes runs and never trains them."""

    submitted: list[tuple[str, bool]] = field(default_factory=list)
    train_workers: int = 1

    def submit_training(self, run: RunFolder, *, resume: bool = False) -> None:
        run.enqueue()
        self.submitted.append((run.id, resume))

    def queue_position(self, run_id: str) -> int | None:
        return 3

    def state(self) -> ClusterState:
        return ClusterState(True, self.train_workers, 1, "The training worker is loading.")


@dataclass
class Stand:
    """The page on a table: an app, a cluster that does nothing, a folder of runs."""

    cluster: PretendCluster
    runs: Path
    prepared: PreparedSet

    def open(self, run_id: str = "", setting: str = "") -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
        if run_id:
            app.query_params["network"] = run_id
        if setting:
            app.query_params["set"] = setting
        app.switch_page("../pages/train.py")
        app.run()
        for _ in range(50):  # the images are prepared in a thread
            if not any("Preparing pictures" in bar.proto.text for bar in app.get("progress")):
                break
            time.sleep(0.05)
            app.run()
        return app

    def make(self, found: list[Any], **options: Any) -> RunFolder:
        spec = pretend_spec(str(self.prepared.folder), epochs=options.pop("epochs", 4))
        return pretend_run(self.runs, found, spec=spec, **options)


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    runs = tmp_path / "runs"
    prepared = small_set(tmp_path / "set")
    monkeypatch.setenv("LIGHTBOX_RUNS", str(runs))
    cluster = PretendCluster()
    monkeypatch.setattr(cache, "cluster", lambda: cluster)
    use(monkeypatch, lambda request, progress: prepared)
    return Stand(cluster, runs, prepared)


def use(
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[Request, Callable[[str, float], None]], PreparedSet],
) -> None:
    shared = Preparations(prepare)
    monkeypatch.setattr(cache, "preparations", lambda: shared)


def words(app: AppTest) -> str:
    """All that the page says outside of widgets."""
    assert not app.exception, app.exception
    kinds = [*app.markdown, *app.caption, *app.info, *app.warning]
    pages = [element.proto.body for element in app.get("html")]
    told = []
    for stage in (header for header in headers(app) if "panels" in header):  # none where advice is
        told += [
            stage["word"],
            stage["caption"],
            *(word for fact in stage["facts"] for word in fact),
        ]
    return " ".join([*(element.value for element in kinds), *pages, *told])


def headers(app: AppTest) -> list[dict[str, Any]]:
    """Of what each component was sent."""
    raws = [element.proto.bytes for element in app.get("bidi_component")]
    return [json.loads(raw[4 : 4 + struct.unpack("<I", raw[:4])[0]]) for raw in raws]


def sent(app: AppTest) -> dict[str, Any]:
    """The header of what the stage was sent."""
    (found,) = [header for header in headers(app) if "panels" in header]
    return found


def button(app: AppTest, key: str) -> Any:
    return app.button(key=key)


def keys(app: AppTest) -> set[str]:
    return {element.key or "" for element in app.button}


def test_without_a_run_it_says_what_will_appear(stand: Stand) -> None:
    app = stand.open()
    assert "No run yet" in words(app)
    assert "press Train" in sent(app)["message"]
    assert not button(app, "train_start").disabled
    assert "24 images to learn from, 8 to validate" in words(app)


def test_a_click_starts_the_run_and_shows_it(stand: Stand) -> None:
    app = stand.open()
    app.selectbox(key="train_size").set_value(28)
    app.number_input(key="train_epochs").set_value(3)
    app.run()
    button(app, "train_start").click().run()
    (summary,) = list_runs(stand.runs)
    assert stand.cluster.submitted == [(summary.id, False)]
    assert summary.epochs == 3
    assert summary.run.spec().fingerprint == stand.prepared.fingerprint
    app.run()
    assert "Waiting" in words(app)
    assert ["Place in the queue", "3"] in sent(app)["facts"]
    assert sent(app)["run"] == summary.id
    assert app.session_state["opened"].network == summary.id


def test_before_the_worker_has_loaded_it_says_so(stand: Stand) -> None:
    stand.cluster.train_workers = 0
    run = stand.make([], queued=True)
    assert "The training worker is loading." in words(stand.open(run.id))


def test_a_running_run_shows_where_it_is_and_stops_on_request(stand: Stand) -> None:
    run = create_run(pretend_spec(str(stand.prepared.folder), epochs=4), root=stand.runs)
    claim(run.path)
    with ownership(run.path, events_from=0):
        for event in pretend_events(3)[:-3]:
            events.append(run.events_path, event)
        app = stand.open(run.id)
        said = words(app)
        assert all(part in said for part in ("Training", "3 of 4", "3 of 5", "Left"))
        assert "Epoch 2/3" in said
        assert "val_loss: 0.5000" in said
        header = sent(app)
        assert header["message"] == ""
        assert header["panels"][1]["baseline"]["value"] == 0.75  # 6 of 8 validation images
        assert "After epoch 2 of 4" in header["sentence"]
        button(app, "train_stop").click().run()
        assert run.is_asked_to_stop()
        app.run()
        assert "Stopping" in words(app)
        assert button(app, "train_stopping").disabled


def test_a_finished_run_is_evaluated_and_read(stand: Stand) -> None:
    run = stand.make([*pretend_events(4), Finished(2, 65.0)])
    write_report(run, report())
    said = words(stand.open(run.id))
    assert "Finished" in said
    assert "1 min 5 s" in said
    assert "Over-training from epoch 2 on" in said
    assert "65.0 % to 75.0 %" in said
    assert "Always the most frequent class" in said


def test_an_interrupted_run_can_be_resumed(stand: Stand) -> None:
    run = stand.make(pretend_events(2, of=4))
    app = stand.open(run.id)
    assert "Interrupted" in words(app)
    button(app, "train_resume").click().run()
    assert stand.cluster.submitted == [(run.id, True)]


def test_a_stopped_run_says_that_its_test_stays_unseen(stand: Stand) -> None:
    run = stand.make([*pretend_events(2, of=4), Stopped(2)])
    app = stand.open(run.id)
    assert "Stopped by hand" in words(app)
    assert "train_resume" in keys(app)


def test_a_failed_run_gives_its_advice(stand: Stand) -> None:
    failure = Failed("training.diverged", "The loss is no number.", "Lower the learning rate.")
    app = stand.open(stand.make([*pretend_events(1, of=4), failure]).id)
    assert "The loss is no number." in words(app)
    assert "Lower the learning rate." in words(app)


def test_another_run_is_chosen_from_the_list(stand: Stand) -> None:
    first = stand.make([*pretend_events(4), Finished(2, 4.0)])
    second = stand.make(pretend_events(2, of=4))
    app = stand.open()
    assert sent(app)["run"] == second.id  # the newest
    assert app.radio(key="train_chosen_run").options[0].startswith("**Interrupted**")
    app.radio(key="train_chosen_run").set_value(first.id).run()
    assert sent(app)["run"] == first.id
    assert app.session_state["opened"].network == first.id
    assert sent(stand.open(first.id))["run"] == first.id  # and by its address


def test_a_run_is_deleted_after_a_second_click(stand: Stand) -> None:
    run = stand.make([*pretend_events(4), Finished(2, 4.0)])
    app = stand.open(run.id)
    assert run.path.exists()
    button(app, "train_delete_sure").click().run()
    assert not run.path.exists()
    assert "No run yet" in words(app)


def test_an_ended_run_trains_on_and_says_where_it_was_changed(stand: Stand) -> None:
    run = stand.make([*pretend_events(4), Finished(2, 4.0)])
    app = stand.open(run.id)
    epochs = app.number_input(key=f"train_more_epochs_{run.id}_4")
    assert (epochs.min, epochs.value) == (5, 14)
    epochs.set_value(6).run()
    app.selectbox(key=f"train_change_rate_{run.id}_0").set_value(0.0001).run()
    button(app, "train_more_start").click().run()
    assert stand.cluster.submitted == [(run.id, True)]
    assert run.spec().changes == (Change(epoch=5, learning_rate=0.0001, epochs=6),)
    assert sent(app)["changes"] == [{"x": 4, "text": "rate 0.0001, 6 epochs"}]
    assert ["Changed", "rate 0.0001, 6 epochs from epoch 5"] in sent(app)["facts"] or (
        run.status() is Status.QUEUED
    )


def test_what_all_watchers_see_is_worked_out_once_for_each_event(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bytes] = []
    work = train_stage.payload

    def counted(*given: Any, **named: Any) -> bytes:
        made.append(work(*given, **named))
        return made[-1]

    monkeypatch.setattr(train_stage, "payload", counted)
    run = create_run(pretend_spec(str(stand.prepared.folder), epochs=4), root=stand.runs)
    claim(run.path)
    with ownership(run.path, events_from=0):
        for event in pretend_events(2, of=4):
            events.append(run.events_path, event)
        first, second = stand.open(run.id), stand.open(run.id)
        assert "Epoch" in words(first)
        assert [header for header in headers(first) if "panels" in header] == [
            header for header in headers(second) if "panels" in header
        ]
        assert len(made) == 1
        stand.open(run.id, setting="log_1")
        assert len(made) == 2, "who wants another picture gets another"
        events.append(run.events_path, pretend_events(3, of=4)[-1])
        first.run()
        second.run()
        assert len(made) == 3


def test_settings_of_a_training_are_changed_while_it_runs_and_it_is_paused(stand: Stand) -> None:
    run = create_run(pretend_spec(str(stand.prepared.folder), epochs=4), root=stand.runs)
    claim(run.path)
    with ownership(run.path, events_from=0):
        app = stand.open(run.id)
        assert button(app, "train_change_now").disabled
        app.selectbox(key=f"train_change_rate_{run.id}_0").set_value(0.01).run()
        button(app, "train_change_now").click().run()
        app.selectbox(key=f"train_change_rate_{run.id}_0").set_value(0.001)
        app.number_input(key=f"train_change_dropout_{run.id}_0").set_value(0.3)
        app.selectbox(key=f"train_change_decay_{run.id}_0").set_value(0.01)
        app.toggle(key=f"train_change_augment_{run.id}_0").set_value(True)
        app.toggle(key=f"train_change_weights_{run.id}_0").set_value(False).run()
        button(app, "train_change_now").click().run()
        taken = run.take_wish(3)
        button(app, "train_pause").click().run()
        assert run.is_asked_to_stop()
        events.append(run.events_path, Stopped(0, paused=True))
    assert taken is not None
    (change,) = taken.changes  # what was wished first still holds where the second says nothing
    assert change == Change(
        epoch=3, learning_rate=0.01, dropout=0.3, weight_decay=0.01, augmentation=GENTLE,
        class_weights=False,
    )  # fmt: skip
    assert [taken.rate_at(epoch) for epoch in (2, 3)] == [0.001, 0.01]
    assert drops(taken.in_force(3).model) == (0.3,) * len(drops(taken.model))
    assert drops(taken.in_force(2).model) == drops(taken.model)
    assert run.status() is Status.PAUSED
    app = stand.open(run.id)
    assert "Paused by hand" in words(app)
    (stage,) = (header for header in headers(app) if "panels" in header)
    assert stage["message"].startswith("Paused before its first batch"), "it has not ended"
    button(app, "train_resume").click().run()
    assert stand.cluster.submitted == [(run.id, True)]
    assert not (run.path / PAUSE).exists()


def test_a_run_gets_a_name_a_star_and_a_note_and_stays_where_links_find_it(stand: Stand) -> None:
    old = stand.make([*pretend_events(4), Finished(2, 4.0)])
    new = stand.make([*pretend_events(4), Finished(2, 4.0)])
    app = stand.open(old.id)
    assert app.radio(key="train_chosen_run").options[0].startswith("**")
    app.text_input(key=f"train_name_{old.id}").set_value("the *best* one").run()
    app.toggle(key=f"train_star_{old.id}").set_value(True).run()
    app.text_area(key=f"train_note_{old.id}").set_value("epoch 3 looks odd").run()
    summary = old.summary()
    assert (summary.name, summary.starred) == ("the *best* one", True)
    assert summary.note == "epoch 3 looks odd"
    first, second = app.radio(key="train_chosen_run").options
    assert first.startswith("\N{BLACK STAR} the \\*best\\* one")  # shown as it was typed
    assert second.startswith("**")
    assert app.radio(key="train_chosen_run").value == old.id
    assert new.summary().name == ""


def test_a_run_that_another_person_deletes_meanwhile_gives_advice(stand: Stand) -> None:
    run = create_run(pretend_spec(str(stand.prepared.folder), epochs=4), root=stand.runs)
    claim(run.path)
    with ownership(run.path, events_from=0):
        app = stand.open(run.id)
        run.path.rename(stand.runs / ".gone")
        app.query_params["set"] = "smooth_1"
        app.run()
    assert "There is no network" in words(app)
    button(app, "train_open_default_network").click().run()
    assert "No run yet" in words(app)


def test_the_address_of_a_deleted_run_says_so_and_shows_no_other(stand: Stand) -> None:
    other = stand.make([*pretend_events(4), Finished(2, 4.0)])
    app = stand.open("20200101-gone")
    assert "There is no network '20200101-gone' here." in words(app).replace("\\", "")
    assert not any("panels" in header for header in headers(app))  # nobody's curves in its place
    app.radio(key="train_chosen_run").set_value(other.id).run()
    assert sent(app)["run"] == other.id


def test_the_controls_follow_the_run_they_stand_beside(stand: Stand) -> None:
    """After a link, Back or a reload: never another set beside the curves of a run."""
    spec = replace(
        pretend_spec(str(stand.prepared.folder), epochs=3),
        dataset="fracatlas",
        batch_size=8,
        learning_rate=0.003,
        optimizer="sgd",
        seed=7,
    )
    of_fracatlas = pretend_run(stand.runs, pretend_events(2, of=3), spec=spec)
    of_drawn = stand.make([*pretend_events(4), Finished(2, 4.0)])
    app = stand.open(of_fracatlas.id)
    assert app.selectbox(key="train_dataset").value == "fracatlas"
    assert app.selectbox(key="train_batch").value == 8
    assert app.selectbox(key="train_rate").value == 0.003
    assert app.selectbox(key="train_optimizer").value == "sgd"
    assert app.number_input(key="train_seed").value == 7
    assert app.number_input(key="train_epochs").value == 3
    app.radio(key="train_chosen_run").set_value(of_drawn.id).run()
    assert app.selectbox(key="train_dataset").value == of_drawn.spec().dataset
    assert app.number_input(key="train_epochs").value == 4
    app.radio(key="train_chosen_run").set_value(of_fracatlas.id).run()
    assert app.selectbox(key="train_dataset").value == "fracatlas"
    # Without a run in the address the newest is shown, and followed too.
    newest = stand.open()
    assert sent(newest)["run"] == of_drawn.id
    assert newest.selectbox(key="train_dataset").value == of_drawn.spec().dataset


def test_a_network_that_was_not_trained_here_has_no_curves_to_show(stand: Stand) -> None:
    stand.make([*pretend_events(4), Finished(2, 4.0)])
    app = stand.open("paper-synthetic")
    assert "it was not trained here" in words(app)
    assert not any("panels" in header for header in headers(app))
    assert app.radio(key="train_chosen_run").value is None


def test_images_that_are_not_there_give_advice_and_a_link(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(request: Request, progress: Callable[[str, float], None]) -> PreparedSet:
        raise LessonError("dataset.missing", problem="It is not here.", remedy="Fetch it.")

    use(monkeypatch, missing)
    app = stand.open()
    assert "It is not here." in words(app)
    assert button(app, "train_start").disabled
    links = [element.proto.label for element in app.get("page_link")]
    assert any("Dataset page" in label for label in links)


def test_a_bug_in_the_preparation_stays_loud(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(request: Request, progress: Callable[[str, float], None]) -> PreparedSet:
        raise ZeroDivisionError("a bug")

    use(monkeypatch, broken)
    app = stand.open()
    assert {error.message for error in app.exception} == {"a bug"}


def test_the_papers_log_is_read_where_it_is_laid_over(stand: Stand) -> None:
    run = stand.make(pretend_events(2, of=4))
    assert "73.13 %" not in words(stand.open(run.id))
    app = stand.open(run.id, "paper_1")
    said = words(app)
    for told in (
        "ln 2 = 0.693",
        "ln 10 = 2.303",
        "begins at 1.6839",
        "an accuracy of 38.42 %",
        "epoch 10 has the smallest error; its validation loss is 0.7807",
        "Epoch 15 of the same log has 0.7686",
        "by up to 0.102",
        "73.13 % of what?",
        "epoch 10 of the log: 73.26 % on validation",
        'always answering "normal" is right for 75.0 % of the 8 validation images',
    ):
        assert told in said, told
    assert any("Fig. 7" in line["name"] for line in sent(app)["panels"][0]["lines"])


def test_the_papers_log_is_read_without_a_run_too(stand: Stand) -> None:
    app = stand.open("", "paper_1")
    assert sent(app)["message"] == ""  # the log itself is drawn
    assert any("Fig. 7" in line["name"] for line in sent(app)["panels"][0]["lines"])
    said = words(app)
    assert "73.13 % of what?" in said
    assert "always answering" not in said.partition("73.13 % of what?")[2].partition("\n")[0]


def test_numbers_and_file_come_on_demand(stand: Stand) -> None:
    run = stand.make(pretend_events(2, of=4))
    app = stand.open(run.id)
    # Only the whole run is offered, which is packed when it is asked for.
    assert [one.key for one in app.get("download_button")] == ["train_zip"]


def test_the_duration_is_predicted_before_the_click(stand: Stand) -> None:
    assert "a guess until a first run is measured" in words(stand.open())
    stand.make([*pretend_events(4), Finished(2, 4.0)])  # four epochs of 1 s, 28 px, 24 images
    app = stand.open()
    app.selectbox(key="train_size").set_value(28).run()
    app.number_input(key="train_epochs").set_value(60).run()
    # The same network, images and batches: 60 epochs of 1 s, 2 s to build, 2 s to evaluate.
    assert "About 1 min 5 s on this machine: 24 images" in words(app)


def test_what_is_set_in_the_stage_decides_what_is_drawn(stand: Stand) -> None:
    run = stand.make(pretend_events(2, of=4))
    plain = sent(stand.open(run.id))["panels"]
    assert [panel["title"] for panel in plain][1] == "Accuracy (share)"
    assert not plain[0]["log"]
    shown = sent(stand.open(run.id, "measure_auc*smooth_1*log_1"))["panels"]
    assert shown[1]["title"] == "AUC"
    assert shown[0]["log"]
    assert any(line["name"] == "training, batches smoothed" for line in shown[0]["lines"])


def test_the_table_beside_the_curves_holds_what_is_plotted(stand: Stand) -> None:
    falling = pretend_events(3, of=4, validation=(0.6, 0.55, 0.5))
    header = sent(stand.open(stand.make(falling).id))
    rows = header["table"]["rows"]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    column = header["table"]["head"].index("validation loss")
    assert [row[column] for row in rows] == ["0.6000", "0.5500", "0.5000"]
    assert header["short"].endswith("validation 0.500, lowest in epoch 3.")


def test_validation_is_kept_back_only_of_a_run_that_has_ended(stand: Stand) -> None:
    assert sent(stand.open(stand.make([*pretend_events(4), Finished(2, 4.0)]).id))["ended"]
    run = create_run(pretend_spec(str(stand.prepared.folder), epochs=4), root=stand.runs)
    claim(run.path)
    with ownership(run.path, events_from=0):
        assert not sent(stand.open(run.id))["ended"]


def test_the_question_and_the_check_are_computed(stand: Stand) -> None:
    (line,) = [header for header in headers(stand.open()) if "question" in header]
    question = line["question"]
    assert question["options"][question["truth"]] == "higher"
    assert line["check"]["answer"] == "5"  # .51 in epoch 3, then two that are not lower
    assert "0.44 of epoch 6" in line["check"]["because"]


def test_the_coach_rewinds_to_the_best_epoch_and_tries_one_thing(stand: Stand) -> None:
    parent = stand.make([*pretend_events(4), Finished(2, 4.0)])
    weights = initial_weights(parent.spec().model, 0)
    for epoch in range(5):
        write_snapshot(parent.path, epoch, weights, np.zeros(8, np.float32), parent.spec())
    app = stand.open(parent.id)
    assert "Over-training from epoch 2 on" in words(app)
    assert sent(app)["short"].startswith("Over-training from epoch 2 on")
    tried = button(app, "train_try_overtrained")
    assert tried.label == "Rewind to epoch 2 and try augmentation"
    tried.click().run()
    (child,) = [one.run for one in list_runs() if one.id != parent.id]
    assert stand.cluster.submitted == [(child.id, False)]
    assert child.spec() == replace(
        parent.spec(), augmentation=GENTLE, start=Start(run=parent.id, epoch=2)
    )
    assert (child.path / START).read_bytes() == snapshot_path(parent.path, 2).read_bytes()
    assert f"Goes on from epoch 2 of {parent.id}" in words(stand.open(child.id))


def test_the_coach_is_silent_beside_a_healthy_run(stand: Stand) -> None:
    healthy = stand.make([*pretend_events(4, validation=(0.6, 0.5, 0.42, 0.35)), Finished(4, 4.0)])
    app = stand.open(healthy.id)
    found = {key for key in keys(app) if key.startswith("train_try_")}
    assert found == {"train_try_few-images"}  # of the 8 that the set of this test validates with


def worker_that_trains(asked: Any, seconds: float) -> Course:
    """The whole course at once: it rises from step 50 on."""
    assert asked.task == "search_rate"
    rates = growing()
    return Course(rates=rates, losses=(0.7,) * 50 + (1.4,) * 50, end="all rates")


def test_a_rate_is_found_drawn_and_taken(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    searches = RateSearches(worker_that_trains)
    monkeypatch.setattr(cache, "rate_searches", lambda: searches)
    app = stand.open()
    assert "keeps nothing and is no run" in words(app)
    button(app, "train_rates_start").click().run()
    spec = TrainChoices().training_spec(stand.prepared)
    search = searches.look(spec, "")
    assert search is not None
    assert search.errand.wait(patience.SECONDS)
    app.run()
    assert list_runs(stand.runs) == []
    rises = growing()[45]  # the first mean that reaches into the rise
    assert f"From {rises:.2g} on it plainly rises; a tenth of that is {rises / 10:.2g}" in words(
        app
    )
    assert "Smith's (2015" in words(app)
    assert button(app, "train_rates_take").label == "Take 0.0003"
    button(app, "train_rates_take").click().run()
    assert app.selectbox(key="train_rate").value == 0.0003
    assert (
        button(app, "train_rates_take").label == "Take 0.0003"
    )  # the search does not depend on it
    app.number_input(key="train_seed").set_value(1).run()
    assert "train_rates_take" not in keys(app), "the course of another seed was shown"


def test_a_search_can_be_given_up(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    def slow(asked: Any, seconds: float) -> Course:
        go.wait(patience.SECONDS)
        return Course(rates=growing()[:9], losses=(0.7,) * 9, end="under way")

    searches = RateSearches(slow)
    monkeypatch.setattr(cache, "rate_searches", lambda: searches)
    app = stand.open()
    button(app, "train_rates_start").click().run()
    button(app, "train_rates_cancel").click().run()
    go.set()
    search = searches.look(TrainChoices().training_spec(stand.prepared), "")
    assert search is not None
    assert search.errand.wait(patience.SECONDS)
    assert search.errand.canceled
    app.run()
    assert "train_rates_start" in keys(app)


@pytest.mark.parametrize(
    ("said", "expected"), [("48", 48), ("48 px", 48), ("28", 28), ("17", 64), ("x", 64)]
)
def test_a_link_may_name_a_size_as_people_write_it(stand: Stand, said: str, expected: int) -> None:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.query_params["train_size"] = said
    app.switch_page("../pages/train.py")
    app.run()
    assert app.selectbox(key="train_size").value == expected


def test_that_controls_follow_a_run_is_no_warning_in_the_log() -> None:
    """Their defaults are what an address leaves out; that a run sets others is meant so."""
    options = tomllib.loads((ROOT / "dashboard/.streamlit/config.toml").read_text("utf-8"))
    name = "disableWidgetStateDuplicationWarning"
    assert options["global"][name] is True
    assert f"global.{name}" in config.get_config_options()


def test_a_sweep_is_counted_begun_drawn_and_stopped(stand: Stand) -> None:
    app = stand.open()
    assert "train_sweep_stop" not in keys(app)
    app.selectbox(key="train_sweep_first").set_value("learning_rate").run()
    app.multiselect(key="train_sweep_first_learning_rate").set_value([0.01, 0.001]).run()
    app.selectbox(key="train_sweep_second").set_value("focal").run()
    app.multiselect(key="train_sweep_second_focal").set_value([0.0, 2.0]).run()
    app.button_group(key="train_sweep_seeds").set_value([2]).run()
    assert "8 trainings, about" in words(app)
    button(app, "train_sweep_start").click().run()
    deadline = time.monotonic() + patience.SECONDS
    while len(stand.cluster.submitted) < 8 and time.monotonic() < deadline:
        time.sleep(0.05)
    app.run()
    runs = list_runs(stand.runs)
    assert {(run.run.spec().learning_rate, run.run.spec().focal_gamma) for run in runs} == {
        (rate, gamma) for rate in (0.01, 0.001) for gamma in (0.0, 2.0)
    }
    assert {run.run.spec().seed for run in runs} == {0, 1}
    assert not any(run.run.spec().opens_test for run in runs)
    said = words(app)
    assert said.count("0 of 2 ended") == 4
    assert "loss focal \u03b3 2" in said
    assert "Nothing is complete yet" in said
    button(app, "train_sweep_stop").click().run()
    assert {run.status for run in list_runs(stand.runs)} == {Status.STOPPED}
    assert "train_sweep_stop" not in keys(app)


def test_a_sweep_that_is_more_than_a_person_may_begin_is_refused_whole(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard.access.people import Person
    from dashboard.workbench.train import choice, sweep

    student = Person("a" * 16, "student")
    for module in (choice, sweep):
        monkeypatch.setattr(module, "asking", lambda: student)
    app = stand.open()
    for key, values in (("first_learning_rate", [0.01, 0.003, 0.001, 0.0003]),):
        app.multiselect(key=f"train_sweep_{key}").set_value(values).run()
    app.selectbox(key="train_sweep_second").set_value("focal").run()
    app.multiselect(key="train_sweep_second_focal").set_value([0.0, 0.5, 1.0, 2.0]).run()
    assert "32 trainings, about" in words(app)
    assert "0 of 12 trainings" in words(app)
    button(app, "train_sweep_start").click().run()
    deadline = time.monotonic() + patience.SECONDS
    while "with 32 more" not in words(app) and time.monotonic() < deadline:
        time.sleep(0.05)
        app.run()
    assert "with 32 more there would be more than 12" in words(app)
    assert list_runs(stand.runs) == []
