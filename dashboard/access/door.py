"""The door of the server: every request and every websocket passes here before Streamlit sees it.

It lets in who calls the server by one of its names, from one of its own pages, and, on an address
that others reach, who has given the class code or signed in; it says in headers what a page may
load, and keeps out of the websocket what a page of ours never sends.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from google.protobuf.message import DecodeError
from starlette.requests import ClientDisconnect, cookie_parser
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState

from core import journal
from dashboard.access import entrance
from dashboard.access.accounts import Account
from dashboard.access.addresses import asking_address
from dashboard.access.answers import (
    DAY_S,
    YEAR_S,
    App,
    Message,
    Receive,
    Scope,
    Send,
    cookie,
    send_on,
    send_page,
    with_headers,
)
from dashboard.access.bugs import note_bug
from dashboard.access.guesses import Guesses
from dashboard.access.kept import Kept, read_news
from dashboard.access.people import (
    ACCOUNT_HEADER,
    ADDRESS_HEADER,
    PERSON_HEADER,
    ROLE_HEADER,
    public_id,
)
from dashboard.access.policy import PASS, Policy, Role, is_loopback
from dashboard.access.reception import ROUTES, Reception
from dashboard.access.ticks import Ticks
from dashboard.access.visits import Visits

PERSON: Final = "lightbox_person"
"""The cookie that tells one browser from another; random, and known to that browser alone."""
CLOSED: Final = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
HEALTH: Final = "/_stcore/health"
MOST_MESSAGE_BYTES: Final = 4 * 2**20
"""Of one message of a browser; the largest of ours (all widgets of a page) takes 0.1 MB."""
MOST_IN_ADDRESS: Final = 20_000
"""Characters of one value; a network of one's own, the longest, takes a few thousand."""
LONGEST_ADDRESS: Final = 60_000
MOST_VALUES: Final = 300
"""Of one address; taking two million apart held up everybody for five seconds."""
MOST_FILES: Final = 5000
"""For which one message may ask where they go."""

_PERSON: Final = re.compile(r"[0-9a-f]{32}")
_FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_WELCOME: Final = frozenset({"rerun_script", "stop_script", "file_urls_request", "app_heartbeat"})
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
"""What Streamlit calls a request, a session or a file; another text would stand in the log."""
_PART: Final = re.compile(r"[0-9a-f]{0,64}")
"""What Streamlit calls a part of a page; it writes the name of one that is gone into the log."""
_WIDGET: Final = "$$"
"""With which the id of every widget begins; another one would break the page's own state."""
_UPLOADS: Final = "/_stcore/upload_file/"
_LARGEST: Final = 1e15
_GONE: Final = 4403
"""With which a websocket is closed that may not go on."""


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who calls.

    Attributes:
        browser: Random, kept by the browser alone.
        person: Whose things are theirs: the account, or the browser where there is none.
        role: None for who may not come in yet.
        has_account: Whether the person has signed in.
        address: From where, by another name; "" where that binds nobody.
    """

    browser: str
    person: str
    role: Role | None
    has_account: bool = False
    address: str = ""


class Door:
    """The ASGI middleware.

    Args:
        app: What is behind it.
        policy: The rules.
        room: Bytes that may still be uploaded for a session; called with the session's id.
        comes_from: Told a session's id and from which address it sends, by another name.
        arriving: Holds room for bytes of a session while they come; called with its id and them.
        visits: Counts who is connected.
    """

    def __init__(
        self,
        app: App,
        *,
        policy: Policy,
        room: Callable[[str], int] = lambda _: 2**40,
        comes_from: Callable[[str, str], None] = lambda *_: None,
        arriving: Callable[[str, int], AbstractContextManager[None]] = lambda *_: nullcontext(),
        visits: Visits | None = None,
    ) -> None:
        self._app = app
        self._policy = policy
        self._room = room
        self._comes_from = comes_from
        self._arriving = arriving
        self._visits = visits or Visits()
        self._guesses = Guesses()
        self._reception = Reception(policy.sign_in) if policy.sign_in else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, answer or refuse."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        begun, send = _noting(send)
        try:
            await self._decide(scope, receive, send)
        except ClientDisconnect:
            return  # who sent it is gone
        except Exception as error:
            # Streamlit and its server would write a text that somebody gave into the log.
            note_bug(error)
            if scope["type"] == "http" and not begun():
                await send_page(send, 500, entrance.plain_page(entrance.MISTAKE), [])

    async def _decide(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope)
        host = headers.get("host", "")
        if not self._is_ours(host):
            await self._refuse(scope, receive, send, 421, entrance.OTHER_NAME)
        elif not self._comes_from_here(scope, headers, host):
            await self._refuse(scope, receive, send, 403, entrance.OTHER_ORIGIN)
        elif self._is_closed(_path(scope)):
            await self._refuse(scope, receive, send, 404, entrance.NOTHING)
        else:
            await self._let_in(scope, receive, send, headers)

    def _is_closed(self, path: str) -> bool:
        return path.startswith(CLOSED) or (self._reception is None and path in ROUTES)

    async def _let_in(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[str, str]
    ) -> None:
        cookies = cookie_parser(headers.get("cookie", ""))
        if self._reception is not None and self._reception.serves(scope):
            nobody = {**scope, "headers": _without_ours(scope["headers"])}
            await self._reception.serve(self._app, nobody, receive, send, cookies)
            return
        caller = self._caller(scope, headers, cookies)
        set_cookies = []
        if cookies.get(PERSON) != caller.browser:
            set_cookies.append(cookie(PERSON, caller.browser, YEAR_S))
        path = _path(scope)
        if scope["type"] == "http" and path == entrance.PATH:
            await self._answer_code(scope, receive, send, caller.browser, set_cookies)
            return
        if caller.role is None and path != HEALTH:
            if scope["type"] == "http" and _wants_page(scope, headers):
                way = self._way_in(headers.get("host", ""), path + _query(scope))
                await send_on(send, way, set_cookies)
            else:
                first = entrance.SIGN_IN_FIRST if self._reception else entrance.NO_PASS
                await self._refuse(scope, receive, send, 403, first)
            return
        scope = {**scope, "headers": _signed(scope["headers"], caller)}
        if scope["type"] == "websocket":
            if self._visits.has_room(caller.address):
                await self._talk(scope, receive, send, caller, cookies)
            else:
                await self._refuse(scope, receive, send, 429, entrance.TOO_OFTEN)
            return
        if path.startswith(_UPLOADS):
            self._comes_from(path.split("/")[3], caller.address)
        if not self._fits(scope["method"], path, headers):
            journal.write("upload.refused", code="upload.no-room", bytes=_length(headers))
            await self._refuse(scope, receive, send, 413, entrance.TOO_LARGE)
            return
        with self._coming(path, headers):
            await self._app(
                scope, receive, with_headers(send, headers.get("host", ""), set_cookies)
            )

    async def _talk(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        caller: _Caller,
        cookies: Mapping[str, str],
    ) -> None:
        """A page's websocket; who has signed out since finds it closed at the next message."""
        ticks, kept = Ticks(), Kept()

        async def receive_while_in() -> Message:
            message = await receive()
            if caller.has_account and self._account_of(cookies) is None:
                return {"type": "websocket.disconnect", "code": _GONE}
            return message

        with self._visits.visit(caller.address):
            filtered = _without_refused(receive_while_in, ticks, kept)
            await self._app(scope, filtered, _heard(send, ticks, kept))

    def _way_in(self, host: str, place: str) -> str:
        if self._reception is not None:
            return self._reception.way_in(host, place)
        return f"{entrance.PATH}?to={quote(place)}"

    def _account_of(self, cookies: Mapping[str, str]) -> Account | None:
        return None if self._reception is None else self._reception.accounts.find(cookies)

    def _caller(self, scope: Scope, headers: dict[str, str], cookies: Mapping[str, str]) -> _Caller:
        known = cookies.get(PERSON, "")
        browser = known if _PERSON.fullmatch(known) else secrets.token_hex(16)
        role = self._role(scope, headers, browser, cookies.get(PASS, ""))
        account = self._account_of(cookies)
        if account is None:
            address = self._policy.veil(asking_address(scope, self._policy.proxies))
            near = "" if role == "lecturer" else address
            return _Caller(browser, browser, role, address=near)
        of_account: Role = "lecturer" if account.is_lecturer else "student"
        return _Caller(browser, account.person, role or of_account, has_account=True)

    def _is_ours(self, host: str) -> bool:
        name = _host_name(host)
        return name is not None and name in self._policy.hosts

    def _comes_from_here(self, scope: Scope, headers: dict[str, str], host: str) -> bool:
        """Whether what changes something, or talks both ways, is asked by a page of this server."""
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            return True
        origin = headers.get("origin")
        # Without an origin it is a program, not a page: nobody's cookies go with it unasked.
        if origin is None:
            return True
        try:
            return urlsplit(origin).netloc.lower() == host.lower()
        except ValueError:
            return False

    def _role(self, scope: Scope, headers: dict[str, str], person: str, sealed: str) -> Role | None:
        policy = self._policy
        if not policy.shared:
            return "lecturer"
        role = policy.read(person, sealed)
        if role is not None:
            return role
        address = (scope.get("client") or ("", 0))[0]
        relayed = policy.proxied or any(name in headers for name in _FORWARDED)
        if is_loopback(address) and not relayed and _is_local_name(headers.get("host", "")):
            return "lecturer"
        return None if policy.asks else "student"

    def _fits(self, method: str, path: str, headers: dict[str, str]) -> bool:
        if not path.startswith(_UPLOADS):
            return True
        session = path.split("/")[3]
        # A browser always says how much comes; what comes without a length is not read at all.
        if method != "PUT" and "content-length" not in headers:
            return True
        return 0 <= _length(headers) <= self._room(session)

    def _coming(self, path: str, headers: dict[str, str]) -> AbstractContextManager[None]:
        """Room that is taken while a request's file comes."""
        if not path.startswith(_UPLOADS):
            return nullcontext()
        return self._arriving(path.split("/")[3], max(0, _length(headers)))

    async def _answer_code(
        self, scope: Scope, receive: Receive, send: Send, person: str, set_cookies: list[str]
    ) -> None:
        """Show the field for the class code, or read what was typed into it."""
        query = parse_qs(_query(scope).removeprefix("?"))
        place = entrance.local_place(query.get("to", ["/"])[0])
        typed = query.get("key", [""])[0]  # the lecturer's own link
        if scope["method"] == "POST":
            fields = parse_qs((await _body(receive)).decode("utf-8", "replace"))
            typed = fields.get("code", [""])[0]
            place = entrance.local_place(fields.get("to", ["/"])[0])
        if not typed:
            if self._reception is not None:
                way = self._way_in(_headers(scope).get("host", ""), place)
                await send_on(send, way, set_cookies)
            else:
                await send_page(send, 200, entrance.code_page(place), set_cookies)
            return
        address = asking_address(scope, self._policy.proxies)
        if self._guesses.are_too_many(address):
            await send_page(send, 429, entrance.code_page(place, entrance.TOO_OFTEN), set_cookies)
            return
        role = self._policy.role_of(typed)
        if role is None:
            self._guesses.was_wrong(address)
            await send_page(send, 403, entrance.code_page(place, entrance.WRONG), set_cookies)
            return
        self._guesses.was_right(address)
        sealed = cookie(PASS, self._policy.sign(person, role), DAY_S)
        await send_on(send, place, [cookie(PERSON, person, YEAR_S), sealed])

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, status: int, words: str
    ) -> None:
        if scope["type"] == "websocket":
            await receive()  # its "connect"
            await send({"type": "websocket.close", "code": _GONE, "reason": ""})
        else:
            await send_page(send, status, entrance.plain_page(words), [])


def _headers(scope: Scope) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1")
        for name, value in scope.get("headers", ())
    }


def _length(headers: dict[str, str]) -> int:
    """Bytes that a request announces, -1 where it says no number."""
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 16 else -1


def _path(scope: Scope) -> str:
    return "/" + str(scope.get("path", "")).lstrip("/")


def _query(scope: Scope) -> str:
    query = bytes(scope.get("query_string", b"")).decode("latin-1")
    return f"?{query}" if query else ""


def _host_name(host: str) -> str | None:
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port  # the port raises where it is none
    except ValueError:
        return None
    if not name or parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return name.lower().rstrip(".")


def _is_local_name(host: str) -> bool:
    name = _host_name(host)
    return name == "localhost" or (name is not None and is_loopback(name))


def _wants_page(scope: Scope, headers: dict[str, str]) -> bool:
    return scope["method"] == "GET" and "text/html" in headers.get("accept", "")


def _signed(headers: Iterable[tuple[bytes, bytes]], caller: _Caller) -> list[tuple[bytes, bytes]]:
    """The same headers, and who it is in those that only the door may write."""
    role = caller.role or "student"
    return [
        *_without_ours(headers),
        (PERSON_HEADER.encode(), public_id(caller.person).encode()),
        (ROLE_HEADER.encode(), role.encode()),
        (ADDRESS_HEADER.encode(), caller.address.encode()),
        *([(ACCOUNT_HEADER.encode(), b"1")] if caller.has_account else ()),
    ]


def _without_ours(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [pair for pair in headers if not pair[0].lower().startswith(b"x-lightbox-")]


def _noting(send: Send) -> tuple[Callable[[], bool], Send]:
    """Whether an answer has begun, and the way of answering that notes it."""
    sent = False

    async def noting(message: Message) -> None:
        nonlocal sent
        sent = True
        await send(message)

    return lambda: sent, noting


def _heard(send: Send, ticks: Ticks, kept: Kept) -> Send:
    async def told(message: Message) -> None:
        await send(message)
        raw = message.get("bytes")
        if raw is None:
            return
        news = read_news(raw)
        kept.sent(raw, news)
        if news is not None:
            ticks.sent(news)

    return told


def _without_refused(receive: Receive, ticks: Ticks, kept: Kept) -> Receive:
    """The browser's messages without what no page of ours sends, and without untimely ticks."""

    async def filtered() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            welcome = _welcome_part(message.get("bytes"), ticks, kept)
            if welcome is not None:
                return {**message, "bytes": welcome}

    return filtered


def _welcome_part(raw: bytes | None, ticks: Ticks, kept: Kept) -> bytes | None:
    """A message as Streamlit may see it, None where it may not."""
    if raw is None or len(raw) > MOST_MESSAGE_BYTES:
        return None
    try:
        message = BackMsg.FromString(raw)
    except DecodeError:
        return None
    if not _is_welcome(message):
        return None
    if message.WhichOneof("type") == "rerun_script":
        if not _PART.fullmatch(message.rerun_script.fragment_id):
            return None
        owing = ticks.owes_an_end
        if not ticks.lets_in(message.rerun_script):
            return None
        _leave_widgets(message.rerun_script)
        # How many runs end before this request's turn comes is not known while one goes on.
        named = () if owing else kept.still(message.rerun_script.cached_message_hashes)
        message.rerun_script.ClearField("cached_message_hashes")
        message.rerun_script.cached_message_hashes.extend(named)
        message.rerun_script.query_string = clean_query(message.rerun_script.query_string)
    return message.SerializeToString()


def _is_welcome(message: BackMsg) -> bool:
    """Whether a page of ours may send that."""
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":  # a file that is made at the click on its button
        asked = message.backend_operation_request
        names = (asked.request_id, asked.session_id, asked.deferred_file.file_id)
        return asked.WhichOneof("payload") == "deferred_file" and all(map(_NAME.fullmatch, names))
    return kind in _WELCOME and len(message.file_urls_request.file_names) <= MOST_FILES


def _leave_widgets(asked: ClientState) -> None:
    """Take out what claims to be a widget and has no widget's name, or a number that is none."""
    given = asked.widget_states.widgets
    kept = [one for one in given if one.id.startswith(_WIDGET) and _is_countable(one)]
    if len(kept) < len(given):
        del given[:]
        given.extend(kept)


def _is_countable(widget: WidgetState) -> bool:
    """Whether its numbers, if it has any, are some that a page can reckon with."""
    numbers = (widget.double_value, *widget.double_array_value.data)
    return all(abs(number) < _LARGEST for number in numbers)


def clean_query(query: str) -> str:
    """The address without values that no page can mean; empty where it is none of ours.

    Streamlit hands a number of an address on to its widgets as it is, and fails at one that no
    float can hold.
    """
    if len(query) > LONGEST_ADDRESS or query.count("&") > MOST_VALUES:
        return ""
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=None)
    kept = [pair for pair in pairs if _can_be_meant(pair[1])]
    return query if len(kept) == len(pairs) else urlencode(kept)


def _can_be_meant(value: str) -> bool:
    if len(value) > MOST_IN_ADDRESS or not (value.isprintable() or not value):
        return False
    try:
        return abs(float(value)) < _LARGEST
    except ValueError:
        return True  # no number


async def _body(receive: Receive, most: int = 4096) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most:
            return b""
        if not message.get("more_body"):
            return body
