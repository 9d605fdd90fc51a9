"""The cookies of somebody who has signed in, written as Streamlit writes them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from typing import Any, Final

from streamlit.auth_util import set_cookie_with_chunks
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from dashboard.access.accounts import ACCOUNT, Accounts
from dashboard.access.sign_in import SignIn

SERVICE: Final = SignIn(
    provider="default",
    origin="https://room.example",
    secret=b"of-a-server-in-a-test-and-long-enough",
    lecturers=frozenset({"ada@example.org"}),
)
BEN: Final = {"iss": "https://login.example", "sub": "4711", "name": "Ben"}
ADA: Final = {
    "iss": "https://login.example",
    "sub": "1815",
    "email": "Ada@example.org",
    "email_verified": True,
}


def noise(letters: int) -> str:
    """So many letters that no compression shortens: with them a cookie is cut into parts."""
    blocks = (sha256(str(number).encode()).hexdigest() for number in range(letters // 64 + 1))
    return "".join(blocks)[:letters]


def streamlits(
    claims: Mapping[str, Any], *, sign_in: SignIn = SERVICE, **more: Any
) -> dict[str, str]:
    """Streamlit's cookies alone, signed with that server's secret; in several where it is long."""
    secret, found = sign_in.secret.decode(), dict[str, str]()

    def keep(name: str, value: str) -> None:
        found[name] = create_signed_value(secret, name, value).decode()

    told = {
        **claims,
        "origin": sign_in.origin,
        "is_logged_in": True,
        "provider": sign_in.provider,
        **more,
    }
    signed = partial(create_signed_value, secret)
    set_cookie_with_chunks(keep, signed, USER_COOKIE_NAME, told, cookie_attr_size=80)
    return found


def signed_in(
    claims: Mapping[str, Any], *, sign_in: SignIn = SERVICE, **more: Any
) -> dict[str, str]:
    """What a browser sends with every request after that sign-in; nothing where it gave none."""
    given = Accounts(sign_in).welcome(streamlits(claims, sign_in=sign_in, **more))
    return {} if given is None else {ACCOUNT: given}


def header(cookies: Mapping[str, str]) -> str:
    """As a browser sends them."""
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
