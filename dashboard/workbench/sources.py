"""Where Test an X-ray takes its picture from: the names in its address and on its buttons."""

from __future__ import annotations

from typing import Final

SOURCES: Final = {"upload": "Upload", "camera": "Camera", "set": "The set"}
