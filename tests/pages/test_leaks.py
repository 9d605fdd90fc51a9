"""The laboratory through the app: the answer waits, a click trains both networks of a flaw."""

from __future__ import annotations

import json
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.comparison import list_comparisons
from core.jobs.ownership import claim
from core.prepared import open_prepared
from core.training import events
from core.training.events import Finished
from tests.dashboard.pretend_cluster import PretendCluster, stand
from tests.dashboard.pretend_run import pretend_events, report, write_report

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PretendCluster:
    return stand(tmp_path, monkeypatch, count=200)


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page("../pages/leaks.py")
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def sent(app: AppTest, part: bytes) -> dict[str, Any]:
    (raw,) = (one.proto.bytes for one in app.get("bidi_component") if part in one.proto.bytes)
    (length,) = struct.unpack("<I", raw[:4])
    return dict(json.loads(raw[4 : 4 + length]))


def said(app: AppTest) -> str:
    return " ".join(
        [*(one.value for one in app.markdown), *(str(o.value) for o in app.get("html"))]
    )


def test_the_question_s_answer_is_the_measured_one(cluster: PretendCluster) -> None:
    app = open_page()
    question = sent(app, b'"question"')["question"]
    stage = sent(app, b'"schemes"')
    stamp = next(one for one in stage["experiments"] if one["flaw"] == "stamp")
    right = question["options"][question["truth"]]
    assert float(right) == pytest.approx(stamp["spoiled"]["test"]["value"], abs=0.006)
    assert stage["locked"]
    assert len(set(question["options"])) == 3


def test_a_click_trains_both_networks_of_the_flaw_that_is_shown(cluster: PretendCluster) -> None:
    app = open_page(questions="off", set="flaw_copies")
    app.button(key="leaks_start").click().run()
    for _ in range(100):  # both sets are written in a thread
        if list_comparisons(kind="leaks"):
            break
        time.sleep(0.05)
    app.run()
    assert not app.exception
    (pair,) = list_comparisons(kind="leaks")
    assert [run.id for run in pair.runs] == cluster.submitted
    assert list_comparisons() == []  # the zoo's race is another one
    assert [run.name for run in pair.runs] == ["Duplicates: honest", "Duplicates: spoiled"]
    honest, spoiled = (open_prepared(Path(run.run.spec().prepared)) for run in pair.runs)
    assert len(spoiled.indices("train")) == len(honest.indices("train")) + 20
    exams = [one.images[one.indices("test")] for one in (honest, spoiled)]
    np.testing.assert_array_equal(*exams)
    assert app.button(key="leaks_start").disabled
    for run in pair.runs:
        claim(run.run.path)
        for event in [*pretend_events(4), Finished(2, 9.0)]:
            events.append(run.run.events_path, event)
        write_report(run.run, report(auc=0.77))
    app.run()
    assert "0.770 (0.720 to 0.820, n = 100)" in said(app)
    assert not app.button(key="leaks_start").disabled
