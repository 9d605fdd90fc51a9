"""How long a test waits for what has to come: one limit, which a busy machine does not reach."""

from __future__ import annotations

from typing import Final

SECONDS: Final = 120.0
MILLISECONDS: Final = 1000 * SECONDS
