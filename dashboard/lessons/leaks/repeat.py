"""Both networks of a flaw, to be trained here by a click."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.prepared import PreparedSet
from dashboard import state
from dashboard.background.set_request import SetRequest
from dashboard.lessons.leaks.stage import SCHEMA, SETS
from dashboard.shared.repeat import Named, Repeat
from data import flaws
from data.ready import leak_runs as leaks

SEED: Final = 0
_TITLES: Final = dict(SCHEMA[0].options)


def of_flaw(flaw: str, dataset: str, text: Mapping[str, str]) -> Repeat:
    """What the button trains: the honest and the spoiled network, by the measurement's recipe.

    Args:
        flaw: Chosen in the stage.
        dataset: Likewise.
        text: The page's words.
    """

    def make(prepared: PreparedSet) -> list[Named]:
        pair = flaws.pair(prepared, flaw, seed=SEED)
        return [
            (f"{_TITLES[flaw]}: {side}", one, leaks.recipe(one, seed=SEED))
            for side, one in zip(("honest", "spoiled"), pair, strict=True)
        ]

    return Repeat(
        slug="leaks",
        slot=state.LEAKS_LAUNCH,
        button=text["yourself-button"],
        about=f"{_TITLES[flaw]}, {dict(SETS)[dataset]}",
        none=text["yourself-none"],
        seen=text["stage-seen"],
        test=text["stage-test"],
        request=SetRequest(
            dataset=dataset,
            size=leaks.SIZE,
            count=leaks.COUNT if dataset == "synthetic" else None,
        ),
        make=make,
    )
