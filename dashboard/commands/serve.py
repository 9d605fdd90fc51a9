"""Start the dashboard's server and open the browser."""

from __future__ import annotations

import argparse
import os
import socket
import threading
import time
import urllib.request
import webbrowser
from pathlib import Path
from typing import Final

from core.errors import LessonError

ROOT: Final = Path(__file__).resolve().parents[2]
DEFAULT_PORT: Final = 8501
PORTS_TRIED: Final = 20
START_TIMEOUT_S: Final = 60.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the dashboard itself."""
    parser.add_argument("--port", type=int, help=f"port to listen on (default {DEFAULT_PORT})")
    parser.add_argument(
        "--host",
        help="address to listen on (default: this machine only; with --no-browser: all)",
    )
    parser.add_argument(
        "--no-browser",
        action="store_true",
        help="serve a class: open no browser here, let other machines connect",
    )


def run(chosen: argparse.Namespace) -> int:
    """Serve until interrupted; return the server's exit code."""
    from streamlit.web import cli  # not needed by any other command

    host = chosen.host or ("0.0.0.0" if chosen.no_browser else "127.0.0.1")
    port = free_port(host, chosen.port)
    os.environ.setdefault("STREAMLIT_LOGGER_LEVEL", "warning")
    announcement = threading.Thread(target=_announce, args=(host, port, chosen), daemon=True)
    announcement.start()
    return int(cli.main(server_arguments(host, port), standalone_mode=False) or 0)


def server_arguments(host: str, port: int) -> list[str]:
    """Streamlit's command line for our entry point."""
    options = {
        "server.port": port,
        "server.address": host,
        "server.headless": "true",
        "logger.hideWelcomeMessage": "true",
    }
    entry = ["run", str(ROOT / "dashboard" / "app.py")]
    return entry + [f"--{name}={value}" for name, value in options.items()]


def free_port(host: str, wanted: int | None) -> int:
    """The port to use.

    Raises:
        LessonError: ``port.taken`` if the one asked for, or all that were tried, are in use;
            ``port.invalid`` if it is not a port at all.
    """
    if wanted is not None and not 1 <= wanted <= 65535:
        raise LessonError(
            "port.invalid",
            problem=f"{wanted} is not a port.",
            remedy="Choose a whole number from 1024 to 65535.",
        )
    candidates = [wanted] if wanted else range(DEFAULT_PORT, DEFAULT_PORT + PORTS_TRIED)
    for port in candidates:
        if _is_free(host, port):
            return port
    raise LessonError(
        "port.taken",
        problem=f"Port {candidates[0]} is in use by another program.",
        remedy="Choose another with --port, for example --port 8600.",
    )


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _announce(host: str, port: int, chosen: argparse.Namespace) -> None:
    """Say where the dashboard is, once it answers, and open it."""
    local = "127.0.0.1" if host in {"0.0.0.0", "127.0.0.1"} else host
    if not _wait_until_healthy(f"http://{local}:{port}/_stcore/health"):
        return
    print(f"Lightbox is open at http://localhost:{port}  (Ctrl-C ends it)", flush=True)
    if host == "0.0.0.0":
        print(
            f"Other machines reach it at http://{socket.gethostname()}:{port}, or at this"
            " machine's address in your network. Everyone there can use it.",
            flush=True,
        )
    if not chosen.no_browser:
        webbrowser.open(f"http://localhost:{port}")


def _wait_until_healthy(url: str) -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.1)
    return False
