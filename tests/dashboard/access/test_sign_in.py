"""What settings and secrets must say before people sign in."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.configuration import Settings
from core.errors import LessonError
from dashboard.access import policy, sign_in
from dashboard.access.sign_in import SignIn, sign_in_for

HOSTS = frozenset({"localhost", "lightbox.example.org"})
PROVIDER = {
    "client_id": "a",
    "client_secret": "b",
    "server_metadata_url": "https://login.example.org/.well-known/openid-configuration",
}
AUTH: dict[str, Any] = {
    "redirect_uri": "https://lightbox.example.org/oauth2callback",
    "cookie_secret": "s" * 32,
    **PROVIDER,
}


def refused(settings: Settings, auth: dict[str, Any] | None) -> str:
    with pytest.raises(LessonError) as caught:
        sign_in_for(settings, auth, HOSTS)
    assert caught.value.code == "settings.invalid"
    assert "docs/operation.md" in caught.value.remedy
    return caught.value.problem


def test_what_is_complete_is_taken() -> None:
    settings = Settings(sign_in="on", lecturers=("Ada@Example.org", "ben@example.org"))
    found = sign_in_for(settings, AUTH, HOSTS)
    assert found == SignIn(
        provider="default",
        origin="https://lightbox.example.org",
        secret=b"s" * 32,
        lecturers=frozenset({"ada@example.org", "ben@example.org"}),
    )
    assert found.is_encrypted
    assert "ssss" not in repr(found)
    assert "ada" not in repr(found)


def test_a_provider_may_have_a_name() -> None:
    shared = {name: AUTH[name] for name in ("redirect_uri", "cookie_secret")}
    auth = {**shared, "university": PROVIDER}
    assert sign_in_for(Settings(sign_in="university"), auth, HOSTS).provider == "university"
    assert "no [auth.school]" in refused(Settings(sign_in="school"), auth)
    assert "no [auth.client_id]" in refused(Settings(sign_in="client_id"), AUTH)
    del auth["university"]
    assert "lacks client_id, client_secret, server_metadata_url" in refused(
        Settings(sign_in="on"), auth
    )


def test_without_secrets_nothing_begins() -> None:
    assert "the secrets have no [auth]" in refused(Settings(sign_in="on"), None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"redirect_uri": None}, "[auth] of the secrets lacks redirect_uri."),
        ({"cookie_secret": " "}, "lacks cookie_secret"),
        ({"client_secret": 3}, "lacks client_secret"),
        ({"cookie_secret": "short"}, "has 5 characters, and needs 32"),
        ({"redirect_uri": "http://lightbox.example.org/oauth2callback"}, "not https://NAME"),
        ({"redirect_uri": "https://lightbox.example.org/"}, "not https://NAME/oauth2callback"),
        ({"redirect_uri": "https://lightbox.example.org/oauth2callback?a=b"}, "not https://NAME"),
        ({"redirect_uri": "https://["}, "not https://NAME"),
        ({"redirect_uri": "https://a@lightbox.example.org/oauth2callback"}, "not https://NAME"),
        ({"redirect_uri": "https://other.example.org/oauth2callback"}, "has not that name"),
        ({"server_metadata_url": "http://login.example.org/x"}, "not an https:// address"),
        ({"server_metadata_url": "login"}, "not an https:// address"),
    ],
)
def test_what_is_wrong_in_the_secrets_is_told(change: dict[str, Any], said: str) -> None:
    problem = refused(Settings(sign_in="on"), {**AUTH, **change})
    assert said in problem
    assert not re.search(r"s{5}", problem), "a secret is told"


def test_a_service_on_the_same_machine_needs_no_encryption() -> None:
    auth = {
        **AUTH,
        "redirect_uri": "http://localhost:8501/oauth2callback",
        "server_metadata_url": "http://127.0.0.1:9000/x",
    }
    found = sign_in_for(Settings(sign_in="on"), auth, HOSTS)
    assert found.origin == "http://localhost:8501"
    assert not found.is_encrypted


def test_all_that_is_wrong_is_told_at_once() -> None:
    settings = Settings(sign_in="on", class_code="fracture7", lecturers=("ada", "a b@c.d"))
    problem = refused(settings, {**AUTH, "cookie_secret": "x"})
    for said in ("LIGHTBOX_CLASS_CODE", "'ada'", "'a b@c.d'", "cookie_secret"):
        assert said in problem


@pytest.mark.parametrize(("said", "wanted"), [("", False), ("off", False), ("On", True)])
def test_it_is_on_where_the_setting_says_so(said: str, wanted: bool) -> None:
    assert sign_in.is_wanted(Settings(sign_in=said)) is wanted


def test_lecturers_accounts_need_a_sign_in() -> None:
    with pytest.raises(LessonError) as caught:
        policy.policy_for("0.0.0.0", Settings(lecturers=("ada@example.org",)))
    assert caught.value.code == "settings.invalid"
    assert "LIGHTBOX_SIGN_IN" in caught.value.remedy


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in.require_libraries()
    monkeypatch.setattr(sign_in, "_LIBRARIES", ("authlib_of_tomorrow",))
    with pytest.raises(LessonError) as caught:
        sign_in.require_libraries()
    assert "authlib_of_tomorrow is not installed" in caught.value.problem


def test_a_sign_in_stands_in_the_place_of_the_code() -> None:
    settings = Settings(sign_in="on", hosts=("lightbox.example.org",))
    closed = policy.policy_for("127.0.0.1", settings)
    found = closed.through(sign_in_for(settings, AUTH, closed.hosts))
    assert (found.code, found.asks, found.key) == ("", True, closed.key)
    assert not policy.policy_for("0.0.0.0", Settings(class_code="open")).asks
