"""How the door answers: headers on everything that leaves, cookies, pages of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

Message: TypeAlias = MutableMapping[str, Any]
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

YEAR_S: Final = 365 * 86_400
DAY_S: Final = 86_400

HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not "no-referrer": the origin of our own form would then be "null".
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
}

ENTRANCE_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""What the door's own pages may load: nothing but their style."""


def content_policy(host: str) -> str:
    """What a page may load: everything from this server, nothing from elsewhere.

    Streamlit builds components from inline modules and styles, and downloads are blobs; so these
    are allowed. Foreign hosts are not, and no text becomes a program (``eval``).

    Args:
        host: By which the browser calls the server, with its port.
    """
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' blob: data:",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' data: blob: ws://{host} wss://{host}",
            "worker-src 'self' blob:",
            "frame-src 'self' blob: data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def cookie(name: str, value: str, seconds: int, *, path: str = "/", secure: bool = False) -> str:
    """A cookie that no script reads and no foreign page sends; 0 seconds take it back."""
    rules = f"Path={path}; HttpOnly; SameSite=Lax; Max-Age={seconds}"
    return f"{name}={value}; {rules}{'; Secure' if secure else ''}"


def own_headers(rules: str, set_cookies: list[str]) -> list[tuple[bytes, bytes]]:
    """The headers of every answer, what its page may load, and cookies."""
    pairs = {**HEADERS, "content-security-policy": rules}
    return [
        *((name.encode(), value.encode()) for name, value in pairs.items()),
        *((b"set-cookie", value.encode()) for value in set_cookies),
    ]


def with_headers(send: Send, host: str, set_cookies: list[str]) -> Send:
    """The way of answering that adds them, in the place of what the app says of the same."""

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = [pair for pair in message.get("headers", ()) if not is_ours_to_say(pair[0])]
            message = {
                **message,
                "headers": [*given, *own_headers(content_policy(host), set_cookies)],
            }
        await send(message)

    return wrapped


def is_ours_to_say(name: bytes) -> bool:
    """Whether that header is among those of every answer."""
    return name.decode("latin-1").lower() in HEADERS


async def send_page(send: Send, status: int, page: str, set_cookies: list[str]) -> None:
    """Answer with a page of the door's own."""
    body = page.encode()
    head = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *own_headers(ENTRANCE_POLICY, set_cookies),
    ]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def send_on(send: Send, place: str, set_cookies: list[str]) -> None:
    """Answer by sending the browser to another place."""
    head = [
        (b"location", place.encode("latin-1", "replace")),
        (b"content-length", b"0"),
        (b"cache-control", b"no-store"),
        *own_headers(ENTRANCE_POLICY, set_cookies),
    ]
    await send({"type": "http.response.start", "status": 303, "headers": head})
    await send({"type": "http.response.body", "body": b""})
