"""No value of a widget but one that the widget can have sent. No Streamlit import here.

A browser names a widget and gives a value of some kind. Streamlit believes that the kind is the
widget's: a text for a slider is taken apart as a number while a page is left or ends, outside of
the page's own script, and ends the thread that draws. The person sees nothing any more. Here such
a value is no value, and the widget keeps the last one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

_ONCE: Final = frozenset({"chat_input_value", "file_uploader_state_value"})
"""Kinds whose reading takes something away, or looks for files: they are read by the page alone."""


def take_only_fitting(states: Any, unpack: Callable[[Any], Any]) -> None:
    """Have a session's state take no other values.

    Args:
        states: Streamlit's class of it.
        unpack: What a widget's own reading is given for a value.
    """
    take, register = states.set_widgets_from_proto, states.register_widget

    def take_fitting(self: Any, sent: Any) -> None:
        known = self._new_widget_state.widget_metadata
        given = [
            one for one in sent.widgets if one.id not in known or fits(one, known[one.id], unpack)
        ]
        if len(given) < len(sent.widgets):
            kept = type(sent)()
            kept.widgets.extend(given)
            sent = kept
        take(self, sent)

    def register_fitting(self: Any, metadata: Any, user_key: str | None) -> Any:
        # One that came before its widget was known: a page that has just been opened.
        waits = getattr(self._new_widget_state.states.get(metadata.id), "value", None)
        if hasattr(waits, "WhichOneof") and not fits(waits, metadata, unpack):
            del self._new_widget_state.states[metadata.id]
        return register(self, metadata, user_key)

    states.set_widgets_from_proto = take_fitting
    states.register_widget = register_fitting


def fits(sent: Any, widget: Any, unpack: Callable[[Any], Any]) -> bool:
    """Whether a widget can read what was sent for it.

    Args:
        sent: With an id and a value of some kind, or of none: it was cleared.
        widget: What Streamlit knows of it: the kind of its values, and how it reads one.
        unpack: As for `take_only_fitting`.
    """
    kind = sent.WhichOneof("value")
    if kind is not None and kind != widget.value_type:
        return False
    if kind in _ONCE:
        return True
    try:
        widget.deserializer(unpack(sent))
    except Exception:  # whatever a forged value brings about
        return False
    return True
