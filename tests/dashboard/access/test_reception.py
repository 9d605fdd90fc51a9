"""How the door lets people sign in and out, without a server behind it."""

from __future__ import annotations

import html
import json
import logging
import re
import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from streamlit import auth_util
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.web.server.starlette import starlette_auth_routes as routes

from core import journal
from dashboard.access import door, reception
from dashboard.access.accounts import ACCOUNT, Accounts
from dashboard.access.door import Door
from dashboard.access.people import ACCOUNT_HEADER, public_id
from dashboard.access.reception import Reception
from tests.dashboard.access.signed_in import ADA, BEN, SERVICE, header, noise, signed_in, streamlits
from tests.dashboard.access.test_door import CLASS, PERSON, Answer, House, knock, student

SIGNED = replace(CLASS.through(SERVICE), hosts=CLASS.hosts | {"other.example"})
DEEP = "/dropout?network=zoo%3Alenet&set=rate.0.4"


def person(claims: dict[str, Any]) -> str:
    account = Accounts(SERVICE).find(signed_in(claims))
    assert account is not None
    return public_id(account.person)


class Streamlit(House):
    """Behind the door, what Streamlit answers on its own routes."""

    def __init__(self, status: int, location: str, *set_cookies: str) -> None:
        super().__init__()
        self._status = status
        self._head = [(b"location", location.encode())] if location else []
        self._head += [(b"set-cookie", one.encode()) for one in set_cookies]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        start = {"type": "http.response.start", "status": self._status, "headers": self._head}
        await send(start)
        await send({"type": "http.response.body", "body": b"of Streamlit"})


def ask(behind: House, path: str, **more: Any) -> Answer:
    """Ask the door once, with that answer behind it."""
    return knock(SIGNED, path, house=behind, **more)


def test_nobody_comes_in_without_signing_in() -> None:
    page = knock(SIGNED, host="room.example", query="run=a")
    assert (page.inside, page.status) == (False, 303)
    assert page.headers["location"] == "/sign-in?to=/train%3Frun%3Da"
    assert knock(SIGNED, kind="websocket").status == 4403
    refused = knock(SIGNED, path="/media/x.png", accept="image/*")
    assert refused.status == 403
    assert "Sign in first" in refused.text
    assert knock(SIGNED, path="/_stcore/health").inside


def test_a_browser_begins_at_the_name_to_which_it_comes_back() -> None:
    for host in ("other.example", "room.example:8501"):
        page = knock(SIGNED, host=host, query="run=a")
        assert page.headers["location"] == "https://room.example/sign-in?to=/train%3Frun%3Da"


def test_the_page_leads_to_the_service_and_remembers_the_place() -> None:
    shown = knock(SIGNED, "/sign-in", query=urlencode({"to": DEEP}))
    assert not shown.inside
    assert "<form" not in shown.text, "a form may lead nowhere but to this server"
    link = html.unescape(re.findall(r'href="([^"]+)"', shown.text)[0])
    gone = knock(SIGNED, urlsplit(link).path, query=urlsplit(link).query)
    assert gone.headers["location"].startswith("/auth/login?provider=")
    (kept,) = gone.cookies
    assert kept.startswith("lightbox_place=")
    assert all(word in kept for word in ("HttpOnly", "SameSite=Lax", "Path=/oauth2callback"))
    assert parse_qs(urlsplit(gone.headers["location"]).query)["to"] == [DEEP]
    back = returned(streamlits(BEN), cookie=kept.partition(";")[0])
    assert back.headers["location"] == DEEP


def returned(
    fresh: dict[str, str], *, cookie: str = "", query: str = "code=a&state=b", **more: Any
) -> Answer:
    """The answer to who comes back from the service, after Streamlit's with these cookies."""
    given = [f"{name}={value}; Path=/; HttpOnly; SameSite=lax" for name, value in fresh.items()]
    behind = Streamlit(302, "/", *given)
    return ask(behind, "/oauth2callback", query=query, cookie=cookie, **more)


def cookies_of(answer: Answer) -> str:
    return "; ".join(cookie.partition(";")[0] for cookie in answer.cookies)


def test_who_comes_back_is_in_as_the_account() -> None:
    for claims, role in ((BEN, "student"), (ADA, "lecturer")):
        answer = returned(streamlits(claims))
        assert (answer.status, answer.headers["location"]) == (303, "/")
        assert all("; Secure" in one and "HttpOnly" in one for one in answer.cookies)
        inside = knock(SIGNED, cookie=cookies_of(answer))
        assert (inside.inside, inside.role, inside.person) == (True, role, person(claims))
        assert re.fullmatch(r"[0-9a-f]{16}", inside.person)


def test_only_what_streamlit_has_just_written_gives_a_pass() -> None:
    """Nobody brings a cookie of his own along to the callback."""
    answer = returned({}, cookie=header(streamlits(ADA)))
    assert answer.headers["location"].startswith("/sign-in?said=failed")
    assert ACCOUNT not in cookies_of(answer)


def test_a_callback_once_more_changes_nothing() -> None:
    answer = returned({}, cookie=header(signed_in(BEN)))
    assert answer.headers["location"] == "/"
    gone = returned({"_streamlit_user": '""'}, cookie=header(signed_in(BEN)))
    assert gone.headers["location"].startswith("/sign-in?said=failed")


@pytest.mark.parametrize(
    "place",
    ["//evil.example", "https://evil.example", "/\\evil", "/auth/logout", "/sign-in?go=1", "x"],
)
def test_no_sign_in_leads_elsewhere(place: str) -> None:
    shown = knock(SIGNED, "/sign-in", query=urlencode({"to": place}))
    assert "to=%2F&quot;" in shown.text or 'to=%2F"' in shown.text
    assert "evil" not in shown.text
    forged = f"lightbox_place={reception._packed(place)}"
    assert returned(streamlits(BEN), cookie=forged).headers["location"] == "/"
    again = knock(SIGNED, "/sign-in", query=urlencode({"to": place}), cookie=header(signed_in(BEN)))
    assert again.headers["location"] == "/"


def test_what_is_typed_into_the_address_is_not_on_the_page() -> None:
    for query in ({"to": '/"><script>'}, {"said": "<script>"}, {"to": "/a\r\nb"}):
        assert "<script" not in knock(SIGNED, "/sign-in", query=urlencode(query)).text


@pytest.mark.parametrize("value", ["", "x", "é", "eJw", "AAAA" * 20, "=", "%"])
def test_a_damaged_place_is_the_first_page(value: str) -> None:
    assert reception._inside(reception._unpacked(value)) == "/"


def test_a_long_place_fits_into_a_cookie() -> None:
    for place in (DEEP, "/architecture?set=" + "conv-3x3-relu_" * 600):
        assert reception._unpacked(reception._packed(place)) == place
        assert len(reception._packed(place)) < 4000
    noise = "".join(f"{n * 7919 % 65521:x}" for n in range(9000))
    assert reception._unpacked(reception._packed(f"/train?set={noise}")) == "/train"


@pytest.mark.parametrize(
    "path",
    [
        "//auth/login",
        "/auth/login/",
        "/auth/login/../x",
        "/auth//login",
        "/Auth/Login",
        "/auth/login/x",
        "/auth/loginx",
        "/x/auth/login",
        "/oauth2callback/",
        "/oauth2callback/../train",
        "/auth/logout/x",
        "/auth",
        "/sign-in/",
        "/sign-in/../train",
    ],
)
def test_only_the_three_places_are_open_by_their_very_names(path: str) -> None:
    answer = knock(SIGNED, path, host="room.example")
    assert (answer.inside, answer.status) == (False, 303)
    assert answer.headers["location"].startswith("/sign-in?to=")


@pytest.mark.parametrize("path", ["/auth/login", "/oauth2callback", "/auth/logout"])
def test_they_are_open_to_a_browser_that_looks_and_closed_where_nobody_signs_in(path: str) -> None:
    assert ask(Streamlit(302, "/"), path).inside
    for method in ("POST", "HEAD", "PUT"):
        assert not ask(Streamlit(302, "/"), path, method=method).inside
    assert not ask(Streamlit(302, "/"), path, host="evil.example").inside
    assert not ask(Streamlit(302, "/"), path, kind="websocket").inside
    closed = knock(CLASS, path, cookie=student())
    assert (closed.inside, closed.status) == (False, 404)
    assert not knock(path=f"/{path}", cookie=student()).inside


def test_the_callback_is_asked_without_a_name_of_the_doors() -> None:
    behind = Streamlit(302, "/")
    ask(behind, "/oauth2callback", x_lightbox_role="lecturer")
    assert not [n for n, _ in behind.scopes[0]["headers"] if n.startswith(b"x-lightbox")]


def test_a_service_that_does_not_answer_is_told_in_a_sentence() -> None:
    answer = ask(Streamlit(400, ""), "/auth/login", query=urlencode({"to": DEEP}))
    assert answer.status == 503
    assert "does not answer" in answer.text
    assert "of Streamlit" not in answer.text
    assert f"/sign-in?{urlencode({'go': 1, 'to': DEEP})}" in html.unescape(answer.text)
    late = ask(Streamlit(302, "/"), "/auth/login", query=urlencode({"to": DEEP}))
    assert late.headers["location"] == f"/sign-in?to={quote(DEEP, safe='')}"


def test_every_answer_on_the_way_has_the_doors_headers() -> None:
    answers = [
        returned(streamlits(BEN)),
        returned({}),
        ask(Streamlit(302, "https://login.example/authorize"), "/auth/login"),
        ask(Streamlit(400, ""), "/auth/login"),
        ask(Streamlit(302, "/"), "/auth/logout"),
        knock(SIGNED, "/sign-in"),
        knock(SIGNED, "/sign-in", query="go=1"),
    ]
    for answer in answers:
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


def test_signing_out_closes_the_door_and_an_old_tab() -> None:
    house = Door(House(), policy=SIGNED)
    cookies = header(signed_in(BEN))
    click = BackMsg(rerun_script=ClientState(query_string="a=b")).SerializeToString()

    def tab() -> list[bytes]:
        return knock(
            SIGNED, kind="websocket", messages=(click,), cookie=cookies, into=house
        ).received

    assert tab() == [click]
    answer = ask(Streamlit(302, "/"), "/auth/logout", into=house, cookie=cookies)
    assert answer.inside
    assert not knock(SIGNED, cookie=cookies, into=house).inside
    assert knock(SIGNED, kind="websocket", cookie=cookies, into=house).status == 4403


def test_a_tab_that_was_open_hears_nothing_after_its_person_has_left() -> None:
    leaving = Reception(SERVICE)
    cookies = signed_in(BEN)
    house = Door(House(), policy=SIGNED)
    house._reception = leaving
    click = BackMsg(rerun_script=ClientState(query_string="a=b")).SerializeToString()
    asked = 0
    really_find = leaving.accounts.find

    def find(given: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked == 3:  # after the handshake and the first message
            leaving.accounts.leave(cookies)
        return really_find(given)

    leaving.accounts.find = find  # type: ignore[method-assign]
    messages = (click, click, click)
    answer = knock(SIGNED, kind="websocket", messages=messages, cookie=header(cookies), into=house)
    assert answer.received == [click]


def test_where_signing_out_leads_and_what_it_takes_back() -> None:
    answer = ask(Streamlit(302, "/"), "/auth/logout", cookie=header(signed_in(BEN)))
    assert answer.headers["location"] == "/sign-in?said=out"
    taken = {one.partition("=")[0] for one in answer.cookies if "Max-Age=0" in one}
    assert {ACCOUNT, door.PASS} <= taken
    away = "https://login.example/end?client_id=a"
    assert ask(Streamlit(302, away), "/auth/logout").headers["location"] == away
    back = ask(Streamlit(302, "/"), "/oauth2callback")
    assert parse_qs(urlsplit(back.headers["location"]).query)["said"] == ["out"]
    assert "signed out" in knock(SIGNED, "/sign-in", query="said=out").text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_foreign_page_signs_anybody_in_or_out(site: str) -> None:
    for path in ("/auth/logout", "/auth/login"):
        answer = ask(Streamlit(302, "/"), path, sec_fetch_site=site, cookie=header(signed_in(BEN)))
        assert (answer.inside, answer.status) == (False, 403)
    # The service's own answer comes from its site.
    assert ask(Streamlit(302, "/"), "/oauth2callback", sec_fetch_site=site).inside


def test_what_streamlit_keeps_of_an_account_is_sent_to_its_own_routes_alone() -> None:
    """Names and tokens reach no page, nor burst a handshake, which takes 8 kB of cookies."""
    answer = returned({**streamlits({**ADA, "groups": noise(9000)}), "_streamlit_user_tokens": "t"})
    kept = {one.partition("=")[0]: one for one in answer.cookies}
    assert len(kept) > 5
    for name, one in kept.items():
        place = "/oauth2callback" if name == "lightbox_place" else "/auth"
        assert f"Path={'/' if name == ACCOUNT else place};" in one
        assert int(re.findall(r"Max-Age=(\d+)", one)[0]) <= 86_400
    assert len(kept[ACCOUNT]) < 300
    gone = '""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=lax'
    for one in returned({"_streamlit_user": gone}).cookies:
        assert "Max-Age=0" in one
        assert "Path=/auth" in one or one.startswith("lightbox_place")


def test_a_page_is_told_that_there_is_an_account() -> None:
    for kind in ("http", "websocket"):
        behind = House()
        ask(behind, "/train", kind=kind, cookie=header(signed_in(ADA)))
        assert dict(behind.scopes[0]["headers"])[ACCOUNT_HEADER.encode()] == b"1"
        ask(behind, "/train", kind=kind, cookie=student())
        assert ACCOUNT_HEADER.encode() not in dict(behind.scopes[-1]["headers"])


def test_the_lecturers_key_and_this_machine_still_open() -> None:
    answer = knock(SIGNED, "/class-code", query="key=the-key-of-it&to=/")
    assert answer.status == 303
    assert knock(SIGNED, cookie=cookies_of(answer)).role == "lecturer"
    both = f"{cookies_of(answer)}; {header(signed_in(BEN))}"
    found = knock(SIGNED, cookie=both)
    assert (found.role, found.person) == ("lecturer", person(BEN))
    assert knock(SIGNED, client="127.0.0.1", host="localhost:8501").role == "lecturer"
    for query in ("", "key=", "to=/train"):
        asked = knock(SIGNED, "/class-code", query=query)
        assert asked.headers["location"].startswith("https://room.example/sign-in?to=")
    assert knock(SIGNED, "/class-code", query="key=wrong").status == 403


def test_no_key_of_another_browser_goes_with_an_account() -> None:
    answer = knock(SIGNED, "/class-code", query="key=the-key-of-it&to=/")
    sealed_pass = next(one for one in answer.cookies if one.startswith(door.PASS))
    stolen = f"{door.PERSON}={PERSON}; {sealed_pass.partition(';')[0]}; {header(signed_in(BEN))}"
    assert knock(SIGNED, cookie=stolen).role == "student"


def test_cookies_of_other_programs_on_the_same_name_do_no_harm() -> None:
    strange = 'a={"b": 1}; c d; =; x="y; ' + header(signed_in(BEN)) + "; é=ü"
    assert knock(SIGNED, cookie=strange).person == person(BEN)


def test_the_log_tells_why_without_a_word_of_anybodys(caplog: pytest.LogCaptureFixture) -> None:
    reception.quote_nobody()
    reception.quote_nobody()
    logger = logging.getLogger(reception._STREAMLITS[0])
    assert len([one for one in logger.filters if isinstance(one, reception.Reasons)]) == 1
    record = logging.LogRecord(
        logger.name, logging.WARNING, "", 0, "Failed: %s", (ValueError("meieranna"),), None,
        func="_get_provider_logout_url",
    )  # fmt: skip
    quoting = logging.LogRecord(
        logger.name, logging.ERROR, "", 0, "Error: %s", ("meieranna",), None, func="_auth_callback"
    )
    with caplog.at_level("INFO", "lightbox.journal"):
        assert not logger.filter(record)
        assert not logger.filter(quoting)
    (line,) = caplog.messages
    told = json.loads(line)
    assert (told["event"], told["code"], told["kind"]) == (
        "sign_in.failed",
        "sign-in.end",
        "ValueError",
    )
    assert journal.recent()[0].code == "sign-in.end"


def test_the_log_tells_the_services_own_word_once_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Door(House(), policy=SIGNED)
    now = time.monotonic()
    with caplog.at_level("INFO", "lightbox.journal"):
        for error, later in (
            ("meieranna", 0),
            ("invalid_scope", 0),
            ("access_denied", 59),
            ("access_denied", 61),
        ):
            monkeypatch.setattr(time, "monotonic", lambda later=later: now + later)
            answer = returned({}, query=urlencode({"error": error, "state": "b"}), into=house)
            assert answer.headers["location"].startswith("/sign-in?said=failed")
    told = [json.loads(line) for line in caplog.messages]
    assert [one["kind"] for one in told] == ["invalid_scope", "access_denied"]
    assert {one["code"] for one in told} == {"sign-in.refused"}


def test_streamlit_still_says_there_why_and_by_these_names() -> None:
    assert (routes._LOGGER.name, auth_util._LOGGER.name) == reception._STREAMLITS
    assert all(hasattr(routes, name) for name in reception._STEPS)
    paths = {route.path for route in routes.create_auth_routes("")}
    assert paths == reception.ROUTES
