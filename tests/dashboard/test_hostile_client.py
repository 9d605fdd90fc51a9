"""What a student with a script can send to a real server, and what it may not bring about."""

from __future__ import annotations

import re
import selectors
import socket
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psutil
import pytest
import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboard import catalogue
from dashboard.access.uploads import CLASS_LIMITS
from tests import patience
from tests.browser.conftest import Server, start_server, stop_server
from tests.dashboard.raw_client import RawClient, said

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard of this machine's own."""
    running = start_server(tmp_path_factory.mktemp("hostile"))
    yield running
    stop_server(running)


def engine(server: Server) -> set[int]:
    """The processes that the server started: scheduler and workers."""
    children = psutil.Process(server.process.pid).children(recursive=True)
    return {child.pid for child in children if not _prepares(child)}


def _prepares(child: psutil.Process) -> bool:
    """Whether it prepares images, and ends with that."""
    try:
        return "core.jobs.apart" in child.cmdline()
    except psutil.Error:
        return True  # it has ended


def test_clearing_the_caches_starts_no_second_engine(server: Server) -> None:
    """Each such message once started another scheduler and two workers, for good."""
    with RawClient(server.url) as client:
        client.open("train")
        deadline = time.monotonic() + patience.SECONDS
        while len(engine(server)) < 3 and time.monotonic() < deadline:
            time.sleep(0.1)
        before = engine(server)
        assert len(before) == 3
        for _ in range(3):
            client.clear_cache()
            client.open("train")
        time.sleep(2)  # a second engine would be there after one
        assert engine(server) == before


HOSTILE = (
    "",
    "9" * 400,
    "-1e999",
    "nan",
    "![x](http://evil.example/a.png)",
    "<img src=//evil.example/b.png>",
    "\x00\r\n\u202e",
    "../../../etc/passwd",
    "[" * 5000,
    "%",
)
NAMED = re.compile(
    r"""key=["']([a-z_]+)["']|(?:query_params|in_address)[^"']{0,12}["']([a-z_]+)["']"""
)


def parameters() -> set[str]:
    """Every name under which some page may read its address."""
    found = {"run", "network", "epoch", "picture", "layer", "side", "size"}
    for folder in ("dashboard", "pages"):
        for path in (ROOT / folder).rglob("*.py"):
            found |= {name for pair in NAMED.findall(path.read_text("utf-8")) for name in pair}
    return {name for name in found - {""} if not name.startswith("reset")}


def bugs(messages: list[ForwardMsg]) -> list[str]:
    """What a page was told to show as a mistake of ours, and tracebacks."""
    text = said(messages)
    marks = ("This is a mistake in Lightbox", "exception {", "Traceback")
    return [mark for mark in marks if mark in text]


@pytest.fixture(scope="module")
def prepared(server: Server) -> Server:
    """The server once the built-in set is drawn: what a page shows of it may break too."""
    deadline = time.monotonic() + patience.SECONDS
    with RawClient(server.url) as client:
        # A page that waits is asked again by its browser.
        while "dataset_view" not in said(client.open("dataset")):
            assert time.monotonic() < deadline, "the set is not drawn"
            time.sleep(0.5)
    return server


@pytest.mark.parametrize("page", [entry.slug for entry in catalogue.PAGES])
def test_no_link_breaks_a_page(prepared: Server, page: str) -> None:
    names = sorted(parameters())
    for value in HOSTILE:
        with RawClient(prepared.url) as client:
            query = urlencode([(name, value) for name in names])
            assert bugs(client.open("" if page == "home" else page, query)) == [], value


def test_a_foreign_name_or_page_gets_no_answer(server: Server) -> None:
    """DNS rebinding, and a page elsewhere that opens a socket to this one."""
    for given in ({"host": "evil.example"}, {"Origin": "http://evil.example"}):
        with pytest.raises(InvalidStatus) as caught, RawClient(server.url, **given) as client:
            client.open()
        assert caught.value.response.status_code == 403
    assert (
        requests.get(
            server.url, headers={"Host": "evil.example"}, timeout=patience.SECONDS
        ).status_code
        == 421
    )
    assert (
        requests.get(f"{server.url}/_stcore/metrics", timeout=patience.SECONDS).status_code == 404
    )


def upload(server: Server, session: str, name: str, raw: bytes) -> int:
    """Send a file as the page's script would; the status."""
    seen = requests.Session()
    seen.get(f"{server.url}/_stcore/host-config", timeout=patience.SECONDS)
    seen.get(f"{server.url}/_stcore/health", timeout=patience.SECONDS)
    token = seen.cookies.get("_streamlit_xsrf", "")
    answer = seen.put(
        f"{server.url}/_stcore/upload_file/{session}/{uuid.uuid4()}",
        files={"file": (name, raw)},
        headers={"X-Xsrftoken": token},
        timeout=patience.SECONDS,
    )
    return answer.status_code


def test_the_limits_of_uploads_are_the_servers_and_nothing_is_written(server: Server) -> None:
    """A file of 24 MB once went through the temporary folder; 150 MB were taken for a picture."""
    written = psutil.Process(server.process.pid)
    with RawClient(server.url) as client:
        client.open("xray")
        before = written.io_counters().write_bytes
        assert upload(server, client.session, "wrist.png", bytes(24 * 2**20)) == 204
        assert written.io_counters().write_bytes - before < 2**20
        assert upload(server, client.session, "wrist.png", bytes(26 * 2**20)) == 413
        assert upload(server, client.session, "set.zip", bytes(26 * 2**20)) == 204


@pytest.fixture
def class_server(tmp_path: Path) -> Iterator[Server]:
    """A dashboard that others reach, whose visitors are students."""
    names = {"LIGHTBOX_HOSTS": "127.0.0.1", "LIGHTBOX_CLASS_CODE": "open"}
    running = start_server(tmp_path, **names)
    yield running
    stop_server(running)


def begin_upload(server: Server, session: str, size: int) -> socket.socket:
    """Announce a file of that size, and send nothing of it yet."""
    seen = requests.Session()
    seen.get(f"{server.url}/_stcore/health", timeout=patience.SECONDS)
    token = seen.cookies.get("_streamlit_xsrf", "")
    place = urlsplit(server.url)
    connection = socket.create_connection((place.hostname, place.port), patience.SECONDS)
    lines = (
        f"PUT /_stcore/upload_file/{session}/{uuid.uuid4()} HTTP/1.1",
        f"Host: {place.netloc}",
        f"Cookie: _streamlit_xsrf={token}",
        f"X-Xsrftoken: {token}",
        "Content-Type: multipart/form-data; boundary=part",
        f"Content-Length: {size}",
    )
    connection.sendall("\r\n".join((*lines, "", "")).encode())
    return connection


def test_uploads_on_their_way_share_the_room_of_a_tab(class_server: Server) -> None:
    """Eight of 190 MB at once, none of them ended, once held 1.6 GB for one tab of 300 MB."""
    size = CLASS_LIMITS.session * 6 // 10
    with RawClient(class_server.url) as client:
        client.open("xray")
        both = [begin_upload(class_server, client.session, size) for _ in range(2)]
        with selectors.DefaultSelector() as answers:
            for one in both:
                answers.register(one, selectors.EVENT_READ)
            ready = answers.select(timeout=patience.SECONDS)
        (refused,) = (key.fileobj for key, _ in ready)
        assert isinstance(refused, socket.socket)
        assert b" 413 " in refused.recv(100)
        for one in both:
            one.close()
        deadline = time.monotonic() + patience.SECONDS
        while upload(class_server, client.session, "set.zip", bytes(size)) != 204:
            assert time.monotonic() < deadline, "what broke off still takes room"
    assert "Traceback" not in class_server.log.read_text("utf-8")


def test_a_message_that_no_page_sends_is_not_even_held(server: Server) -> None:
    """Of one tab 200 MB were held before they were looked at, whole or in pieces."""
    for pieces in (bytes(12 * 2**20), iter([bytes(2**20)] * 12)):
        with RawClient(server.url) as client:
            client.open()
            with pytest.raises(ConnectionClosed):  # noqa: PT012
                client._socket.send(pieces)
                client.until(lambda _: False)
    assert "Traceback" not in server.log.read_text("utf-8")


@pytest.mark.parametrize("page", ["xray", "architecture"])
def test_a_file_that_the_server_does_not_have_is_none(server: Server, page: str) -> None:
    """Another tab's file, or one's own after the server was started anew, was a mistake once."""
    with RawClient(server.url) as client:
        drawn = client.open(page)
        (uploader,) = (
            message.delta.new_element.file_uploader.id
            for message in drawn
            if message.delta.new_element.HasField("file_uploader")
        )
        asked = BackMsg(rerun_script=ClientState(page_name=page))
        widget = asked.rerun_script.widget_states.widgets.add(id=uploader)
        gone = widget.file_uploader_state_value.uploaded_file_info.add()
        gone.file_id, gone.name, gone.size = str(uuid.uuid4()), "wrist.png", 9
        client.send(asked)
        answer = client.until(lambda message: message.WhichOneof("type") == "script_finished")
    assert bugs(answer) == []
