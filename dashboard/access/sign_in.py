"""How people sign in through an OpenID Connect service: read once, when the server starts.

What the service is stands where Streamlit looks for it, in ``[auth]`` of its secrets; that it is
used, and whose accounts are lecturers', stands in the settings. No Streamlit here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from core.configuration import Settings
from core.errors import LessonError

SIGN_IN: Final = "LIGHTBOX_SIGN_IN"
"""``on``, or the name of a provider in the secrets."""
LECTURERS: Final = "LIGHTBOX_LECTURERS"
"""E-mail addresses of the accounts that are lecturers', with commas between."""

CALLBACK: Final = "/oauth2callback"
"""Where the service sends a browser back to: Streamlit's own name."""
_ON: Final = "on"
_DEFAULT: Final = "default"
_OF_PROVIDER: Final = ("client_id", "client_secret", "server_metadata_url")
_SHORTEST_SECRET: Final = 32
_SAFE_UNENCRYPTED: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_LIBRARIES: Final = ("authlib.integrations.starlette_client", "joserfc.jwt")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """The service of one server.

    Attributes:
        provider: Its name in the secrets; "default" for the one of ``[auth]`` itself.
        origin: ``https://name``, by which browsers call this server when they come back.
        secret: Signs what a browser keeps, and hides accounts in what is written; it survives a
            restart, and is the same on several servers.
        lecturers: E-mail addresses, in small letters.
    """

    provider: str
    origin: str
    secret: bytes = field(repr=False)
    lecturers: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def is_encrypted(self) -> bool:
        """Whether browsers reach this server by HTTPS."""
        return self.origin.startswith("https:")


def is_wanted(settings: Settings) -> bool:
    """Whether the settings ask for it."""
    return settings.sign_in.lower() not in {"", "off"}


def sign_in_for(
    settings: Settings, auth: Mapping[str, Any] | None, hosts: Collection[str]
) -> SignIn:
    """The service that settings and secrets name.

    Args:
        settings: Which ask for it.
        auth: ``[auth]`` of the secrets, its port filled in; None where there is none.
        hosts: Names that the server answers to.

    Raises:
        LessonError: ``settings.invalid`` with all that is wrong or missing.
    """
    provider = _DEFAULT if settings.sign_in.lower() == _ON else settings.sign_in
    wrong = _wrong_settings(settings)
    if auth is None:
        wrong.append(f"{SIGN_IN} is {settings.sign_in}, and the secrets have no [auth].")
    else:
        wrong += [*_wrong_server(auth, hosts), *_wrong_provider(auth, provider)]
    if wrong:
        raise LessonError(
            "settings.invalid",
            problem=" ".join(wrong),
            remedy="docs/operation.md, under 'Signing in', has an example of both files.",
        )
    assert auth is not None  # said above
    place = urlsplit(auth["redirect_uri"])
    return SignIn(
        provider=provider,
        origin=f"{place.scheme}://{place.netloc}",
        secret=auth["cookie_secret"].encode(),
        lecturers=frozenset(map(in_small_letters, settings.lecturers)),
    )


def in_small_letters(address: str) -> str:
    """An e-mail address as it is compared.

    Only of letters that have no double: the sign of the unit kelvin would become a plain k, and
    so another person's address.

    >>> in_small_letters("Ada@Example.org"), in_small_letters("\u212aai@x.org") == "kai@x.org"
    ('ada@example.org', False)
    """
    return address.lower() if address.isascii() else address


def require_libraries() -> None:
    """Load what the sign-in needs and no other server does; now, not at somebody's first click.

    Raises:
        LessonError: ``settings.invalid`` where it is not installed.
    """
    for name in _LIBRARIES:
        try:
            import_module(name)
        except ImportError as error:
            raise LessonError(
                "settings.invalid",
                problem=f"{SIGN_IN} is set, and {error.name or name} is not installed.",
                remedy="Start Lightbox with `python3 -m dashboard`, which installs what"
                " requirements.txt names.",
            ) from error


def _wrong_settings(settings: Settings) -> list[str]:
    wrong = []
    if settings.class_code:
        wrong.append(
            f"Both {SIGN_IN} and LIGHTBOX_CLASS_CODE are set: people either sign in or type a code."
        )
    for one in settings.lecturers:
        name, _, domain = one.partition("@")
        if not name or not domain or not one.isprintable() or " " in one or "@" in domain:
            wrong.append(f"{LECTURERS} names {one!r}, which is no e-mail address.")
    return wrong


def _wrong_server(auth: Mapping[str, Any], hosts: Collection[str]) -> list[str]:
    wrong = _missing(auth, ("redirect_uri", "cookie_secret"), "[auth]")
    if wrong:
        return wrong
    if len(auth["cookie_secret"]) < _SHORTEST_SECRET:
        wrong.append(
            f"cookie_secret in [auth] has {len(auth['cookie_secret'])} characters, and needs"
            f" {_SHORTEST_SECRET} drawn at random."
        )
    place = auth["redirect_uri"]
    if not _is_safe(place) or urlsplit(place).path != CALLBACK or urlsplit(place).query:
        wrong.append(f"redirect_uri in [auth] is {place!r}, not https://NAME{CALLBACK}.")
    elif urlsplit(place).hostname not in hosts:
        wrong.append(
            f"redirect_uri in [auth] names {urlsplit(place).hostname}, and this server has not that"
            " name: give it in LIGHTBOX_HOSTS."
        )
    return wrong


def _wrong_provider(auth: Mapping[str, Any], provider: str) -> list[str]:
    section, where = auth, "[auth]"
    if provider != _DEFAULT:
        section, where = auth.get(provider), f"[auth.{provider}]"
        if "_" in provider or not isinstance(section, Mapping):
            return [f"{SIGN_IN} is {provider!r}, and the secrets have no {where}."]
    wrong = _missing(section, _OF_PROVIDER, where)
    if not wrong and not _is_safe(section["server_metadata_url"]):
        place = section["server_metadata_url"]
        wrong.append(f"server_metadata_url in {where} is {place!r}, not an https:// address.")
    return wrong


def _missing(section: Mapping[str, Any], names: Collection[str], where: str) -> list[str]:
    given = {name for name in names if isinstance(section.get(name), str) and section[name].strip()}
    lacking = [name for name in names if name not in given]
    return [f"{where} of the secrets lacks {', '.join(lacking)}."] if lacking else []


def _is_safe(address: str) -> bool:
    """Whether nobody on the way reads what goes there: encrypted, or not leaving the machine."""
    try:
        parts = urlsplit(address)
        name, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not name or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and name in _SAFE_UNENCRYPTED)
