"""Compare runs through the app: chosen runs stand in the address, pairs are told apart or not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.folder import RunFolder, short_key
from core.training.events import Finished
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec, write_answers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[RunFolder]:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    made = []
    for rate, balanced in ((0.001, 0.9), (0.01, 0.6), (0.1, 0.88)):
        spec = replace(pretend_spec(), learning_rate=rate)
        run = pretend_run(tmp_path / "runs", [*pretend_events(4), Finished(2, 4.0)], spec=spec)
        write_answers(run, balanced)
        made.append(run)
    return made


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page("../pages/compare.py")
    for name, value in {"questions": "off", **query}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def test_the_runs_of_an_address_are_compared_in_its_order(runs: list[RunFolder]) -> None:
    code = "runs_" + ".".join(short_key(run.id) for run in (runs[1], runs[0]))
    app = open_page(set=code)
    assert app.multiselect(key="compare_chosen").value == [runs[1].id, runs[0].id]
    said = " ".join(str(one.proto.body) for one in app.get("html"))
    assert said.index("rate 0.01") < said.index("rate 0.001")
    assert "rate 0.1<" not in said
    assert "+30.0 points" in said


def test_another_choice_is_kept_and_compared(runs: list[RunFolder]) -> None:
    app = open_page()
    app.multiselect(key="compare_chosen").set_value([runs[0].id, runs[2].id]).run()
    assert not app.exception
    assert app.session_state["compare_kept_setting"].startswith("runs_")
    said = " ".join(str(one.proto.body) for one in app.get("html"))
    assert "rate 0.1<" in said
    assert "\N{MINUS SIGN}2.0 points" in said


def test_without_a_run_the_page_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "none"))
    app = open_page()
    assert "Train two that differ in one thing" in " ".join(str(one.value) for one in app.markdown)
