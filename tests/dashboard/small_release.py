"""Small archives that the tests draw: a ZIP with class folders, a FracAtlas release to fetch."""

from __future__ import annotations

import hashlib
import io
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from data.sets import registry
from data.sets.registry import Archive
from tests.data.conftest import FracAtlasTree, paint


def class_zip(counts: dict[str, int]) -> bytes:
    """A ZIP file with so many different pictures in a folder for each class."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        number = 0
        for name, count in counts.items():
            for _ in range(count):
                number += 1
                picture = io.BytesIO()
                Image.fromarray(paint(1000 + number)).save(picture, "PNG")
                archive.writestr(f"set/{name}/p{number:03d}.png", picture.getvalue())
    return buffer.getvalue()


def release_zip(folder: Path) -> bytes:
    """A FracAtlas release of 80 pictures, 20 of them fractured, as one ZIP file."""
    root = folder / "FracAtlas"
    tree = FracAtlasTree(root)
    for number in range(80):
        broken = number % 4 == 0
        boxes = ((10.0, 10.0, 20.0, 15.0),) if broken else ()
        tree.add(number * 40, fractured=broken, boxes=boxes)
    tree.write()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return buffer.getvalue()


@dataclass
class Site:
    """A publisher on this machine: what it serves, how slowly, and what it was asked."""

    body: bytes
    pause_s: float = 0.0
    chunk: int = 1 << 16
    cut_after: int | None = None
    url: str = ""

    def __post_init__(self) -> None:
        self.ranges: list[str] = []


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            site.ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            self.send_response(206 if wanted else 200)
            rest = site.body[start:]
            self.send_header("Content-Length", str(len(rest)))
            self.send_header("ETag", '"one"')
            self.send_header("Accept-Ranges", "bytes")
            if wanted:
                end = len(site.body)
                self.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
            self.end_headers()
            try:
                for place in range(0, len(rest), site.chunk):
                    self.wfile.write(rest[place : place + site.chunk])
                    time.sleep(site.pause_s)
            except OSError:
                return  # the client went away, as it may

        def log_message(self, *_: object) -> None:
            """Tests are silent."""

    return Handler


@contextmanager
def publisher(site: Site) -> Iterator[Site]:
    """Serve the site on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}/files/1"
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def offer(monkeypatch: pytest.MonkeyPatch, site: Site, downloads: Path) -> None:
    """Let the registry's FracAtlas be what the site serves, and unpack it under ``downloads``."""
    archive = Archive(
        url=site.url,
        filename="FracAtlas.zip",
        bytes=len(site.body),
        md5=hashlib.md5(site.body).hexdigest(),
        sha256=hashlib.sha256(site.body).hexdigest(),
    )
    info = replace(registry.DATASETS["fracatlas"], archive=archive, folder_variable=None)
    monkeypatch.setitem(registry.DATASETS, "fracatlas", info)
    monkeypatch.setattr(registry, "downloads_root", lambda: downloads)
