"""The entry point: ``streamlit run dashboard/app.py`` (or ``python3 -m dashboard``)."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # Streamlit puts only this file's folder on the path

import streamlit as st  # noqa: E402
from streamlit.navigation.page import StreamlitPage  # noqa: E402

from dashboard import cache, catalogue, static_files  # noqa: E402
from dashboard.access.people import asking  # noqa: E402
from dashboard.access.start import require_door  # noqa: E402

st.set_page_config(
    page_title="Lightbox", page_icon=str(static_files.ICON), layout="wide", menu_items={}
)
require_door()
static_files.provide_plotly()
cache.freeze_imports()

sections: dict[str, list[StreamlitPage]] = {}
for entry in (*catalogue.PAGES, *(catalogue.ASIDE if asking().is_lecturer else ())):
    sections.setdefault(entry.section, []).append(
        st.Page(
            entry.path,
            title=entry.title,
            icon=entry.icon,
            url_path=entry.slug,
            default=entry.slug == "home",
        )
    )
st.logo(str(static_files.LOGO), size="large")
st.navigation(sections, position="top").run()
