"""Who asks, where no server stands."""

from __future__ import annotations

from dashboard.access.people import Person, Standing, asking
from dashboard.access.policy import Policy


def test_no_import_has_put_up_the_door() -> None:
    """All of the package is imported for its examples: none of it may make this a server."""
    assert not Standing.guarded
    assert Standing.policy == Policy()
    assert asking() == Person("", "lecturer")
