"""The few pages that the door itself answers with: the field for the class code, and refusals.

Plain HTML without a script: whoever has no pass yet gets nothing of the rest.
"""

from __future__ import annotations

import html
from typing import Final
from urllib.parse import urlsplit

PATH: Final = "/class-code"

OTHER_NAME: Final = (
    "This server is not known by that name. Open it by the address that it printed when it was"
    " started. Who runs it behind a proxy names it in LIGHTBOX_HOSTS."
)
OTHER_ORIGIN: Final = "Only a page of this server may ask that."
NOTHING: Final = "There is nothing here."
NO_PASS: Final = "Give the class code first."
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
button{{background:#2f78bb;border-color:#2f78bb;color:#fff;cursor:pointer}}
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


def local_place(place: str) -> str:
    """A place of this server: what names another, or breaks a header, becomes the first page."""
    try:
        parts = urlsplit(place)
    except ValueError:
        return "/"
    clean = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if clean and not parts.scheme and not parts.netloc and place.isascii() else "/"
