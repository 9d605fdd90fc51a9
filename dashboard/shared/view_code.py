"""The present view as a QR code, so that a class opens what the lecturer shows."""

from __future__ import annotations

import io
import socket
from urllib.parse import urlsplit, urlunsplit

import segno
import streamlit as st


def show(address: str) -> None:
    """Open a dialog with the code of an address."""
    _dialog(address)


@st.dialog("This view, to scan", width="medium")
def _dialog(address: str) -> None:
    shared = address_for_others(address)
    st.html(svg(shared))
    st.code(shared, language=None, wrap_lines=True)
    if urlsplit(shared).hostname in {"localhost", "127.0.0.1"}:
        st.caption(
            "Only this machine can open it. For a class, start Lightbox with --no-browser on an"
            " address that others reach."
        )


def svg(address: str) -> str:
    """The code as an SVG picture, dark on white with its quiet zone.

    Source: ISO/IEC 18004, drawn by the library segno.
    """
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", scale=8, border=4, light="#fff", xmldecl=False, svgns=True, omitsize=True
    )
    return (
        f'<div class="lb-code" role="img" aria-label="QR code of this view\'s address">'
        f"{out.getvalue().decode()}</div>"
    )


def address_for_others(address: str) -> str:
    """The same address by this machine's name in the network, where the server listens there."""
    parts = urlsplit(address)
    if parts.hostname not in {"localhost", "127.0.0.1"} or not _listens_to_others():
        return address
    host = _own_address()
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"{host}{port}")) if host else address


def _listens_to_others() -> bool:
    bound = str(st.get_option("server.address") or "")
    return bound in {"", "0.0.0.0", "::"}


def _own_address() -> str:
    """This machine's address in its network, "" without one; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # reserved for documentation, RFC 5737
            return str(probe.getsockname()[0])
        except OSError:
            return ""
