"""Work out once what the page's theme settings say, not at every rerun. No Streamlit state here."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

Fill = Callable[..., None]
_FILL: Final = "_populate_theme_msg"


def filled_once(fill: Fill) -> Fill:
    """Streamlit's filling of a theme message, with what it wrote for each section kept.

    At the beginning of every rerun Streamlit asks each of some 500 theme options for its value:
    2 ms, a twentieth of all that a busy class costs the server. Lightbox's theme stands in a file
    that is read at the start.

    Args:
        fill: Takes an empty message and the name of a section; fills the message in.

    Returns:
        The same, without the asking from the second time on.
    """
    known: dict[str, Any] = {}

    def filled(message: Any, section: str = "theme") -> None:
        found = known.get(section)
        if found is not None:
            message.MergeFrom(found)
            return
        own = type(message)()
        fill(own, section)
        known[section] = own
        message.MergeFrom(own)

    return filled


def fix_theme(sender: ModuleType) -> None:
    """Have the theme filled in once; nothing where Streamlit does it in another way.

    Args:
        sender: Streamlit's module that greets a page at the beginning of a rerun.
    """
    fill = getattr(sender, _FILL, None)
    if fill is not None:
        setattr(sender, _FILL, filled_once(fill))
