"""One damaged run of one person leaves every page standing for everybody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.cluster import ClusterState
from dashboard import cache
from tests.dashboard.test_damaged_runs import finished_run

ROOT = Path(__file__).resolve().parents[2]


class IdleCluster:
    """Has nobody to ask."""

    def state(self) -> ClusterState:
        return ClusterState(False, 0, 0, "The workers are starting.")

    def queue_position(self, run_id: str) -> int | None:
        return None


def make_damaged(root: Path) -> None:
    """A good run, and one for each way in which pages once broke."""
    finished_run(root)
    for place, change in (
        ("spec.json", {"epochs": "many"}),
        ("run.json", {"created": None}),
        ("evaluation.json", {"threshold": "half"}),
    ):
        file = finished_run(root).path / place
        file.write_text(json.dumps({**json.loads(file.read_text()), **change}))
    half = finished_run(root).path / "weights.npz"
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    log = finished_run(root).events_path
    log.write_text(
        log.read_text().replace('"loss":0.7', '"loss":null').replace('"step":3', '"step":"x"')
    )


@pytest.mark.parametrize("page", ["train", "xray", "features", "hierarchy", "zoo", "descent"])
def test_the_page_goes_on(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(cache, "cluster", IdleCluster)
    make_damaged(tmp_path / "runs")
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page(f"../pages/{page}.py").run()
    assert [error.value for error in app.exception] == []
