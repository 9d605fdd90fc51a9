"""The lines of the card say what was counted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.marks import Box, Marks
from core.reference.account import Scored, Section, sections, side_of_marks
from core.reference.head import Trial

COUNT = 120


@pytest.fixture
def scored() -> Scored:
    """Thirty fractured, of which the small ones are missed; one in four has hardware."""
    labels = np.repeat([1, 0], [30, 90])
    marks = np.where(labels == 1, np.linspace(0.03, 0.30, COUNT), 0.0)
    outputs = np.where(marks > 0.05, 0.9, 0.1)
    outputs[40:43] = 0.6
    return Scored(
        labels=labels,
        outputs=outputs,
        groups=np.arange(COUNT) // 3,
        strata=np.arange(COUNT) % 2,
        regions=["hand" if place % 2 else "hip" for place in range(COUNT - 1)] + ["shoulder"],
        hardware=np.arange(COUNT) % 4 == 0,
        marks=marks,
        pointed=marks > 0.08,
        strangeness=np.where(np.arange(COUNT) < 5, 1.5, 0.5),
    )


def lines(scored: Scored) -> dict[str, tuple[str, ...]]:
    told = sections(
        scored,
        threshold=0.5,
        trials=[Trial(1e-3, 0.8123, 0.7)],
        joined={"Both joined": (0.9, 0.85)},
    )
    assert all(isinstance(section, Section) for section in told)
    return {section.title: section.lines for section in told}


def test_fractures_are_counted_by_the_size_of_their_mark(scored: Scored) -> None:
    told = lines(scored)["Where it fails"]
    assert told[0].startswith("Of fractures whose largest mark has 3.0 to 5.")
    assert " 10.0 % (" in told[0]
    assert " 100.0 % (" in told[2]
    assert told[-1] == "Of 22 normal X-rays with hardware it calls 1 fractured."


def test_the_place_is_hit_where_the_highest_cell_lies_on_a_mark(scored: Scored) -> None:
    share = 100 * scored.pointed[scored.labels == 1].mean()
    assert f"In {share:.1f} % (" in lines(scored)["Whether it sees the place"][0]


def test_a_part_with_few_of_a_label_gets_no_figure(scored: Scored) -> None:
    told = lines(scored)["Per body part"]
    assert [line.split(":")[0] for line in told] == ["hand", "hip", "shoulder"]
    assert "AUC" in told[0]
    assert told[2] == "shoulder: X-rays 1, fractured 0; too few for a figure."


def test_strangers_and_trials_are_told(scored: Scored) -> None:
    told = lines(scored)
    assert told["When it says that it does not know"][1].endswith("it calls 5 strange.")
    assert told["How it was chosen"] == (
        "The features, inverse penalty 0.001: cross-validated AUC 0.812, 0.700 on pairs alike.",
        "Both joined: cross-validated AUC 0.900, 0.850 on pairs alike.",
    )
    nobody = replace(scored, strangeness=np.zeros(COUNT))
    assert lines(nobody)["When it says that it does not know"][1].endswith("it calls 0 strange.")


def test_the_largest_mark_counts_by_its_longer_side() -> None:
    two = Marks(size=(200, 200), boxes=(Box(0, 0, 10, 40), Box(50, 50, 30, 5)))
    none = Marks(size=(200, 200))
    assert side_of_marks([{"marks": two}, {"marks": none}], 200).tolist() == [0.2, 0.0]
