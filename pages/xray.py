"""Test an X-ray: one picture in, one number out, and where the network looked."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.workbench.xray.lesson import body

if __name__ == "__main__":
    run_page("xray", body)
