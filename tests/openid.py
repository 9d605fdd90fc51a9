"""A small OpenID Connect service on loopback, for the tests of signing in."""

from __future__ import annotations

import base64
import html
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from tests import patience

CLIENT: Final = "lightbox"
CLIENT_SECRET: Final = "of-the-service-and-lightbox"
COOKIE_SECRET: Final = "of-a-dashboard-that-a-test-has-started"
_LIVES_S: Final = 300


@dataclass
class Service:
    """The service while it runs.

    Attributes:
        url: Its issuer.
        accounts: Claims by the name that its page shows.
        lies: Claims that the next tokens have in the place of the true ones.
        is_away: Whether it cuts every connection off.
        signs_out: Whether it has a page to sign out on.
        forges: Whether it signs with a key that it does not publish.
        ended: What it was told with each sign-out.
    """

    accounts: Mapping[str, Mapping[str, Any]]
    url: str = ""
    lies: dict[str, Any] = field(default_factory=dict)
    is_away: bool = False
    signs_out: bool = True
    forges: bool = False
    ended: list[Mapping[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        self._other = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"})
        handler = type("Handler", (_Handler,), {"service": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        # Another name than the dashboard's: a foreign site, as services are.
        self.url = f"http://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop it; nobody answers at its address any more."""
        self._server.shutdown()
        self._server.server_close()

    def secrets(self) -> str:
        """``[auth]`` of a dashboard that listens on loopback and uses this service."""
        return (
            "[auth]\n"
            'redirect_uri = "http://127.0.0.1:{port}/oauth2callback"\n'
            f'cookie_secret = "{COOKIE_SECRET}"\n'
            f'client_id = "{CLIENT}"\nclient_secret = "{CLIENT_SECRET}"\n'
            f'server_metadata_url = "{self.url}/.well-known/openid-configuration"\n'
            f"client_kwargs = {{ timeout = {patience.SECONDS:.0f} }}\n"
        )

    def metadata(self, _: Mapping[str, str]) -> dict[str, Any]:
        """The discovery document."""
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }
        return told | ({"end_session_endpoint": f"{self.url}/end"} if self.signs_out else {})

    def keys(self, _: Mapping[str, str]) -> dict[str, Any]:
        """The public keys."""
        return {"keys": [self._key.as_dict(private=False)]}

    def choices(self, asked: Mapping[str, str]) -> str:
        """The page on which a person chooses an account."""
        if asked.get("client_id") != CLIENT or "openid" not in asked.get("scope", "").split():
            return "<p>This asks nothing.</p>"
        links = [
            f'<li><a href="/agree?{html.escape(urlencode({**asked, "who": who}))}">{who}</a></li>'
            for who in (*self.accounts, "nobody")
        ]
        return f"<!doctype html><title>Accounts</title><ul>{''.join(links)}</ul>"

    def agree(self, asked: Mapping[str, str]) -> str:
        """Where a person goes back to who has chosen."""
        if asked["who"] not in self.accounts:
            reply = {"error": "access_denied", "error_description": "Nobody was chosen."}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = dict(asked)
            reply = {"code": code}
        return f"{asked['redirect_uri']}?{urlencode({**reply, 'state': asked['state']})}"

    def token(self, asked: Mapping[str, str]) -> dict[str, Any] | None:
        """The tokens for a code, which counts once; None where it does not."""
        began = self._codes.pop(asked.get("code", ""), None)
        challenge = sha256(asked.get("code_verifier", "").encode()).digest()
        shown = base64.urlsafe_b64encode(challenge).decode().rstrip("=")
        if began is None or began.get("code_challenge") != shown:
            return None
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + _LIVES_S,
            "nonce": began["nonce"],
            **self.accounts[began["who"]],
            **self.lies,
        }
        header = {"alg": "RS256", "kid": "1"}
        signed = jwt.encode(header, claims, self._other if self.forges else self._key)
        return {
            "access_token": secrets.token_urlsafe(16),
            "token_type": "Bearer",
            "expires_in": _LIVES_S,
            "id_token": signed,
        }

    def end(self, asked: Mapping[str, str]) -> str:
        """Where a person goes back to who has signed out."""
        self.ended.append(asked)
        return asked["post_logout_redirect_uri"]


class _Handler(BaseHTTPRequestHandler):
    service: Service
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(urlsplit(self.path).query)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        basic = self.headers.get("authorization", "").removeprefix("Basic ")
        right = base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
        if basic == right:
            self._answer(body)
        else:
            self._write(401, b'{"error": "invalid_client"}', "application/json")

    def _answer(self, text: str) -> None:
        if self.service.is_away:
            self.close_connection = True
            return
        asked = {name: values[0] for name, values in parse_qs(text).items()}
        path = urlsplit(self.path).path
        told: Mapping[str, Callable[[Mapping[str, str]], dict[str, Any] | None]] = {
            "/.well-known/openid-configuration": self.service.metadata,
            "/jwks": self.service.keys,
            "/token": self.service.token,
        }
        ways = {"/agree": self.service.agree, "/end": self.service.end}
        if path in told:
            found = told[path](asked)
            body = {"error": "invalid_grant"} if found is None else found
            status = 400 if found is None else 200
            self._write(status, json.dumps(body).encode(), "application/json")
        elif path in ways:
            self._write(302, b"", "text/html", location=ways[path](asked))
        elif path == "/authorize":
            self._write(200, self.service.choices(asked).encode(), "text/html; charset=utf-8")
        else:
            self._write(404, b"", "text/plain")

    def _write(self, status: int, body: bytes, kind: str, *, location: str = "") -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if location:
            self.send_header("location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a test's own output is enough."""
