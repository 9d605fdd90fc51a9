"""The theme that a page is sent: the same as Streamlit's own, worked out once a section."""

from __future__ import annotations

from types import ModuleType

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from dashboard.access.fixed_theme import filled_once, fix_theme


def test_each_section_is_filled_once_and_sent_whole_every_time() -> None:
    asked: list[str] = []

    def fill(message: CustomThemeConfig, section: str = "theme") -> None:
        asked.append(section)
        message.primary_color = f"color of {section}"

    filled = filled_once(fill)
    for _ in range(3):
        whole = CustomThemeConfig()
        filled(whole)
        filled(whole.dark, "theme.dark")
        assert whole.primary_color == "color of theme"
        assert whole.dark.primary_color == "color of theme.dark"
        assert not whole.HasField("light")
    assert asked == ["theme", "theme.dark"]


def test_streamlit_s_own_filling_gives_the_same_through_it() -> None:
    fill = app_session._populate_theme_msg
    filled = filled_once(fill)
    for section in ("theme", "theme.light", "theme.dark", "theme.sidebar"):
        own = CustomThemeConfig()
        fill(own, section)
        for _ in range(2):
            ours = CustomThemeConfig()
            filled(ours, section)
            assert ours == own


def test_a_streamlit_that_greets_otherwise_is_left_alone() -> None:
    another = ModuleType("another")
    fix_theme(another)
    assert not hasattr(another, "_populate_theme_msg")
    assert hasattr(app_session, "_populate_theme_msg"), "the theme is filled in another way now"
