"""How often a test part was opened: each look at it makes the next figure a little too kind.

A line is appended to one file beside the runs whenever the test images of a split are scored, and
stays when the run is deleted. The same images at another size are the same part.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Final

import numpy as np

from core.prepared import PreparedSet

FILE: Final = "openings.jsonl"
_APPEND: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND


def part_key(prepared: PreparedSet) -> str:
    """Names the test part of a set: its dataset, and which images of it are held out.

    Size and pixels have no say in it, so that training at another size opens the same part again.
    """
    index = prepared.indices("test")
    digest = hashlib.sha256(prepared.name.encode())
    for array in (index, prepared.labels[index], prepared.groups[index]):
        digest.update(np.ascontiguousarray(array, dtype=np.int64).tobytes())
    digest.update(str(len(prepared)).encode())
    return digest.hexdigest()[:16]


def opened(folder: Path, key: str) -> int:
    """How many runs have opened the part so far; half a line of a killed writer counts for none."""
    try:
        lines = (folder / FILE).read_bytes().splitlines()
    except FileNotFoundError:
        return 0
    runs = set()
    for line in lines:
        try:
            entry = json.loads(line)
            if entry["part"] == key:
                runs.add(str(entry["run"]))
        except (ValueError, KeyError, TypeError):
            continue
    return len(runs)


def note(folder: Path, key: str, *, run: str) -> None:
    """Write down that a run opened the part, as one whole line."""
    line = json.dumps({"part": key, "run": run}) + "\n"
    handle = os.open(folder / FILE, _APPEND, 0o644)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def ordinal(number: int) -> str:
    """A count as people say it.

    >>> [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 102)]
    ['1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '102nd']
    """
    if number % 100 in {11, 12, 13}:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
