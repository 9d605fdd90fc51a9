"""Stand the door before the app, once, when the server starts."""

from __future__ import annotations

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from dashboard.access.door import Door
from dashboard.access.people import Standing
from dashboard.access.policy import LOOPBACK, policy_for


def middleware() -> list[Middleware]:
    """The door with the rules of the address that the server listens on."""
    policy = policy_for(config.get_option("server.address"))
    Standing.policy, Standing.guarded = policy, True
    # The door knows the names of this server; Streamlit's own list is for scripts without one.
    config.set_option("server.allowedHosts", ["*"])
    return [Middleware(Door, policy=policy)]


def require_door() -> None:
    """Show nothing of the app where others reach a server that was started without its door."""
    address = config.get_option("server.address")  # None: no server at all, as in tests
    if Standing.guarded or address is None or address in LOOPBACK:
        return
    st.error(
        "This address is open to others, and the door of Lightbox is not there. Start it with "
        "`python3 -m dashboard --no-browser`."
    )
    st.stop()
