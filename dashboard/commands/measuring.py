"""The commands that measure ready runs: one action, which goes on where it stopped."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path


def add_measure_group(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    *,
    help_: str,
    about: str | None,
    run: Callable[[argparse.Namespace], int],
) -> None:
    """Add a group with the action ``measure``.

    Args:
        subparsers: Of the top command.
        name: Of the group.
        help_: What is measured, in the list of commands.
        about: The same at length.
        run: Does it; ``data`` says where FracAtlas lies, None where it is to be looked for.
    """
    group = subparsers.add_parser(name, help=help_, description=about)
    actions = group.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
    measure = actions.add_parser(
        "measure", help="train what is missing, then write the figures; goes on where it stopped"
    )
    measure.add_argument(
        "--data", type=Path, metavar="DIR", help="where FracAtlas lies; looked for without it"
    )
    group.set_defaults(run=run)
