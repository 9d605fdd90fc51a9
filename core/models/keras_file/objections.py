"""What is said of a file that is not taken over."""

from __future__ import annotations

from core.errors import LessonError


def refused(code: str, problem: str, remedy: str = "Bring another network.") -> LessonError:
    """What this network has that no view here can show: ``network.CODE``."""
    return LessonError(f"network.{code}", problem=problem, remedy=remedy)


def damaged(what: str) -> LessonError:
    """What does not fit together in the file: ``network.damaged``."""
    return LessonError(
        "network.damaged",
        problem=f"This file cannot be read: {what}.",
        remedy="Save the network again with Keras 3: model.save('network.keras').",
    )


def not_keras(what: str) -> LessonError:
    """What it is instead of a ``.keras`` file: ``network.not-keras``."""
    return LessonError(
        "network.not-keras",
        problem=f"This is {what}.",
        remedy="Save the network with Keras 3, model.save('network.keras'), and bring that file.",
    )


def too_large(given: int, most: int, *, unpacked: bool = False) -> LessonError:
    """How many bytes it takes, and how many are read: ``network.too-large``."""
    where = " unpacked" if unpacked else ""
    return LessonError(
        "network.too-large",
        problem=f"This file takes {given / 2**20:,.0f} MB{where}; {most / 2**20:.0f} are read.",
        remedy="Save it without its optimizer (compile=False), or bring a smaller network.",
    )
