"""No page shows the name of a value where the value belongs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.catalogue import SLUGS

ROOT = Path(__file__).resolve().parents[2]
FORMULA = re.compile(r"\$[^$]*\$", re.DOTALL)
TAGS = re.compile(r"<style.*?</style>|<script.*?</script>|<[^>]+>", re.DOTALL)


def shown(app: AppTest) -> Iterator[str]:
    """What a person reads, one element at a time: prose, labels, help."""
    for kind in ("markdown", "caption", "warning", "info", "error", "success", "title"):
        yield from (str(element.value) for element in app.get(kind))
    for element in app.get("html"):
        yield TAGS.sub(" ", str(element.proto.body))
    for kind in ("button", "selectbox", "slider", "number_input", "toggle", "checkbox"):
        for element in app.get(kind):
            yield from (str(element.proto.label), str(getattr(element.proto, "help", "")))


@pytest.mark.parametrize("slug", SLUGS)
def test_no_name_is_left_in_what_a_page_shows(
    slug: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    app.switch_page(f"../pages/{slug}.py").run()
    assert [error.message for error in app.exception] == []
    texts = [FORMULA.sub("", text) for text in shown(app)]
    assert any(texts)
    assert [text for text in texts if re.search(r"\{[a-z_]+\}", text)] == []
