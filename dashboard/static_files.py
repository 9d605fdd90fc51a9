"""Files that the browser fetches from our own server, never from elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).resolve().parent / "static"
ICON: Final = STATIC / "icon.svg"
LOGO: Final = STATIC / "icon.svg"
PLOTLY_URL: Final = "app/static/plotly.min.js"


def provide_plotly() -> None:
    """Put the installed Plotly's own script among the static files, once per version.

    It is copied and not committed, so that script and library never differ.
    """
    import plotly

    source = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    target = STATIC / "plotly.min.js"
    if target.is_file() and target.stat().st_size == source.stat().st_size:
        return
    partial = target.with_suffix(".part")
    shutil.copyfile(source, partial)
    partial.replace(target)
