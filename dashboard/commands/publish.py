"""``python3 -m dashboard publish``: put the browser's files where the server finds them.

The server does so by itself when it starts. Who installs Lightbox into a folder that the server's
user cannot write does it once, here, and again after each upgrade.
"""

from __future__ import annotations

import argparse


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``publish``."""
    command = subparsers.add_parser(
        "publish",
        help="prepare the browser's files, for an installation that the server cannot write",
        description="Puts the browser's files where the server finds them. It does so by itself"
        " when it starts; do it here once, and after each upgrade, where its user cannot write.",
    )
    command.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Publish and say where; return 0.

    Raises:
        LessonError: ``browser.read-only`` where this user cannot write either.
    """
    from dashboard import static_files
    from dashboard.browser import publication  # brings Streamlit, which no other command needs

    name = publication.publish()
    static_files.provide_plotly()
    print(f"The browser's files are in {publication.STATIC / name}")
    return 0
