"""A network that somebody brought, in the pages that take one and in those that cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.models.keras_file.reader import ReadNetwork
from core.models.weights import initial_weights
from core.models.zoo.entries import paper_network
from data.models.brought import Brought, keep_network, remove_network

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def brought(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Brought:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    spec = paper_network(28, ("healthy", "broken"), filters=(2, 3), dense=4)
    read = ReadNetwork(
        spec=spec,
        weights=initial_weights(spec, 3),
        notes=(),
        open_size=False,
        values="0 to 1",
    )
    return keep_network(read, title="Brought along", owner="")


def open_page(page: str, network: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "dashboard/app.py"), default_timeout=60)
    at.query_params["network"] = network
    at.run()
    return at.switch_page(str(ROOT / f"pages/{page}.py")).run()


@pytest.mark.parametrize("page", ["features", "hierarchy", "dropout"])
def test_it_opens_where_networks_are_looked_into(page: str, brought: Brought) -> None:
    at = open_page(page, network=brought.key)
    assert not at.exception
    assert not at.warning
    box = at.selectbox(key=f"{page}_network")
    assert box.value == brought.key
    assert "Brought along" in box.options
    assert at.button(key=f"{page}_bring").label == "Bring a network"


def test_pages_without_a_use_for_it_say_so_by_its_name(brought: Brought) -> None:
    for page, why in (("train", "no curves"), ("results", "no results")):
        at = open_page(page, network=brought.key)
        assert not at.exception
        assert "Brought along is open" in at.warning[0].value
        assert why in at.warning[0].value


def test_one_that_was_removed_is_named_and_nothing_else_stands_in_its_place(
    brought: Brought,
) -> None:
    remove_network(brought)
    at = open_page("features", network=brought.key)
    assert not at.exception
    assert "no network" in at.warning[0].value
