"""Starting the server: ports, addresses, signals."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import requests
from websockets.exceptions import InvalidStatus

from core.errors import LessonError
from dashboard.access.policy import LOOPBACK, Policy
from dashboard.access.sign_in import SignIn
from dashboard.commands import command_line, serve
from tests import patience
from tests.dashboard.raw_client import RawClient

ROOT = Path(__file__).resolve().parents[3]


def test_a_port_in_use_is_named_and_another_advised() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LessonError) as caught:
            serve.free_port("127.0.0.1", port)
    assert caught.value.code == "port.taken"
    assert str(port) in caught.value.problem
    assert "--port" in caught.value.remedy


def test_without_a_wish_the_next_free_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "_is_free", lambda _host, port: port == serve.DEFAULT_PORT + 2)
    assert serve.free_port("127.0.0.1", None) == serve.DEFAULT_PORT + 2


@pytest.mark.parametrize("port", [0, -1, 70000])
def test_an_impossible_port_is_refused(port: int) -> None:
    with pytest.raises(LessonError) as caught:
        serve.free_port("127.0.0.1", port)
    assert caught.value.code == "port.invalid"


def test_options_of_the_server_are_read() -> None:
    chosen = command_line.parser([]).parse_args(["--port", "8600", "--no-browser"])
    assert (chosen.port, chosen.no_browser) == (8600, True)
    assert chosen.run is serve.run


def test_an_expected_failure_is_one_sentence_and_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: argparse.Namespace) -> int:
        raise LessonError("x.y", problem="This is wrong.", remedy="Do that.")

    monkeypatch.setattr(serve, "run", fail)
    assert command_line.run([]) == command_line.EXPECTED_FAILURE
    assert capsys.readouterr().err.strip() == "This is wrong. Do that."


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_it_serves_from_any_folder_and_ends_with_a_signal(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable,
            str(ROOT / "dashboard"),
            "--port",
            str(port),
            "--no-browser",
            "--host",
            "127.0.0.1",
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "LIGHTBOX_VENV": sys.prefix},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        while line.startswith("{"):  # the log
            line = process.stdout.readline()
        assert f"http://localhost:{port}" in line
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/_stcore/health", timeout=patience.SECONDS
        ) as answer:
            assert answer.status == 200
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=patience.SECONDS)
        assert time.monotonic() - asked < patience.stretched(5)
    finally:
        process.kill()
        process.communicate()


def test_an_invitation_names_address_code_and_the_lecturers_key() -> None:
    policy = Policy(shared=True, code="abc234", key="key-of-it", folders=())
    lines = "\n".join(serve.invitation(policy, "192.0.2.7", 8501))
    assert "http://192.0.2.7:8501\n" in lines
    assert "abc234" in lines
    assert "http://192.0.2.7:8501/class-code?key=key-of-it" in lines
    assert "\u2580" in lines or "\u2588" in lines  # the picture for phones
    proxied = Policy(shared=True, hosts=LOOPBACK | {"box.example.org"}, proxied=True, key="k")
    lines = "\n".join(serve.invitation(proxied, "127.0.0.1", 8501))
    assert "https://box.example.org\n" in lines
    assert "whoever reaches it can use it" in lines
    service = SignIn(provider="default", origin="https://box.example.org", secret=b"s" * 32)
    lines = "\n".join(serve.invitation(proxied.through(service), "127.0.0.1", 8501))
    assert "https://box.example.org\n" in lines
    assert "and signs in there" in lines
    assert "whoever reaches it can use it" not in lines
    assert "/class-code?key=k" in lines


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_a_class_needs_the_code_that_was_printed(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    runs, cache = str(tmp_path / "runs"), str(tmp_path / "cache")
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "dashboard"), "--port", str(port), "--no-browser"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={
            **os.environ,
            "LIGHTBOX_VENV": sys.prefix,
            "LIGHTBOX_RUNS": runs,
            "LIGHTBOX_CACHE": cache,
        },
    )
    assert process.stdout is not None
    try:
        said = ""
        while "class code" not in said:
            said = process.stdout.readline()
        code = said.split()[2]
        url, name = f"http://127.0.0.1:{port}", f"{socket.gethostname()}:{port}"
        student = requests.Session()
        student.headers["Host"] = name  # as the class calls it
        page = student.get(f"{url}/train", headers={"Accept": "text/html"}, allow_redirects=False)
        assert (page.status_code, page.headers["location"]) == (303, "/class-code?to=/train")
        with pytest.raises(InvalidStatus, match="403"), RawClient(url, host=name) as client:
            client.open()
        wrong = student.post(f"{url}/class-code", data={"code": "wrong!"}, allow_redirects=False)
        assert wrong.status_code == 403
        right = student.post(f"{url}/class-code", data={"code": code}, allow_redirects=False)
        assert right.status_code == 303
        cookies = "; ".join(f"{name}={value}" for name, value in student.cookies.items())
        with RawClient(url, host=name, Cookie=cookies) as client:
            assert "exception {" not in str(client.open("train"))
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=patience.SECONDS)
        assert time.monotonic() - asked < patience.stretched(15)
    finally:
        process.kill()
        process.communicate()
