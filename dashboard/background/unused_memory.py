"""Keep little memory that nobody uses, and give it back to the system. No Streamlit here."""

from __future__ import annotations

import ctypes
import sys
from typing import Final

STORES: Final = 2
"""Stores from which all threads take memory: Python runs one at a time, so more gain nothing."""

_M_ARENA_MAX: Final = -8  # of mallopt(3)


def share_stores(most: int = STORES) -> bool:
    """Let threads share so many stores of the C library; whether this system can be asked to.

    It would make up to eight a core, and what is freed in one serves no thread of another. To be
    called before there are threads.
    """
    call = _of_the_c_library("mallopt")
    return call is not None and bool(call(_M_ARENA_MAX, most))


def give_back() -> bool:
    """Return freed memory to the system; whether this system can be asked to.

    The C library keeps what was freed for later use, in a store for each thread, and Streamlit
    draws every page in a new one: after a class has been there much more is kept than is used.
    Takes one to a few milliseconds.
    """
    call = _of_the_c_library("malloc_trim")
    if call is None:
        return False
    call(ctypes.c_size_t(0))
    return True


def _of_the_c_library(name: str) -> ctypes._NamedFuncPointer | None:
    """A function of glibc; None where there is another C library."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):
        return None
