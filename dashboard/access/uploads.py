"""What may be uploaded, held by the server and not only by the browser. No Streamlit here.

The limits that a page states are checked by its own script in the browser, which a person can
leave out. Here they hold for whoever sends bytes: for one file by what it is, for one session and
for all together.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from starlette.exceptions import HTTPException

from core import journal

MEGABYTE: Final = 2**20
_SESSIONS_KEPT: Final = 4096
MOST_PICTURE: Final = 25 * MEGABYTE
"""Of a picture or a network's description."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """Bytes that are held in memory.

    Attributes:
        archive: Of one ZIP file.
        session: Of all files of one browser tab.
        server: Of all files of all.
        address: Of all files from one address, where it is known.
    """

    archive: int = 1024 * MEGABYTE
    session: int = 1280 * MEGABYTE
    server: int = 4096 * MEGABYTE
    address: int = 4096 * MEGABYTE


CLASS_LIMITS: Final = UploadLimits(
    archive=200 * MEGABYTE,
    session=300 * MEGABYTE,
    server=1024 * MEGABYTE,
    address=768 * MEGABYTE,
)
"""Where others reach the server: thirty students on a laptop."""


class UploadedFile(Protocol):
    """A file as Streamlit's store takes it."""

    name: str
    data: bytes


class Store(Protocol):
    """Streamlit's store of uploaded files."""

    @property
    def file_storage(self) -> Any:
        """Files by session and id."""

    def add_file(self, session_id: str, file: Any) -> None:
        """Keep a file, in the place of an earlier one of its id."""


class Uploads:
    """The limits, watched over one store."""

    def __init__(self, limits: UploadLimits) -> None:
        self.limits = limits
        self._store: Store | None = None
        self._lock = threading.Lock()
        self._arriving: Counter[str] = Counter()
        self._addresses: dict[str, str] = {}

    def watch(self, store: Store) -> None:
        """Refuse from now on what exceeds a limit, before the store keeps it."""
        self._store = store
        keep = store.add_file
        store.add_file = self._keeping(keep)  # type: ignore[method-assign]

    def comes_from(self, session: str, address: str) -> None:
        """Remember from where a session sends; "" where that is not known."""
        with self._lock:
            if len(self._addresses) >= _SESSIONS_KEPT:
                # Naming sessions that are none must not make those forgotten that hold bytes.
                held = self._held() + self._arriving
                self._addresses = {o: near for o, near in self._addresses.items() if o in held}
            self._addresses[session] = address

    def room(self, session: str) -> int:
        """Bytes that this session may still bring, beside what is on its way already."""
        with self._lock:
            return self._free(self._held() + self._arriving, session)

    @contextmanager
    def arriving(self, session: str, size: int) -> Iterator[None]:
        """Bytes of a session are on their way, and in memory, while the block lasts.

        Used by the server's one event loop.
        """
        self._arriving[session] += size
        try:
            yield
        finally:
            self._arriving[session] -= size
            if not self._arriving[session]:
                del self._arriving[session]

    def _free(self, held: Counter[str], session: str) -> int:
        own = self.limits.session - held[session]
        address = self._addresses.get(session, "")
        near = sum(size for one, size in held.items() if self._addresses.get(one) == address)
        of_address = self.limits.address - near if address else own
        return max(0, min(own, of_address, self.limits.server - held.total()))

    def let_go(self, session: str, file_id: str) -> None:
        """Forget the bytes of a file; its name stays, for the page to show what was given."""
        files = {} if self._store is None else self._store.file_storage.get(session, {})
        record = files.get(file_id)
        if self._store is not None and record is not None and record.data:
            self._store.add_file(session, record._replace(data=b""))

    def _keeping(self, keep: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
        def checked(session_id: str, file: UploadedFile) -> None:
            archive = file.name.lower().endswith(".zip")
            most = self.limits.archive if archive else MOST_PICTURE
            with self._lock:  # two at once must not share the same room
                if len(file.data) > min(most, self._free(self._held(), session_id)):
                    journal.write("upload.refused", code="upload.too-large", bytes=len(file.data))
                    raise HTTPException(status_code=413, detail="File too large")
                keep(session_id, file)

        return checked

    def _held(self) -> Counter[str]:
        if self._store is None:
            return Counter()
        return Counter(
            {
                session: sum(len(file.data) for file in list(files.values()))
                for session, files in list(self._store.file_storage.items())
            }
        )
