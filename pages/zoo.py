"""The zoo: ten networks from 1980 to 2020, their ideas, and a race on the same data."""

from __future__ import annotations

from dashboard import cache
from dashboard.frame import run_page
from dashboard.lessons.zoo import lesson
from dashboard.lessons.zoo import race as zoo_race


def body() -> None:
    """Draw the page."""
    cache.cluster()  # the workers load TensorFlow while a person still reads
    committed = lesson.question()
    lesson.stage(locked=not committed)
    zoo_race.race()
    lesson.ask_after()
    lesson.sources()


if __name__ == "__main__":
    run_page("zoo", body)
