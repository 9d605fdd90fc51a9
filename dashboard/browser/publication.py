"""The browser's code as files that the browser fetches: ES modules with real imports, no bundler.

All scripts and style sheets of ``dashboard/`` are copied, tree kept, into a static folder whose
name is the hash of their contents: an old tab keeps its old files, a new one never sees stale ones.
"""

from __future__ import annotations

import functools
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from streamlit.components import v2

from core.errors import LessonError

DASHBOARD: Final = Path(__file__).resolve().parents[1]
STATIC: Final = DASHBOARD / "static"
_KEPT: Final = 3
"""Published versions that stay: tabs may still ask for those before the present one."""

# The page's own address is the base: relative to it, the files lie beside Streamlit's.
_SHIM: Final = """
const stage = import(new URL("app/static/{version}/{script}", document.baseURI).href);
export default (given) => {{
  let close = () => {{}};
  stage.then(({{ default: draw }}) => {{ close = draw(given); }}, () => {{
    given.parentElement.innerHTML = '<p role="alert" class="lb-lost" style="padding:1rem">' +
      "This picture's script could not be loaded. Check the connection, then reload the page.</p>";
  }});
  return () => close();
}};
"""


def files(root: Path = DASHBOARD) -> Iterator[Path]:
    """Every script and style sheet of the dashboard, in a fixed order."""
    for path in sorted(root.rglob("*")):
        if path.suffix in {".js", ".css"} and STATIC not in path.parents:
            yield path


def version(root: Path = DASHBOARD) -> str:
    """Names the contents of all scripts and style sheets: ``js-`` and 12 digits."""
    digest = hashlib.sha256()
    for path in files(root):
        digest.update(
            path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0"
        )
    return f"js-{digest.hexdigest()[:12]}"


@functools.cache
def publish() -> str:
    """Copy the browser's files into the static folder, once for each content.

    Returns:
        The folder's name under ``app/static/``.

    Raises:
        LessonError: ``browser.read-only`` where the folder can neither be found nor made.
    """
    name = version()
    target = STATIC / name
    if target.is_dir():
        return name
    try:
        STATIC.mkdir(exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".publishing-", dir=STATIC))
        for path in files():
            copy = partial / path.relative_to(DASHBOARD)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        partial.chmod(0o755)
        _put_in_place(partial, target)
        _tidy()
    except OSError as error:
        raise LessonError(
            "browser.read-only",
            problem=f"The pictures' scripts cannot be put into {STATIC.name}/: {error.strerror}.",
            remedy="Let this user write there, or publish them once: python3 -m dashboard publish.",
        ) from error
    return name


def _put_in_place(partial: Path, target: Path) -> None:
    try:
        partial.rename(target)
    except OSError:
        shutil.rmtree(partial, ignore_errors=True)
        if not target.is_dir():  # otherwise another server was faster
            raise


def _tidy() -> None:
    old = sorted(STATIC.glob("js-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in old[_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)


def component(name: str, script: str) -> Any:
    """A Streamlit component whose script is a published module.

    Args:
        name: Unique among all components.
        script: The module under ``dashboard/``, such as ``lessons/pooling/stage.js``; its default
            export is made by ``mount`` or ``component`` of ``browser/mount.js``.

    Returns:
        What mounts it: ``mount(data=bytes, key=..., on_<name>_change=...)``.
    """
    shim = _SHIM.format(version=publish(), script=script)
    return v2.component(f"lightbox_{name}", js=shim)
