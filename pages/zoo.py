"""The zoo: ten networks from 1980 to 2020, their ideas, and a race on the same data."""

from __future__ import annotations

from dashboard import cache
from dashboard.frame import run_page
from dashboard.widgets import zoo, zoo_race


def body() -> None:
    """Draw the page."""
    cache.cluster()  # the workers load TensorFlow while a person still reads
    committed = zoo.question()
    zoo.stage(locked=not committed)
    zoo_race.race()
    zoo.ask_after()
    zoo.sources()


if __name__ == "__main__":
    run_page("zoo", body)
