"""Stand the door before the app, once, when the server starts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final, cast

import streamlit as st
from starlette.formparsers import MultiPartParser
from starlette.middleware import Middleware
from streamlit import config
from streamlit.errors import StreamlitSecretNotFoundError
from streamlit.runtime import app_session, get_instance
from streamlit.runtime.secrets import secrets_singleton
from streamlit.runtime.state import SessionState
from streamlit.runtime.state.common import unpack_widget_state_value

from core import journal
from core.configuration import in_force
from core.errors import LessonError
from dashboard.access.bugs import quote_nothing
from dashboard.access.door import MOST_MESSAGE_BYTES, Door
from dashboard.access.fitting import take_only_fitting
from dashboard.access.fixed_theme import fix_theme
from dashboard.access.message_limit import limit_messages
from dashboard.access.peers import note_peers
from dashboard.access.people import Standing
from dashboard.access.policy import LOOPBACK, Policy, policy_for
from dashboard.access.promptness import send_at_once
from dashboard.access.reception import quote_nobody
from dashboard.access.sign_in import SIGN_IN, is_wanted, require_libraries, sign_in_for
from dashboard.access.uploads import CLASS_LIMITS, MEGABYTE, Store, UploadLimits, Uploads
from dashboard.background.periodic import Periodic
from dashboard.background.unused_memory import give_back, share_stores
from dashboard.background.unused_uploads import tidy_and_tell

TIDY_S: Final = 600.0
GIVE_BACK_S: Final = 20.0


def middleware() -> list[Middleware]:
    """The door with the rules of the address that the server listens on."""
    share_stores()
    policy = _policy()
    Standing.policy, Standing.guarded = policy, True
    Standing.uploads = Uploads(CLASS_LIMITS if policy.shared else UploadLimits())
    archive = Standing.uploads.limits.archive
    config.set_option("server.maxUploadSize", archive // MEGABYTE)
    # What is uploaded stays in memory, as the pages promise: Starlette would write it to a
    # temporary file beyond a megabyte.
    MultiPartParser.spool_max_size = archive + 2 * MEGABYTE
    # The door knows the names of this server; Streamlit's own list is for scripts without one.
    config.set_option("server.allowedHosts", ["*"])
    quote_nothing()
    return [
        Middleware(
            Door,
            policy=policy,
            room=Standing.uploads.room,
            comes_from=Standing.uploads.comes_from,
            arriving=Standing.uploads.arriving,
            visits=Standing.visits,
        )
    ]


def _policy() -> Policy:
    """The rules of this server, with the sign-in where the settings ask for it.

    Raises:
        LessonError: ``settings.invalid``, ``settings.unreadable``.
    """
    settings = in_force()
    policy = policy_for(config.get_option("server.address"), settings)
    if not policy.shared or not is_wanted(settings):
        return policy
    service = sign_in_for(settings, _auth(), policy.hosts)
    require_libraries()
    quote_nobody()
    return policy.through(service)


def _auth() -> Mapping[str, Any] | None:
    """``[auth]`` of Streamlit's secrets, with the port in its address; None where there is none.

    Raises:
        LessonError: ``settings.unreadable``.
    """
    try:
        found = secrets_singleton.to_dict().get("auth")
    except StreamlitSecretNotFoundError as error:
        raise LessonError(
            "settings.unreadable",
            problem=f"{SIGN_IN} is set, and the secrets cannot be read. {error}.",
            remedy="docs/operation.md, under 'Signing in', says where they lie.",
        ) from error
    if not isinstance(found, dict):
        return None
    place = found.get("redirect_uri")
    if isinstance(place, str):
        found["redirect_uri"] = place.replace("{port}", str(config.get_option("server.port")))
    return found


@asynccontextmanager
async def life(_: st.App) -> AsyncGenerator[None]:
    """What lives as long as the server: the watch over uploads, and tidying."""
    send_at_once(asyncio.get_running_loop())
    note_peers(asyncio.get_running_loop())
    limit_messages(asyncio.get_running_loop(), MOST_MESSAGE_BYTES)
    fix_theme(app_session)
    take_only_fitting(SessionState, unpack_widget_state_value)
    # The store that Streamlit makes; its own type names less than it has.
    Standing.uploads.watch(cast("Store", get_instance().uploaded_file_mgr))
    began = time.monotonic()
    journal.begin(in_force().log_folder)
    journal.write("server.started", shared=Standing.policy.shared)
    again_and_again = (
        Periodic(tidy_and_tell, every_s=TIDY_S, name="tidying"),
        Periodic(give_back, every_s=GIVE_BACK_S, name="memory"),
    )
    for one in again_and_again:
        one.start()
    try:
        yield
    finally:
        for one in again_and_again:
            one.end()
        journal.write("server.ended", seconds=time.monotonic() - began)


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
