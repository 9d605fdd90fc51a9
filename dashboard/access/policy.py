"""Who may reach this server: read once from its address and the settings. No Streamlit here.

On an address of this machine alone everything is allowed, as to a program that one starts for
oneself. On an address that others reach there is a class code, and what lies on the disk, other
people's runs and the queue are protected.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal, TypeAlias

import psutil

from core.configuration import Settings
from core.errors import LessonError
from core.setting_kinds import Network
from dashboard.access.sign_in import LECTURERS, SignIn, is_wanted

HOSTS: Final = "LIGHTBOX_HOSTS"
"""Names under which others reach the server, with commas between: behind a proxy."""
PROXIES: Final = "LIGHTBOX_PROXIES"
"""Addresses and networks of the proxies whose X-Forwarded-For is believed."""
CODE: Final = "LIGHTBOX_CLASS_CODE"
"""The class code, instead of one made at each start; "open": everybody comes in without one."""
KEY: Final = "LIGHTBOX_LECTURER_KEY"
"""What makes a browser the lecturer's, instead of a key made at each start."""
FOLDERS: Final = "LIGHTBOX_FOLDERS"
"""Folders whose images may be opened by a path, with the system's path separator between."""

PASS: Final = "lightbox_pass"
"""The cookie that says who gave the class code or the lecturer's key."""

OPEN: Final = "open"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_EVERYWHERE: Final = frozenset({"", "0.0.0.0", "::"})
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
_CODE_LENGTH: Final = 6

Role: TypeAlias = Literal["student", "lecturer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of one server.

    Attributes:
        shared: Whether others than the users of this machine reach it.
        hosts: Names by which a browser may call it.
        proxied: Whether the names come from the settings: then a connection from this machine
            may be the proxy's, and makes nobody the lecturer.
        proxies: Whose word on where a browser asks from is believed; none: nobody's.
        code: What a student types to come in, "" where everybody may.
        key: What makes a browser the lecturer's.
        folders: Roots whose folders may be opened by a path; None for any.
        secret: Signs the passes of this server; another start, another secret.
        sign_in: Through which service people sign in instead of typing a code; None for none.
    """

    shared: bool = False
    hosts: frozenset[str] = LOOPBACK
    proxied: bool = False
    proxies: tuple[Network, ...] = ()
    code: str = ""
    key: str = field(default="", repr=False)
    folders: tuple[Path, ...] | None = None
    secret: bytes = field(default=b"", repr=False)
    sign_in: SignIn | None = None

    @property
    def asks(self) -> bool:
        """Whether a student has to show something to come in."""
        return bool(self.code) or self.sign_in is not None

    def through(self, sign_in: SignIn) -> Policy:
        """The same rules, with a sign-in in the place of the code."""
        return replace(self, code="", sign_in=sign_in)

    def role_of(self, typed: str) -> Role | None:
        """Whose code that is; None for nobody's."""
        given = typed.strip().lower().encode()
        if self.key and hmac.compare_digest(given, self.key.lower().encode()):
            return "lecturer"
        if self.code and hmac.compare_digest(given, self.code.lower().encode()):
            return "student"
        return None

    def veil(self, address: str) -> str:
        """A name for an address that does not tell it; "" where it may be everybody's."""
        if not address or (self.proxied and not self.proxies):
            return ""
        return hmac.new(self.secret, f"from:{address}".encode(), sha256).hexdigest()[:16]

    def sign(self, person: str, role: Role) -> str:
        """A pass for that person, which nobody else can make or use."""
        seal = hmac.new(self.secret, f"{role}:{person}".encode(), sha256).hexdigest()
        return f"{role}.{seal}"

    def read(self, person: str, sealed: str) -> Role | None:
        """The role in a pass, None where it is not this person's or not of this server."""
        for role in ("student", "lecturer"):
            wanted = self.sign(person, role)
            if hmac.compare_digest(sealed.encode(), wanted.encode()):
                return role
        return None


def policy_for(address: str | None, settings: Settings) -> Policy:
    """The rules for a server that listens on that address; None and "" are all addresses.

    Raises:
        LessonError: ``settings.invalid`` for a code that is too easy to guess, for a proxy before
            a server that has no name, and for lecturers' accounts where nobody signs in.
    """
    if settings.lecturers and not is_wanted(settings):
        raise LessonError(
            "settings.invalid",
            problem=f"{LECTURERS} names accounts, and nobody signs in.",
            remedy="Set LIGHTBOX_SIGN_IN too, or leave the accounts out.",
        )
    named = frozenset(name.strip("[]").lower() for name in settings.hosts)
    if settings.proxies and not named:
        raise LessonError(
            "settings.invalid",
            problem=f"{PROXIES} names a proxy, and {HOSTS} does not say under which name it makes"
            " the server known.",
            remedy=f"Give that name in {HOSTS}, or leave {PROXIES} out.",
        )
    listens = (address or "").strip("[]").lower()
    shared = listens not in LOOPBACK or bool(named)
    return Policy(
        shared=shared,
        hosts=LOOPBACK | named | (own_names(listens) if shared and not named else frozenset()),
        proxied=bool(named),
        proxies=settings.proxies,
        code=_class_code(settings.class_code) if shared else "",
        key=settings.lecturer_key or secrets.token_urlsafe(12),
        folders=settings.folders if shared or settings.folders else None,
        secret=secrets.token_bytes(32),
    )


def new_code() -> str:
    """A class code that can be read aloud: of a billion, and only a few tries a minute."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))


def own_names(listens: str) -> frozenset[str]:
    """Names and addresses of this machine, those of the one interface where it is only one."""
    if listens not in _EVERYWHERE:
        return frozenset({listens})
    addresses = {
        _without_scope(entry.address)
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family in {socket.AF_INET, socket.AF_INET6}
    }
    host = socket.gethostname().lower()
    return frozenset({*addresses, host, f"{host}.local", socket.getfqdn().lower()})


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's to itself."""
    try:
        parsed = ipaddress.ip_address(_without_scope(address))
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def _class_code(given: str) -> str:
    if given.lower() == OPEN:
        return ""
    if given and len(given) < _CODE_LENGTH:
        raise LessonError(
            "settings.invalid",
            problem=f"A class code of {len(given)} characters ({CODE}) is soon guessed.",
            remedy=f"Give at least {_CODE_LENGTH} characters, or leave it out: one is made.",
        )
    return given or new_code()


def _without_scope(address: str) -> str:
    return address.partition("%")[0].lower()
