"""The few pages that the door itself answers with: class code, sign-in, and refusals.

Plain HTML without a script: whoever has no pass yet gets nothing of the rest.
"""

from __future__ import annotations

import html
from typing import Final
from urllib.parse import urlencode, urlsplit

PATH: Final = "/class-code"
SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/auth/logout"
"""Streamlit's own name."""

OTHER_NAME: Final = (
    "This server is not known by that name. Open it by the address that it printed when it was"
    " started. Who runs it behind a proxy names it in LIGHTBOX_HOSTS."
)
OTHER_ORIGIN: Final = "Only a page of this server may ask that."
NOTHING: Final = "There is nothing here."
NO_PASS: Final = "Give the class code first."
SIGN_IN_FIRST: Final = "Sign in first."
SAID: Final = {
    "out": "You are signed out of Lightbox.",
    "failed": "The sign-in did not succeed. Try it again; where it fails again, tell who runs this"
    " server.",
    "away": "The service where you sign in does not answer. Try again in a minute.",
}
"""What the sign-in page may say, by the word of its address."""
MISTAKE: Final = "This is a mistake in Lightbox, not yours. The log of the server says where it is."
TOO_LARGE: Final = "There is no room for a file of that size."
WRONG: Final = "That is not the code of this class. It stands where the address stands."
TOO_OFTEN: Final = "That was tried too often. Wait a minute, then try again."

_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Lightbox</title><style>
body{{font:17px/1.5 system-ui,sans-serif;background:#15181c;color:#e9ecef;margin:0;display:grid;
min-height:100vh;place-items:center}}main{{max-width:26rem;padding:2rem}}h1{{font-size:1.6rem}}
input,button{{font:inherit;width:100%;box-sizing:border-box;padding:.6rem;margin:.4rem 0;
border-radius:6px;border:1px solid #6b7680;background:#20252b;color:inherit}}
input{{font-size:1.6rem;letter-spacing:.2em;text-align:center}}
button,.go{{background:#2f78bb;border:1px solid #2f78bb;color:#fff;cursor:pointer}}
.go{{display:block;padding:.6rem;margin:.4rem 0;border-radius:6px;text-align:center;
text-decoration:none}}
@media(prefers-color-scheme:light){{body{{background:#fbfaf7;color:#1c2126}}
input{{background:#fff}}}}</style><main><h1>Lightbox</h1>{body}</main></html>"""


def plain_page(words: str) -> str:
    """A page of one sentence."""
    return _PAGE.format(body=f"<p>{html.escape(words)}</p>")


def code_page(place: str, words: str = "") -> str:
    """The field for the class code.

    Args:
        place: Where to go with the right one.
        words: What was wrong with the last one.
    """
    said = f'<p role="alert">{html.escape(words)}</p>' if words else ""
    return _PAGE.format(
        body=f'<form method="post" action="{PATH}">{said}<label for="code">Class code</label>'
        '<input id="code" name="code" autofocus autocomplete="off" autocapitalize="none" '
        'spellcheck="false" maxlength="64" required>'
        f'<input type="hidden" name="to" value="{html.escape(place, quote=True)}">'
        "<button>Come in</button></form>"
        "<p>The lecturer shows the code. A cookie remembers that you gave it, for a day; another "
        "tells your trainings from those of others.</p>"
    )


def sign_in_page(place: str, words: str = "") -> str:
    """The way to the service where a person signs in.

    A link and no form: a form may lead nowhere but to this server, and the service is elsewhere.

    Args:
        place: Where to go afterwards.
        words: What came of the last try.
    """
    said = f'<p role="alert">{html.escape(words)}</p>' if words else ""
    address = html.escape(f"{SIGN_IN}?{urlencode({'go': 1, 'to': place})}", quote=True)
    return _PAGE.format(
        body=f'{said}<a class="go" href="{address}">Sign in</a>'
        "<p>You sign in with your account; Lightbox never sees the password. What you train is "
        "yours wherever you sign in. Cookies remember who you are, for a day.</p>"
    )


def local_place(place: str) -> str:
    """A place of this server: what names another, or breaks a header, becomes the first page."""
    try:
        parts = urlsplit(place)
    except ValueError:
        return "/"
    clean = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if clean and not parts.scheme and not parts.netloc and place.isascii() else "/"
