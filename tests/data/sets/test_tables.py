"""Tables as spreadsheets leave them: the same table whatever it was saved as, and no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LessonError
from data.sets import tables

TEXT = 'name,sex,note\nMüller,F,"a, b"\n\nSøren, M ,\n'
ROWS = (
    {"name": "Müller", "sex": "F", "note": "a, b"},
    {"name": "Søren", "sex": "M", "note": ""},
)


def damaged(problem: str) -> LessonError:
    return LessonError("dataset.damaged", problem=problem, remedy="-")


def read(path: Path, *needed: str) -> tables.Table:
    return tables.read_table(path, needed=needed or ("name", "sex"), damaged=damaged)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_letters_a_table_is_saved_in_do_not_show(
    encoding: str, ending: str, tmp_path: Path
) -> None:
    text = TEXT.replace("\n", ending)
    big = encoding == "utf-16-be-bom"
    raw = b"\xfe\xff" + text.encode("utf-16-be") if big else text.encode(encoding)
    (tmp_path / "t.csv").write_bytes(raw)
    assert read(tmp_path / "t.csv").rows == ROWS


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_seen_in_the_header(delimiter: str, tmp_path: Path) -> None:
    lines = ["name,sex,note", "Müller,F,a", "Søren,M,b"]
    text = "\n".join(line.replace(",", delimiter) for line in lines)
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    assert [row["note"] for row in read(tmp_path / "t.csv").rows] == ["a", "b"]


def test_a_row_that_breaks_off_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("name,sex,note\na,F,x\nb\nc,M\n")
    found = read(tmp_path / "t.csv")
    assert [row["name"] for row in found.rows] == ["a", "c"]
    assert found.rows[1]["note"] == ""
    assert found.short == ((3, "b"),)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "no column name, sex"),
        (b"name,note\na,b", "no column sex"),
        (b'name,sex\n"a' + b"b" * 200_000, "no table"),
        (b"\xff\xfe\x00", "no column"),
        (bytes(300), "no column"),
    ],
)
def test_what_is_no_such_table_is_the_readers_error(raw: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(raw)
    with pytest.raises(LessonError, match=said):
        read(tmp_path / "t.csv")


def test_a_missing_file_and_a_folder_are_the_readers_error(tmp_path: Path) -> None:
    for place, said in ((tmp_path / "t.csv", "missing"), (tmp_path, "can't be read")):
        with pytest.raises(LessonError, match=said):
            read(place)
        with pytest.raises(LessonError, match=said):
            tables.read_rows(place, damaged=damaged)
        with pytest.raises(LessonError, match=said):
            tables.read_json(place, damaged=damaged)


def test_rows_without_a_header_keep_their_order(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("a/b;1\r\n\r\nc/d;0\r\n".encode("utf-16"))
    assert tables.read_rows(tmp_path / "t.csv", damaged=damaged) == [["a/b", "1"], ["c/d", "0"]]


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe{}x", b"\x80\x81", b"[" * 100_000])
def test_what_is_no_json_is_the_readers_error(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes(raw)
    with pytest.raises(LessonError, match="no JSON"):
        tables.read_json(tmp_path / "t.json", damaged=damaged)


def test_json_in_utf_16_is_json(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_bytes('{"a": "é"}'.encode("utf-16"))
    assert tables.read_json(tmp_path / "t.json", damaged=damaged) == {"a": "é"}
