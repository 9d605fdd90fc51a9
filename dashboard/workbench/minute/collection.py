"""Pictures that a person collects, class by class: in memory, for one session. No Streamlit here.

The browser brings each picture to a small JPEG before it sends it; here its header is read before
a pixel is decoded. What is kept is what the networks see: gray, square, `SIDE` pixels a side.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final, Literal, TypeAlias

import cv2
import numpy as np

from core.arrays import IntArray, UInt8Array
from core.errors import LessonError
from core.transfer.worth import joined
from data.pictures.headers import read_header
from data.pictures.preprocess import decode_bytes, prepare_image
from data.sets.duplicates import near_at_most, near_pairs, perceptual_hash
from data.sets.origins import OWN_SET
from data.sets.readers.folder_layout import read_layout

SIDE: Final = 160
"""Pixels a side: the frozen backbone reads such a picture in about 15 ms on one core."""
SENT_SIDE: Final = 224
"""Longest side of what the browser sends."""
FEWEST_CLASSES: Final = 2
MOST_CLASSES: Final = 4
MOST_PICTURES: Final = 60
"""Of a class; four such classes take 6 MB of the server's memory."""
MOST_AT_ONCE: Final = 24
"""In one message, and in one burst."""
LONGEST_NAME: Final = 24
_MOST_BYTES: Final = 200_000
_MOST_SIDE: Final = 2 * SENT_SIDE
_NAMES: Final = ("Class 1", "Class 2", "Class 3", "Class 4")

Source: TypeAlias = Literal["camera", "file"]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One collected picture.

    Attributes:
        gray: (SIDE, SIDE) uint8.
        digest: Names the pixels.
        label: Position of its class.
        burst: Number of the recording that it comes from; a file is a burst of its own.
    """

    gray: UInt8Array
    digest: str
    label: int
    burst: int


@dataclass(frozen=True, slots=True, eq=False)
class Collection:
    """What was collected.

    Attributes:
        names: Of the classes, two to four, all different.
        pictures: In the order in which they came.
        begun: Bursts until now.
    """

    names: tuple[str, ...] = _NAMES[:FEWEST_CLASSES]
    pictures: tuple[Picture, ...] = ()
    begun: int = 0

    @property
    def stamp(self) -> str:
        """Names what a head learns from: pictures, labels and bursts, not the classes' names."""
        digest = hashlib.sha256(str(len(self.names)).encode())
        for one in self.pictures:
            digest.update(f"{one.label} {one.burst} {one.digest}".encode())
        return digest.hexdigest()[:16]

    @property
    def labels(self) -> IntArray:
        """(N,)."""
        return np.array([one.label for one in self.pictures], dtype=np.int64)

    def images(self) -> UInt8Array:
        """(N, SIDE, SIDE)."""
        grays = [one.gray for one in self.pictures]
        return np.stack(grays) if grays else np.zeros((0, SIDE, SIDE), np.uint8)

    def bursts(self) -> IntArray:
        """The independent burst of each picture, (N,): those that share near copies are one."""
        if not self.pictures:
            return np.zeros(0, dtype=np.int64)
        hashes = np.stack([perceptual_hash(one.gray) for one in self.pictures])
        pairs = near_pairs(hashes, at_most=near_at_most(OWN_SET))
        labels = self.labels
        alike = pairs[labels[pairs[:, 0]] == labels[pairs[:, 1]]]
        return joined([one.burst for one in self.pictures], alike)

    def of_class(self, label: int) -> list[int]:
        """Places of a class's pictures."""
        return [at for at, one in enumerate(self.pictures) if one.label == label]

    def added(self, label: int, grays: Sequence[UInt8Array], source: Source) -> Collection:
        """With more pictures of a class, as many as there is room for; none twice.

        Args:
            label: Of the class.
            grays: (SIDE, SIDE) each.
            source: Pictures of the camera are one burst, each file is one of its own.
        """
        self._require_class(label)
        known = {one.digest for one in self.pictures}
        made, begun = list(self.pictures), self.begun + (source == "camera")
        room = MOST_PICTURES - len(self.of_class(label))
        for gray in grays:
            digest = hashlib.sha256(gray.tobytes()).hexdigest()[:16]
            if digest in known or room <= 0:
                continue
            begun += source == "file"
            known.add(digest)
            made.append(Picture(gray, digest, label, begun))
            room -= 1
        return replace(self, pictures=tuple(made), begun=begun)

    def without(self, place: int) -> Collection:
        """Without one picture."""
        kept = tuple(one for at, one in enumerate(self.pictures) if at != place)
        return replace(self, pictures=kept)

    def emptied(self, label: int) -> Collection:
        """Without the pictures of a class."""
        return replace(self, pictures=tuple(one for one in self.pictures if one.label != label))

    def renamed(self, label: int, name: str) -> Collection:
        """With another name of a class.

        Raises:
            LessonError: ``class.nameless``, ``class.named-twice``.
        """
        self._require_class(label)
        plain = plain_name(name)
        if not plain:
            raise LessonError(
                "class.nameless",
                problem="A class needs a name of letters or digits.",
                remedy="Call it after what its pictures show.",
            )
        others = [one.casefold() for at, one in enumerate(self.names) if at != label]
        if plain.casefold() in others:
            raise LessonError(
                "class.named-twice",
                problem=f"Another class is called {plain} already.",
                remedy="Give this one another name.",
            )
        names = tuple(plain if at == label else one for at, one in enumerate(self.names))
        return replace(self, names=names)

    def with_class(self) -> Collection:
        """With one more class, if there is room."""
        free = [name for name in _NAMES if name not in self.names]
        return replace(self, names=(*self.names, free[0])) if self._room else self

    def without_class(self, label: int) -> Collection:
        """Without a class and its pictures, if two others stay."""
        self._require_class(label)
        if len(self.names) <= FEWEST_CLASSES:
            return self
        kept = self.emptied(label).pictures
        moved = tuple(replace(one, label=one.label - (one.label > label)) for one in kept)
        names = tuple(name for at, name in enumerate(self.names) if at != label)
        return replace(self, names=names, pictures=moved)

    @property
    def _room(self) -> bool:
        return len(self.names) < MOST_CLASSES

    def _require_class(self, label: int) -> None:
        if not 0 <= label < len(self.names):
            raise LessonError(
                "class.unknown",
                problem="There is no such class any more.",
                remedy="Reload the page.",
            )


def plain_name(name: str) -> str:
    """A class's name that can be a folder's: letters, digits, spaces, hyphens; not too long.

    >>> plain_name("  a <b>cup</b>/../") , plain_name("..")
    ('a b cup b', '')
    """
    kept = " ".join(re.sub(r"[^\w\- ]", " ", name).split())
    return kept[:LONGEST_NAME].strip(" -_")


def read_picture(text: str) -> UInt8Array:
    """A picture that a browser sent, as the networks see it: (SIDE, SIDE) uint8.

    Args:
        text: A small JPEG in base64.

    Raises:
        LessonError: ``frame.other`` for what is no such JPEG; what `decode_bytes` refuses.
    """
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _other() from None
    header = read_header(raw) if len(raw) <= _MOST_BYTES else None
    if header is None or header.format != "JPEG" or max(header.width, header.height) > _MOST_SIDE:
        raise _other()
    return prepare_image(decode_bytes(raw).gray, SIDE)


def _other() -> LessonError:
    return LessonError(
        "frame.other",
        problem="What the browser sent is no small JPEG.",
        remedy="Reload the page and try again.",
    )


def archive(collection: Collection) -> bytes:
    """A ZIP file as the Dataset page takes it: a folder a class, in it one a burst.

    Raises:
        LessonError: ``class.misleading`` where a class's name means something else in a set, as
            "train" does.
    """
    bursts = collection.bursts()
    paths = [
        f"{collection.names[one.label]}/burst {bursts[at]}/{at + 1:03d}.png"
        for at, one in enumerate(collection.pictures)
    ]
    wanted = [collection.names[one.label] for one in collection.pictures]
    layout = read_layout([PurePosixPath(path) for path in paths])
    if [place.label for place in layout.places] != wanted or any(p.mask for p in layout.places):
        raise LessonError(
            "class.misleading",
            problem=f"Among the names {', '.join(collection.names)} one means something else to "
            "a data set, such as a part, a mask or a body part.",
            remedy="Give the classes other names.",
        )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as zipped:
        for path, one in zip(paths, collection.pictures, strict=True):
            # The same pictures are the same bytes, and so the same prepared set.
            entry = zipfile.ZipInfo(path)
            zipped.writestr(entry, cv2.imencode(".png", one.gray)[1].tobytes())
    return file.getvalue()
