"""Signing in through an OpenID service, as browsers see it, and as somebody who means harm."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect
from websockets.exceptions import InvalidStatus

from core.jobs.folder import create_run
from dashboard.access.accounts import ACCOUNT, Accounts
from dashboard.access.people import public_id
from dashboard.access.sign_in import SignIn
from tests import patience
from tests.browser.conftest import Complaints, Server, start_server, stop_server, watch
from tests.dashboard.access.signed_in import header, noise, signed_in, streamlits
from tests.dashboard.pretend_run import pretend_spec
from tests.dashboard.raw_client import RawClient, said
from tests.openid import CLIENT, COOKIE_SECRET, Service

DEEP = "/dropout?network=zoo%3Alenet"
ANNA = {"sub": "meieranna", "name": "Anna Meieranna", "email": "meieranna@example.org"}
PEOPLE = {
    "anna": {**ANNA, "email_verified": True},
    "ben": {"sub": "meierben", "groups": noise(6000)},
    "lecturer": {"sub": "l1", "email": "Lecturer@Example.org", "email_verified": True},
    "pretender": {"sub": "l2", "email": "lecturer@example.org", "email_verified": False},
}


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    running = Service(PEOPLE)
    yield running
    running.close()


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[Server]:
    """A server that others reach, where people sign in."""
    folder = tmp_path_factory.mktemp("signing")
    (folder / "secrets.toml").write_text(service.secrets(), "utf-8")
    running = start_server(
        folder,
        LIGHTBOX_HOSTS="lightbox.test",
        LIGHTBOX_SIGN_IN="on",
        LIGHTBOX_LECTURERS="lecturer@example.org",
        STREAMLIT_SECRETS_FILES=str(folder / "secrets.toml"),
    )
    yield running
    stop_server(running)


@pytest.fixture(autouse=True)
def honest(service: Service) -> Iterator[None]:
    """What a test did to the service is taken back."""
    yield
    service.lies, service.is_away, service.forges, service.signs_out = {}, False, False, True


def owner(server: Server, service: Service, who: str) -> str:
    """What an account's runs are marked with."""
    here = SignIn(provider="default", origin=server.url, secret=COOKIE_SECRET.encode())
    account = Accounts(here).find(signed_in({"iss": service.url, **PEOPLE[who]}, sign_in=here))
    assert account is not None
    return public_id(account.person)


def come_in(context: BrowserContext, server: Server, who: str, place: str) -> Page:
    """A page of somebody who signs in on the way to a place."""
    page = context.new_page()
    page.goto(f"{server.url}{place}")
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name=who).click()
    return page


def test_a_link_leads_through_the_sign_in_to_its_place_and_out_again(
    browser: Browser, signing: Server, service: Service
) -> None:
    complaints, context = Complaints(), browser.new_context(bypass_csp=False)
    page = context.new_page()
    watch(page, signing, complaints)
    page.goto(f"{signing.url}{DEEP}")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["help"]) for one in found] == []
    with page.expect_navigation(url=f"{signing.url}{DEEP}"):
        page.get_by_role("link", name="Sign in").click()
        page.get_by_role("link", name="anna").click()
    expect(page.locator(".st-key-dropout_network_choice button").first).to_contain_text("LeNet-5")
    expect(page.get_by_role("link", name="Server")).to_have_count(0)
    sockets: list[WebSocket] = []
    old = context.new_page()
    old.on("websocket", lambda one: sockets.append(one))
    old.goto(signing.url)
    expect(old.get_by_role("link", name="Sign out")).to_be_visible()
    # Now, because who leaves a page may cut off what it was still loading.
    assert [one for one in complaints.found if service.url not in one] == []
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("alert")).to_have_text("You are signed out of Lightbox.")
    assert service.ended[-1]["client_id"] == CLIENT
    assert "id_token_hint" in service.ended[-1]
    page.goto(f"{signing.url}/train")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    # The tab that is still open has to ask something to be told.
    old.get_by_test_id("stTopNavSection").first.click()
    old.get_by_test_id("stTopNavDropdownLink").first.click()
    patience.wait_until(lambda: bool(old.title()) and sockets[0].is_closed())
    context.close()


def test_what_an_account_began_is_its_own_in_every_browser(
    browser: Browser, signing: Server, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(signing.runs))
    create_run(pretend_spec(), owner=owner(signing, service, "anna"))
    for who, is_own in (("anna", True), ("ben", False)):
        context = browser.new_context()
        page = come_in(context, signing, who, "/train")
        if is_own:
            expect(page.get_by_role("button", name="Cancel")).to_be_visible()
        else:
            expect(page.get_by_text("Begun by somebody else")).to_be_visible()
            expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
        context.close()
    for who, is_own in (("anna", True), ("ben", False), ("lecturer", True)):
        visitor = Visitor(signing)
        visitor.follow(visitor.callback(who))
        with RawClient(signing.url, Cookie=header(visitor.sent)) as client:
            assert ('"Cancel"' in said(client.open("train"))) is is_own
    told = "".join(path.read_text("utf-8", "replace") for path in signing.runs.rglob("*.json"))
    assert "meier" not in told
    assert service.url not in told


class Visitor(requests.Session):
    """A browser without a window."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.headers["Accept"] = "text/html"
        self.at = server.url

    def begin(self, place: str = "/train") -> requests.Response:
        """Go as far as the service's page."""
        return self.get(
            f"{self.at}/sign-in", params={"go": "1", "to": place}, timeout=patience.SECONDS
        )

    def callback(self, who: str, place: str = "/train") -> str:
        """Choose an account there; the address to which the service sends back."""
        asked = self.begin(place)
        address = re.search(rf'href="(/agree[^"]+)">{who}<', asked.text)
        assert address, asked.text
        url = asked.url.partition("/authorize")[0] + address[1].replace("&amp;", "&")
        return self.get(url, allow_redirects=False, timeout=patience.SECONDS).headers["location"]

    def follow(self, address: str) -> str:
        """Where the dashboard leads from there, as its own path."""
        answer = self.get(address, allow_redirects=False, timeout=patience.SECONDS)
        assert answer.status_code == 303
        return answer.headers["location"]

    @property
    def sent(self) -> dict[str, str]:
        """The cookies that go with a page and its websocket."""
        return {one.name: one.value or "" for one in self.cookies if one.path == "/"}

    @property
    def is_in(self) -> bool:
        """Whether the door lets this browser through."""
        return (
            self.get(
                f"{self.at}/train", timeout=patience.SECONDS, allow_redirects=False
            ).status_code
            == 200
        )


def test_a_callback_counts_once_and_in_its_own_browser(signing: Server) -> None:
    visitor, other = Visitor(signing), Visitor(signing)
    address = visitor.callback("anna", DEEP)
    assert other.follow(address).startswith("/sign-in?said=failed")
    assert not other.is_in
    assert visitor.follow(address) == DEEP
    assert visitor.is_in
    assert visitor.follow(address) == "/"  # once more, with Back
    assert visitor.is_in
    visitor.cookies.clear()
    assert visitor.follow(address).startswith("/sign-in?said=failed")
    assert not visitor.is_in


def test_a_state_of_somebody_elses_is_none(signing: Server) -> None:
    visitor, other = Visitor(signing), Visitor(signing)
    other.begin()
    address = visitor.callback("anna")
    mixed = re.sub(r"state=[^&]+", f"state={'x' * 30}", address)
    assert visitor.follow(mixed).startswith("/sign-in?said=failed")
    assert other.follow(address).startswith("/sign-in?said=failed")
    assert not visitor.is_in
    assert not other.is_in
    assert visitor.follow(f"{signing.url}/oauth2callback?code=a").startswith("/sign-in?said=failed")


@pytest.mark.parametrize(
    "lie",
    [
        {"aud": "another"},
        {"iss": "http://localhost:1"},
        {"nonce": "another"},
        {"exp": 1},
        {"sub": None},
        {"forged": True},
    ],
    ids=lambda lie: next(iter(lie)),
)
def test_a_token_that_is_not_for_us_lets_nobody_in(
    signing: Server, service: Service, lie: dict[str, Any]
) -> None:
    visitor = Visitor(signing)
    service.forges, service.lies = "forged" in lie, lie
    assert visitor.follow(visitor.callback("lecturer")).startswith("/sign-in?said=failed")
    assert not visitor.is_in


def test_an_account_that_was_refused_or_a_service_that_is_away_is_told(
    signing: Server, service: Service
) -> None:
    visitor = Visitor(signing)
    refused = visitor.get(visitor.callback("nobody"), timeout=patience.SECONDS)
    assert "did not succeed" in refused.text
    address = visitor.callback("anna")
    service.is_away = True
    away = visitor.begin()
    assert away.status_code == 503
    assert "does not answer" in away.text
    assert "Traceback" not in away.text
    assert visitor.follow(address).startswith("/sign-in?said=failed")
    assert not visitor.is_in
    service.is_away = False
    assert visitor.follow(visitor.callback("anna")) == "/train"
    assert visitor.is_in


def role(signing: Server, cookies: dict[str, str]) -> str:
    """Who a websocket with these cookies is: nobody, a student or a lecturer."""
    try:
        with RawClient(signing.url, Cookie=header(cookies)) as client:
            pages = next(
                message.navigation.app_pages
                for message in client.open("home")
                if message.WhichOneof("type") == "navigation"
            )
    except InvalidStatus:
        return "nobody"
    return "lecturer" if any(page.page_name == "Server" for page in pages) else "student"


@pytest.mark.parametrize(
    ("who", "expected"),
    [("anna", "student"), ("ben", "student"), ("lecturer", "lecturer"), ("pretender", "student")],
)
def test_a_verified_address_makes_the_lecturer(signing: Server, who: str, expected: str) -> None:
    visitor = Visitor(signing)
    assert visitor.follow(visitor.callback(who)) == "/train"
    assert role(signing, visitor.sent) == expected


def test_no_other_cookie_opens_a_websocket(signing: Server, service: Service) -> None:
    claims = {"iss": service.url, **PEOPLE["lecturer"]}
    here = SignIn(provider="default", origin=signing.url, secret=COOKIE_SECRET.encode())
    elsewhere = replace(here, secret=b"of-another-dashboard-with-a-secret-of-its-own")
    right = signed_in(claims, sign_in=here)
    assert role(signing, right) != "nobody"  # or all that follows shows nothing
    assert role(signing, {}) == "nobody"
    assert role(signing, streamlits(claims, sign_in=here)) == "nobody"
    assert role(signing, signed_in(claims, sign_in=elsewhere)) == "nobody"
    assert role(signing, {ACCOUNT: right[ACCOUNT][:-1] + "g"}) == "nobody"


def test_signing_out_without_the_services_help_closes_the_door_too(
    signing: Server, service: Service
) -> None:
    service.signs_out = False
    visitor = Visitor(signing)
    visitor.follow(visitor.callback("anna"))
    copied = visitor.sent
    left = visitor.get(f"{signing.url}/auth/logout", timeout=patience.SECONDS)
    assert "You are signed out" in left.text
    assert not visitor.is_in
    assert role(signing, copied) == "nobody"
    assert {"_streamlit_user", "_streamlit_user_tokens", ACCOUNT}.isdisjoint(visitor.cookies.keys())


def test_the_service_is_asked_for_what_protects_a_sign_in(signing: Server) -> None:
    asked = parse_qs(urlsplit(Visitor(signing).begin().url).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()


def test_nothing_of_a_person_is_in_the_log(signing: Server, service: Service) -> None:
    visitor = Visitor(signing)
    assert visitor.follow(visitor.callback("anna")) == "/train"
    visitor.get(
        f"{signing.url}/oauth2callback?error=meier&error_description=meier",
        timeout=patience.SECONDS,
    )
    address = visitor.callback("anna")
    service.is_away = True
    visitor.begin()
    visitor.get(address, timeout=patience.SECONDS)
    log = signing.log.read_text("utf-8")
    assert '"sign-in.begin"' in log
    assert '"sign-in.return"' in log
    assert "meier" not in log
    assert "@example.org" not in log.lower()
    assert "Traceback" not in log


def test_a_server_without_its_secrets_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError) as caught:
        start_server(
            tmp_path, LIGHTBOX_HOSTS="lightbox.test", LIGHTBOX_SIGN_IN="on",
            STREAMLIT_SECRETS_FILES=str(tmp_path / "secrets.toml"),
        )  # fmt: skip
    assert "LIGHTBOX_SIGN_IN is set, and the secrets cannot be read" in str(caught.value)
