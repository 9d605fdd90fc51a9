"""What is open: a dataset, a network at an epoch, a picture. One value, and its text. No Streamlit.

The address of every page carries it, by keys and not by titles, only what is not the default:

    ?dataset=fracatlas&network=20261122-1432-paper-fracatlas-64-x7k2&epoch=3&picture=x-ray-leg

Nothing is looked up here: a key of what is gone is kept, so that the page can name it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.errors import LessonError

NAMES: Final = ("dataset", "network", "epoch", "picture")
"""Of the address's parameters."""

LONGEST: Final = 160
"""Letters of a key; what is longer is cut, and so names nothing."""

NO_EPOCH: Final = -1
"""Stands for an epoch in an address that is no number: no network has it."""

_EPOCH: Final = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What every page, question and link speaks of.

    Attributes:
        dataset: Name in the registry, "" for the one that pages begin with.
        network: A shipped model's name, a run's id, or "zoo:" and a name of the zoo; "" for the
            one that pages begin with.
        epoch: Of its training, None for its best or only state.
        picture: A sample's key, or what `dashboard.shared.picture_choice` writes for one of a
            set, an upload or a drawing; "" for the one that pages begin with.
    """

    dataset: str = ""
    network: str = ""
    epoch: int | None = None
    picture: str = ""

    def parameters(self) -> dict[str, str]:
        """For an address: what is not the default.

        >>> Opened(network="paper-synthetic", epoch=3).parameters()
        {'network': 'paper-synthetic', 'epoch': '3'}
        """
        epoch = "" if self.epoch is None else str(self.epoch)
        said = (self.dataset, self.network, epoch, self.picture)
        return {name: text for name, text in zip(NAMES, said, strict=True) if text}

    def without(self, what: str) -> Opened:
        """The same with the default of one thing; an epoch goes with its network.

        >>> Opened(network="zoo:lenet", epoch=3, picture="disk").without("network")
        Opened(dataset='', network='', epoch=None, picture='disk')
        """
        if what == "epoch":
            return replace(self, epoch=None)
        found = replace(self, **{what: ""})
        return replace(found, epoch=None) if what == "network" else found


def read_opened(address: Mapping[str, str]) -> Opened:
    """What an address says is open.

    >>> read_opened({"network": "zoo:lenet", "epoch": "many", "set": "size_3"})
    Opened(dataset='', network='zoo:lenet', epoch=-1, picture='')
    """
    dataset, network, epoch, picture = (_plain(str(address.get(name, ""))) for name in NAMES)
    return Opened(
        dataset=dataset,
        network=network,
        epoch=None if not epoch else int(epoch) if _EPOCH.fullmatch(epoch) else NO_EPOCH,
        picture=picture,
    )


def _plain(text: str) -> str:
    """On one line, without what no screen shows."""
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST].strip()


class Gone(LessonError):
    """What an address, or another page, opened is not here; nothing else is shown in its place.

    Attributes:
        what: Which of `NAMES` it is: the page offers to open the default of it instead.
    """

    def __init__(self, what: str, code: str, *, problem: str, remedy: str) -> None:
        super().__init__(code, problem=problem, remedy=remedy)
        self.what = what
