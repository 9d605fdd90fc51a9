"""Tables as markup: what a cell holds is never a tag, and every cell has a header."""

from __future__ import annotations

from html.parser import HTMLParser

from dashboard.shared.table import Markup, pairs, table


class Reader(HTMLParser):
    """Tags in their order, and all text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_nothing_in_a_cell_is_taken_for_a_tag() -> None:
    evil = "<img src=x onerror='y'>&amp;"
    read = Reader(table((evil,), [(evil,)], caption=evil) + pairs({evil: evil}, look="facts"))
    assert "img" not in {tag for tag, _ in read.tags}
    assert read.texts == [evil] * 5


def test_columns_and_rows_are_named() -> None:
    read = Reader(table(("Network", "AUC"), [("a", 0.5), ("b", 0.6)], look="lb-table"))
    scopes = [attributes.get("scope") for tag, attributes in read.tags if tag == "th"]
    assert scopes == ["col", "col", "row", "row"]
    assert read.texts == ["Network", "AUC", "a", "0.5", "b", "0.6"]
    assert read.tags[0] == ("table", {"class": "lb-table"})


def test_rows_without_a_name_hold_plain_cells() -> None:
    read = Reader(table(("a",), [(1,)], named=False))
    assert [tag for tag, _ in read.tags].count("th") == 1
    assert [tag for tag, _ in read.tags].count("td") == 1


def test_a_cell_that_is_markup_stays_markup() -> None:
    read = Reader(table(("Progress",), [("a", Markup("<progress max='1'></progress>"))]))
    assert ("progress", {"max": "1"}) in read.tags
