"""Which values of a widget are taken."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.state.common import WidgetMetadata, unpack_widget_state_value
from streamlit.runtime.state.session_state import SessionState

from dashboard.access.fitting import fits, take_only_fitting

NUMBER = WidgetMetadata(
    id="$$number",
    deserializer=lambda sent: 7.0 if sent is None else float(sent),
    serializer=lambda value: value,
    value_type="double_value",
)
PLACE = WidgetMetadata(
    id="$$place",
    deserializer=lambda sent: None if sent is None else ["a", "b"][sent[0]],
    serializer=lambda value: [0],
    value_type="int_array_value",
)


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> SessionState:
    for name in ("set_widgets_from_proto", "register_widget"):
        monkeypatch.setattr(SessionState, name, getattr(SessionState, name))
    take_only_fitting(SessionState, unpack_widget_state_value)
    return SessionState()


def sent(**values: Any) -> WidgetStates:
    return WidgetStates(widgets=[WidgetState(id="$$number", **values)])


def test_a_value_of_another_kind_is_none(state: SessionState) -> None:
    assert state.register_widget(NUMBER, None).value == 7.0
    state.on_script_will_rerun(sent(double_value=3.0))
    assert state.register_widget(NUMBER, None).value == 3.0
    state.on_script_will_rerun(sent(string_value="meier-anna"))
    assert state.register_widget(NUMBER, None).value == 3.0
    state.on_script_finished(frozenset())


def test_nor_one_that_came_before_its_widget(state: SessionState) -> None:
    state.on_script_will_rerun(sent(string_value="meier-anna"))
    assert state.register_widget(NUMBER, None).value == 7.0


@pytest.mark.parametrize(("place", "taken"), [([1], True), ([2], False), ([], False), (None, True)])
def test_nor_one_that_its_widget_cannot_read(place: list[int] | None, taken: bool) -> None:
    one = WidgetState(id="$$place")
    if place is not None:
        one.int_array_value.data.extend(place)
        one.int_array_value.SetInParent()
    assert fits(one, PLACE, unpack_widget_state_value) == taken


def test_what_can_be_read_once_is_left_to_the_page() -> None:
    one = WidgetState(id="$$files")
    one.file_uploader_state_value.SetInParent()
    taken: list[object] = []
    widget = SimpleNamespace(value_type="file_uploader_state_value", deserializer=taken.append)
    assert fits(one, widget, unpack_widget_state_value)
    assert taken == []
