"""The zoo: ten networks from 1980 to 2020, their ideas, and a race on the same data."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.zoo.lesson import body

if __name__ == "__main__":
    run_page("zoo", body)
