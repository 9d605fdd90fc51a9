"""Every text of every page gets the names it asks for, and no other; none is shown unfilled."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboard.cache import page_text
from dashboard.catalogue import PAGES

ROOT = Path(__file__).resolve().parents[2]
SLUGS = [page.slug for page in PAGES]
FORMULA = re.compile(r"\$[^$]*\$", re.DOTALL)


def names_in(text: str) -> set[str]:
    """What a text asks for when it is filled in; doubled braces ask for nothing."""
    parsed = string.Formatter().parse(text)
    return {re.split(r"[.\[]", name)[0] for _, name, _, _ in parsed if name}


def unfilled(text: str) -> set[str]:
    """What a person would read in braces if the text were shown as it is; formulas keep theirs."""
    return set(re.findall(r"\{([a-z_]\w*)[^{}]*\}", FORMULA.sub("", text)))


def modules() -> list[Path]:
    folders = (ROOT / "dashboard", ROOT / "pages")
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def slugs_of(tree: ast.Module, path: Path) -> list[str]:
    """The pages whose texts a module may read: those that it names, or all."""
    named = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in SLUGS
    }
    own = {path.stem} & set(SLUGS) or {path.parent.name} & set(SLUGS)
    return sorted(own or named or SLUGS)


def key_pattern(key: ast.expr) -> str | None:
    """A key as a pattern: literal, with a part that is filled in, or one of two."""
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return re.escape(key.value)
    if isinstance(key, ast.JoinedStr):
        parts = (key_pattern(p) if isinstance(p, ast.Constant) else ".+" for p in key.values)
        return "".join(part or "" for part in parts)
    if isinstance(key, ast.IfExp):
        both = key_pattern(key.body), key_pattern(key.orelse)
        return "|".join(part for part in both if part) or None
    return None


@dataclass(frozen=True, slots=True)
class Use:
    """A place in a module that takes one of some texts, and the call that fills it in."""

    line: int
    texts: dict[str, str]
    call: ast.Call | None

    def faults(self) -> list[str]:
        where = f"line {self.line}"
        if self.call is None:
            shown = {key: unfilled(text) for key, text in self.texts.items()}
            return [f"{where}: {key} is shown with {left}" for key, left in shown.items() if left]
        given = {word.arg for word in self.call.keywords if word.arg}
        shared = any(word.arg is None for word in self.call.keywords)
        wanted = {key: names_in(text) for key, text in self.texts.items()}
        idle = given.difference(*wanted.values())
        lacking = {} if shared else {key: names - given for key, names in wanted.items()}
        return [f"{where}: nothing in {sorted(wanted)} asks for {sorted(idle)}"] * bool(idle) + [
            f"{where}: {key} lacks {sorted(names)}" for key, names in lacking.items() if names
        ]


def uses(path: Path) -> Iterator[Use]:
    """Every place of a module that takes a text of its page by its key."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts: dict[str, list[str]] = {}
    for slug in slugs_of(tree, path):
        for key, text in page_text(slug).items():
            texts.setdefault(key, []).append(text)
    taken = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load)
    ]
    literal = {node.slice.value for node in taken if isinstance(node.slice, ast.Constant)}
    filled = {
        id(node.func.value): node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
    }
    for node in taken:
        pattern = key_pattern(node.slice)
        if pattern is None:
            continue
        put_together = isinstance(node.slice, ast.JoinedStr)
        found = {
            f"{key} ({number})" if number else key: text
            for key, several in texts.items()
            for number, text in enumerate(several)
            # A key that is put together means those that the module does not name themselves.
            if re.fullmatch(pattern, key) and not (put_together and key in literal)
        }
        if found:
            yield Use(node.lineno, found, filled.get(id(node)))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_text_gets_the_names_it_asks_for(path: Path) -> None:
    """Read from the code: where a text is filled in, with which names, and where it is not."""
    assert [fault for use in uses(path) for fault in use.faults()] == []


def test_the_reading_of_the_code_finds_each_kind_of_fault() -> None:
    call = ast.parse("text['a'].format(size=1, **told)").body[0].value  # type: ignore[attr-defined]
    plain = ast.parse("text['a'].format(size=1)").body[0].value  # type: ignore[attr-defined]
    said = {"a": "Orange pushed it toward {target}, by {size:.2f}."}
    assert Use(1, said, None).faults()
    assert Use(1, said, plain).faults() == ["line 1: a lacks ['target']"]
    assert Use(1, said, call).faults() == []
    assert Use(1, {"a": "All of it."}, plain).faults() == [
        "line 1: nothing in ['a'] asks for ['size']"
    ]
    assert Use(1, {"a": "$w_{ij}$ is a weight."}, None).faults() == []
