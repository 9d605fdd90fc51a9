"""Damage as chance makes it, from what is whole: seeded, so that a finding can be made again."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

_NUMBERS: Final = (
    b"\x00",
    b"\xff",
    b"\x7f\xff",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x00\x00\x00\x80",
    b"\x00\x00\x00\x00\x01",
)
_WORDS: Final = (
    b"../",
    b"\x00",
    b"NaN",
    b"-1",
    b"1e999",
    b"9" * 400,
    b"null",
    b"{",
    b"[" * 300,
    b"'; --",
    b"%s%n",
    b"\r\n",
    b"\xe2\x80\xae",
    b"![x](http://a.b)",
    b"$$",
    b",,,,",
)


def damaged(wholes: Sequence[bytes], *, count: int, seed: int) -> Iterator[bytes]:
    """So many damaged ones: bytes changed, cut out, put in, doubled, or of two that were joined.

    Args:
        wholes: What to begin from.
        count: How many.
        seed: Equal seeds give equal damage.
    """
    chance = random.Random(seed)
    for _ in range(count):
        raw = bytearray(chance.choice(wholes))
        for _ in range(chance.choice((1, 1, 2, 4, 12))):
            raw = _once(raw, wholes, chance)
        yield bytes(raw)


def _once(raw: bytearray, wholes: Sequence[bytes], chance: random.Random) -> bytearray:
    # Most of what matters stands at the beginning.
    reach = max(min(len(raw), chance.choice((24, 200, len(raw) or 1))), 1)
    at = chance.randrange(reach)
    match chance.randrange(7):
        case 0:
            raw[at : at + 1] = bytes([chance.randrange(256)])
        case 1:
            number = chance.choice(_NUMBERS)
            raw[at : at + len(number)] = number
        case 2:
            word = chance.choice(_WORDS)
            raw[at:at] = word
        case 3:
            del raw[at : at + chance.choice((1, 4, 60))]
        case 4:
            del raw[at:]
        case 5:
            other = chance.choice(wholes)
            raw[at:] = other[chance.randrange(max(len(other), 1)) :]
        case _:
            raw[at:at] = raw[at : at + chance.choice((1, 8, 100))]
    return raw
