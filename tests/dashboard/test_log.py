"""A real server that is given a marked name in every way leaves no trace of it in its log."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from core.journal import FILE_NAME
from tests import patience
from tests.browser.conftest import Server, start_server, stop_server
from tests.dashboard.raw_client import RawClient
from tests.dashboard.test_hostile_client import upload

pytestmark = pytest.mark.slow
MARK = "meieranna1961"


def entries(server: Server) -> list[dict[str, Any]]:
    lines = server.log.read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def await_event(server: Server, name: str) -> None:
    deadline = time.monotonic() + patience.SECONDS
    while name not in {entry["event"] for entry in entries(server)}:
        assert time.monotonic() < deadline, f"no {name} in {entries(server)}"
        time.sleep(0.1)


def test_a_marked_name_is_nowhere_in_the_log(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    server = start_server(tmp_path / "server", LIGHTBOX_LOG_FOLDER=str(folder))
    try:
        with RawClient(server.url) as client:
            client.open("xray", query=f"picture={MARK}&network={MARK}&layer={MARK}")
            assert upload(server, client.session, f"{MARK}.png", b"no picture") == 204
            assert upload(server, client.session, f"{MARK}.png", bytes(26 * 2**20)) == 413
            client.open(MARK)
            client.open("dataset", query=f"dataset={MARK}&set={MARK}")
            client.send(BackMsg(debug_disconnect_websocket=False))
            forged = BackMsg()
            forged.backend_operation_request.request_id = f"{MARK}\n{MARK}"
            client.send(forged)
            forged = BackMsg(rerun_script=ClientState(page_name="train"))
            forged.rerun_script.widget_states.widgets.add(id=MARK, string_value=MARK)
            client.send(forged)
            client.until(lambda message: message.WhichOneof("type") == "script_finished")
        requests.get(f"{server.url}/{MARK}", timeout=patience.SECONDS)
        # Python names what it cannot read as an address in its own error.
        place, no_origin = f"//{MARK}\u2100", {"Origin": "http://["}
        code = f"{server.url}/class-code"
        assert requests.get(code, {"to": place}, timeout=patience.SECONDS).status_code == 200
        assert requests.post(code, headers=no_origin, timeout=patience.SECONDS).status_code == 403
        await_event(server, "session.closed")
    finally:
        stop_server(server)
    found = entries(server)
    (closed,) = (entry for entry in found if entry["event"] == "session.closed")
    assert closed["open"] == 0
    assert closed["seconds"] > 0
    assert [entry["event"] for entry in found][:2] == ["server.started", "session.opened"]
    (refused,) = (entry for entry in found if entry["event"] == "upload.refused")
    assert refused["bytes"] >= 26 * 2**20
    written = (folder / FILE_NAME).read_text("utf-8")
    assert [json.loads(line) for line in written.splitlines()] == found
    for text in (written, server.log.read_text("utf-8")):
        assert MARK not in text.lower()
        assert "Traceback" not in text
        assert "127.0.0.1" not in "".join(line for line in text.splitlines() if line[0:1] == "{")
