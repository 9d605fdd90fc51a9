"""Writing into the page's address what is open, and seeing there what a link has opened."""

from __future__ import annotations

import json

import streamlit as st

from dashboard import state
from dashboard.browser.publication import publish

# A script and no component: it draws nothing, and pages count their components.
_SCRIPT = """<script type="module">
const written = await import(new URL("app/static/{version}/browser/address.js", document.baseURI));
written.write({told});
</script>"""


def write() -> None:
    """Have the browser write what is open; the last thing that a page draws."""
    # Nothing of an address may end the script.
    told = json.dumps(state.address()).replace("<", "\\u003c")
    with st.container(key="lb_address"):
        st.html(_SCRIPT.format(version=publish(), told=told), unsafe_allow_javascript=True)
