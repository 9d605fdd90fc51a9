"""The page through the app: it learns what was collected, and keeps nothing until it is told to."""

from __future__ import annotations

import json
import struct
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LessonError
from core.jobs.folder import find_run, list_runs
from core.jobs.remote import Request
from core.prepared import open_prepared
from dashboard import cache
from dashboard.background.errands import Errands
from dashboard.workbench.minute.lesson import SESSION, Session, _edited
from dashboard.workbench.minute.live import answered
from tests import patience
from tests.dashboard.pretend_cluster import PretendCluster, keep_apart
from tests.dashboard.workbench.minute.test_collection import collected, drawn, sent
from tests.dashboard.workbench.minute.test_learning import pretend

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class PretendWorkers(PretendCluster):
    """Describes pictures by their brightness too."""

    asked: list[str] = field(default_factory=list)

    def analyse(self, asked: Request[Any], *, timeout_s: float = 30.0) -> Any:
        self.asked.append(asked.task)
        return pretend(asked.arguments["images"])


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PretendWorkers:
    keep_apart(tmp_path, monkeypatch)
    made, errands = PretendWorkers(), Errands("test", most=9)
    monkeypatch.setattr(cache, "cluster", lambda: made)
    monkeypatch.setattr(cache, "errands", lambda: errands)
    return made


def opened(session: Session) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    app.switch_page("../pages/minute.py")
    app.session_state[SESSION.name] = session
    app.run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def stage(app: AppTest) -> dict[str, Any]:
    (raw,) = (
        one.proto.bytes for one in app.get("bidi_component") if b'"limits"' in one.proto.bytes
    )
    (length,) = struct.unpack("<I", raw[:4])
    return dict(json.loads(raw[4 : 4 + length]))


def until(app: AppTest, done: Any) -> None:
    limit = time.monotonic() + patience.SECONDS
    while not done():
        assert time.monotonic() < limit
        time.sleep(0.05)
        app.run()
        assert not app.exception, [one.value for one in app.exception]


def test_an_empty_page_says_what_a_small_network_needs(cluster: PretendWorkers) -> None:
    app = opened(Session())
    assert app.button(key="minute_small").disabled
    assert any("of every class" in one.value for one in app.caption)
    told = stage(app)
    assert [one["name"] for one in told["classes"]] == ["Class 1", "Class 2"]
    assert told["losses"] == []
    assert len(told["moments"]) == 3
    assert list_runs() == []


def test_what_was_collected_is_learned_and_its_worth_is_told(
    cluster: PretendWorkers, tmp_path: Path
) -> None:
    pictures = collected(10)
    app = opened(Session(collection=pictures, wanted=pictures))
    until(app, lambda: app.session_state[SESSION.name].wanted is None)
    told = stage(app)
    assert len(told["losses"]) == 200
    assert told["losses"][0] == pytest.approx(np.log(2), abs=1e-4)
    assert not told["stale"]
    held = app.session_state[SESSION.name].learned.held
    assert f"<b>{held.right} of 20</b>" in told["worth"]
    assert "50" in told["worth"]
    assert any("independent" in one.value for one in app.markdown)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []  # in memory alone


def test_other_pictures_make_a_head_stale_and_other_classes_end_it(
    cluster: PretendWorkers,
) -> None:
    pictures = collected(6)
    app = opened(Session(collection=pictures, wanted=pictures))
    until(app, lambda: app.session_state[SESSION.name].wanted is None)
    session = app.session_state[SESSION.name]
    fewer = _edited(session, {"do": "remove", "place": 0})
    assert fewer.learned is session.learned
    assert stage(opened(fewer))["stale"]
    assert _edited(session, {"do": "more"}).learned is None


def test_a_small_network_is_trained_on_a_set_of_one_s_own_and_is_open(
    cluster: PretendWorkers, tmp_path: Path
) -> None:
    app = opened(Session(collection=collected(12)))
    app.button(key="minute_small").click().run()
    until(app, lambda: bool(cluster.submitted))
    until(app, lambda: bool(app.session_state[SESSION.name].run))
    run = find_run(cluster.submitted[0])
    assert app.session_state[SESSION.name].run == run.id
    assert app.session_state["opened"].network == run.id
    prepared = open_prepared(Path(run.spec().prepared))
    assert len(prepared.labels) == 24
    assert str(prepared.fingerprint) == run.spec().fingerprint
    assert run.summary().name == "disc and cross, collected"
    # The picture that is open beside it is one that it does not learn from.
    opened_picture = app.session_state["opened"].picture
    tested = {str(prepared.records()[int(at)]["id"]) for at in prepared.indices("test")}
    assert any(name.rsplit("/", 1)[-1] in opened_picture for name in tested)
    sources = list((tmp_path / "cache" / "owners" / "people").iterdir())
    assert len(sources) == 1


def test_one_class_alone_is_refused_and_nothing_is_lost() -> None:
    session = Session(collection=collected(3).emptied(1))
    with pytest.raises(LessonError, match="cross"):
        _edited(session, {"do": "train"})
    assert len(session.collection.pictures) == 3


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"do": "fly"},
        {"do": "add", "label": 7, "source": "file", "pictures": []},
        {"do": "add", "label": 0, "source": "file", "pictures": ["no picture"]},
        {"do": "add", "label": 0, "source": "file"},
        {"do": "add", "label": 0, "source": "file", "pictures": 5},
        {"do": "name", "label": -1, "name": "x"},
        {"do": "name", "label": 0, "name": "../.."},
        {"do": "remove", "place": "x"},
        {"do": "fewer", "label": 9},
        {"do": "fewer", "label": None},
    ],
)
def test_what_no_stage_sends_changes_nothing(message: dict[str, Any]) -> None:
    with pytest.raises((LessonError, ValueError, TypeError, KeyError)):
        _edited(Session(collection=collected(1)), message)


def test_added_pictures_that_are_here_already_are_told() -> None:
    picture = sent(image_of(drawn("disc", 5)))
    message = {"do": "add", "label": 0, "source": "camera", "pictures": [picture, picture]}
    session = _edited(Session(), message)
    assert len(session.collection.pictures) == 1
    assert "1 of 2 left out: here already" in session.said


def test_a_live_picture_is_answered_and_none_is_kept(cluster: PretendWorkers) -> None:
    pictures = collected(8)
    app = opened(Session(collection=pictures, wanted=pictures))
    until(app, lambda: app.session_state[SESSION.name].wanted is None)
    session = app.session_state[SESSION.name]
    told = json.dumps({"frame": "7", "picture": sent(image_of(drawn("disc", 99)))})
    found = answered(told, session.learned, None, pictures.names)
    assert found.frame == "7"
    assert len(found.scores) == 2
    assert sum(found.scores) == pytest.approx(1.0, abs=1e-3)
    assert app.session_state[SESSION.name].collection is pictures
    for bad in ("", "[]", '{"frame": 1}', '{"frame": "1", "picture": "x"}', "null", "7"):
        assert answered(bad, session.learned, None, pictures.names).scores == ()
    moved = replace(pictures, names=("a", "b", "c"))
    assert answered(told, session.learned, None, moved.names).scores == ()


def image_of(gray: Any) -> Any:
    from PIL import Image

    return Image.fromarray(gray)
