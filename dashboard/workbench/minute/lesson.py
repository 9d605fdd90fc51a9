"""A model of your own: collect pictures, train in seconds, and hear what so few are worth."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import streamlit as st

from core.errors import LessonError
from core.export.link import to_link
from core.jobs import about
from core.jobs.folder import RunFolder, Status, find_run
from core.models.cost import total_parameters
from core.prepared import PreparedSet
from core.reference.backbone import HEAD
from core.transfer.head import EPOCHS
from dashboard import cache, catalogue, state
from dashboard.access.own_images import note_owner
from dashboard.access.people import Standing, asking
from dashboard.access.rights import begin
from dashboard.advice import press, show_advice
from dashboard.background.errands import Errand
from dashboard.background.set_request import SetRequest, Upload
from dashboard.shared.launch import launch, waiting
from dashboard.shared.lesson import Lesson, words
from dashboard.shared.number import count
from dashboard.shared.set_image import key_at
from dashboard.workbench.minute.collection import (
    MOST_AT_ONCE,
    MOST_PICTURES,
    SIDE,
    Collection,
    archive,
    read_picture,
)
from dashboard.workbench.minute.learning import (
    SMALL_SIDE,
    Learned,
    learn,
    require_classes,
    require_enough,
    small_network,
    small_training,
)
from dashboard.workbench.minute.live import Answered, SmallNetwork, answered, describe, warm
from dashboard.workbench.minute.questions import check_of, question_of
from dashboard.workbench.minute.stage import SCHEMA, answer, payload, show, show_live
from dashboard.workbench.minute.words import marked, torn_sentence, worth_sentence
from data.sets.origins import OWN_SET

SLUG: Final = "minute"
STAGE: Final = "minute_stage"
LIVE: Final = "minute_live"
BACKBONE: Final = "EfficientNet-Lite2"
POLL_S: Final = 0.3
RUN_POLL_S: Final = 1.0
PACE_MS: Final = 200
"""Between two pictures of the camera; one is under way at a time."""
CLASS_PACE_MS: Final = 1000
"""The same where a class shares the workers."""
VIEWS: Final = ("train", "architecture", "features", "hierarchy", "results", "xray")
"""Where the small network is looked into."""
DESIGN: Final = "architecture_net"
"""Name in the address under which Architecture takes a network's description."""


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """What this tab has collected and learned.

    Attributes:
        collection: The pictures.
        learned: A head of these pictures or of earlier ones, None before one.
        wanted: What is being learned from, None where nothing is.
        taken: Number of the browser's last message that was taken.
        said: What became of it, where that is not plain to see.
        run: The small network, "" before one.
    """

    collection: Collection = field(default_factory=Collection)
    learned: Learned | None = None
    wanted: Collection | None = None
    taken: str = ""
    said: str = ""
    run: str = ""


SESSION: Final = state.Key[Session]("minute_session", Session)
EDITED: Final = state.Key[bool]("minute_edited", bool)
"""Whether what was done in the stage concerns the rest of the page too."""
FRAME: Final = state.Key[str]("minute_frame", str)


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    cache.cluster()
    warm()
    lesson = Lesson(SLUG, question_of(text))
    waits = waiting(state.MINUTE_LAUNCH, _begun) is not None
    with lesson.corner(), st.popover("Small network", width="stretch"):
        _network_panel(text, waits=waits)
    busy = SESSION.get().wanted is not None
    with lesson.stage():
        st.fragment(_stage, run_every=POLL_S if busy else None)(lesson)
        st.fragment(_live)()
    with lesson.below():
        # Each live picture is a run of its own: the mark of a run that goes on would flicker.
        st.html('<style>[data-testid="stStatusWidget"] { display: none; }</style>')
        show_advice()
        _worth(text)
        small = small_network(SESSION.get().collection.names)
        st.markdown(
            text["why"].format(
                backbone=BACKBONE,
                features=count(HEAD),
                epochs=EPOCHS,
                parameters=count(total_parameters(small)),
                size=SMALL_SIDE,
            )
        )
        st.markdown(text["privacy"])
    lesson.finish(check_of(text), source=text["source"])


def _stage(lesson: Lesson) -> None:
    """Classes, camera and training; a fragment that looks again while something is learned."""
    text = cache.page_text(SLUG)
    errand = _learning()
    if errand is not None and errand.ended:
        _take(errand)
        EDITED.set(True)
    if EDITED.get():
        EDITED.set(False)
        st.rerun()
    session = SESSION.get()
    spoken = words(text)
    spoken["gray"] = spoken["gray"].format(side=SIDE)
    show(
        data=payload(
            session.collection,
            session.learned,
            spoken,
            lesson.header(SCHEMA),
            taken=session.taken,
            said=session.said,
            progress=None if errand is None else {"phase": errand.phase, "share": errand.fraction},
            worth=_worth_markup(session, text),
            network=bool(session.run) and _small(session) is not None,
            pace=CLASS_PACE_MS if Standing.policy.shared else PACE_MS,
        ),
        key=STAGE,
        on_edit_change=_edit,
        on_settled_change=lesson.keep_setting(STAGE),
    )


def _worth_markup(session: Session, text: dict[str, str]) -> str:
    """What the stage says of the head, as markup; "" before one."""
    learned = session.learned
    if learned is None:
        return ""
    said = worth_sentence(learned, session.collection.names, text)
    return marked(f"{said} {torn_sentence(learned, text)}")


def _learning() -> Errand[Learned] | None:
    """What is being learned now, None where nothing is."""
    wanted = SESSION.get().wanted
    if wanted is None:
        return None
    described = partial(describe, workers=cache.cluster())
    return cache.errands().ask(
        ("minute", wanted.stamp), lambda errand: learn(wanted, described, errand.advance)
    )


def _take(errand: Errand[Learned]) -> None:
    """Keep what was learned, or why nothing was."""
    session = replace(SESSION.get(), wanted=None)
    try:
        found = errand.value()
    except LessonError as error:
        SESSION.set(replace(session, said=f"{error.problem} {error.remedy}"))
    else:
        same = found is not None and found.head.kernel.shape[1] == len(session.collection.names)
        SESSION.set(replace(session, learned=found if same else None, said=""))


def _edit() -> None:
    """Take what was done in the stage: a browser may send anything."""
    told = str(getattr(state.widget_value(STAGE), "edit", "") or "")
    session = SESSION.get()
    try:
        message = json.loads(told)
        done = _edited(session, message)
    except LessonError as error:
        done = replace(session, said=f"{error.problem} {error.remedy}")
    except (ValueError, TypeError, KeyError):
        return
    SESSION.set(replace(done, taken=str(message.get("number", ""))[:20]))
    EDITED.set(True)


def _edited(session: Session, message: dict[str, Any]) -> Session:
    """The session after one thing was done.

    Raises:
        LessonError: What the collection refuses.
        ValueError, TypeError, KeyError: For what no stage sends.
    """
    collection, what = session.collection, str(message["do"])
    session = replace(session, said="")
    if what == "train":
        require_classes(collection)
        return replace(session, wanted=collection)
    label = int(message.get("label", 0))
    if what == "add":
        return _with_pictures(session, label, message)
    changes = {
        "name": lambda: collection.renamed(label, str(message["name"])),
        "remove": lambda: collection.without(int(message["place"])),
        "empty": lambda: collection.emptied(label),
        "more": collection.with_class,
        "fewer": lambda: collection.without_class(label),
    }
    # The columns of a head are classes: with other classes it says nothing that is true.
    learned = None if what in {"more", "fewer"} else session.learned
    return replace(session, collection=changes[what](), learned=learned)


def _with_pictures(session: Session, label: int, message: dict[str, Any]) -> Session:
    before = session.collection
    sent = [str(one) for one in message["pictures"]][:MOST_AT_ONCE]
    source = "camera" if message["source"] == "camera" else "file"
    after = before.added(label, [read_picture(one) for one in sent], source)
    missing = len(sent) - (len(after.pictures) - len(before.pictures))
    said = ""
    if missing:
        why = (
            f"a class has {MOST_PICTURES} pictures at most"
            if len(after.of_class(label)) >= MOST_PICTURES
            else "here already"
        )
        said = f"{missing} of {len(sent)} left out: {why}."
    return replace(session, collection=after, said=said)


def _live() -> None:
    """Answer what the camera sees; a fragment of its own, so that nothing else is drawn anew."""
    told, found = FRAME.get(), Answered()
    if told:
        FRAME.set("")
        session = SESSION.get()
        found = answered(told, session.learned, _small(session), session.collection.names)
    show_live(
        data=answer(found.frame, found.scores, found.network, found.problem),
        key=LIVE,
        on_frame_change=lambda: FRAME.set(
            str(getattr(state.widget_value(LIVE), "frame", "") or "")
        ),
    )


def _worth(text: dict[str, str]) -> None:
    """What the head is worth, in words, below the stage too."""
    session = SESSION.get()
    learned = session.learned
    if learned is not None:
        st.markdown(worth_sentence(learned, session.collection.names, text))
        torn = torn_sentence(learned, text)
        if torn:
            st.markdown(torn)


def _small(session: Session) -> SmallNetwork | None:
    """The small network of this session, once it answers."""
    if not session.run:
        return None
    try:
        run = find_run(session.run)
        ended = run.status() in {Status.FINISHED, Status.STOPPED}
        spec = run.spec().model
    except LessonError:
        return None  # deleted meanwhile
    if not ended or not run.model_path.is_file():
        return None
    return SmallNetwork(path=str(run.model_path), spec=spec)


def _network_panel(text: dict[str, str], *, waits: bool) -> None:
    """The network from nothing: what it needs, the button, how far it is, where it opens."""
    session = SESSION.get()
    problem = ""
    try:
        require_enough(session.collection)
    except LessonError as error:
        problem = f"{error.problem} {error.remedy}"
    st.button(
        "Train a small network",
        key="minute_small",
        icon=":material/play_arrow:",
        type="primary",
        width="stretch",
        disabled=bool(problem) or waits,
        on_click=press,
        args=(_launch,),
    )
    st.caption(problem or text["keeps"].format(n=len(session.collection.pictures)))
    if waits:
        st.fragment(_watch_launch, run_every=POLL_S)()
    if not session.run:
        return
    try:
        active = find_run(session.run).status().is_active
    except LessonError:
        return
    st.fragment(_watch_run, run_every=RUN_POLL_S if active else None)(session.run, active)
    design = to_link(small_network(session.collection.names).to_json())
    for slug in VIEWS:
        page = catalogue.page(slug)
        given = {DESIGN: design} if slug == "architecture" else None
        st.page_link(page.path, label=page.title, icon=page.icon, query_params=given)


def _watch_launch() -> None:
    found = cache.preparations().find_launch(state.MINUTE_LAUNCH.get())
    if found is None or found.run.ended:
        st.rerun()
    st.progress(found.preparation.fraction, f"Preparing pictures: {found.preparation.phase}")


def _watch_run(run_id: str, active: bool) -> None:
    text = cache.page_text(SLUG)
    try:
        summary = find_run(run_id).summary()
    except LessonError:
        return
    if active and not summary.status.is_active:
        st.rerun()
    if summary.status is Status.QUEUED:
        st.caption(text["network-queued"])
    elif summary.status.is_active:
        done = summary.epochs_done
        said = text["network-busy"].format(epoch=done, epochs=summary.epochs)
        st.progress(min(done / summary.epochs, 1.0), said)
    elif summary.status is Status.FINISHED:
        st.caption(text["network-done"])
    else:
        st.caption(text["network-failed"])


def _launch() -> None:
    """Keep the pictures as a set of one's own, and train the small network on it."""
    collection, person = SESSION.get().collection, asking()
    require_enough(collection)
    title = f"{' and '.join(collection.names)}, collected"
    upload = Upload(name=f"{title}.zip", raw=archive(collection))
    note_owner(upload.source, person)
    # As if it had been brought to the Dataset page, which shows, shares and removes it.
    upload = state.remembered("dataset_uploads", (SLUG, upload.digest), lambda: upload, most=2)

    def create(prepared: PreparedSet) -> tuple[str, list[RunFolder]]:
        (run,) = begin([small_training(prepared)], person, prepared=prepared)
        about.describe(run.path, name=title)
        return run.id, [run]

    launch(state.MINUTE_LAUNCH, SetRequest(dataset=OWN_SET, size=SMALL_SIDE, upload=upload), create)


def _begun(run_id: str) -> None:
    """The small network is being trained: it is open now, with a picture kept for its test."""
    SESSION.set(replace(SESSION.get(), run=run_id))
    state.open_network(run_id, dataset=OWN_SET)
    try:
        prepared = cache.prepared_set(find_run(run_id).spec().prepared)
    except LessonError:
        return  # the page says so
    state.open_picture(key_at(prepared, int(prepared.indices("test")[0])))
