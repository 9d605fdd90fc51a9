"""What the door lets in and what it answers, without a server behind it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.requests import ClientDisconnect
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import FileURLsRequest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.access import door, guesses
from dashboard.access.door import Door
from dashboard.access.people import PERSON_HEADER, ROLE_HEADER, public_id
from dashboard.access.policy import LOOPBACK, Policy
from tests.event_loop import awaited

CLASS = Policy(
    shared=True,
    hosts=LOOPBACK | {"room.example"},
    code="abc234",
    key="the-key-of-it",
    folders=(),
    secret=b"s" * 32,
)
PERSON = "0123456789abcdef" * 2


class House:
    """The app behind the door: remembers who was let in, and with which messages."""

    def __init__(self, draws: tuple[bytes, ...] = ()) -> None:
        self.scopes: list[Any] = []
        self.received: list[Any] = []
        self._draws = draws

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scopes.append(scope)
        if scope["type"] == "websocket":
            for one in self._draws:
                await send({"type": "websocket.send", "bytes": one})
            while (message := await receive())["type"] == "websocket.receive":
                self.received.append(message["bytes"])
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inside"})


class Answer:
    """What came back."""

    def __init__(self, sent: list[Any], house: House) -> None:
        self.inside = bool(house.scopes)
        self.status = sent[0].get("status", sent[0].get("code")) if sent else None
        pairs = sent[0].get("headers", ()) if sent else ()
        self.headers = {name.decode(): value.decode() for name, value in pairs}
        self.cookies = [v.decode() for n, v in pairs if n == b"set-cookie"]
        self.text = b"".join(part.get("body", b"") for part in sent).decode()
        given = dict(house.scopes[0]["headers"]) if house.scopes else {}
        self.role = given.get(ROLE_HEADER.encode(), b"").decode()
        self.person = given.get(PERSON_HEADER.encode(), b"").decode()
        self.received = house.received


def knock(
    policy: Policy = CLASS,
    path: str = "/train",
    *,
    kind: str = "http",
    method: str = "GET",
    client: str = "192.0.2.9",
    query: str = "",
    body: bytes = b"",
    messages: tuple[bytes, ...] = (),
    draws: tuple[bytes, ...] = (),
    into: Door | None = None,
    house: House | None = None,
    **headers: str,
) -> Answer:
    """Ask the door once."""
    house, sent = house or House(draws), []
    given = {"host": "room.example:8501", "accept": "text/html", **headers}
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "client": (client, 5),
        "headers": [(n.replace("_", "-").encode(), v.encode()) for n, v in given.items()],
    }
    events: Iterator[Any] = iter(
        [{"type": "http.request", "body": body}]
        if kind == "http"
        else [
            *({"type": "websocket.receive", "bytes": one} for one in messages),
            {"type": "websocket.disconnect"},
        ]
    )

    async def receive() -> Any:
        return next(events)

    async def send(message: Any) -> None:
        sent.append(message)

    target = into or Door(house, policy=policy)
    target._app = house
    awaited(target(scope, receive, send))
    return Answer(sent, house)


def student(policy: Policy = CLASS, role: str = "student") -> str:
    sealed = policy.sign(PERSON, role)  # type: ignore[arg-type]
    return f"{door.PERSON}={PERSON}; {door.PASS}={sealed}"


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8501", "", "room.example.evil", "a@room.example", "::", "["],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_foreign_name_is_refused(host: str, kind: str) -> None:
    """DNS rebinding: the attacker's name points at this machine."""
    for policy in (Policy(), CLASS):
        answer = knock(policy, host=host, kind=kind, client="127.0.0.1", cookie=student())
        assert not answer.inside
        assert answer.status in {421, 4403}


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://room.example:9999"])
def test_a_foreign_page_may_neither_talk_nor_change(origin: str) -> None:
    assert not knock(kind="websocket", origin=origin, cookie=student()).inside
    for method in ("PUT", "POST", "DELETE"):
        assert not knock(method=method, origin=origin, cookie=student()).inside
    assert knock(kind="websocket", origin="http://room.example:8501", cookie=student()).inside


@pytest.mark.parametrize("path", ["/_stcore/metrics", "//_stcore/metrics", "/_stcore/agent/x"])
def test_what_nobody_needs_is_closed(path: str) -> None:
    assert knock(Policy(), path, host="localhost", client="127.0.0.1").status == 404


def test_nobody_comes_in_without_the_code() -> None:
    page = knock(query="run=a")
    assert (page.inside, page.status) == (False, 303)
    assert page.headers["location"] == "/class-code?to=/train%3Frun%3Da"
    assert knock(kind="websocket").status == 4403
    assert knock(path="/media/x.png", accept="image/*").status == 403
    assert knock(path="/_stcore/health").inside


def test_the_code_lets_in_and_remembers_where_one_wanted_to_go() -> None:
    shown = knock(path="/class-code", query=urlencode({"to": "/train?run=a"}))
    assert 'value="/train?run=a"' in shown.text
    form = urlencode({"code": "ABC234", "to": "/train?run=a"}).encode()
    answer = knock(path="/class-code", method="POST", body=form)
    assert (answer.status, answer.headers["location"]) == (303, "/train?run=a")
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in answer.cookies)
    cookies = "; ".join(cookie.partition(";")[0] for cookie in answer.cookies)
    inside = knock(cookie=cookies)
    assert (inside.inside, inside.role) == (True, "student")
    assert len(inside.person) == 16
    assert inside.person not in cookies


def test_a_wrong_code_lets_nobody_in_and_soon_has_to_wait() -> None:
    one = Door(House(), policy=CLASS)
    form = urlencode({"code": "abc235"}).encode()
    answers = [
        knock(path="/class-code", method="POST", body=form, into=one).status for _ in range(12)
    ]
    assert answers == [403] * guesses.TRIES + [429] * 2
    right = urlencode({"code": "abc234"}).encode()
    assert knock(path="/class-code", method="POST", body=right, into=one).status == 429
    elsewhere = knock(path="/class-code", method="POST", body=right, into=one, client="192.0.2.8")
    assert elsewhere.status == 303


def test_behind_a_proxy_one_student_keeps_nobody_else_out() -> None:
    """Ten wrong codes of one locked out the class: all of them come from the proxy's address."""
    proxies = (ipaddress.ip_network("10.0.0.2/32"),)
    one = Door(House(), policy=replace(CLASS, proxied=True, proxies=proxies))

    def give(code: str, forwarded: str, client: str = "10.0.0.2") -> int | None:
        form = urlencode({"code": code}).encode()
        asked = {"x_forwarded_for": forwarded, "client": client, "body": form}
        return knock(path="/class-code", method="POST", into=one, **asked).status

    # Each time another forged address before the one that the proxy adds.
    tried = [give("abc235", f"203.0.113.{n}, 192.0.2.1") for n in range(12)]
    assert tried == [403] * guesses.TRIES + [429] * 2
    assert give("abc234", "192.0.2.1") == 429
    assert give("abc234", "192.0.2.2") == 303
    # Who reaches the server past the proxy is believed nothing.
    past = [give("abc235", f"192.0.2.{n}", "192.0.2.99") for n in range(12)]
    assert past == [403] * guesses.TRIES + [429] * 2


def test_many_addresses_guess_no_faster() -> None:
    one = Door(House(), policy=CLASS)
    form = urlencode({"code": "abc235"}).encode()
    answers = [
        knock(path="/class-code", method="POST", body=form, into=one, client=f"198.51.{n}.1").status
        for n in range(guesses.ALL_TRIES + 5)
    ]
    assert answers == [403] * guesses.ALL_TRIES + [429] * 5


@pytest.mark.parametrize(
    "place", ["//evil.example", "https://evil.example", "/\\evil", "/a\r\nb", "x"]
)
def test_no_code_leads_elsewhere(place: str) -> None:
    form = urlencode({"code": "abc234", "to": place}).encode()
    assert knock(path="/class-code", method="POST", body=form).headers["location"] == "/"
    assert "<script" not in knock(path="/class-code", query=urlencode({"to": "/<script>"})).text


def test_the_lecturer_comes_in_by_the_key_or_from_this_machine() -> None:
    answer = knock(path="/class-code", query="key=the-key-of-it&to=/")
    assert answer.status == 303
    cookies = "; ".join(cookie.partition(";")[0] for cookie in answer.cookies)
    assert knock(cookie=cookies).role == "lecturer"
    assert knock(client="127.0.0.1", host="localhost:8501").role == "lecturer"
    assert not knock(client="127.0.0.1").inside  # by its public name: a relay, perhaps
    assert not knock(client="127.0.0.1", host="localhost", x_forwarded_for="192.0.2.1").inside
    assert not knock(host="localhost:8501").inside  # another machine that says it is this one


def test_nobody_writes_the_doors_own_headers() -> None:
    forged = {"x_lightbox_role": "lecturer", "x_lightbox_person": "f" * 16}
    answer = knock(cookie=student(), **forged)
    assert answer.role == "student"
    assert answer.person == public_id(PERSON)


def test_a_forged_pass_is_none() -> None:
    for sealed in (
        "lecturer." + "0" * 64,
        student(role="student").replace("student.", "lecturer."),
    ):
        assert not knock(cookie=f"{door.PERSON}={PERSON}; {door.PASS}={sealed}").inside


def test_every_answer_says_what_a_page_may_load() -> None:
    inside = knock(cookie=student()).headers["content-security-policy"]
    assert "unsafe-eval" not in inside
    assert "img-src 'self' data: blob:;" in inside
    assert "default-src 'self'" in inside
    assert "ws://room.example:8501" in inside
    for answer in (knock(cookie=student()), knock(), knock(path="/class-code"), knock(host="x.y")):
        rules = answer.headers["content-security-policy"]
        assert answer.inside or "default-src 'none'" in rules
        assert "frame-ancestors 'none'" in rules
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_messages_that_no_page_of_ours_sends_are_kept_out() -> None:
    click = BackMsg(rerun_script=ClientState(query_string="a=b")).SerializeToString()
    made = file_made_at_a_click("7c9e", "a1b2-c3", "5f.d_e")
    forged = [BackMsg() for _ in range(2)]
    forged[0].backend_operation_request.request_id = "a"
    forged[1].backend_operation_request.install_skills.SetInParent()
    refused = (
        BackMsg(clear_cache=True).SerializeToString(),
        BackMsg(set_run_on_save=True).SerializeToString(),
        BackMsg(load_git_info=True).SerializeToString(),
        BackMsg(debug_shutdown_runtime=True).SerializeToString(),
        *(one.SerializeToString() for one in forged),
        file_made_at_a_click("a\nb", "a1b2-c3", "5fde"),
        file_made_at_a_click("7c9e", "a1b2-c3", "/etc/passwd\n"),
        BackMsg(file_urls_request=FileURLsRequest(file_names=["a"] * 6000)).SerializeToString(),
        BackMsg().SerializeToString(),
        b"\xff\xff\xff",
        click + b"\x00" * door.MOST_MESSAGE_BYTES,
    )
    sent = (*refused, click, *refused, made)
    answer = knock(kind="websocket", messages=sent, cookie=student())
    assert answer.received == [click, made]


def file_made_at_a_click(request: str, session: str, file: str) -> bytes:
    message = BackMsg()
    asked = message.backend_operation_request
    asked.request_id, asked.session_id, asked.deferred_file.file_id = request, session, file
    return message.SerializeToString()


def test_while_a_page_is_drawn_nothing_kept_by_the_browser_is_counted_on() -> None:
    """Back pressed three times: what the browser had kept was gone when its turn came."""
    names = ["1f" * 16, "2e" * 16]
    asked = BackMsg(rerun_script=ClientState(page_name="train", cached_message_hashes=names))
    raw = asked.SerializeToString()
    drawn = ForwardMsg(hash=names[1])
    drawn.delta.new_element.markdown.body = "x" * 1000
    answer = knock(
        kind="websocket",
        messages=(raw, raw),
        draws=(drawn.SerializeToString(),),
        cookie=student(),
    )
    first, second = (BackMsg.FromString(one).rerun_script for one in answer.received)
    assert list(first.cached_message_hashes) == [names[1]], "the other one was never sent"
    assert list(second.cached_message_hashes) == []
    assert second.page_name == "train"


@pytest.mark.parametrize("value", ["9" * 400, "-1e999", "nan", "\x00", "a\nb", "x" * 30_000])
def test_what_no_page_can_mean_is_left_out_of_the_address(value: str) -> None:
    query = urlencode({"a": "1", "epochs": value, "b": "", "c": "2.5", "d": "word"})
    click = BackMsg(rerun_script=ClientState(query_string=query)).SerializeToString()
    (received,) = knock(kind="websocket", messages=(click,), cookie=student()).received
    seen = BackMsg.FromString(received).rerun_script.query_string
    assert seen == "a=1&b=&c=2.5&d=word"


@pytest.mark.parametrize("query", ["a&" * 1_900_000, "a=1&" * 900_000, "a" * 3_000_000])
def test_an_address_that_takes_seconds_to_read_is_none(query: str) -> None:
    click = BackMsg(rerun_script=ClientState(query_string=query)).SerializeToString()
    (received,) = knock(kind="websocket", messages=(click,), cookie=student()).received
    assert BackMsg.FromString(received).rerun_script.query_string == ""


def test_what_has_no_widget_s_name_is_taken_out() -> None:
    names = ("$$ID-1f-train_rate", "meier", "$$STREAMLIT_INTERNAL_KEY_a__events", "")
    asked = BackMsg(rerun_script=ClientState())
    for one in names:
        asked.rerun_script.widget_states.widgets.add(id=one)
    messages = (asked.SerializeToString(),)
    (received,) = knock(kind="websocket", messages=messages, cookie=student()).received
    kept = BackMsg.FromString(received).rerun_script.widget_states.widgets
    assert [one.id for one in kept] == [names[0], names[2]]


@pytest.mark.parametrize("place", ["//[", "http://[x", "//anna\u2100"])
def test_an_address_that_is_none_leads_to_the_first_page(place: str) -> None:
    body = urlencode({"code": CLASS.code, "to": place}).encode()
    answer = knock(path="/class-code", method="POST", body=body)
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert knock(path="/class-code", method="POST", body=body, origin=place).status == 403


def test_a_mistake_is_answered_and_what_is_cut_off_is_none(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    raised: list[Exception] = []

    async def burning(*_: object) -> None:
        raise raised[0]

    monkeypatch.setattr(House, "__call__", burning)
    caplog.set_level("INFO", "lightbox.journal")
    raised[:] = [ClientDisconnect()]
    assert knock(cookie=student()).status is None
    assert not caplog.messages
    raised[:] = [ValueError("anna")]
    assert knock(cookie=student()).status == 500
    assert '"kind": "ValueError"' in caplog.text
    assert "anna" not in caplog.text


def test_an_upload_that_has_no_room_is_refused_before_it_is_read() -> None:
    small = Door(House(), policy=CLASS, room=lambda session: 100 if session == "mine" else 0)
    path = "/_stcore/upload_file/mine/file"
    fits = knock(path=path, method="PUT", cookie=student(), content_length="90", into=small)
    assert fits.inside
    for length in ("101", "-1x"):
        answer = knock(path=path, method="PUT", cookie=student(), content_length=length, into=small)
        assert (answer.inside, answer.status) == (False, 413)


def test_alone_on_this_machine_nobody_is_asked_for_anything() -> None:
    answer = knock(Policy(), host="localhost:8501", client="127.0.0.1")
    assert (answer.inside, answer.role) == (True, "lecturer")
