"""What is said of a process of the cluster that keeps dying as it starts."""

from __future__ import annotations

import pytest

from core.jobs.processes import Processes
from core.jobs.signs import sentence


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("scheduler", "The scheduler ends"),
        ("train", "The training worker ends"),
        ("analyse", "The analyzing worker ends"),
    ],
)
def test_a_process_that_cannot_start_is_called_by_what_it_does(name: str, spoken: str) -> None:
    processes = Processes(warm=False)
    try:
        (processes.folder / f"{name}.log").write_text("No room.\n", "utf-8")
        processes._all[name].quick_deaths = 2
        said = processes.trouble()
        assert said is not None
        assert said.startswith(f"{spoken} as it starts")
        assert said.endswith("No room.")
    finally:
        processes.end()


def test_people_read_american_english() -> None:
    for train, analyze in ((0, 0), (1, 0), (0, 1), (1, 1)):
        assert "analys" not in sentence(train, analyze)
