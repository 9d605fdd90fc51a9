"""Transfer through the app: a measured question, honest words, a click that trains a curve."""

from __future__ import annotations

import json
import struct
import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.comparison import list_comparisons
from core.prepared import open_prepared
from core.transfer.plan import SHARES
from data.ready.transfer_runs import read_transfer
from tests.dashboard.pretend_cluster import PretendCluster, stand

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PretendCluster:
    return stand(tmp_path, monkeypatch, count=800)


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page("../pages/transfer.py")
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, [one.value for one in app.exception]
    return app


def sent(app: AppTest, part: bytes) -> dict[str, Any]:
    raw = next(
        raw for one in app.get("bidi_component") if part in (raw := one.proto.bytes)[:40_000]
    )
    (length,) = struct.unpack("<I", raw[:4])
    return dict(json.loads(raw[4 : 4 + length]))


def test_the_question_is_answered_by_the_curves(cluster: PretendCluster) -> None:
    app = open_page()
    question = sent(app, b'"question"')["question"]
    measured = read_transfer()
    whole = measured.largest("nothing")
    right = question["options"][question["truth"]]
    reached = {
        f"{one.count:,}" if one.count > 9999 else str(one.count)
        for one in measured.points
        if one.way == "frozen" and one.figures["auc"].value >= whole.figures["auc"].value
    }
    assert right in reached or right == "more"
    assert not reached & set(question["options"][: question["truth"]])
    said = " ".join(one.value for one in app.markdown)
    # The limits of what was measured stand beside it, with the numbers of the cards.
    assert "0.923 (0.854 to 0.964, n = 519)" in said
    assert "0.854 (0.783 to 0.917, n = 519)" in said
    assert "60 epochs at 256 pixels" in " ".join(said.split())


def test_a_click_trains_a_curve_of_nested_shares(cluster: PretendCluster) -> None:
    app = open_page(questions="off")
    app.button(key="transfer_start").click().run()
    for _ in range(200):  # the sets are written in a thread
        if len(cluster.submitted) == len(SHARES):
            break
        time.sleep(0.05)
    app.run()
    assert not app.exception
    (found,) = list_comparisons(kind="transfer")
    assert [run.id for run in found.runs] == cluster.submitted
    sizes = [
        len(open_prepared(Path(run.run.spec().prepared)).indices("train")) for run in found.runs
    ]
    assert sizes == sorted(sizes)
    assert sizes[-1] == 480
    assert not any(run.run.spec().opens_test for run in found.runs)
    assert found.runs[-1].name.endswith("of the training part: 480 images")
