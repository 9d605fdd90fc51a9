"""Values for widgets that no widget sent: of another kind, and of none that could be meant."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from dashboard import catalogue
from tests import patience
from tests.browser.conftest import Server, start_server, stop_server
from tests.dashboard.raw_client import RawClient, said
from tests.dashboard.test_hostile_client import bugs

pytestmark = pytest.mark.slow
NAME = "meier-anna"


def _arrays(widget: WidgetState) -> None:
    widget.string_array_value.data.extend([NAME, NAME])


def _numbers(widget: WidgetState) -> None:
    widget.double_array_value.data.extend([1.0, float("nan"), 3.0])


def _whole(widget: WidgetState) -> None:
    widget.int_array_value.data.extend([10**9])


def _sets(field: str, value: Any) -> Callable[[WidgetState], None]:
    return lambda widget: setattr(widget, field, value)


FORGED: dict[str, Callable[[WidgetState], None]] = {
    "a text": _sets("string_value", NAME),
    "texts": _arrays,
    "a number": _sets("double_value", -1e14),
    "no number": _sets("double_value", float("nan")),
    "numbers": _numbers,
    "a whole number": _sets("int_value", 2**62),
    "whole numbers": _whole,
    "a switch": _sets("bool_value", True),
    "bytes": _sets("bytes_value", NAME.encode()),
    "no JSON": _sets("json_value", f"{{{NAME}"),
    "another JSON": _sets("json_value", json.dumps([NAME])),
    "an event": _sets("json_trigger_value", json.dumps([{"event": NAME, "value": NAME}])),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("forged"))
    yield running
    stop_server(running)


def widgets(messages: list[ForwardMsg]) -> list[str]:
    """The ids of all widgets that a page was told to show."""
    found: dict[str, None] = {}
    for message in messages:
        if message.WhichOneof("type") == "delta":
            element = message.delta.new_element
            kind = element.WhichOneof("type")
            name = getattr(getattr(element, kind), "id", "") if kind else ""
            if str(name).startswith("$$"):
                found[str(name)] = None
    return list(found)


def is_drawn(message: ForwardMsg) -> bool:
    """Whether that ends a run of the whole page."""
    return message.WhichOneof("type") == "script_finished"


@pytest.mark.parametrize("page", [entry.slug for entry in catalogue.PAGES])
def test_no_forged_value_ends_a_page(server: Server, page: str) -> None:
    """A text for a number ended the thread that draws: the page stood still without a word."""
    address = "" if page == "home" else page
    earlier = len(server.log.read_text("utf-8", errors="replace"))
    for forged, forge in FORGED.items():
        with RawClient(server.url) as client:
            found = widgets(client.open(address))
            asked = BackMsg(rerun_script=ClientState(page_name=address))
            for name in found:
                forge(asked.rerun_script.widget_states.widgets.add(id=name))
            client.send(asked)
            began = time.monotonic()
            answer = client.until(is_drawn)
            assert bugs(answer) == [], (forged, said(answer)[-2000:])
            # Leaving the page is where such a value was read outside of the page's script.
            other = BackMsg(rerun_script=ClientState(page_name="pooling"))
            other.rerun_script.widget_states.CopyFrom(asked.rerun_script.widget_states)
            client.send(other)
            assert bugs(client.until(is_drawn)) == [], forged
            assert time.monotonic() - began < patience.SECONDS
    log = server.log.read_text("utf-8", errors="replace")[earlier:]
    assert NAME not in log
    assert "Traceback" not in log
    assert '"event": "bug"' not in log
