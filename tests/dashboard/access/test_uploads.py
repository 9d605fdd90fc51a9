"""Limits on what is uploaded hold for whoever sends bytes."""

from __future__ import annotations

import pytest
from starlette.exceptions import HTTPException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from dashboard.access import uploads
from dashboard.access.uploads import UploadLimits, Uploads


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    monkeypatch.setattr(uploads, "MOST_PICTURE", 100)
    return MemoryUploadedFileManager("/upload")


def send(store: MemoryUploadedFileManager, session: str, name: str, size: int) -> bool:
    """Whether it was kept."""
    try:
        store.add_file(session, UploadedFileRec(name, name, "x", b"." * size))
    except HTTPException:
        return False
    return True


def test_a_file_a_session_and_all_together_have_limits(store: MemoryUploadedFileManager) -> None:
    limits = Uploads(UploadLimits(archive=300, session=400, server=600))
    limits.watch(store)
    assert not send(store, "a", "wrist.png", 101)
    assert send(store, "a", "wrist.png", 100)
    assert not send(store, "a", "set.zip", 301)  # the archive
    assert send(store, "a", "set.ZIP", 300)
    assert not send(store, "a", "more.png", 1)  # the session
    assert limits.room("a") == 0
    assert limits.room("b") == 200
    assert send(store, "b", "other.zip", 200)
    assert not send(store, "c", "third.png", 1)  # the server
    store.remove_session_files("a")
    assert send(store, "c", "third.png", 100)


def test_bytes_that_are_let_go_leave_room_and_their_name(store: MemoryUploadedFileManager) -> None:
    limits = Uploads(UploadLimits(archive=300, session=300, server=300))
    limits.watch(store)
    assert send(store, "a", "set.zip", 300)
    limits.let_go("a", "set.zip")
    (kept,) = store.get_files("a", ["set.zip"])
    assert (kept.name, kept.data) == ("set.zip", b"")
    assert limits.room("a") == 300
    limits.let_go("a", "unknown")
    limits.let_go("unknown", "unknown")


def test_what_is_on_its_way_takes_room(store: MemoryUploadedFileManager) -> None:
    limits = Uploads(UploadLimits(archive=300, session=400, server=600))
    limits.watch(store)
    with limits.arriving("a", 300):
        assert (limits.room("a"), limits.room("b")) == (100, 300)
        with limits.arriving("b", 300):
            assert (limits.room("a"), limits.room("b"), limits.room("c")) == (0, 0, 0)
        assert send(store, "a", "set.zip", 300)  # it has come
    assert (limits.room("a"), limits.room("b")) == (100, 300)
