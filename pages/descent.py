"""Walk downhill with eight optimizers and see why each takes the step it takes."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.descent.lesson import body

if __name__ == "__main__":
    run_page("descent", body)
