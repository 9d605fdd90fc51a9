"""The state of the server as HTML: a row of large numbers, then tables. No Streamlit here."""

from __future__ import annotations

import html
import time
from collections.abc import Iterable, Sequence

from core.jobs.signs import WorkerSigns
from core.journal import EVENTS, Entry
from dashboard.shared.table import table
from dashboard.workbench.health.vitals import Place, Vitals

_UNITS = ("B", "kB", "MB", "GB", "TB")
LITTLE_DISK = 2 * 2**30


def page(vitals: Vitals, places: Sequence[Place], *, now: float) -> str:
    """Everything.

    Args:
        vitals: One look.
        places: What lies where.
        now: Unix seconds.
    """
    free = size_of(vitals.free) if vitals.free >= LITTLE_DISK else f"Only {size_of(vitals.free)}"
    facts = (
        (f"{vitals.open}", f"tabs open now, {vitals.most} at most since the start"),
        (f"{vitals.running}", "trainings running"),
        (f"{vitals.waiting}", "trainings waiting"),
        (f"{sum(one.answers for one in vitals.signs)} of {len(vitals.signs)}", "workers answer"),
        (size_of(sum(vitals.memory.values())), "memory of all processes"),
        (free, f"of {size_of(vitals.total)} free"),
    )
    numbers = "".join(
        f'<div class="lb-fact"><b>{html.escape(value)}</b><span>{html.escape(label)}</span></div>'
        for value, label in facts
    )
    return (
        f'<div class="lb-facts">{numbers}</div><p>{html.escape(vitals.workers)}</p>'
        '<div class="lb-health">'
        + _table("Workers", ("worker", "work", "state"), map(_worker_row, vitals.signs))
        + _table(
            "Memory",
            ("process", "holds"),
            ((name, size_of(held)) for name, held in vitals.memory.items()),
        )
        + _table("Disk", ("what", "where", "how many", "size"), map(_place_row, places))
        + _table(
            "Last errors",
            ("when", "what", "code", "meaning"),
            (_error_row(one, now) for one in vitals.errors),
            without="Nothing went wrong since the start.",
        )
        + "</div>"
    )


def size_of(count: float) -> str:
    """Bytes for people.

    >>> size_of(0), size_of(2048), size_of(3 * 2**30)
    ('0 B', '2.0 kB', '3.0 GB')
    """
    unit = 0
    while count >= 1024 and unit < len(_UNITS) - 1:
        count, unit = count / 1024, unit + 1
    return f"{count:.0f} B" if not unit else f"{count:.1f} {_UNITS[unit]}"


def ago(seconds: float) -> str:
    """A time that has passed, for people.

    >>> ago(3), ago(150), ago(7300), ago(200000)
    ('3 s ago', '2 min ago', '2 h ago', '2 days ago')
    """
    for unit, length in ((" days", 86_400), (" h", 3600), (" min", 60)):
        if seconds >= length * (2 if unit == " days" else 1):
            return f"{int(seconds // length)}{unit} ago"
    return f"{max(0, int(seconds))} s ago"


def _worker_row(one: WorkerSigns) -> tuple[str, ...]:
    kinds = [name for name, does in (("trains", one.trains), ("analyzes", one.analyses)) if does]
    work = " and ".join(kinds) or "nothing of ours"
    if not one.answers:
        return one.name, work, f"Silent for {one.silent_s:.0f} s: it hangs, or its machine is gone."
    return one.name, work, "at work" if one.busy else "waits for work"


def _place_row(place: Place) -> tuple[str, ...]:
    count = f"{place.entries}" if place.entries else ""
    return place.name, str(place.path), count, size_of(place.bytes)


def _error_row(one: Entry, now: float) -> tuple[str, ...]:
    clock = time.strftime("%H:%M:%S", time.localtime(one.time))
    return f"{clock}, {ago(now - one.time)}", one.event, one.code, EVENTS[one.event][2]


def _table(
    title: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, without: str = "None."
) -> str:
    told = list(rows)
    shown = table(head, told, named=False) if told else f"<p>{html.escape(without)}</p>"
    return f"<section><h2>{html.escape(title)}</h2>{shown}</section>"


SHEET = """<style>
.lb-health { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr));
  gap: 0 3rem; }
.lb-health section:nth-child(n + 3) { grid-column: 1 / -1; }
.lb-health table { border-collapse: collapse; width: 100%; }
.lb-health :is(th, td) { text-align: left; padding: .25rem 1rem .25rem 0; font-size: 1rem;
  border-bottom: 1px solid var(--lb-border); overflow-wrap: anywhere;
  font-variant-numeric: tabular-nums; }
.lb-health th { color: var(--lb-muted); font-weight: 400; }
.lb-health h2 { font-size: 1.25rem; margin: 1.25rem 0 .25rem; padding: 0; }
.st-key-lb_health h1 { font-size: 1.6rem; padding: 0; }
.st-key-lb_health p { margin: 0 0 .5rem; }
</style>"""
