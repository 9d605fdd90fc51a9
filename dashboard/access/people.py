"""Who is asking: the person of a browser or an account, and whether that is the lecturer.

The door (`dashboard.access.door`) finds this out when a browser connects and writes it into
headers that no browser can set; a page's script reads them here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

import streamlit as st

from dashboard.access.policy import Policy, Role
from dashboard.access.uploads import UploadLimits, Uploads
from dashboard.access.visits import Visits

PERSON_HEADER: Final = "x-lightbox-person"
ROLE_HEADER: Final = "x-lightbox-role"
ACCOUNT_HEADER: Final = "x-lightbox-account"
"""There where the person has signed in."""
ADDRESS_HEADER: Final = "x-lightbox-address"


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks.

    Attributes:
        id: Names the browser, or the account, in what it owns; nothing can be done with it. ""
            where people are not told apart.
        role: The lecturer may do everything.
        has_account: Whether the person has signed in, and so can sign out.
        address: Tells one address from another and does not say which; "" where it is not known,
            and for an account, which nobody has fifty of.
    """

    id: str = ""
    role: Role = "lecturer"
    has_account: bool = False
    address: str = field(default="", compare=False)

    @property
    def is_lecturer(self) -> bool:
        """Whether everything is allowed."""
        return self.role == "lecturer"


class Standing:
    """The rules of the server in this process, once its door stands.

    Without a door (a script alone, as in tests) there is one person, who may do everything.
    """

    policy: Policy = Policy()
    uploads: Uploads = Uploads(UploadLimits())
    visits: Visits = Visits()
    guarded = False


def public_id(secret: str) -> str:
    """The name under which a person owns things: everybody may read it, nobody can use it."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16] if secret else ""


def asking() -> Person:
    """Who runs the page's script now."""
    if not Standing.policy.shared:
        return Person()
    headers = st.context.headers
    role: Role = "lecturer" if headers.get(ROLE_HEADER) == "lecturer" else "student"
    person = str(headers.get(PERSON_HEADER, ""))
    address = str(headers.get(ADDRESS_HEADER, ""))
    return Person(person, role, has_account=ACCOUNT_HEADER in headers, address=address)
