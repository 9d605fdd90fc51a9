"""Who is signed in: the pass that an account is given, and who has signed out since.

Streamlit writes whom a service has vouched for into a cookie of its own, which it signs and, where
it is long, cuts into several. The door reads it once, when it is made, and gives a short pass of
its own. A long cookie would not fit into the handshake of a websocket; and because Streamlit signs
each part alone, parts of two sign-ins could later be put together to say what nobody vouched for.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from streamlit.auth_util import get_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from core.bounded import Bounded
from dashboard.access.answers import DAY_S
from dashboard.access.sign_in import SignIn, in_small_letters

ACCOUNT: Final = "lightbox_account"
"""The cookie with the pass of an account."""
LASTS_S: Final = DAY_S
"""How long a sign-in holds."""
_AHEAD_S: Final = 60
"""By how much the clock of another server may be ahead."""
_SIGNED_OUT_KEPT: Final = 10_000
_HIDDEN: Final = 32
_PASS: Final = re.compile(
    r"([0-9a-f]{32})\.([0-9]{1,12})\.([0-9a-f]{16})\.([0-9a-f]{32}|-)\.([0-9a-f]{64})"
)
"""Person, when the sign-in was, its own number, the hidden address, and the seal of all that."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody whom the service has vouched for.

    Attributes:
        person: Names the account on this server; the same in every browser, and without the
            server's secret nobody finds out whose it is.
        is_lecturer: Whether its verified e-mail address is among the lecturers'.
    """

    person: str
    is_lecturer: bool


class Accounts:
    """The accounts of a server; used by its one event loop.

    Args:
        sign_in: Through which service.
    """

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._lecturers = {self._address(one) for one in sign_in.lecturers}
        self._signed_out = Bounded[str, bool](_SIGNED_OUT_KEPT)

    def find(self, cookies: Mapping[str, str]) -> Account | None:
        """Whose pass is among the cookies; None for nobody's, and for who has signed out."""
        parts = self._parts(cookies)
        if parts is None:
            return None
        person, began, number, address = parts
        age = time.time() - int(began)
        if not -_AHEAD_S <= age <= LASTS_S or number in self._signed_out:
            return None
        return Account(person, is_lecturer=address in self._lecturers)

    def leave(self, cookies: Mapping[str, str]) -> None:
        """Take the pass of this sign-in no more, wherever it was copied to."""
        parts = self._parts(cookies)
        if parts is not None:
            self._signed_out.put(parts[2], True)

    def welcome(self, fresh: Mapping[str, str]) -> str | None:
        """A pass for whom Streamlit's cookies name; None where they name nobody.

        Args:
            fresh: As Streamlit has just written them, not as a browser sends them.
        """
        claims = self._claims(fresh)
        if claims is None:
            return None
        names = claims.get("iss"), claims.get("sub")
        if not all(isinstance(name, str) and name for name in names):
            return None
        address = verified_address(claims)
        told = ".".join(
            (
                self._hidden("person", json.dumps(names))[:_HIDDEN],
                str(int(time.time())),
                secrets.token_hex(8),
                "-" if address is None else self._address(address),
            )
        )
        return f"{told}.{self._hidden('seal', told)}"

    def _parts(self, cookies: Mapping[str, str]) -> tuple[str, ...] | None:
        read = _PASS.fullmatch(cookies.get(ACCOUNT, ""))
        if read is None:
            return None
        told, _, seal = read[0].rpartition(".")
        return read.groups()[:4] if hmac.compare_digest(seal, self._hidden("seal", told)) else None

    def _claims(self, fresh: Mapping[str, str]) -> dict[str, Any] | None:
        """What the service said of a person who has signed in here, through this service."""
        secret = self._sign_in.secret.decode()

        def part(name: str) -> bytes | None:
            return decode_signed_value(secret, name, fresh.get(name, ""))

        try:
            found = json.loads(get_cookie_with_chunks(part, USER_COOKIE_NAME) or b"null")
        except ValueError:
            return None
        if not isinstance(found, dict) or found.get("is_logged_in") is not True:
            return None
        here = (self._sign_in.origin, self._sign_in.provider)
        return found if (found.get("origin"), found.get("provider")) == here else None

    def _address(self, address: str) -> str:
        return self._hidden("address", address)[:_HIDDEN]

    def _hidden(self, use: str, text: str) -> str:
        whole = f"lightbox {use}:{text}".encode("utf-8", "backslashreplace")
        return hmac.new(self._sign_in.secret, whole, sha256).hexdigest()


def verified_address(claims: Mapping[str, Any]) -> str | None:
    """The e-mail address in small letters, None where the service has not verified it.

    >>> verified_address({"email": "Ada@Example.org", "email_verified": True})
    'ada@example.org'
    >>> verified_address({"email": "ada@example.org"}) is None
    True
    """
    address, verified = claims.get("email"), claims.get("email_verified")
    # Some services write a text where the standard has a truth value.
    if isinstance(address, str) and (verified is True or verified == "true"):
        return in_small_letters(address)
    return None


def is_streamlits(name: str) -> bool:
    """Whether a cookie is one of those in which Streamlit keeps an account, or a part of one."""
    return name.startswith(USER_COOKIE_NAME)
