"""Home through the app."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import catalogue
from dashboard.lessons.home.lesson import DOORS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app() -> AppTest:
    running = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30).run()
    assert not running.exception
    return running


def words(app: AppTest) -> str:
    return " ".join(
        [*(element.proto.body for element in app.get("html")), *(m.value for m in app.markdown)]
    )


def test_it_opens_on_the_living_picture(app: AppTest) -> None:
    raw = max((one.proto.bytes for one in app.get("bidi_component")), key=len)
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    assert [entry["dtype"] for entry in header["arrays"]] == ["uint8", "float32", "float32"]
    assert header["arrays"][2]["shape"][0] == len(header["names"]) == 6
    # Sent once and played in the browser: small enough for a slow hall.
    assert len(raw) < 300_000


def test_three_doors_lead_to_pages_that_exist(app: AppTest) -> None:
    labels = [link.proto.label for link in app.get("page_link")]
    assert labels[:3] == ["Present a lesson", "Train a network", "Test an X-ray"]
    assert all(slug in catalogue.SLUGS for _, _, slug, _ in DOORS)


def test_the_map_is_the_catalogue(app: AppTest) -> None:
    pages = [page for page in catalogue.PAGES if page.section]
    labels = [link.proto.label for link in app.get("page_link")][3:-1]
    assert labels == [f"{number}. {page.title}" for number, page in enumerate(pages, 1)]
    said = words(app)
    assert all(page.goal in said for page in pages)
    assert all(page.section in said for page in pages)


def test_it_names_the_paper_and_is_no_medical_device(app: AppTest) -> None:
    said = words(app)
    for author in ("Tarasenko", "Yakimov", "Soloviev"):
        assert author in said
    assert "not a medical device" in said
