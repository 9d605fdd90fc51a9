"""The way in through an OpenID service: the door's page before it, and Streamlit's three routes.

Streamlit speaks with the service (``/auth/login``, ``/oauth2callback``, ``/auth/logout``). What it
answers is mended on its way out: it knows neither where a person wanted to go nor what to say.
"""

from __future__ import annotations

import base64
import binascii
import logging
import time
import zlib
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final, TypeAlias
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from streamlit.auth_util import encode_provider_token
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from core import journal
from dashboard.access import entrance
from dashboard.access.accounts import ACCOUNT, LASTS_S, Accounts, is_streamlits
from dashboard.access.answers import (
    ENTRANCE_POLICY,
    App,
    Message,
    Receive,
    Scope,
    Send,
    cookie,
    is_ours_to_say,
    own_headers,
    send_on,
    send_page,
)
from dashboard.access.policy import PASS
from dashboard.access.sign_in import CALLBACK, SignIn

LOGIN: Final = "/auth/login"
ROUTES: Final = frozenset({LOGIN, CALLBACK, entrance.SIGN_OUT})
"""Streamlit's own, by which a person comes and goes."""
_PLACE: Final = "lightbox_place"
"""The cookie that remembers where a person wanted to go; sent back to the callback alone."""
_PLACE_KEPT_S: Final = 900
_STREAMLITS_PATH: Final = "/auth"
"""Of the routes that read what Streamlit keeps of an account."""
_LONGEST_COOKIE: Final = 3800
_LONGEST_PLACE: Final = 60_000
_OF_A_REPLY: Final = frozenset({"code", "state", "error"})
_REFUSALS: Final = frozenset(
    {
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "invalid_request",
        "invalid_scope",
        "login_required",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
    }
)
"""What a service may say that refuses (RFC 6749, 4.1.2.1, and OpenID Connect Core, 3.1.2.6)."""
_TOLD_EVERY_S: Final = 60.0
_STREAMLITS: Final = (
    "streamlit.web.server.starlette.starlette_auth_routes",
    "streamlit.auth_util",
)
"""The names of the logs in which Streamlit tells of sign-ins."""
_STEPS: Final = {
    "_auth_login": "sign-in.begin",
    "_auth_callback": "sign-in.return",
    "_get_provider_logout_url": "sign-in.end",
}

_On: TypeAlias = tuple[str, list[str]]
"""Where to go, and the cookies to set."""


class Reception:
    """Serves who signs in or out.

    Args:
        sign_in: Through which service.
    """

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self.accounts = Accounts(sign_in)
        self._told = -_TOLD_EVERY_S

    def serves(self, scope: Scope) -> bool:
        """Whether a request is for one of these places, by its very name."""
        is_get = scope["type"] == "http" and scope["method"] == "GET"
        return is_get and (scope["path"] in ROUTES or scope["path"] == entrance.SIGN_IN)

    async def serve(
        self, app: App, scope: Scope, receive: Receive, send: Send, cookies: Mapping[str, str]
    ) -> None:
        """Answer it, or have Streamlit answer it; nobody needs a pass."""
        path = scope["path"]
        if path == entrance.SIGN_IN:
            await self._show(scope, send, cookies)
        elif path != CALLBACK and _is_from_elsewhere(scope):
            await send_page(send, 403, entrance.plain_page(entrance.OTHER_ORIGIN), [])
        else:
            if path == entrance.SIGN_OUT:
                self.accounts.leave(cookies)
            await app(scope, receive, _Mended(self, scope, cookies, send).send)

    def way_in(self, host: str, place: str) -> str:
        """The page to sign in on, at the name to which the service sends browsers back."""
        here = "" if host.lower() == urlsplit(self._sign_in.origin).netloc else self._sign_in.origin
        return f"{here}{entrance.SIGN_IN}?to={quote(place)}"

    async def _show(self, scope: Scope, send: Send, cookies: Mapping[str, str]) -> None:
        asked = _asked(scope)
        place = _wanted(asked)
        words = entrance.SAID.get(asked.get("said", [""])[0], "")
        if "go" in asked:
            token = encode_provider_token(self._sign_in.provider)
            kept = self._cookie(_PLACE, _packed(place), _PLACE_KEPT_S, path=CALLBACK)
            # Streamlit asks for the first alone; the second is for a service that does not answer.
            await send_on(send, f"{LOGIN}?{urlencode({'provider': token, 'to': place})}", [kept])
        elif self.accounts.find(cookies) is not None:
            await send_on(send, place, [])
        else:
            await send_page(send, 200, entrance.sign_in_page(place, words), [])

    def _cookie(self, name: str, value: str, seconds: int, *, path: str = "/") -> str:
        return cookie(name, value, seconds, path=path, secure=self._sign_in.is_encrypted)

    def after_return(
        self, reply: Mapping[str, list[str]], fresh: Mapping[str, str], cookies: Mapping[str, str]
    ) -> _On:
        """Where a person goes who comes back from the service, with which cookies.

        Args:
            reply: What the service says in the address to which it sent the browser back.
            fresh: The cookies that Streamlit gives.
            cookies: The browser's.
        """
        place = _inside(_unpacked(cookies.get(_PLACE, "")))
        forget = self._cookie(_PLACE, "", 0, path=CALLBACK)
        given = self.accounts.welcome(fresh)
        if given is not None:
            return place, [self._cookie(ACCOUNT, given, LASTS_S), forget]
        if USER_COOKIE_NAME not in fresh and self.accounts.find(cookies) is not None:
            return place, [forget]  # the callback once more, with Back
        self._tell(reply.get("error", [""])[0])
        said = "failed" if _OF_A_REPLY & reply.keys() else "out"
        return f"{entrance.SIGN_IN}?{urlencode({'said': said, 'to': place})}", [forget]

    def _tell(self, refusal: str) -> None:
        """Have the log say why a service refuses; once a minute, since anybody can write that."""
        now = time.monotonic()
        if refusal in _REFUSALS and now - self._told >= _TOLD_EVERY_S:
            self._told = now
            journal.write("sign_in.failed", code="sign-in.refused", kind=refusal)

    def after_leaving(self, place: str) -> _On:
        """The same for who signs out: the service's own page, where it has one."""
        gone = [self._cookie(name, "", 0) for name in (ACCOUNT, PASS)]
        return (f"{entrance.SIGN_IN}?said=out" if place == "/" else place), gone

    def narrowed(self, given: bytes) -> bytes:
        """A cookie of Streamlit's, which leaves the browser encrypted alone where it came so.

        What it keeps of an account, tokens too, only its own two routes are sent, for a day.
        """
        for name, (value, seconds) in _named([given]).items():
            if is_streamlits(name):
                kept = min(seconds, LASTS_S)
                return self._cookie(name, value, kept, path=_STREAMLITS_PATH).encode("latin-1")
        return given + b"; Secure" if self._sign_in.is_encrypted else given


class _Mended:
    """One answer of Streamlit's, mended on its way out."""

    def __init__(
        self, reception: Reception, scope: Scope, cookies: Mapping[str, str], send: Send
    ) -> None:
        self._reception = reception
        self._path = scope["path"]
        self._asked = _asked(scope)
        self._cookies = cookies
        self._send = send
        self._replaced = False

    async def send(self, message: Message) -> None:
        """Pass a message on."""
        if self._replaced:
            return
        if message["type"] == "http.response.start":
            if message["status"] >= 400:
                self._replaced = True
                words = entrance.SAID["away" if self._path == LOGIN else "failed"]
                shown = entrance.sign_in_page(_wanted(self._asked), words)
                await send_page(self._send, 503, shown, [])
                return
            message = self._mended(message)
        await self._send(message)

    def _mended(self, message: Message) -> Message:
        given = list(message.get("headers", ()))
        pairs = [(name.lower(), value) for name, value in given]
        place = dict(pairs).get(b"location", b"/").decode("latin-1")
        set_cookies = [value for name, value in pairs if name == b"set-cookie"]
        if self._path == CALLBACK:
            fresh = {name: value for name, (value, _) in _named(set_cookies).items()}
            place, more = self._reception.after_return(self._asked, fresh, self._cookies)
        elif self._path == entrance.SIGN_OUT:
            place, more = self._reception.after_leaving(place)
        else:
            again = f"{entrance.SIGN_IN}?{urlencode({'to': _wanted(self._asked)})}"
            place, more = (again if place == "/" else place), []
        dropped = {b"location", b"set-cookie", b"cache-control"}
        return {
            **message,
            "status": 303,
            "headers": [
                *(one for one in pairs if one[0] not in dropped and not is_ours_to_say(one[0])),
                *((b"set-cookie", self._reception.narrowed(one)) for one in set_cookies),
                (b"location", place.encode("latin-1", "replace")),
                (b"cache-control", b"no-store"),
                *own_headers(ENTRANCE_POLICY, more),
            ],
        }


class Reasons(logging.Filter):
    """Turns what Streamlit says of a sign-in that failed into an event of our log.

    Its own words quote the service, and what anybody writes into the callback's address.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Write which step failed, and the kind of the error; let nothing of the record pass."""
        errors = [*(record.exc_info or ()), *(record.args or ())]
        kinds = [type(one).__name__ for one in errors if isinstance(one, BaseException)]
        if kinds:
            step = _STEPS.get(record.funcName or "", "sign-in.other")
            journal.write("sign_in.failed", code=step, kind=kinds[0])
        return False


def quote_nobody() -> None:
    """Have the log tell why a sign-in failed, and nothing else of it."""
    for name in _STREAMLITS:
        logger = logging.getLogger(name)
        if not any(isinstance(one, Reasons) for one in logger.filters):
            logger.addFilter(Reasons())


def _is_from_elsewhere(scope: Scope) -> bool:
    """Whether another site's page sent the browser here: nobody is signed out by a link there."""
    given = dict(scope["headers"]).get(b"sec-fetch-site", b"")
    return given in {b"cross-site", b"same-site"}


def _asked(scope: Scope) -> dict[str, list[str]]:
    query = bytes(scope.get("query_string", b"")).decode("latin-1")
    return parse_qs(query, keep_blank_values=True)


def _wanted(asked: Mapping[str, list[str]]) -> str:
    return _inside(asked.get("to", ["/"])[0])


def _inside(place: str) -> str:
    """A place of this server behind the door; what leads out again becomes the first page."""
    place = entrance.local_place(place)
    outside = {*ROUTES, entrance.SIGN_IN, entrance.PATH}
    return "/" if urlsplit(place).path.rstrip("/") in outside else place


def _packed(place: str) -> str:
    """A place as the value of a cookie; without its settings where they are too many for one."""
    packed = base64.urlsafe_b64encode(zlib.compress(place.encode())).decode().rstrip("=")
    return packed if len(packed) <= _LONGEST_COOKIE else _packed(urlsplit(place).path[:1000])


def _unpacked(value: str) -> str:
    """The place in a cookie; the first page where it is none."""
    try:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        return zlib.decompressobj().decompress(raw, _LONGEST_PLACE).decode()
    except (binascii.Error, zlib.error, ValueError):
        return "/"


def _named(set_cookies: list[bytes]) -> dict[str, tuple[str, int]]:
    """Cookies that an answer sets, by name: value, and for how many seconds."""
    found: dict[str, tuple[str, int]] = {}
    for one in set_cookies:
        try:
            read = SimpleCookie(one.decode("latin-1"))
        except CookieError:
            continue
        for name, morsel in read.items():
            seconds = str(morsel["max-age"])
            found[name] = morsel.value, int(seconds) if seconds.isdecimal() else LASTS_S
    return found
