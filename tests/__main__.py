"""``python3 -m tests``: set up what is missing, then run every test.

Arguments go to pytest: ``python3 -m tests -m "not browser" -k convolution``. Only the standard
library is imported until the environment stands.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:] = [str(ROOT)] + [p for p in sys.path if p and Path(p).resolve() != ROOT / "tests"]

from dashboard import environment  # noqa: E402
from tests import node  # noqa: E402

# The browser tests share one server and mostly wait for it; the others run beside them.
WHOLE_SUITE = ["-n", "2", "--no-loadscope-reorder"]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def chromium():
    """The browser for the browser tests, or None; ``LIGHTBOX_CHROMIUM`` names one."""
    named = os.environ.get("LIGHTBOX_CHROMIUM")
    if named:
        return named if Path(named).is_file() else None
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def provide_chromium():
    """Install Debian's Chromium where this user can; else say how. Return its path or None."""
    found = chromium()
    if found or not _can_install():
        return found
    print("Installing Debian's Chromium for the browser tests ...", flush=True)
    quiet = {
        "stdout": subprocess.DEVNULL,
        "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    }
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False, **quiet)
    return chromium()


def _can_install():
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0


def main(arguments):
    """Return pytest's exit code, or 1 when the set-up is not possible."""
    requirements = ROOT / "requirements-dev.txt"
    try:
        environment.check_python()
        environment.ensure(requirements)
    except environment.SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again to go on.", file=sys.stderr)
        return 130
    missing = node.ensure()
    if missing:
        print(f"The checks of the browser's code are skipped. {missing}", file=sys.stderr)
    browser = provide_chromium()
    if browser:
        os.environ["LIGHTBOX_CHROMIUM"] = browser
    else:
        print(
            "There is no Chromium here, so the browser tests are skipped. Install it with"
            " 'sudo apt install chromium' (or name one in LIGHTBOX_CHROMIUM) and run this again.",
            file=sys.stderr,
        )
    os.chdir(str(ROOT))
    return environment.run_inside(["-m", "pytest", *(arguments or WHOLE_SUITE)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
