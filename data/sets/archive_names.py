"""The names inside an archive, as people's systems write them, made ones that every disk takes.

Windows packs with backslashes and in the letters of its code page, macOS adds files of its own,
Linux allows signs that Windows does not. None of that is dangerous, so none of it is refused: the
names are made plain, and what was changed is told. A name that leads outside is refused.

Source:
    APPNOTE.TXT (PKWARE), 4.4.17 and appendix D; Info-ZIP's Unicode Path (0x7075).
"""

from __future__ import annotations

import itertools
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from typing import Final

from core.errors import LessonError
from data.sets.walking import JUNK_FILES, JUNK_FOLDERS

UTF8_FLAG: Final = 0x800
UNICODE_PATH: Final = 0x7075
RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
ODD: Final = re.compile(r'[\x01-\x1f\x7f<>:"|?*]')
DRIVE: Final = re.compile(r"[A-Za-z]:")
MAX_NAME_BYTES: Final = 255
MAX_PATH_BYTES: Final = 1_000
CODE_PAGES: Final = ("cp437", "cp850", "cp852", "cp866", "cp737", "cp932", "gbk", "cp949", "big5")
"""What DOS and Windows write names in: Western, Central European, Cyrillic, Greek, East Asian."""

_KANA: Final = ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA")
_LEFT_BEHIND: Final = JUNK_FILES | {".DS_Store"}


def stored_names(members: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names of a ZIP file's members, in the letters that they were written in.

    A name is UTF-8 where its flag says so or its bytes are; else all such names are read in the
    code page in which they look most like words.
    """
    raw = [_bytes(member) for member in members]
    odd = [name for name in raw if name is not None and not _is_utf8(name)]
    page = _likeliest(odd) if odd else "cp437"
    return [
        member.orig_filename if name is None else name.decode("utf-8" if _is_utf8(name) else page)
        for member, name in zip(members, raw, strict=True)
    ]


def plain_name(name: str, *, folder: bool) -> str | None:
    """The name as a relative path with "/" that every disk takes.

    Args:
        name: As stored.
        folder: Whether it names a folder.

    Returns:
        "." for the archive's own top; None for what a system left behind.

    Raises:
        LessonError: ``archive.unsafe-name`` for one that leads outside, or is none.

    >>> plain_name("bones\\\\12:30 left?.png", folder=False)
    'bones/12_30 left_.png'
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part != "."]
    if parts and parts[-1] == "" and folder:
        parts.pop()
    if not parts and folder:
        return "."
    if not parts or any(part in ("", "..") for part in parts) or DRIVE.match(parts[0]):
        raise _unsafe(name)
    if parts[-1] in _LEFT_BEHIND or JUNK_FOLDERS & set(parts):
        return None
    plain = [_plain(part) for part in parts]
    path = "/".join(plain)
    if (
        not all(plain)
        or "\0" in path
        or any(len(part.encode("utf-8", "surrogateescape")) > MAX_NAME_BYTES for part in plain)
        or len(path.encode("utf-8", "surrogateescape")) > MAX_PATH_BYTES
        or any("\ud800" <= letter <= "\udfff" for letter in path)
    ):
        raise _unsafe(name)
    return path


def _plain(part: str) -> str:
    """One level without what some system does not allow in a name."""
    plain = ODD.sub("_", part).rstrip(". ")
    return f"_{plain}" if RESERVED.fullmatch(plain) else plain


def shown(name: str) -> str:
    """A name as it can be printed, not too long."""
    return ascii(name if len(name) <= 80 else f"{name[:77]}...")


def _bytes(member: zipfile.ZipInfo) -> bytes | None:
    """A member's name as it lies in the file; None where its letters are certain."""
    if member.flag_bits & UTF8_FLAG or member.orig_filename.isascii():
        return None
    stored = member.orig_filename.encode("cp437")
    return _unicode_path(member.extra, stored) or stored


def _unicode_path(extra: bytes, stored: bytes) -> bytes | None:
    """The name in UTF-8 that Info-ZIP keeps beside the stored one; None without it."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        field = extra[at + 4 : at + 4 + length]
        if kind == UNICODE_PATH and len(field) > 5:
            (checksum,) = struct.unpack_from("<I", field, 1)
            # Renamed by a program that does not know the field: then it names something else.
            return field[5:] if checksum == zlib.crc32(stored) else None
        at += 4 + length
    return None


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _likeliest(names: Sequence[bytes]) -> str:
    """The code page in which these names look most like words; of equals the first."""
    text = b"/".join(dict.fromkeys(names))
    return max(CODE_PAGES, key=lambda page: _wordlikeness(text, page))


def _wordlikeness(text: bytes, page: str) -> float:
    """How much decoded names look like words: letters, of one script, capitals only in front."""
    try:
        read = text.decode(page)
    except UnicodeDecodeError:
        return -1.0
    special = [letter for letter in read if not letter.isascii()]
    scripts = [_script(letter) for letter in special if letter.isalpha()]
    common = max((scripts.count(script) for script in set(scripts)), default=0)
    pairs = list(itertools.pairwise(read))
    inside = sum(before.islower() and after.isupper() for before, after in pairs)
    # An umlaut stands between Latin letters, a Cyrillic letter does not.
    known = [(_script(before), _script(after)) for before, after in pairs]
    mixed = sum(before != after and "" not in (before, after) for before, after in known)
    # Chinese pages read nearly anything as rare signs: kana and Hangul by the dozen are no chance.
    telling = 0.05 * (common == len(special) and any(map(_is_telling, special)))
    return (common - inside - mixed) / max(1, len(special)) + telling


def _script(letter: str) -> str:
    """Latin, Cyrillic...; signs that are written together in Japanese are one; "" for no letter."""
    if not letter.isalpha():
        return ""
    first = unicodedata.name(letter, "").partition(" ")[0]
    return "CJK" if first in _KANA else first


def _is_telling(letter: str) -> bool:
    first = unicodedata.name(letter, "").partition(" ")[0]
    return first in _KANA or first == "HANGUL"


def _unsafe(name: str) -> LessonError:
    return LessonError(
        "archive.unsafe-name",
        problem=f"The archive holds a file named {shown(name)}, which no file here may have.",
        remedy="Do not unpack it by hand either unless you know where it comes from. "
        "Otherwise pack the folder again with plain names.",
    )
