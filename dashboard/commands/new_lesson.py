"""``python3 -m dashboard new-lesson NAME``: a room whose tests fail until it teaches something.

What is written here runs at once, so that a page can be looked at from the first minute. Every
place that a lesson has to fill carries the mark `OPEN`; ``tests/dashboard/lessons/test_rooms.py``
finds what is left of them.
"""

from __future__ import annotations

import argparse
import keyword
import re
from pathlib import Path
from typing import Final

from core.errors import LessonError

ROOT: Final = Path(__file__).resolve().parents[2]
OPEN: Final = "WRITE:"
"""Stands wherever the author of a lesson has something to say."""

LESSON: Final = '''"""{title}: WRITE: what a person understands after this page, in one sentence."""

from __future__ import annotations

from typing import Final

import numpy as np
import streamlit as st

from dashboard import cache
from dashboard.lessons.{slug}.stage import SCHEMA, View, payload, show
from dashboard.shared.lesson import Check, Lesson, Question, words
from dashboard.shared.number import write

SLUG: Final = "{slug}"
STAGE: Final = "{slug}_stage"


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG, _question(text))
    view = View(values=np.eye(8), words=words(text))
    with lesson.stage():
        show(
            data=payload(view, lesson.header(SCHEMA, told=True)),
            key=STAGE,
            on_settled_change=lesson.keep_setting(STAGE),  # what is below is drawn anew
        )
    gain = float(lesson.values(SCHEMA)["gain"])
    with lesson.below():
        st.markdown(text["why"])
        st.latex(rf"y = g\\,x,\\qquad g = {{gain:.3g}}")  # WRITE: the formula, with what is set
    lesson.finish(_check(text), source=text["source"])


def _question(text: dict[str, str]) -> Question:
    """WRITE: where the truth comes from; it is computed by core, never typed."""
    truth = 1.0
    return Question(
        text=text["predict"],
        options=(write(0.0), write(truth)),
        truth=1,
        because=text["because"],
    )


def _check(text: dict[str, str]) -> Check:
    """WRITE: what a person can now work out that the page did not show."""
    return Check(text=text["check"], answer=1, because=text["check-because"])
'''

STAGE: Final = '''"""The stage on {words}: WRITE: what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.arrays import FloatArray
from dashboard.browser.publication import component
from dashboard.shared.blob import pack
from dashboard.shared.moments import moments
from dashboard.shared.schema import Schema, real

# Everything that can be set in the stage stands here, and nowhere else.
SCHEMA: Final[Schema] = (real("gain", 1.0, 0, 2, 0.05, label="Gain"),)

show = component("{slug}", "lessons/{slug}/stage.js")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """What the stage shows.

    Attributes:
        values: (H, W).
        words: Sentences of the stage by name.
    """

    values: FloatArray
    words: Mapping[str, str]


def payload(view: View, header: Mapping[str, Any]) -> bytes:
    """The stage's message."""
    told = {{
        **header,
        "words": dict(view.words),
        # What a lecturer walks through with Page Down: at least three, said in the text.
        "moments": moments(
            SCHEMA, view.words, first={{"gain": 1}}, second={{"gain": 2}}, third={{"gain": 0.5}}
        ),
    }}
    return pack(told, [view.values.astype(np.float32)])
'''

SCRIPT: Final = """// The stage on {words}: WRITE: what it shows.

import {{ bitmap, enlarge, Surface }} from "../../browser/canvas.js";
import {{ Loop }} from "../../browser/loop.js";
import {{ mount }} from "../../browser/mount.js";
import {{ filled, write }} from "../../browser/number.js";
import {{ largest, Scale }} from "../../browser/scale.js";

class {name} {{
  /** @param {{import("../../browser/stage.js").Stage}} stage */
  constructor(stage) {{
    this.stage = stage;
    this.surface = stage.hold(new Surface(stage.pictures));
    this.loop = new Loop(() => this.draw(), this.surface.canvas);
    this.values = new Float32Array();
    this.width = 1;
    /** @type {{Record<string, string>}} */
    this.words = {{}};
  }}

  /**
   * Called with each message of the server.
   * @param {{any}} header
   * @param {{any[]}} arrays
   * @param {{boolean}} first
   */
  load(header, arrays, first) {{
    [this.values] = arrays;
    this.width = arrays[0].shape[1];
    this.words = header.words;
    if (first) this.stage.control(["gain"]);
  }}

  // Settings changed: by a control, by Back, by a moment.
  changed() {{
    this.loop.touch();
  }}

  // Sizes or the look changed; also called once at the beginning.
  arranged() {{
    this.loop.touch();
  }}

  // The question was answered, or is asked anew.
  settled() {{
    this.loop.touch();
  }}

  draw() {{
    const {{ locked, values }} = this.stage;
    const gain = locked ? 1 : values.gain; // an open question's answer is not drawn
    const shown = this.values.map((value) => value * gain);
    const scale = new Scale("activation", 2 * largest(this.values));
    const image = bitmap(shown, this.width, shown.length / this.width, scale.paint);
    const pen = this.surface.clear();
    const {{ width, height }} = this.surface;
    const side = Math.min(width, height);
    enlarge(pen, image, (width - side) / 2, (height - side) / 2, side, side);
    const sentence = filled(locked ? this.words.locked : this.words.now, {{ gain: write(gain) }});
    this.stage.say(`<p>${{sentence}}</p>`);
    this.surface.canvas.setAttribute("aria-label", sentence);
    this.stage.tellTwin(sentence, () => [
      {{
        caption: this.words.table,
        head: ["gain", "largest"],
        rows: [[write(gain), write(largest(shown))]],
      }},
    ]);
  }}

  close() {{
    this.loop.close();
  }}
}}

export default await mount((stage) => new {name}(stage));
"""

TEXT: Final = """## predict

WRITE: a question worth predicting, in at most 64 letters?

## because

WRITE: why, in at most 96 letters.

## stage-locked

WRITE: what the picture shows while the question is open.

## stage-now

WRITE: what the picture shows at a gain of {{gain}}.

## stage-table

WRITE: what the table of the text twin lists

## stage-moment-first

WRITE: the first thing to see, in at most 90 letters.

## stage-moment-second

WRITE: the second.

## stage-moment-third

WRITE: the third.

## why

#### Why

WRITE: the reason, with the formula.

## check

WRITE: a question that carries the idea to another case.

## check-because

WRITE: why.

## source

WRITE: paper or chapter, and the function in core.
"""

PAGE: Final = '''"""{title}."""

from __future__ import annotations

from dashboard.frame import run_page
from dashboard.lessons.{slug}.lesson import body

if __name__ == "__main__":
    run_page("{slug}", body)
'''

TEST: Final = '''"""{title}: WRITE: the law, reference or known number that the lesson rests on.

What the browser computes while a hand drags is compared with core by
``tests.browser_vectors.call_module``.
"""

from __future__ import annotations


def test_the_lesson_says_what_is_so() -> None:
    raise AssertionError("WRITE: compare what the page tells with a reference or a law")
'''

ENTRY: Final = """    Page(
        slug="{slug}",
        title="{title}",
        section="Lessons",
        icon=":material/school:",
        goal="WRITE: what a person can do here, one sentence that starts with a verb.",
        carries="WRITE: what goes along to the next page.",
    ),
)
"""


ROW: Final = "| {title} | - | WRITE: what a person does there |\n"
"""Of the table in ``docs/lessons.md``."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command ``new-lesson``."""
    parser = commands.add_parser(
        "new-lesson",
        help="write the room of a new lesson",
        description="Write the room of a new lesson, its page, its test, its entry in the catalogue"
        " and its row in docs/lessons.md. It runs at once, and its tests fail until every"
        f" {OPEN} in it is replaced.",
    )
    parser.add_argument("name", help="of the lesson, such as dropout: small letters, digits and _")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the room and say what comes next."""
    written = write_room(str(arguments.name))
    print("Written:")
    for path in written:
        print(f"  {path.relative_to(ROOT)}")
    print(
        f"\nReplace every {OPEN} in them; CONTRIBUTING.md walks you through."
        "\nIts tests fail until then: those for a loop, and all of them, the browser's too:\n"
        f"  python3 -m tests tests/dashboard/lessons tests/pages -k {arguments.name}\n"
        f"  python3 -m tests -k {arguments.name}\n"
        "See it; the server reads its files once, so start it again after a change:\n"
        "  python3 -m dashboard"
    )
    return 0


def write_room(slug: str, *, root: Path = ROOT) -> list[Path]:
    """Write the files of a new lesson and list its page in the catalogue and in the documents.

    Args:
        slug: Name of folder, page and address.
        root: Of the project.

    Returns:
        The files, then the two that list its page.

    Raises:
        LessonError: ``lesson.name`` for a name that cannot be one, ``lesson.exists``.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", slug) or keyword.iskeyword(slug):
        raise LessonError(
            "lesson.name",
            problem=f"{slug!r} cannot name a lesson.",
            remedy="Use 2 to 31 small letters, digits and _, beginning with a letter.",
        )
    room = root / "dashboard" / "lessons" / slug
    if room.exists() or (root / "pages" / f"{slug}.py").exists():
        raise LessonError(
            "lesson.exists",
            problem=f"There is a page named {slug} already.",
            remedy="Choose another name.",
        )
    words = slug.replace("_", " ")
    named = {
        "slug": slug,
        "words": words,
        "title": words.capitalize(),
        "name": "".join(part.capitalize() for part in slug.split("_")),
    }
    contents = {
        room / "__init__.py": "",
        room / "lesson.py": LESSON,
        room / "stage.py": STAGE,
        room / "stage.js": SCRIPT,
        room / "text.en.md": TEXT,
        root / "pages" / f"{slug}.py": PAGE,
        root / "tests" / "dashboard" / "lessons" / slug / f"test_{slug}.py": TEST,
    }
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.format(**named), encoding="utf-8")
    catalogue = root / "dashboard" / "catalogue.py"
    before, mark, after = catalogue.read_text("utf-8").partition("\n)\nSLUGS")
    entry = ENTRY.format(**named).removesuffix("\n)\n")
    catalogue.write_text(f"{before}\n{entry}{mark}{after}", encoding="utf-8")
    listed = root / "docs" / "lessons.md"
    before, rows, after = re.split(
        r"((?:^\|.*\n)+)", listed.read_text("utf-8"), maxsplit=1, flags=re.M
    )
    listed.write_text(before + rows + ROW.format(**named) + after, encoding="utf-8")
    return [*contents, catalogue, listed]
