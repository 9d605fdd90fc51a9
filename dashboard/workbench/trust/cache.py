"""What the page keeps for all sessions: checks of pictures that are nobody's own."""

from __future__ import annotations

from dashboard.background.errands import Errands
from dashboard.background.once import Once


@Once
def checks() -> Errands:
    """Checks of samples and of X-rays of a set; a file of one's own stays in its session."""
    return Errands("check", most=48, at_once=2, drops=True)


@Once
def measurements() -> Errands:
    """Maps of a whole test part against its marks, one network at a time."""
    return Errands("measurement", most=8, at_once=1, drops=True)
