"""Give memory that nobody uses any more back to the system. No Streamlit here."""

from __future__ import annotations

import ctypes
import sys


def give_back() -> bool:
    """Return freed memory to the system; whether this system can be asked to.

    The C library keeps what was freed for later use, in a store for each thread, and Streamlit
    draws every page in a new one: after a class has been there much more is kept than is used.
    Takes one to a few milliseconds.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return False  # another C library than glibc
    trim(ctypes.c_size_t(0))
    return True
