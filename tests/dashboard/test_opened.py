"""What is open: its text in an address, nonsense included."""

from __future__ import annotations

import random
import string
from urllib.parse import parse_qs, quote

import pytest

from dashboard.opened import LONGEST, NAMES, NO_EPOCH, Opened, read_opened
from dashboard.shared.set_image import set_key, set_of

NONSENSE = (
    string.printable
    + "\0\x1b\u2028\u200b\u202e\ufeff\N{SNOWMAN}\N{PILE OF POO}é߷\N{COMBINING ACUTE ACCENT}"
)
COUNT = 2000


def nonsense(seed: int) -> dict[str, str]:
    """A random address: some names of ours, texts of any kind and length."""
    chance = random.Random(seed)
    found = {}
    for name in (*NAMES, "set", "questions", "answer", "anything"):
        if chance.random() < 0.7:
            length = chance.choice((0, 1, 3, 12, 80, 5000))
            text = "".join(chance.choice(NONSENSE) for _ in range(length))
            kinds = ("set.", "upload.", "drawing.", "zoo:", "../", "-", "٣", "1e9", "")
            found[name] = chance.choice(kinds) + text
    return found


def test_what_is_open_is_the_same_after_a_way_through_an_address() -> None:
    for found in (
        Opened(),
        Opened(dataset="fracatlas"),
        Opened(network="zoo:lenet", picture="disk"),
        Opened(network="20261122-1432-x7k2", epoch=0),
        Opened(dataset="mura", network="n", epoch=12, picture="set.mura-64-0123.a b/c.png"),
    ):
        address = "&".join(f"{name}={quote(text)}" for name, text in found.parameters().items())
        read = {name: values[0] for name, values in parse_qs(address).items()}
        assert read_opened(read) == found
    assert Opened().parameters() == {}


def test_two_thousand_addresses_of_nonsense_are_read_and_stay_what_they_are() -> None:
    for seed in range(COUNT):
        found = read_opened(nonsense(seed))
        assert read_opened(found.parameters()) == found
        for text in (found.dataset, found.network, found.picture):
            assert len(text) <= LONGEST
            assert text.isprintable()
            assert text == text.strip()
        assert found.epoch is None or NO_EPOCH <= found.epoch <= 999_999


@pytest.mark.parametrize(
    ("text", "epoch"),
    [("7", 7), ("007", 7), ("", None), ("-1", NO_EPOCH), ("1.5", NO_EPOCH), ("٣", NO_EPOCH)],
)
def test_an_epoch_is_a_number_or_none_that_exists(text: str, epoch: int | None) -> None:
    assert read_opened({"epoch": text}).epoch == epoch


def test_a_thing_given_up_takes_what_hangs_on_it() -> None:
    found = Opened(dataset="mura", network="zoo:lenet", epoch=3, picture="disk")
    assert found.without("network") == Opened(dataset="mura", picture="disk")
    assert found.without("epoch") == Opened(dataset="mura", network="zoo:lenet", picture="disk")
    assert found.without("picture").picture == ""
    assert found.without("dataset").network == "zoo:lenet"


def test_a_picture_of_a_set_is_named_by_its_set_and_its_record() -> None:
    assert set_of(set_key("/anywhere/mura-64-0123", "p1/study.a.png")) == (
        "mura-64-0123",
        "p1/study.a.png",
    )
    for other in ("", "disk", "set.", "set.folder", "set..x", "upload.0123"):
        assert set_of(other) is None
