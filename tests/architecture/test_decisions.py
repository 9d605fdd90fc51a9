"""The decisions: each has a number of its own, and all are listed."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "adr"


def test_every_decision_has_its_own_number_and_is_listed() -> None:
    titles = {}
    for path in sorted(FOLDER.glob("[0-9]*.md")):
        heading = re.match(r"# (\d+)\. (.+)\n", path.read_text("utf-8"))
        assert heading, f"{path.name} begins with no number and title"
        assert int(heading[1]) == int(path.name[:4]), path.name
        titles[path.name] = heading[2]
    assert [int(name[:4]) for name in titles] == list(range(1, len(titles) + 1))
    rows = re.findall(
        r"^\| (\d{4}) \| \[(.+)\]\((.+)\) \|$", (FOLDER / "README.md").read_text("utf-8"), re.M
    )
    assert rows == [(name[:4], title, name) for name, title in titles.items()]
