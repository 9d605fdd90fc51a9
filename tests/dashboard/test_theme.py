"""The look keeps its promises: one source, enough contrast, large type."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from dashboard import style
from dashboard.theme import DARK, LIGHT, TEXT_PX, Theme, contrast

ROOT = Path(__file__).resolve().parents[2]
BOTH = pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)


@BOTH
def test_streamlit_is_told_the_same_colors(theme: Theme) -> None:
    config = tomllib.loads((ROOT / "dashboard/.streamlit/config.toml").read_text("utf-8"))
    told = config["theme"][theme.name]
    assert told["backgroundColor"] == theme.background
    assert told["secondaryBackgroundColor"] == theme.surface
    assert told["textColor"] == theme.text
    assert told["primaryColor"] == theme.primary
    assert told["borderColor"] == theme.border
    assert config["theme"]["baseFontSize"] == theme.text_px


@BOTH
def test_text_can_be_read_and_marks_can_be_seen(theme: Theme) -> None:
    for ground in (theme.background, theme.surface):
        assert contrast(theme.text, ground) >= 4.5
        assert contrast(theme.muted, ground) >= 4.5
        assert contrast(theme.accent, ground) >= 4.5
        assert contrast(theme.primary, ground) >= 3
    assert contrast(theme.primary, "#ffffff") >= 4.5
    for mark in (theme.training, theme.validation, theme.reference, theme.other):
        assert contrast(mark, theme.background) >= 3


def test_type_is_never_small() -> None:
    assert TEXT_PX >= 16
    assert DARK.layout()["xaxis"]["tickfont"]["size"] >= 16


@BOTH
def test_the_stylesheet_carries_the_theme(theme: Theme) -> None:
    sheet = style.stylesheet(theme)
    assert theme.muted in sheet
    assert f"font-size: {theme.text_px}px" in sheet
