"""The server: Lightbox behind its door. ``streamlit run dashboard/server.py`` starts it.

``python3 -m dashboard`` does the same and sets up what is missing.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # Streamlit puts only this file's folder on the path

import streamlit as st  # noqa: E402

from dashboard.access import bugs, start  # noqa: E402

app = st.App(
    ROOT / "dashboard" / "app.py",
    middleware=start.middleware(),
    lifespan=start.life,
    on_script_error=bugs.show_bug,
)
