"""``python3 -m dashboard``: set up what is missing, then start Lightbox or run a command.

Only the standard library is imported until the environment stands.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Started as "python3 PATH/dashboard", this folder itself is on the path and would hide
# installed packages; the project's root has to stand there instead.
sys.path[:] = [str(ROOT)] + [p for p in sys.path if p and Path(p).resolve() != ROOT / "dashboard"]

from dashboard import environment  # noqa: E402


def main(arguments):
    """Return the exit code: 0 done, 1 no set-up, 2 a person can mend it, 130 interrupted."""
    try:
        environment.check_python()
        if not environment.is_active() or not environment.is_ready(ROOT / "requirements.txt"):
            environment.ensure(ROOT / "requirements.txt")
        if not environment.is_active():
            return environment.run_inside([str(ROOT / "dashboard"), *arguments])
    except environment.SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again to go on.", file=sys.stderr)
        return 130
    from dashboard.commands import command_line

    return command_line.run(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
