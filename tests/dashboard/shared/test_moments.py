"""Moments of a lesson: what is listed can be set, and each says its sentence."""

from __future__ import annotations

import pytest

from dashboard.shared.moments import defaults, moments
from dashboard.shared.schema import choice, flag, numbers, whole

SCHEMA = (
    whole("size", 3, 1, 11),
    flag("flip"),
    choice("view", "map", [("map", "Map"), ("cell", "Cell")]),
    numbers("start", (1, 2), -5, 5, longest=2),
)
WORDS = {"moment-large": "A large one.", "moment-cell": "One cell."}


def test_moments_stand_in_their_order_with_sentence_and_settings() -> None:
    assert moments(SCHEMA, WORDS, large={"size": 11, "start": (0, 5)}, cell={"view": "cell"}) == [
        {"say": "A large one.", "set": {"size": 11, "start": [0, 5]}},
        {"say": "One cell.", "set": {"view": "cell"}},
    ]


@pytest.mark.parametrize(
    "patch", [{"size": 12}, {"sise": 3}, {"view": "none"}, {"start": [9, 9]}, {"start": [1, 2, 3]}]
)
def test_what_cannot_be_set_is_refused(patch: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="cannot set"):
        moments(SCHEMA, WORDS, large=patch)


def test_a_moment_without_its_sentence_is_refused() -> None:
    with pytest.raises(KeyError, match="moment-small"):
        moments(SCHEMA, WORDS, small={"size": 1})


def test_defaults_are_values_of_their_own() -> None:
    assert defaults(SCHEMA) == {"size": 3, "flip": False, "view": "map", "start": [1, 2]}
    assert defaults(SCHEMA, "size") == {"size": 3}
