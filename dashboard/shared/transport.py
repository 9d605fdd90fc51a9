"""Play, pause, step, scrub, speed and keyboard for every component that moves.

Put `TRANSPORT_JS` before a component's own script and `TRANSPORT_CSS` before its style sheet, and
give it an empty ``<div class="transport"></div>``. How the class is used stands at the head of
``transport.js``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent

TRANSPORT_JS: Final = (_FOLDER / "transport.js").read_text(encoding="utf-8")
"""Defines ``class Transport`` for the script that follows it."""

TRANSPORT_CSS: Final = (_FOLDER / "transport.css").read_text(encoding="utf-8")
"""Its look, from the theme's variables; classes start with ``lb-``."""
