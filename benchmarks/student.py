"""One student's browser tab without a browser: it speaks Streamlit's protocol as the page does.

It sends what the browser would send (all widgets of the page, the messages it has kept, the ticks
of each part that asked for a clock) and takes what the server draws, so that a hundred of them fit
into one process.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

from dashboard.shared.schema import Field, encode

PATIENCE_S: Final = 60.0
"""Nobody waits longer for a page."""
_KEPT_RUNS: Final = 2
_TRIGGER: Final = "$$STREAMLIT_INTERNAL_KEY_{}__events"
_WHOLE_RUN: Final = frozenset({ForwardMsg.FINISHED_SUCCESSFULLY, 1})


@dataclass(frozen=True, slots=True)
class Element:
    """What the page drew, and the part of it (a fragment) that it belongs to, "" for none."""

    kind: str
    proto: Any
    fragment: str


@dataclass(slots=True)
class Seen:
    """What reached the tab.

    Attributes:
        bytes: Received so far.
        troubles: What a person would call an error, in the server's words.
        updates: Times at which a watched component showed something new.
    """

    bytes: int = 0
    troubles: list[str] = field(default_factory=list)
    updates: list[float] = field(default_factory=list)


class Student:
    """A tab of a running dashboard; use it as an asynchronous context.

    Args:
        url: Of the server, ``http://...``.
        watches: Key of a component whose news are counted.
    """

    def __init__(self, url: str, *, watches: str = "") -> None:
        self.seen = Seen()
        self.drawn: list[Element] = []
        self._url = f"ws://{urlsplit(url).netloc}/_stcore/stream"
        self._watches, self._watched = watches, b""
        self._socket: ClientConnection | None = None
        self._page = self._query = ""
        self._pages: dict[str, str] = {}
        self._widgets: dict[str, WidgetState] = {}
        self._kept: dict[str, tuple[int, ForwardMsg]] = {}
        self._runs = 0
        self._clocks: dict[str, asyncio.Task[None]] = {}
        self._announced: set[str] = set()
        self._done = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Student:
        self._socket = await connect(
            self._url,
            subprotocols=["streamlit", secrets.token_hex(8)],  # type: ignore[list-item]
            max_size=None,
            open_timeout=PATIENCE_S,
            ping_timeout=None,
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        for clock in self._clocks.values():
            clock.cancel()
        if self._reading is not None:
            self._reading.cancel()
        if self._socket is not None:
            await self._socket.close()

    async def open(self, slug: str, query: str = "") -> float:
        """Go to a page; seconds until it is drawn."""
        self._query, self._widgets = query, {}
        self._page = self._pages.get(slug, "")
        return await self._rerun(name="" if self._page else slug)

    async def act(self, chance: random.Random) -> float | None:
        """Change something that the page lets a person change; None where it has nothing."""
        able = [change for one in self.drawn if (change := _change(one, chance)) is not None]
        if not able:
            return None
        return await self.set(chance.choice(able))

    async def set(self, *states: WidgetState) -> float:
        """Set widgets as a person does; seconds until the page has followed."""
        return await self._rerun(*states)

    def find(self, wanted: Callable[[Element], bool]) -> Element | None:
        """The first drawn element of that kind."""
        return next((one for one in self.drawn if wanted(one)), None)

    async def _rerun(self, *states: WidgetState, name: str = "") -> float:
        self._done.clear()
        began = time.perf_counter()
        await self._send(states, name=name)
        try:
            await asyncio.wait_for(self._done.wait(), PATIENCE_S)
        except TimeoutError:
            self.seen.troubles.append(f"nothing was drawn within {PATIENCE_S:.0f} s")
        return time.perf_counter() - began

    async def _send(
        self, states: tuple[WidgetState, ...] = (), *, name: str = "", fragment: str = ""
    ) -> None:
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_script_hash, asked.page_name = self._query, self._page, name
        asked.fragment_id, asked.is_auto_rerun = fragment, bool(fragment)
        asked.cached_message_hashes.extend(self._kept)
        for state in states:
            if state.WhichOneof("value") not in {"trigger_value", "json_trigger_value"}:
                self._widgets[state.id] = state
        momentary = [state for state in states if state.id not in self._widgets]
        asked.widget_states.widgets.extend([*self._widgets.values(), *momentary])
        if self._socket is not None:
            await self._socket.send(message.SerializeToString())

    async def _read(self) -> None:
        assert self._socket is not None
        try:
            async for raw in self._socket:
                self.seen.bytes += len(raw)
                self._take(ForwardMsg.FromString(raw))  # type: ignore[arg-type]
        except Exception as error:
            self.seen.troubles.append(f"the connection ended: {type(error).__name__}")
            self._done.set()

    def _take(self, message: ForwardMsg) -> None:
        if message.ref_hash and message.ref_hash in self._kept:
            message = self._kept[message.ref_hash][1]
        elif message.metadata.cacheable:
            self._kept[message.hash] = (self._runs, message)
        match message.WhichOneof("type"):
            case "new_session":
                self._page = message.new_session.page_script_hash
                self._announced, self._begun = set(), []
            case "navigation":
                self._pages = {
                    page.url_pathname: page.page_script_hash
                    for page in message.navigation.app_pages
                }
            case "delta":
                self._take_element(message)
            case "auto_rerun":
                self._announced.add(message.auto_rerun.fragment_id)
                self._wind(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                for fragment in message.stop_auto_rerun.fragment_ids:
                    self._stop(fragment)
            case "script_finished":
                self._finish(message.script_finished)

    def _take_element(self, message: ForwardMsg) -> None:
        if message.delta.WhichOneof("type") != "new_element":
            return
        element = message.delta.new_element
        kind = str(element.WhichOneof("type"))
        found = Element(kind, getattr(element, kind), message.delta.fragment_id)
        if kind == "exception" or (kind == "alert" and "mistake in Lightbox" in found.proto.body):
            self.seen.troubles.append(
                found.proto.message if kind == "exception" else found.proto.body
            )
        if self._watches and kind == "bidi_component" and self._watches in found.proto.id:
            content = found.proto.SerializeToString()
            if content != self._watched:
                self._watched = content
                self.seen.updates.append(time.perf_counter())
        self._begun.append(found)

    def _finish(self, status: int) -> None:
        if status not in _WHOLE_RUN:
            return
        self._runs += 1
        self._kept = {
            name: (run, message)
            for name, (run, message) in self._kept.items()
            if run > self._runs - 1 - _KEPT_RUNS
        }
        self.drawn = self._begun
        for fragment in set(self._clocks) - self._announced:
            self._stop(fragment)
        self._done.set()

    def _wind(self, fragment: str, interval_s: float) -> None:
        if fragment not in self._clocks:
            self._clocks[fragment] = asyncio.create_task(self._tick(fragment, interval_s))

    def _stop(self, fragment: str) -> None:
        clock = self._clocks.pop(fragment, None)
        if clock is not None:
            clock.cancel()

    async def _tick(self, fragment: str, interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s)
            await self._send(fragment=fragment)


def _change(element: Element, chance: random.Random) -> WidgetState | None:
    """A change that a person could make there, None where there is none to make.

    Only outside of parts with clocks of their own: there nobody could tell whose answer came.
    """
    if element.fragment:
        return None
    proto = element.proto
    if element.kind == "selectbox" and len(proto.options) > 1 and not proto.disabled:
        return WidgetState(id=proto.id, string_value=chance.choice(list(proto.options)))
    if element.kind != "bidi_component":
        return None
    header = header_of(proto)
    if header.get("question") and not header.get("given"):
        answer = str(chance.randrange(len(header["question"]["options"])))
        return _event(proto.id, "answer", answer)
    fields = [one for one in header.get("schema", ()) if one["kind"] in {"choice", "flag"}]
    if not header.get("told") or not fields:
        return None
    return _event(proto.id, "settled", _settled(chance.choice(fields), chance))


def _event(component: str, name: str, value: str) -> WidgetState:
    told = json.dumps([{"event": name, "value": value}])
    return WidgetState(id=_TRIGGER.format(component), json_trigger_value=told)


def _settled(described: dict[str, Any], chance: random.Random) -> str:
    """The address text of a stage with one of its fields set."""
    options = tuple((value, title) for value, title in described.get("options", ()))
    one = Field(
        name=described["name"],
        kind=described["kind"],
        default=described["default"],
        options=options,
    )
    values = one.values() or (True, False)
    return encode((one,), {one.name: chance.choice(values)})


def header_of(component: Any) -> dict[str, Any]:
    """The JSON that a component's message begins with (`dashboard.shared.blob`)."""
    blob = component.bytes or component.mixed.arrow_blobs or b""
    if not isinstance(blob, bytes) or len(blob) < 4:
        return {}
    (length,) = struct.unpack_from("<I", blob)
    found: dict[str, Any] = json.loads(blob[4 : 4 + length])
    return found
