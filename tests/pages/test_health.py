"""The page on the server is the lecturer's; on one's own machine it is everybody's."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core import journal
from core.jobs.folder import create_run
from core.jobs.signs import ClusterState, WorkerSigns
from dashboard import cache
from dashboard.access.people import PERSON_HEADER, ROLE_HEADER, Standing
from dashboard.access.policy import Policy
from tests.dashboard.pretend_run import pretend_spec

ROOT = Path(__file__).resolve().parents[2]


class WatchedCluster:
    """One worker that trains, and one that hangs."""

    def state(self) -> ClusterState:
        return ClusterState(True, 1, 1, "Ready: 1 to train, 1 to analyze.")

    def pids(self) -> dict[str, int]:
        return {}

    def workers(self) -> tuple[WorkerSigns, ...]:
        return tuple(
            WorkerSigns(
                name=name,
                trains=name == "train",
                analyses=name != "train",
                busy=0,
                silent_s=silent,
                memory=3 * 2**20,
            )
            for name, silent in (("train", 0.1), ("analyse", 60.0))
        )


@pytest.fixture(autouse=True)
def _stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "cluster", WatchedCluster)


def open_page() -> AppTest:
    app = AppTest.from_file(str(ROOT / "pages" / "health.py"), default_timeout=60).run()
    assert not app.exception
    return app


def text_of(app: AppTest) -> str:
    return "\n".join(str(one.proto.body) for one in app.get("html"))


def a_class(monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    headers = {PERSON_HEADER: "b" * 16, ROLE_HEADER: role}
    monkeypatch.setattr(Standing, "policy", Policy(shared=True, folders=()))
    monkeypatch.setattr(type(st.context), "headers", property(lambda _: headers))


def test_it_shows_what_is_so(monkeypatch: pytest.MonkeyPatch) -> None:
    create_run(pretend_spec())
    monkeypatch.setattr(Standing.visits, "open", 4)
    journal.write("upload.refused", code="upload.no-room", bytes=1)
    said = text_of(open_page())
    for told in (
        "<b>4</b><span>tabs open now",
        "<b>1</b><span>trainings waiting",
        "<b>1 of 2</b><span>workers answer",
        "Silent for 60 s",
        "<td>3.0 MB</td>",
        "<td>upload.no-room</td>",
    ):
        assert told in said, told


def test_the_lecturer_of_a_class_sees_it_and_a_student_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_class(monkeypatch, "lecturer")
    assert "workers answer" in text_of(open_page())
    a_class(monkeypatch, "student")
    app = open_page()
    assert "workers answer" not in text_of(app)
    assert "lecturer's" in app.warning[0].value


def test_students_are_not_led_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: dict[str, list[str]] = {}
    whole = st.navigation

    def noted(sections, **options):
        shown.update({name: [page.title for page in pages] for name, pages in sections.items()})
        return whole(sections, **options)

    monkeypatch.setattr(st, "navigation", noted)
    for role, there in (("student", False), ("lecturer", True)):
        shown.clear()
        a_class(monkeypatch, role)
        AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60).run()
        assert ("Server" in shown.get("Lecturer", [])) is there
