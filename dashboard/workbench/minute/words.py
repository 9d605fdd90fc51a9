"""What the page says of a head's worth. No Streamlit here."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from core.transfer.worth import Worth
from dashboard.shared.number import percent
from dashboard.workbench.minute.learning import Learned


def worth_sentence(learned: Learned, names: tuple[str, ...], text: Mapping[str, str]) -> str:
    """What so few pictures are worth: right of n, the interval, and the base rate beside it."""
    if learned.held is None:
        told = " and ".join(names[label] for label in learned.untested)
        return text["worth-none"].format(names=told)
    return text["worth"].format(**figures(learned.held))


def torn_sentence(learned: Learned, text: Mapping[str, str]) -> str:
    """What the same would look like with near copies on both sides; "" where there are none."""
    if learned.torn is None:
        return ""
    return text["worth-torn"].format(right=learned.torn.right, n=learned.torn.n)


def figures(found: Worth) -> dict[str, str]:
    """The numbers of a worth, to be put into a sentence."""
    return {
        "right": str(found.right),
        "n": str(found.n),
        "bursts": str(found.bursts),
        "low": percent(found.estimate.low, 0),
        "high": percent(found.estimate.high, 0),
        "base": percent(found.base, 0),
    }


def marked(sentence: str) -> str:
    """A sentence of the page's text as markup: what stands between two stars is strong.

    >>> marked("**8 of 10** for <cup>. ")
    '<b>8 of 10</b> for &lt;cup&gt;.'
    """
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", html.escape(sentence.strip(), quote=False))
