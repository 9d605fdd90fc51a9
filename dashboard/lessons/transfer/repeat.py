"""A small learning curve from nothing, to be trained here by a click."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.models.zoo.entries import paper_network
from core.prepared import PreparedSet
from core.training.spec import TrainingSpec
from core.transfer.plan import SHARES
from dashboard import state
from dashboard.background.set_request import SetRequest
from dashboard.shared.number import count, percent
from dashboard.shared.repeat import Named, Repeat
from data.shares import with_share

SIZE: Final = 48
COUNT: Final = 2000
EPOCHS: Final = 10
SEED: Final = 0


def small_curve(text: Mapping[str, str]) -> Repeat:
    """What the button trains: one small network a share, the fewest images first.

    Args:
        text: The page's words.
    """

    def make(prepared: PreparedSet) -> list[Named]:
        found = []
        for share in SHARES:
            part = with_share(prepared, share, seed=SEED)
            number = count(len(part.indices("train")))
            name = text["repeat-name"].format(share=percent(share), count=number)
            found.append((name, part, _spec(part)))
        return found

    return Repeat(
        slug="transfer",
        slot=state.TRANSFER_LAUNCH,
        button=text["repeat-button"],
        about=text["repeat-about"],
        none=text["repeat-none"],
        seen=text["repeat-seen"],
        test=text["repeat-test"],
        request=SetRequest(dataset="synthetic", size=SIZE, count=COUNT),
        make=make,
    )


def _spec(part: PreparedSet) -> TrainingSpec:
    return TrainingSpec(
        dataset=part.name,
        fingerprint=part.fingerprint,
        prepared=str(part.folder),
        model=paper_network(part.size, part.classes, filters=(16, 32, 64), dense=64),
        epochs=EPOCHS,
        batch_size=16,
        learning_rate=1e-3,
        seed=SEED,
        opens_test=False,
    )
