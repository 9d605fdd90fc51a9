"""The leak laboratory: what makes a validation score lie, measured, and to be tried."""

from __future__ import annotations

from typing import Final

import streamlit as st

from dashboard import cache
from dashboard.lessons.leaks.repeat import of_flaw
from dashboard.lessons.leaks.stage import SCHEMA, LeaksView, payload, show, table
from dashboard.shared.lesson import Check, Lesson, Question, words
from dashboard.shared.number import count, fixed, percent
from dashboard.shared.repeat import repeat
from dashboard.shared.table import table as table_markup
from data.flaws import COPIED_SHARE, RANDOM, REGION, STAMP
from data.ready import leak_runs as leaks
from data.ready.leak_runs import Experiment

SLUG: Final = "leaks"
STAGE: Final = "leaks_stage"
SHOWN: Final = 2
"""Pictures with heat maps that stand beside each other."""
RIGHT_ALONE: Final = 0.7
"""Accuracy on what is no copy, in the check."""
NOTABLE: Final = 0.05
"""Of an AUC: less is not spoken of."""


def body() -> None:
    """Draw the page.

    Raises:
        LessonError: ``ready.damaged``.
    """
    cache.cluster()  # the workers load TensorFlow while a person still reads
    text = cache.page_text(SLUG)
    experiments, pictures = leaks.read_leaks(), leaks.read_pictures()
    lesson = Lesson(SLUG, _question(text, experiments))
    view = LeaksView(
        experiments=experiments,
        said=[said_of(one, text) for one in experiments],
        pictures=pictures["images"][:SHOWN],
        honest=pictures["honest"][:SHOWN],
        spoiled=pictures["spoiled"][:SHOWN],
        words=words(text),
    )
    with lesson.stage():
        show(
            data=payload(view, lesson.header(SCHEMA, told=True)),
            key=STAGE,
            on_settled_change=lesson.keep_setting(STAGE),
        )
    chosen = lesson.values(SCHEMA)
    with lesson.below():
        st.markdown(text["why"])
        st.markdown(text["yourself"])
        repeat(of_flaw(str(chosen["flaw"]), str(chosen["set"]), text))
        st.markdown(
            text["measured"].format(
                synthetic=leaks.SEEDS["synthetic"],
                fracatlas=leaks.SEEDS["fracatlas"],
                count=count(leaks.COUNT),
                size=leaks.SIZE,
                epochs=leaks.EPOCHS,
                command=leaks.COMMAND,
            )
        )
        found = table(experiments, view.words)
        shown = table_markup(found["head"], found["rows"], look="lb-table")
        st.html(f'<div class="lb-table-frame">{shown}</div>')
    lesson.finish(_check(text), source=text["source"])


def said_of(one: Experiment, text: dict[str, str]) -> list[str]:
    """What is said of a flaw on a set: what was done, the numbers, what follows from them."""
    done = text[f"done-{one.flaw}"].format(
        share=percent(COPIED_SHARE), hardware=text[f"hardware-{one.dataset}"]
    )
    numbers = text["numbers"].format(
        honest_seen=fixed(one.honest.seen.value, 2),
        spoiled_seen=fixed(one.spoiled.seen.value, 2),
        honest_test=fixed(one.honest.test.value, 2),
        spoiled_test=fixed(one.spoiled.test.value, 2),
    )
    judged = text[f"verdict-{verdict(one)}"].format(change=one.change.plain())
    lines = [done, f"{numbers} {judged}"]
    if one.flaw == RANDOM and one.dataset == "synthetic":
        lines.append(text["none-random-synthetic"])
    if one.flaw == REGION:
        lines.append(
            text["fewer"].format(
                honest=count(one.honest.learned), spoiled=count(one.spoiled.learned)
            )
        )
    if one.flaw == STAMP and one.area is not None:
        assert one.honest.evidence is not None
        assert one.spoiled.evidence is not None
        assert one.spoiled.alarms is not None
        lines[1] = text["evidence"].format(
            spoiled=percent(one.spoiled.evidence),
            honest=percent(one.honest.evidence),
            area=percent(one.area, 1),
            plain=percent(one.spoiled.alarms[0]),
            alarms=percent(one.spoiled.alarms[1]),
        )
    return lines


def verdict(one: Experiment) -> str:
    """What the numbers say: "lie", the seen score leaps above the test; "harm", the test falls
    though the score does not; "little", the images tell the two apart, but by little; "none".

    A leap counts where it and its distance from the honest gap between the two are more than
    `NOTABLE`, a fall where it is as large and the images tell it from none: trainings differ too.
    """
    gap = one.lie - (one.honest.seen.value - one.honest.test.value)
    if one.leap > NOTABLE and gap > NOTABLE:
        return "lie"
    if not one.change.told_apart:
        return "none"
    return "harm" if one.change.value < -NOTABLE else "little"


def _question(text: dict[str, str], experiments: tuple[Experiment, ...]) -> Question:
    """What is the test's AUC behind a perfect score? Measured, not written."""
    stamp = next(one for one in experiments if one.flaw == STAMP)
    figures = (stamp.spoiled.seen, stamp.honest.test, stamp.spoiled.test)
    options = [fixed(figure.value, 2) for figure in figures]
    return Question(
        text=text["predict"],
        options=tuple(options),
        truth=len(options) - 1,
        because=text["because"].format(seen=options[0], test=options[-1]),
    )


def _check(text: dict[str, str]) -> Check:
    """Transfer: the same leak in another measure, worked out by hand."""
    others = 1 - COPIED_SHARE
    answer = 100 * (COPIED_SHARE + others * RIGHT_ALONE)
    told = {
        "copied": percent(COPIED_SHARE),
        "others": percent(others),
        "right": percent(RIGHT_ALONE),
        "answer": percent(answer / 100),
    }
    return Check(
        text=text["check"].format(**told),
        answer=round(answer, 1),
        tolerance=0.5,
        unit="%",
        because=text["check-because"].format(**told),
    )
