"""Keeps what was set in a component through a reload, a link and a visit to another page."""

from __future__ import annotations

from pathlib import Path
from typing import Final

KEEP_JS: Final = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
"""Defines ``Keep`` for the script that follows it; `dashboard.state.freshness` tells of a reset."""
