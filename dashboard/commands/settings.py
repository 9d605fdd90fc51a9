"""``python3 -m dashboard settings``: what is in force, and where each value comes from."""

from __future__ import annotations

import argparse
from dataclasses import Field, fields
from typing import Any

from core.configuration import OTHERS, InForce, Settings, explained, variables


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``settings``."""
    command = subparsers.add_parser(
        "settings",
        help="print the settings in force and where each comes from",
        description="Prints each setting: its name in lightbox.toml, its value, where that comes"
        " from. The environment wins over the file.",
        epilog="\n".join(reference()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Print them; return 0.

    Raises:
        LessonError: ``settings.invalid``, ``settings.unreadable``.
    """
    print("\n".join(lines(explained())))
    return 0


def lines(found: InForce) -> list[str]:
    """A row a setting: name, value, source. Secrets are not told."""
    rows = [("setting", "value", "from")]
    for one in fields(Settings):
        rows.append((one.name, _shown(one, found), found.sources.get(one.name, "default")))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def reference() -> list[str]:
    """Every setting with its two names, what it may be, its default and what it means."""
    names = variables()
    told = []
    for one in fields(Settings):
        default = "" if one.default in (None, "", ()) else f", default {one.default:,}"
        told.append(f"{one.name} ({names[one.name]}): {one.metadata['kind']}{default}")
        told.append(f"    {one.metadata['says']}")
    told.append("In the environment alone:")
    return told + [f"{name}\n    {says}" for name, says in OTHERS.items()]


def _shown(one: Field[Any], found: InForce) -> str:
    value = getattr(found.settings, one.name)
    if value in (None, "", ()):
        return "-"
    if one.metadata.get("secret"):
        return "(given)"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
