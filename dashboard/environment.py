"""A virtual environment beside the code, made and kept by the two commands of the README.

Standard library only, and in plain syntax: this file has to run, and to explain itself, on
the bare Python of a fresh machine, before anything is installed.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NEEDED = (3, 11)
NEWEST_TRIED = (3, 13)
DISK_NEEDED = 4 * 10**9
"""Bytes that the environment takes, TensorFlow being most of it, with room to unpack."""

_OFFLINE = (
    "name resolution",
    "Name or service not known",
    "getaddrinfo failed",
    "nodename nor servname",
    "NewConnectionError",
    "Failed to establish a new connection",
    "ConnectTimeoutError",
    "Network is unreachable",
    "Connection refused",
    "ProxyError",
    "Read timed out",
)


class SetupError(Exception):
    """The environment cannot be made; the text says what to do."""


def check_python(version=None):
    """Raise `SetupError` when this Python is too old to run Lightbox."""
    version = version or sys.version_info[:2]
    if tuple(version) < NEEDED:
        raise SetupError(
            "Lightbox needs Python {}.{} or newer; this is Python {}.{}. Install a newer one from"
            " https://www.python.org/downloads/ and start it with that Python.".format(
                *NEEDED, *version
            )
        )


def folder():
    """Folder of the virtual environment; ``LIGHTBOX_VENV`` puts it elsewhere."""
    return Path(os.environ.get("LIGHTBOX_VENV") or ROOT / ".venv")


def python():
    """The environment's interpreter, whether or not it exists yet."""
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return folder().joinpath(*inside)


def is_active():
    """Whether this very process runs on the environment's interpreter."""
    return Path(sys.prefix).resolve() == folder().resolve()


def fingerprint(requirements):
    """Hash of a requirements file, of those that it includes, and of the Python version."""
    digest = hashlib.sha256("{}.{}".format(*sys.version_info[:2]).encode())
    for path in included(requirements):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def included(requirements):
    """A requirements file and all that it includes."""
    found, waiting = [], [Path(requirements)]
    while waiting:
        path = waiting.pop()
        found.append(path)
        names = re.findall(r"^\s*-r\s+(\S+)", path.read_text("utf-8"), flags=re.MULTILINE)
        waiting.extend(ROOT / name for name in names)
    return found


def stamp(requirements):
    """File that names the requirements which the environment holds."""
    return folder() / (Path(requirements).stem + ".installed")


def is_ready(requirements):
    """Whether the environment holds exactly these requirements."""
    path = stamp(requirements)
    return (
        python().is_file()
        and path.is_file()
        and path.read_text(encoding="utf-8") == fingerprint(requirements)
    )


def ensure(requirements):
    """Make the environment and install `requirements` into it; nothing when unchanged.

    Raises:
        SetupError: Old Python, no venv module, no network, no room, no permission.
    """
    check_python()
    if is_ready(requirements):
        return
    if not python().is_file():
        _create()
    _install(requirements)
    for path in included(requirements):  # the tests' libraries bring the dashboard's along
        stamp(path).write_text(fingerprint(path), encoding="utf-8")


def _say(text, end="\n"):
    """Told on the error output: the first command may be one whose output is a table."""
    print(text, end=end, file=sys.stderr, flush=True)


def _create():
    _say(f"Making a virtual environment in {folder()} ...")
    parent = folder().parent
    if not os.access(str(parent), os.W_OK):
        raise SetupError(
            f"This user may not write into {parent}. Copy Lightbox to a folder of your own, or set"
            " LIGHTBOX_VENV to a folder where the environment may lie."
        )
    free = shutil.disk_usage(str(parent)).free
    if free < DISK_NEEDED:
        raise SetupError(
            f"The disk has {free / 1e9:.1f} GB free, and the libraries need about"
            f" {DISK_NEEDED / 1e9:.0f} GB. Make room, then run the same command again."
        )
    done = subprocess.run(
        [sys.executable, "-m", "venv", str(folder())], capture_output=True, text=True, check=False
    )
    if done.returncode:
        shutil.rmtree(str(folder()), ignore_errors=True)
        said = (done.stdout + done.stderr).strip()
        if "ensurepip" in said:
            raise SetupError(
                "This Python comes without its venv module. On Debian and Ubuntu install it with"
                " 'sudo apt install python3-venv', then run the same command again."
            )
        raise SetupError(f"The virtual environment could not be made. Python said: {said}")


def _install(requirements):
    name = Path(requirements).name
    _say(f"Installing {name}; the first time this takes a few minutes.")
    command = [str(python()), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", "--retries", "2", "--timeout", "20", "-r"]
    process = subprocess.Popen(
        [*command, str(requirements)],
        cwd=str(ROOT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    with process:
        said = _show(process)
    if process.returncode:
        raise SetupError(_explain(said))
    _say("All libraries are installed.")


def _show(process):
    """Pass pip's work on as one short line an action; return all it said."""
    said = []
    started = time.monotonic()
    packages = 0
    for line in process.stdout:
        said.append(line.rstrip())
        word = line.strip().split(" ")
        if word[0] == "Collecting":
            packages += 1
            _progress(started, f"looking up {word[1]} (package {packages})")
        elif word[0] == "Downloading" and len(word) > 1:
            _progress(started, "downloading " + " ".join(word[1:])[:70])
        elif line.startswith("Installing collected packages"):
            _progress(started, f"unpacking {packages} packages")
    if sys.stderr.isatty():
        _say("")
    return said


def _progress(started, text):
    line = f"  {time.monotonic() - started:4.0f} s  {text}"
    if sys.stderr.isatty():
        _say("\r\033[K" + line[:110], end="")
    else:
        _say(line)


def _explain(said):
    """One clear sentence for what pip said."""
    text = "\n".join(said)
    if any(sign in text for sign in _OFFLINE):
        return (
            "The Python package index cannot be reached. Connect this machine to the internet (or"
            " set pip's proxy or index), then run the same command again: it goes on from here."
        )
    if "No space left" in text:
        return "The disk is full. Make room, then run the same command again."
    if "No matching distribution" in text or "Could not find a version" in text:
        return (
            "A library has no release for this Python ({}.{}) on this system. Python {}.{} to {}.{}"
            " are known to work. pip said: {}".format(
                *sys.version_info[:2],
                *NEEDED,
                *NEWEST_TRIED,
                next((line for line in said if line.startswith("ERROR")), said[-1]),
            )
        )
    return "pip could not install the libraries. Its last words:\n" + "\n".join(said[-8:])


def run_inside(arguments):
    """Go on as the environment's Python with these arguments; return its exit code.

    Where the system can, this process becomes the other one: then signals reach it directly
    and nothing is left behind when one of two processes is ended.
    """
    command = [str(python()), *arguments]
    sys.stdout.flush()
    if os.name == "posix":
        os.execve(command[0], command, _child_environment())
    process = subprocess.Popen(command, env=_child_environment())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # Ctrl-C reached the child as well; it ends itself


def _child_environment():
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "LIGHTBOX_VENV": str(folder())}
