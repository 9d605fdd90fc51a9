"""Failures that a person can cause, and what to do about them."""

from __future__ import annotations


class LessonError(Exception):
    """An expected failure, shown in place as advice and never as a traceback.

    Anything else that escapes is a bug and must stay loud.

    Args:
        code: Stable name of the failure, ``noun.adjective``; tests and translations key on it.
        problem: What is wrong, with the values received. A full sentence.
        remedy: What to change. A full sentence.

    >>> error = LessonError("window.too-large", problem="A 5x5 kernel does not fit a 3x3 image.",
    ...                     remedy="Choose a kernel of at most 3x3.")
    >>> error.code
    'window.too-large'
    """

    def __init__(self, code: str, *, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.code = code
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments do not survive the default pickling, and these errors
        # travel from a worker process to the server.
        return _rebuild, (self.code, self.problem, self.remedy)


def _rebuild(code: str, problem: str, remedy: str) -> LessonError:
    return LessonError(code, problem=problem, remedy=remedy)
