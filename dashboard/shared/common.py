"""The look that several stages have in common: rows of controls, panels, tables."""

from __future__ import annotations

from pathlib import Path
from typing import Final

COMMON_CSS: Final = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
"""Put it before a stage's own style sheet; classes start with ``lb-``."""
