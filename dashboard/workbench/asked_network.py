"""The network that is asked about an X-ray: of all that answer, the reference network too."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import LessonError
from core.reference.description import NAME as REFERENCE
from dashboard import state
from dashboard.networks.classifiers import Classifier, find_classifier, networks
from dashboard.networks.network import every_network, find_network
from dashboard.shared.bring_network import bring_button
from dashboard.shared.network_choice import gone, offered_networks, require_epoch, select


def choose_asked(slug: str, known: Sequence[Classifier], first: Classifier) -> Classifier:
    """The network that is open; it is asked as its best epoch left it.

    Args:
        slug: Of the page.
        known: All that can be asked.
        first: Of these, where none is open.

    Raises:
        Gone: ``network.gone``, ``network.other`` where it is not here or cannot be asked.
    """
    by_key = {network.key: network for network in known}
    wanted = state.opened().network or first.key
    titles = {key: network.title for key, network in by_key.items()}
    select(slug, "Network", titles, wanted if wanted in by_key else "")
    bring_button(slug)
    if wanted not in by_key:
        raise gone(wanted, every_network(), "it has no finished epoch, so it cannot be asked")
    _require_its_epoch(wanted)
    return by_key[wanted]


def known_classifiers() -> list[Classifier]:
    """All that this person can ask: those of everybody, what they brought, and what is open."""
    found = networks()
    keys = [one.key for one in offered_networks() if one.kind == "brought"]
    return [*found, *(find_classifier(key) for key in keys)]


def first_of(known: Sequence[Classifier]) -> Classifier:
    """The network that reads X-rays best, where it is here."""
    return next((one for one in known if one.key == REFERENCE), known[0])


def _require_its_epoch(key: str) -> None:
    """Refuse an epoch in the address that the network never had.

    Raises:
        Gone: ``epoch.gone``.
    """
    if state.opened().epoch is None:
        return
    try:
        network = find_network(key)
    except LessonError:
        return  # a run that kept its best epoch alone, which is the one that answers here
    require_epoch(network, state.opened())
