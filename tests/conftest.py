"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from streamlit.testing.v1 import AppTest
from xdist.scheduler import LoadScopeScheduling

from tests import patience

ROOT = Path(__file__).resolve().parents[1]

# The first Keras call takes over a second and would trip Hypothesis's own deadline.
settings.register_profile("lightbox", deadline=None, derandomize=True)
settings.load_profile("lightbox")

# Servers and workers that tests start wait for each other as long as the tests wait for them.
os.environ["LIGHTBOX_PATIENCE"] = "20"

_make_app = AppTest.__init__


def _make_patient_app(self: AppTest, *given: Any, **named: Any) -> None:
    """A page under test waits for its script as long as a busy machine needs."""
    _make_app(self, *given, **named)
    self.default_timeout = max(self.default_timeout, patience.SECONDS)


AppTest.__init__ = _make_patient_app  # type: ignore[method-assign]


class BrowserTogether(LoadScopeScheduling):  # type: ignore[misc]
    """Files are shared out among processes, the browser tests to one: they share a server."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> BrowserTogether:
    """How ``-n 2`` shares out the tests."""
    return BrowserTogether(config, log)


@pytest.fixture(scope="session")
def fracatlas_root() -> Path:
    """The folder of a FracAtlas release on this machine; the test skips where there is none."""
    named = os.environ.get("LIGHTBOX_FRACATLAS")
    root = Path(named) if named else ROOT.parent / "shared" / "fracatlas" / "FracAtlas"
    if not (root / "dataset.csv").is_file():
        pytest.skip(
            "FracAtlas is not on this machine: set LIGHTBOX_FRACATLAS to its folder to run this."
        )
    return root


@pytest.fixture(scope="session")
def fracatlas_originals(fracatlas_root: Path) -> Path:
    """Untouched full-size files beside the reduced copy, where they exist."""
    originals = fracatlas_root.parent / "originals"
    if not originals.is_dir():
        pytest.skip("There are no full-size FracAtlas originals beside the dataset.")
    return originals
