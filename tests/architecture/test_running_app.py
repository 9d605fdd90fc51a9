"""A running app: every page opens, and the server stays free of what it does not need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests import patience

ROOT = Path(__file__).resolve().parents[2]

# In a process of its own: other tests import TensorFlow into this one.
VISIT = """
import os, sys
from streamlit.testing.v1 import AppTest
from dashboard import catalogue
from dashboard.access import start
app = AppTest.from_file("dashboard/app.py", default_timeout=600).run()
for page in (*catalogue.PAGES, *catalogue.ASIDE):
    app.switch_page(f"../pages/{page.slug}.py").run()
    assert not app.exception, (page.slug, app.exception)
    assert not app.error, (page.slug, app.error)
late = ("tensorflow", "keras", "sklearn", "authlib", "joserfc", "httpx2")
print([m for m in late if m in sys.modules], flush=True)
os._exit(0)  # pages left pictures being prepared in the background: end like a killed server
"""


def test_every_page_opens_without_tensorflow_in_the_server(tmp_path: Path) -> None:
    environment = {"LIGHTBOX_RUNS": str(tmp_path / "runs"), "LIGHTBOX_CACHE": str(tmp_path / "c")}
    done = subprocess.run(
        [sys.executable, "-c", VISIT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
        timeout=patience.SECONDS,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.strip().splitlines()[-1] == "[]"
