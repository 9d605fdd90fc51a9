"""Downloads against a server on this machine: whole, cut, wrong, and a full disk."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import LessonError
from data.sets import download
from data.sets.download import fetch
from tests import patience

CONTENT = np.random.default_rng(5).integers(0, 256, 3_000_000, dtype=np.uint8).tobytes()
ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Archive:
    url: str
    filename: str = "bones.zip"
    bytes: int = len(CONTENT)
    md5: str = hashlib.md5(CONTENT).hexdigest()
    sha256: str = hashlib.sha256(CONTENT).hexdigest()


@dataclass(frozen=True)
class Dataset:
    archive: Archive | None
    title: str = "Bones"


@dataclass
class Site:
    """A server that can be told to misbehave, and remembers what it was asked."""

    content: bytes = CONTENT
    ranges: bool = True
    tag: str = '"one"'
    cut_after: list[int] = field(default_factory=list)  # bytes per answer, then whole answers
    status: list[int] = field(default_factory=list)  # first answers
    asked: list[dict[str, str]] = field(default_factory=list)
    sent: int = 0
    stall: threading.Event | None = None  # wait for it after the first 100,000 bytes
    waited_in_vain: bool = False
    base: str = ""


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/moved/"):
                self.send_response(302)
                self.send_header("Location", site.base + "/files/bones.zip")
                self.end_headers()
                return
            site.asked.append(dict(self.headers))
            if site.status:
                self.send_error(site.status.pop(0))
                return
            start = self._start()
            if start >= len(site.content):
                self.send_error(416)
                return
            body = site.content[start:]
            self.send_response(206 if start else 200)
            if start:
                whole = len(site.content)
                self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
            if site.tag:
                self.send_header("ETag", site.tag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            part = body[: site.cut_after.pop(0)] if site.cut_after else body
            if site.stall:
                self.wfile.write(part[:100_000])
                site.waited_in_vain = not site.stall.wait(patience.SECONDS)
                self.wfile.write(part[100_000:])
            else:
                self.wfile.write(part)
            site.sent += len(part)
            self.close_connection = True

        def _start(self) -> int:
            asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            same = self.headers.get("If-Range", site.tag) == site.tag
            return int(asked[1]) if asked and site.ranges and same else 0

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "WAIT_S", 0.0)
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    site.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


def dataset(site: Site, **changed: Any) -> Dataset:
    return Dataset(Archive(**{"url": f"{site.base}/files/bones.zip", **changed}))


def failure(run: Callable[[], object]) -> LessonError:
    with pytest.raises(LessonError) as caught:
        run()
    return caught.value


def test_a_whole_download_is_verified_and_leaves_nothing_else(site: Site, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = fetch(dataset(site), target=tmp_path / "new", progress=lambda *now: seen.append(now))
    assert path == tmp_path / "new" / "bones.zip"
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in path.parent.iterdir()] == ["bones.zip"]
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)
    assert "Range" not in site.asked[0]


def test_a_file_that_is_here_needs_no_network(site: Site, tmp_path: Path) -> None:
    fetch(dataset(site), target=tmp_path)
    fetch(dataset(site), target=tmp_path)
    assert len(site.asked) == 1


def test_a_cut_connection_is_resumed_with_only_what_is_missing(site: Site, tmp_path: Path) -> None:
    site.cut_after = [1_000_000, 500_000]
    path = fetch(dataset(site), target=tmp_path)
    assert path.read_bytes() == CONTENT
    assert [asked.get("Range") for asked in site.asked] == [
        None,
        "bytes=1000000-",
        "bytes=1500000-",
    ]
    assert site.asked[1]["If-Range"] == '"one"'
    assert site.sent == len(CONTENT)


def test_what_has_come_is_written_and_told_before_more_comes(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a slow line a full buffer may take minutes, and a cut would throw it away.
    monkeypatch.setattr(download, "REPORT_S", 0.0)
    site.stall = heard = threading.Event()

    def listen(done: int, total: int) -> None:
        if done == 100_000:
            assert (tmp_path / "bones.zip.part").stat().st_size == 100_000
            heard.set()

    fetch(dataset(site), target=tmp_path, progress=listen)
    assert not site.waited_in_vain


def test_an_unfinished_download_goes_on_in_another_session(site: Site, tmp_path: Path) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done > 1_000_000:
            raise Stop

    with pytest.raises(Stop):
        fetch(dataset(site), target=tmp_path, progress=stop)
    kept = (tmp_path / "bones.zip.part").stat().st_size
    assert 1_000_000 < kept < len(CONTENT)
    assert not (tmp_path / "bones.zip").exists()
    first: list[int] = []
    path = fetch(dataset(site), target=tmp_path, progress=lambda done, _: first.append(done))
    assert path.read_bytes() == CONTENT
    assert first[0] == kept
    assert site.asked[1]["Range"] == f"bytes={kept}-"


def test_a_server_without_ranges_starts_again_and_still_arrives(site: Site, tmp_path: Path) -> None:
    site.ranges = False
    site.cut_after = [2_000_000]
    assert fetch(dataset(site), target=tmp_path).read_bytes() == CONTENT
    assert site.asked[1]["Range"] == "bytes=2000000-"
    assert site.sent == 2_000_000 + len(CONTENT)


@pytest.mark.parametrize("honors_condition", [True, False])
def test_a_file_that_changed_meanwhile_is_not_glued_to_the_old_part(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, honors_condition: bool
) -> None:
    old = bytes(len(CONTENT))
    site.content, site.tag, site.cut_after = old, '"old"', [1_000_000] + [0] * 9
    assert failure(lambda: fetch(dataset(site), target=tmp_path)).code == "download.interrupted"
    site.content, site.tag, site.cut_after = CONTENT, '"new"', []
    if not honors_condition:
        handler = download.requests.Session.get

        def forgetful(self: Any, url: str, *, headers: dict[str, str], **options: Any) -> Any:
            headers.pop("If-Range", None)
            return handler(self, url, headers=headers, **options)

        monkeypatch.setattr(download.requests.Session, "get", forgetful)
    assert fetch(dataset(site), target=tmp_path).read_bytes() == CONTENT


def test_a_part_that_is_too_long_is_thrown_away(site: Site, tmp_path: Path) -> None:
    (tmp_path / "bones.zip.part").write_bytes(CONTENT + b"more")
    assert fetch(dataset(site), target=tmp_path).read_bytes() == CONTENT


def test_a_part_of_unknown_origin_is_not_used(site: Site, tmp_path: Path) -> None:
    (tmp_path / "bones.zip.part").write_bytes(b"other bytes")
    (tmp_path / "bones.zip.part.json").write_text("{not json")
    assert fetch(dataset(site), target=tmp_path).read_bytes() == CONTENT
    assert "Range" not in site.asked[0]


@pytest.mark.parametrize("which", ["md5", "sha256"])
def test_a_wrong_hash_is_named_and_the_file_removed(site: Site, tmp_path: Path, which: str) -> None:
    wrong = "0" * (32 if which == "md5" else 64)
    error = failure(lambda: fetch(dataset(site, **{which: wrong}), target=tmp_path))
    assert error.code == "download.wrong-hash"
    assert wrong in error.problem
    assert getattr(Archive(""), which) in error.problem
    assert list(tmp_path.iterdir()) == []


def test_another_size_is_refused_before_the_transfer(site: Site, tmp_path: Path) -> None:
    site.content = b"<html>Log in to this network</html>"
    error = failure(lambda: fetch(dataset(site), target=tmp_path))
    assert error.code == "download.wrong-size"
    assert "3,000,000" in error.problem
    assert list(tmp_path.iterdir()) == []


def test_offline_is_one_sentence_at_once(tmp_path: Path, site: Site) -> None:
    closed = Archive(url="http://127.0.0.1:9/bones.zip")  # nothing listens on port 9
    error = failure(lambda: fetch(Dataset(closed), target=tmp_path))
    assert error.code == "download.offline"
    assert "127.0.0.1" in error.problem
    assert error.problem.count(".") == "127.0.0.1.".count(".")
    assert not (tmp_path / "bones.zip").exists()


def test_a_name_without_an_address_is_offline_too(tmp_path: Path, site: Site) -> None:
    nowhere = Archive(url="http://nowhere.invalid/bones.zip")
    error = failure(lambda: fetch(Dataset(nowhere), target=tmp_path))
    assert error.code in ("download.offline", "download.refused")


def test_a_server_that_is_gone_half_way_keeps_the_part(site: Site, tmp_path: Path) -> None:
    site.cut_after = [700_000, *([0] * 20)]
    error = failure(lambda: fetch(dataset(site), target=tmp_path))
    assert error.code == "download.interrupted"
    assert "0.7 of 3.0 MB are here and are kept" in error.problem
    assert (tmp_path / "bones.zip.part").stat().st_size == 700_000
    assert len(site.asked) == 1 + download.MAX_BARREN


def test_no_such_file_is_advice_and_a_busy_server_is_tried_again(
    site: Site, tmp_path: Path
) -> None:
    site.status = [404]
    error = failure(lambda: fetch(dataset(site), target=tmp_path))
    assert error.code == "download.refused"
    assert "404" in error.problem
    site.status = [503, 502]
    assert fetch(dataset(site), target=tmp_path).read_bytes() == CONTENT


def test_redirects_are_followed_on_resuming_too(site: Site, tmp_path: Path) -> None:
    site.cut_after = [1_234_567]
    path = fetch(dataset(site, url=f"{site.base}/moved/bones.zip"), target=tmp_path)
    assert path.read_bytes() == CONTENT
    assert site.asked[1]["Range"] == "bytes=1234567-"


def test_a_mirror_is_asked_instead(site: Site, tmp_path: Path) -> None:
    elsewhere = Dataset(Archive(url="http://127.0.0.1:9/bones.zip"))
    assert fetch(elsewhere, target=tmp_path, base_url=f"{site.base}/mirror/").exists()


def test_too_little_room_is_said_before_anything_is_asked(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=2_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    error = failure(lambda: fetch(dataset(site), target=tmp_path))
    assert error.code == "download.disk-full"
    assert "2.0 MB are missing" in error.problem
    assert site.asked == []


def test_a_disk_that_fills_up_while_writing_keeps_the_part_and_resumes(
    site: Site, tmp_path: Path
) -> None:
    pytest.importorskip("resource", reason="file size limits exist on POSIX only")
    # A real refusal by the operating system: this process may write files of 1 MB at most.
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from core.errors import LessonError\n"
        "from tests.data.sets.test_download import Archive, Dataset\n"
        "from data.sets.download import fetch\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "try:\n"
        "    fetch(Dataset(Archive(url=sys.argv[1])), target=Path(sys.argv[2]))\n"
        "except LessonError as error:\n"
        "    print(error.code, error.problem)\n"
    )
    url = f"{site.base}/files/bones.zip"
    done = subprocess.run(
        [sys.executable, "-c", program, url, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("download.disk-full The disk is full. 1.0 of 3.0 MB")
    assert (tmp_path / "bones.zip.part").stat().st_size == 1_000_000
    assert fetch(dataset(site), target=tmp_path).read_bytes() == CONTENT
    assert site.asked[-1]["Range"] == "bytes=1000000-"


def test_a_disk_without_room_for_the_note_is_advice(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    assert failure(lambda: fetch(dataset(site), target=tmp_path)).code == "download.disk-full"


def test_two_sessions_do_not_write_one_file(site: Site, tmp_path: Path) -> None:
    codes: list[str] = []

    def second(done: int, total: int) -> None:
        if not codes:
            codes.append(failure(lambda: fetch(dataset(site), target=tmp_path)).code)

    assert fetch(dataset(site), target=tmp_path, progress=second).read_bytes() == CONTENT
    assert codes == ["download.busy"]


def test_what_has_no_archive_says_so(tmp_path: Path) -> None:
    error = failure(lambda: fetch(Dataset(None), target=tmp_path))
    assert error.code == "download.no-archive"
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    closed = Dataset(Archive(url="http://127.0.0.1:9/bones.zip"))
    assert failure(lambda: fetch(closed, target=blocked / "in")).code == "download.no-folder"
