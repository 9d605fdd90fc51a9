"""A training that runs, told on every page, and the way to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.ownership import ownership
from dashboard import cache
from dashboard.access.people import Standing
from dashboard.access.visits import Visits
from dashboard.shared import running
from dashboard.shared.running import POLL_S, running_text
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec

ROOT = Path(__file__).resolve().parents[3]


class PretendCluster:
    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def told(app: AppTest) -> list[str]:
    assert not app.exception, app.exception
    return [button.label for button in app.button if button.key == "lb_running_button"]


def test_a_training_is_seen_from_another_page_and_leads_to_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path))
    monkeypatch.setattr(cache, "cluster", PretendCluster)
    spec = replace(pretend_spec(epochs=4), dataset="fracatlas")
    run = pretend_run(tmp_path, pretend_events(2, of=4), spec=spec)
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    app.switch_page("../pages/neuron.py").run()
    assert told(app) == []
    with ownership(run.path, events_from=0):
        app.run()
        (label,) = told(app)
        loss = run.summary().last.train.loss
        assert "epoch 2 of 4" in label
        assert f"{loss:.3g}" in label.replace("\\", "")
        app.button(key="lb_running_button").click().run()
        assert app.session_state["opened"].network == run.id
        assert app.session_state["opened"].dataset == "fracatlas"
    app.run()
    assert told(app) == []


def test_before_its_first_epoch_a_training_has_no_loss(tmp_path: Path) -> None:
    run = pretend_run(tmp_path, pretend_events(1, of=4)[:1], spec=pretend_spec(epochs=4))
    assert running_text(run.summary()).endswith("epoch 0 of 4")


@pytest.mark.parametrize(("tabs", "slower"), [(0, 1.0), (20, 1.0), (40, 2.0), (100, 5.0)])
def test_in_a_full_hall_each_tab_looks_less_often(tabs: int, slower: float) -> None:
    """Together they look about seven times a second at most, however many they are."""
    visits = Visits()
    visits.open = tabs
    assert visits.crowding == slower
    assert tabs / (POLL_S * visits.crowding) < 7


def test_the_clock_of_every_page_goes_by_how_full_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float | None] = []
    monkeypatch.setattr(Standing.visits, "open", 60)
    monkeypatch.setattr(running, "newest_running", lambda: pretend_run(tmp_path, []))
    monkeypatch.setattr(
        running.st, "fragment", lambda draw, run_every: (told.append(run_every), lambda *_: None)[1]
    )
    running.show_running("neuron")
    assert told == [3 * POLL_S]
