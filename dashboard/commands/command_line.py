"""The commands of ``python3 -m dashboard`` put together."""

from __future__ import annotations

import argparse
import importlib
import io
import sys
from collections.abc import Sequence
from typing import Final

from core.configuration import in_force
from core.errors import LessonError
from dashboard.commands import serve

# Imported when asked for: each brings libraries that the others do not need.
GROUPS: Final = (
    "train", "predict", "runs", "data", "reference", "pointing", "transfer", "leaks",
    "new_lesson", "publish", "settings"
)  # fmt: skip

EXPECTED_FAILURE: Final = 2
INTERRUPTED: Final = 130


def parser(groups: Sequence[str] = GROUPS) -> argparse.ArgumentParser:
    """The parser of all commands; without a command the dashboard itself starts."""
    top = argparse.ArgumentParser(
        prog="python3 -m dashboard",
        description="Lightbox: convolutional networks taken apart, on real X-rays."
        " Without a command the dashboard starts and opens in the browser.",
    )
    serve.add_arguments(top)
    top.set_defaults(run=serve.run)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for name in groups:
        importlib.import_module(f"dashboard.commands.{name}").add_parser(commands)
    return top


def print_any_name() -> None:
    """Let no file's name end a command: what the terminal's letters can't say is escaped.

    A name may hold bytes that are no UTF-8, or letters that a Windows code page lacks.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        0 done; 2 something that a person can mend (said on the error output); 130 interrupted.
    """
    print_any_name()
    # Loading all groups costs time that starting the dashboard need not wait for.
    wanted = [arguments[0]] if arguments and arguments[0] in GROUPS else GROUPS
    if not arguments or (arguments[0].startswith("-") and not {"-h", "--help"} & set(arguments)):
        wanted = []
    chosen = parser(wanted).parse_args(list(arguments))
    try:
        in_force()  # what cannot be meant is told before anything else is done
        return int(chosen.run(chosen))
    except LessonError as error:
        print(f"{error.problem} {error.remedy}", file=sys.stderr)
        return EXPECTED_FAILURE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (head, less) went away; that is its right.
        sys.stderr.close()
        return 0
