"""Whose account a browser's cookies name, and whose they do not."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access.accounts import ACCOUNT, LASTS_S, Account, Accounts, is_streamlits
from dashboard.access.sign_in import SignIn
from tests.dashboard.access.signed_in import ADA, BEN, SERVICE, noise, signed_in, streamlits

USER = "_streamlit_user"
LONG = {**BEN, "groups": noise(9000)}
ELSEWHERE = replace(SERVICE, secret=b"of-another-server-that-is-as-long-as-it")


def find(cookies: dict[str, str], sign_in: SignIn = SERVICE) -> Account | None:
    return Accounts(sign_in).find(cookies)


def person(claims: dict[str, Any], sign_in: SignIn = SERVICE) -> str:
    found = find(signed_in(claims, sign_in=sign_in), sign_in)
    assert found is not None
    return found.person


def test_an_account_is_the_same_in_every_browser_and_names_nobody() -> None:
    first, second = signed_in(BEN), signed_in(BEN)
    assert first != second
    assert find(first) == find(second) != find(signed_in(ADA))
    assert len(person(BEN)) == 32
    assert person(BEN, ELSEWHERE) != person(BEN)
    assert person({**BEN, "iss": "https://login.elsewhere"}) != person(BEN)
    told = first[ACCOUNT] + signed_in(ADA)[ACCOUNT]
    assert not any(word in told for word in ("4711", "Ben", "example", "login"))
    assert len(first[ACCOUNT]) < 200


def test_a_long_one_is_read_from_its_parts() -> None:
    fresh = streamlits(LONG)
    parts = [name for name in fresh if name.startswith(f"{USER}_")]
    assert len(parts) > 2
    assert person(LONG) == person(BEN)
    for name in parts:
        assert Accounts(SERVICE).welcome({k: v for k, v in fresh.items() if k != name}) is None
        assert Accounts(SERVICE).welcome({**fresh, name: fresh[name][:-2] + "xx"}) is None


@pytest.mark.parametrize(
    ("claims", "lecturer"),
    [
        (ADA, True),
        ({**ADA, "email_verified": "true"}, True),
        ({**ADA, "email_verified": False}, False),
        ({**ADA, "email_verified": None}, False),
        ({**ADA, "email_verified": 1}, False),
        ({**ADA, "email_verified": ["true"]}, False),
        ({**ADA, "email": ["ada@example.org"]}, False),
        ({**ADA, "email": "ada@example.org.evil"}, False),
        ({**ADA, "email": "\u0251da@example.org"}, False),
        ({**ADA, "email": "\ud800"}, False),
        (BEN, False),
    ],
)
def test_a_verified_address_makes_a_lecturer(claims: dict[str, Any], lecturer: bool) -> None:
    found = find(signed_in(claims))
    assert found is not None
    assert found.is_lecturer is lecturer


def test_no_letter_that_turns_into_another_makes_one() -> None:
    service = replace(SERVICE, lecturers=frozenset({"kai@example.org"}))
    for address, lecturer in (("Kai@example.org", True), ("\u212aai@example.org", False)):
        found = find(signed_in({**ADA, "email": address}, sign_in=service), service)
        assert found == Account(person(ADA), is_lecturer=lecturer)


def test_who_is_a_lecturer_no_more_is_none_at_the_next_start() -> None:
    cookies = signed_in(ADA)
    assert find(cookies, replace(SERVICE, lecturers=frozenset())) == Account(person(ADA), False)


@pytest.mark.parametrize(
    "more",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": None},
        {"provider": "another"},
        {"is_logged_in": False},
        {"is_logged_in": "yes"},
        {"iss": ""},
        {"sub": None},
        {"sub": 4711},
    ],
    ids=str,
)
def test_what_was_signed_for_something_else_gives_no_pass(more: dict[str, Any]) -> None:
    assert Accounts(SERVICE).welcome(streamlits(BEN, **more)) is None


def test_another_servers_is_nobodys() -> None:
    assert find(signed_in(BEN, sign_in=ELSEWHERE)) is None
    assert Accounts(SERVICE).welcome(streamlits(BEN, sign_in=ELSEWHERE)) is None


def test_it_ends_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    cookies, now = signed_in(BEN), time.time()
    for seconds, holds in ((LASTS_S - 60, True), (LASTS_S + 60, False), (-3600, False)):
        monkeypatch.setattr(time, "time", lambda seconds=seconds: now + seconds)
        assert (find(cookies) is not None) is holds


def test_a_browser_is_known_by_its_pass_alone() -> None:
    """Parts of two sign-ins, each rightly signed, say together what nobody has vouched for."""
    first = {**BEN, "email": "ada@example.org", "more": noise(5000), "email_verified": False}
    second = {**BEN, "email": "ben@example.org", "more": noise(5000), "email_verified": True}
    cookies, others = streamlits(first), streamlits(second)
    last = max(name for name in cookies if name.startswith(f"{USER}_"))
    spliced = {**cookies, last: others[last]}
    read = Accounts(SERVICE).find({ACCOUNT: Accounts(SERVICE).welcome(spliced) or ""})
    assert read is not None
    assert read.is_lecturer, "the example no longer shows anything"
    assert find(spliced) is None
    found = find({**spliced, **signed_in(first)})
    assert found is not None
    assert not found.is_lecturer


def test_who_signs_out_is_out_wherever_the_pass_was_copied_to() -> None:
    accounts, cookies, again = Accounts(SERVICE), signed_in(BEN), signed_in(BEN)
    accounts.leave(cookies)
    accounts.leave({})
    assert accounts.find(cookies) is None
    assert accounts.find(again) is not None


@given(st.text(max_size=250))
def test_no_text_is_somebody(text: str) -> None:
    assert find({ACCOUNT: text, USER: text}) is None
    assert Accounts(SERVICE).welcome({USER: text}) is None


@given(st.integers(0, 400), st.characters())
def test_one_letter_makes_it_nobodys(place: int, letter: str) -> None:
    (value,) = signed_in(ADA).values()
    place %= len(value)
    changed = value[:place] + letter + value[place + 1 :]
    assert changed == value or find({ACCOUNT: changed}) is None


def test_streamlits_cookies_are_known_by_name() -> None:
    assert all(map(is_streamlits, (*streamlits(LONG), "_streamlit_user_tokens")))
    assert not any(map(is_streamlits, ("_streamlit_xsrf", "_streamlit_session", ACCOUNT)))
