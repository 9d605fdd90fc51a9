"""Start the dashboard's server and open the browser."""

from __future__ import annotations

import argparse
import io
import os
import socket
import threading
import time
import urllib.request
import webbrowser
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psutil

from core import journal
from core.configuration import in_force
from core.errors import LessonError
from dashboard.access.entrance import PATH
from dashboard.access.policy import CODE, LOOPBACK, Policy, is_loopback, policy_for

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
    policy_for(host, in_force())  # a code that is soon guessed is told now, not in the log
    journal.begin(in_force().log_folder)
    port = free_port(host, chosen.port)
    os.environ.setdefault("STREAMLIT_LOGGER_LEVEL", "warning")
    announcement = threading.Thread(target=_announce, args=(host, port, chosen), daemon=True)
    announcement.start()
    return int(cli.main(server_arguments(host, port), standalone_mode=False) or 0)


def server_arguments(host: str, port: int) -> list[str]:
    """Streamlit's command line for our server."""
    options = {
        "server.port": port,
        "server.address": host,
        "server.headless": "true",
        "logger.hideWelcomeMessage": "true",
    }
    entry = ["run", str(ROOT / "dashboard" / "server.py")]
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
    from dashboard.access.people import Standing  # as above

    if Standing.policy.shared:
        print("\n".join(invitation(Standing.policy, host, port)), flush=True)
    if not chosen.no_browser:
        webbrowser.open(f"http://localhost:{port}")


def invitation(policy: Policy, host: str, port: int) -> list[str]:
    """What a lecturer shows a class: the address, the code, and both as a picture for phones.

    Args:
        policy: The server's.
        host, port: It listens on.
    """
    names = sorted(policy.hosts - LOOPBACK) if policy.proxied else _addresses(host)
    urls = [f"http://{name}:{port}" for name in names]
    if policy.proxied:
        urls = [f"https://{name}" for name in names]
    if policy.sign_in is not None:
        urls = [policy.sign_in.origin, *(url for url in urls if url != policy.sign_in.origin)]
    lines = ["", f"The class opens   {urls[0]}" if urls else "No network was found."]
    lines += [f"or                {url}" for url in urls[1:]]
    if policy.code:
        lines.append(f"and types         {policy.code}   (the class code)")
    elif policy.sign_in is not None:
        lines.append("and signs in there")
    else:
        lines.append(f"without a code ({CODE}=open): whoever reaches it can use it.")
    key = quote(policy.key)
    lines.append(f"Only for you: {'this machine, or ' if not policy.proxied else ''}the address")
    lines += [f"                  {url}{PATH}?key={key}" for url in urls[:1]]
    lines.append("makes a browser the lecturer's, who may stop and delete every training.")
    return [*lines, *(_picture(urls[0]) if urls else [])]


def _addresses(host: str) -> list[str]:
    """Where others reach this machine, the likeliest first."""
    if host not in {"0.0.0.0", "::", ""}:
        return [f"[{host}]" if ":" in host else host]
    found = [
        entry.address
        for name, entries in psutil.net_if_addrs().items()
        for entry in entries
        if entry.family == socket.AF_INET
        and not is_loopback(entry.address)
        and not name.startswith(("docker", "br-", "veth", "virbr"))
    ]
    return found or [socket.gethostname()]


def _picture(url: str) -> list[str]:
    """The address as a QR code of text."""
    import segno

    drawn = io.StringIO()
    segno.make(url, error="l").terminal(drawn, compact=True)
    return drawn.getvalue().rstrip("\n").split("\n")


def _wait_until_healthy(url: str) -> bool:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.1)
    return False
