"""What the lesson on the training cycle consists of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import streamlit as st

from core.descent.cycle_run import Update, flat
from core.errors import LessonError
from core.ops.pooling import Window, backward, pool
from dashboard import cache
from dashboard.lessons.cycle.cache import cycle_alternatives, cycle_pool, cycle_run, cycle_tape
from dashboard.lessons.cycle.stage import (
    SCHEMA,
    UPDATES,
    CycleChoices,
    CycleView,
    payload,
    show,
)
from dashboard.shared.lesson import Check, Lesson, Question
from dashboard.shared.number import write

SLUG: Final = "cycle"
TOLERANCE: Final = 1e-6
WORKER_LOOK_S: Final = 2.0
ASKED_SIDE: Final = 28
"""Pixels a side of the picture that the check is about: what the paper advises."""
KERNEL_SIDE: Final = 3
CENTER: Final = (0, 1, 1)
"""Kernel, row and column of the weight that the lesson asks about."""
_STAGE: Final = "cycle_stage"
_RAISED: Final = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG, _question(text))
    choices = chosen(lesson.values(SCHEMA))
    with lesson.stage():
        view = _view(choices)
        show(
            data=payload(view, lesson.header(SCHEMA, told=True)),
            key=_STAGE,
            on_settled_change=lesson.keep_setting(_STAGE),
        )
    with lesson.below():
        st.markdown(text["key"])
        if lesson.settled:
            why(choices)
        agreement(choices)
    check = _check(text)
    source = f"{text['source']}\n\n#### The patches\n{text['patches']}"
    lesson.finish(check, source=source)


def turns(choices: CycleChoices) -> tuple[Update, ...]:
    """All updates for these choices."""
    return cycle_run(choices.kernels, choices.batch, choices.seed, choices.rate, UPDATES).updates


def _question(text: Mapping[str, str]) -> Question:
    """Will the weight grow or shrink? Always asked of what the page opens with."""
    choices = CycleChoices()
    first = turns(choices)[0]
    before, gradient, after = (
        float(part.kernels[CENTER]) for part in (first.before, first.back.gradient, first.after)
    )
    told = {
        "weight": write(before, 4),
        "gradient": write(gradient, 3),
        "after": write(after, 4),
        "rate": write(choices.rate),
    }
    return Question(
        text=text["predict"].format(**told),
        options=("it grows", "it shrinks", "it stays"),
        truth=0 if after > before else 1 if after < before else 2,
        because=text["because"].format(**told),
    )


def chosen(values: Mapping[str, Any]) -> CycleChoices:
    """The run that belongs to what is set in the stage."""
    return CycleChoices(
        kernels=values["kernels"], batch=values["batch"], seed=values["seed"], rate=values["rate"]
    )


def _view(choices: CycleChoices) -> CycleView:
    """The network as arrays, every step of every update."""
    found = cycle_run(choices.kernels, choices.batch, choices.seed, choices.rate, UPDATES)
    return CycleView(
        pool=cycle_pool(choices.seed),
        updates=found.updates,
        choices=choices,
        alternatives=cycle_alternatives(),
        differences=found.differences,
        text=cache.page_text(SLUG),
    )


def why(choices: CycleChoices) -> None:
    """The sum and the step with the numbers of the first update."""
    text = cache.page_text(SLUG)
    first = turns(choices)[0]
    sums = first.back.contributions[:, CENTER[0], CENTER[1], CENTER[2]].sum(axis=(1, 2))
    gradient = float(first.back.gradient.kernels[CENTER])
    terms = " + ".join(_term(float(value)) for value in sums)
    st.markdown(f"#### Why\n{text['why']}")
    st.latex(
        r"\frac{\partial L}{\partial k_{22}} = \sum_{b}\sum_{r,c}"
        r"\frac{\partial L}{\partial s_{b,rc}}\; x_{b,\,r+1,\,c+1} = "
        f"{terms} = {gradient:.4f}"
    )
    st.latex(
        rf"k_{{22}} \leftarrow k_{{22}} - \eta\,\frac{{\partial L}}{{\partial k_{{22}}}} = "
        rf"{float(first.before.kernels[CENTER]):.4f} - {choices.rate:g} \cdot {_term(gradient)} = "
        rf"{float(first.after.kernels[CENTER]):.4f}"
    )
    st.markdown(text["why-end"])


def _term(value: float) -> str:
    return f"({value:.4f})" if value < 0 else f"{value:.4f}"


def agreement(choices: CycleChoices) -> None:
    """The gradients of the stage beside two other ways to them."""
    st.markdown(f"#### Does it hold?\n{cache.page_text(SLUG)['agree']}")
    found = cycle_run(choices.kernels, choices.batch, choices.seed, choices.rate, UPDATES)
    ours = np.stack([flat(update.back.gradient) for update in found.updates])
    theirs = np.stack([flat(part) for part in found.differences])
    left, right = st.columns(2, gap="medium")
    with left:
        verdict("Central differences", ours, theirs)
    with right:
        cluster = cache.cluster()
        waiting = not cluster.state().analyse_workers
        st.fragment(_tape, run_every=WORKER_LOOK_S if waiting else None)(choices, ours, waiting)


def _tape(choices: CycleChoices, ours: np.ndarray, waited: bool) -> None:
    cluster = cache.cluster()
    if not cluster.state().analyse_workers:
        st.info(
            f"**TensorFlow's tape.** {cluster.state().message} The comparison appears by itself.",
            icon=":material/hourglass_top:",
        )
        return
    if waited:
        st.rerun()  # once: a page that has its answer asks no more
    try:
        theirs = cycle_tape(choices.kernels, choices.batch, choices.seed, choices.rate, UPDATES)
    except LessonError as error:
        st.warning(f"**{error.problem}** {error.remedy}", icon=":material/lightbulb:")
        return
    verdict("TensorFlow's tape", ours, theirs)


def verdict(title: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    """The largest difference between two stacks of gradients, and whether it is small enough.

    Args:
        title: The other way.
        ours, theirs: (U, n) gradients of all updates.
    """
    # Where gradients are large, a difference counts by their size.
    worst = float((np.abs(ours - theirs) / np.maximum(1.0, np.abs(ours))).max())
    said = scientific(worst)
    count = f"{ours.size:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    limit = "10⁻⁶"
    if worst <= TOLERANCE:
        st.success(
            f"**{title}: agrees.** Largest difference over {count} gradients "
            f"({len(ours)} updates): {said}, limit {limit}.",
            icon=":material/check_circle:",
        )
    else:
        st.warning(
            f"**{title}: differs.** Largest difference over {count} gradients: {said}, limit "
            f"{limit}. A sum so close to 0 that moving a weight opens or closes its ReLU has no "
            "single slope there; a smaller learning rate avoids it.",
            icon=":material/lightbulb:",
        )


def scientific(value: float) -> str:
    """A small positive number for a sentence.

    >>> scientific(2.7e-11), scientific(0.0)
    ('2.7 · 10⁻¹¹', '0')
    """
    if not value:
        return "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} · 10{str(int(exponent)).translate(_RAISED)}"


def _check(text: Mapping[str, str]) -> Check:
    """Transfer: what pooling lets through on a picture that the stage never shows."""
    positions = ASKED_SIDE - KERNEL_SIDE + 1
    # All sums differ and are above 0, so that ReLU stops none and no window has two winners.
    sums = 1.0 + np.arange(positions**2, dtype=np.float64).reshape(positions, positions)
    pooled = pool(sums, Window(size=2, stride=2))
    return Check(
        text=text["check"].format(side=ASKED_SIDE, positions=positions**2),
        answer=int(np.count_nonzero(backward(pooled, np.ones_like(pooled.values)))),
        because=text["check-because"].format(pooled=pooled.values.shape[0]),
    )
