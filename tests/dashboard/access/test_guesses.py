"""How often a class code may be guessed."""

from __future__ import annotations

import pytest

from dashboard.access import policy
from dashboard.access.guesses import ALL_TRIES, TRIES, TRIES_IN_S, Guesses


class Clock:
    """Stands still until it is told to go."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_address_waits_and_the_others_do_not() -> None:
    guesses = Guesses(Clock())
    for _ in range(TRIES):
        assert not guesses.are_too_many("a")
        guesses.was_wrong("a")
    assert guesses.are_too_many("a")
    assert not guesses.are_too_many("b")


def test_a_thousand_addresses_guess_no_more_than_ten(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    guesses, tried = Guesses(clock), 0
    caplog.set_level("WARNING", "lightbox.journal")
    for second in range(600):
        clock.now = float(second)
        for name in range(100):
            if not guesses.are_too_many(f"{name}.{second % 10}"):
                guesses.was_wrong(f"{name}.{second % 10}")
                tried += 1
    assert tried == ALL_TRIES * 600 / TRIES_IN_S
    told = [line for line in caplog.messages if "code.guessed" in line]
    assert 8 <= len(told) <= 10
    assert "99.9" not in "".join(told)  # no address


def test_who_came_in_from_an_address_is_not_kept_out_by_others() -> None:
    guesses = Guesses(Clock())
    guesses.was_right("class")
    for one in range(ALL_TRIES):
        guesses.was_wrong(str(one))
    assert guesses.are_too_many("stranger")
    assert not guesses.are_too_many("class")


def test_the_odds_are_as_they_are_told() -> None:
    codes = len(policy._LETTERS) ** policy._CODE_LENGTH
    a_day = ALL_TRIES * 86_400 / TRIES_IN_S
    assert codes == 887_503_681
    assert round(codes / a_day) == 6_163
    assert round(100 * (1 - (1 - a_day / codes) ** 105), 1) == 1.7
