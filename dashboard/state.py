"""The only module that touches `st.session_state`: typed, named slots of one session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

import streamlit as st

T = TypeVar("T")


@dataclass(frozen=True)  # no slots: they break subscripted generic dataclasses on Python 3.11
class Key(Generic[T]):
    """One named, typed slot of the session.

    Values are immutable, so that a change is always a `set`.
    """

    name: str
    default: Callable[[], T]

    def get(self) -> T:
        """The value, or a fresh default."""
        if self.name not in st.session_state:
            st.session_state[self.name] = self.default()
        return cast("T", st.session_state[self.name])

    def set(self, value: T) -> None:
        """Replace the value."""
        st.session_state[self.name] = value


DATASET: Final = Key[str]("dataset_name", lambda: "synthetic")
"""The dataset that Dataset, Train and Test an X-ray speak of."""

RUN: Final = Key[str]("run_id", str)
"""The run that the pages show; empty for none."""


def widget_value(key: str) -> Any:
    """The value of a widget or component by its key, None before it exists."""
    return st.session_state.get(key)


def set_widget_value(key: str, value: Any) -> None:
    """Preset a widget; only inside a callback or before the widget is made."""
    st.session_state[key] = value


def reset_page(slug: str) -> None:
    """Forget all that a page's widgets hold: their keys start with the page's slug."""
    for name in [name for name in st.session_state if str(name).startswith(f"{slug}_")]:
        del st.session_state[name]
    st.query_params.clear()


def projector() -> bool:
    """Whether type and lines are enlarged for a projector."""
    return bool(st.session_state.get("projector", False))
