"""Dataset: choose, fetch or bring images, and know them before a network sees them."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st

from core.arrays import UInt8Array
from core.errors import LessonError
from core.marks import Marks
from core.prepared import SPLITS, PreparedSet
from dashboard import cache, catalogue, state
from dashboard.access.people import asking
from dashboard.advice import advise
from dashboard.background.errands import Errand
from dashboard.background.set_request import SetRequest, Upload
from dashboard.frame import current_theme
from dashboard.opened import Gone
from dashboard.shared.dataset_choice import opened_dataset
from dashboard.shared.lesson import Lesson, words
from dashboard.shared.segments import segments
from dashboard.shared.set_image import set_key
from dashboard.shared.spreadsheet import show_table
from dashboard.shared.table import pairs
from dashboard.workbench.dataset import figure as figures
from dashboard.workbench.dataset.cache import counts_figure, dataset_view, mean_figure
from dashboard.workbench.dataset.figure import Filter
from dashboard.workbench.dataset.limbs import Limbs, Slider, show_limbs
from dashboard.workbench.dataset.own_images import (
    choose_images,
    folder_choices,
    folder_field,
    whose_panel,
)
from dashboard.workbench.dataset.questions import check_of, question_of
from dashboard.workbench.dataset.stage import SCHEMA, Wall, payload, show_waiting, waiting
from dashboard.workbench.dataset.stage import show as show_wall
from dashboard.workbench.dataset.tile import Tile
from dashboard.workbench.dataset.view import DatasetView
from dashboard.workbench.sources import SOURCES
from data.sets import patients
from data.sets.leakage import LeakageComparison
from data.sets.registry import DATASETS, DatasetInfo, is_ready
from data.synthetic.difficulty import Difficulty

SLUG: Final = "dataset"
STAGE: Final = "dataset_stage"
SIZES: Final = (64, 96, 128)
PAGE_TILES: Final = 48
POLL_S: Final = 0.4
PATIENCE_S: Final = 0.35
"""What is ready sooner is shown at once, without a flash of a progress bar."""

VIEWS: Final = {
    "counts": "Counts",
    "mean": "Mean image",
    "report": "Left out and leaks",
    "draw": "Difficulty",
}
SLIDER_WORDS: Final = {
    "contrast": ("Contrast", "How dark and wide cracks are; more is easier"),
    "displacement": ("Displacement", "How far fragments move; more is easier"),
    "noise": ("Noise", "Grain from too few photons; more is harder"),
    "blur": ("Blur", "Unsharp focus and detector; more is harder"),
    "clutter": ("Clutter", "Overlaps, vessel lines, metal; more is harder"),
}
_SAMPLE_INDICES: Final = (2, 12)
_SAMPLE_PX: Final = 160
_LARGE_PX: Final = 768


def body() -> None:
    """Draw the page."""
    lesson = Lesson(SLUG)
    with lesson.below():
        styles()
    with lesson.corner():
        with st.popover("Set", width="stretch"):
            info = choose_dataset()
            request = source_panel(info)
            own = st.container(key="dataset_own")
        narrowing = st.container(key="dataset_narrowing")
    view = None
    if request is None:
        with lesson.stage(), st.container(key="dataset_instead"):
            nothing_here(info)
    else:
        with lesson.stage():
            place = st.container()
        with place:
            view = prepared_or_progress(lesson, request)
    if view is None:
        lesson.finish()
        return
    text = cache.page_text(SLUG)
    lesson.ask(question_of(view.prepared, text))
    if request is not None and info.name == "folder":
        with own:
            folder_choices(request, view)
            whose_panel(request)
    with narrowing:
        wanted = filters(view)
    with lesson.stage():
        images_view(lesson, view, wanted)
    with lesson.below():
        show(info, view)
        next_steps(info)
    lesson.finish(check_of(text), source=text["source"])


def choose_dataset() -> DatasetInfo:
    """The sets of the registry in one row; the choice is shared with the other pages."""
    key = "dataset_choice"
    try:
        name: str | None = opened_dataset()
    except Gone:
        name = None
    state.set_widget_value(key, name)
    st.segmented_control(
        "Dataset",
        tuple(DATASETS),
        format_func=lambda choice: DATASETS[choice].title,
        required=name is not None,
        key=key,
        on_change=lambda: state.open_dataset(str(state.widget_value(key))),
        label_visibility="collapsed",
    )
    return DATASETS[opened_dataset()]


# The side column: what the set is, and its settings


def source_panel(info: DatasetInfo) -> SetRequest | None:
    """Card and settings; the request, or None while the images are not at hand."""
    st.html(_card(info))
    root: Path | None = None
    upload: Upload | None = None
    if info.name == "folder":
        root, upload = choose_images()
    elif not is_ready(info.name):
        root = folder_field(info)
    size = segments(
        "Image size in pixels",
        SIZES,
        default=64,
        key="dataset_size",
        bind="query-params",
    )
    absent = root is None and upload is None
    if absent and (info.name == "folder" or not is_ready(info.name)):
        return None
    difficulty = state.DIFFICULTY.get() if info.name == "synthetic" else None
    choices = state.FOLDER_CHOICES.get().of(root, upload)
    return SetRequest(
        dataset=info.name,
        size=size,
        split="given" if choices.keeps_parts else "grouped",
        root=root,
        positive=choices.positive,
        upload=upload,
        difficulty=difficulty,
    )


def _card(info: DatasetInfo) -> str:
    def safe(text: str) -> str:
        return html.escape(text)

    terms = safe(info.license)
    if info.license_url:
        terms = f'<a href="{safe(info.license_url)}" target="_blank" rel="noopener">{terms}</a>'
    return (
        f'<section class="dataset-card"><h2>{safe(info.task)}</h2><p>{safe(info.description)}</p>'
        f"<h3>What a label means</h3><p>{safe(info.label_meaning)}</p>"
        f"<h3>License</h3><p>{terms}</p></section>"
    )


def next_steps(info: DatasetInfo) -> None:
    """What to do with the set once it is known."""
    if info.name != "folder":
        st.page_link(
            catalogue.page("train").path,
            label="Train on these images",
            icon=":material/play_circle:",
            query_params=state.opened().parameters(),
        )


# States of the stage: not here, fetching, preparing, ready


def nothing_here(info: DatasetInfo) -> None:
    """The images are not on this machine: fetch them, or say how to get them."""
    text = cache.page_text("dataset")
    if info.name == "folder":
        _empty("Your own images", text["own-empty"])
    elif info.archive is None:
        _empty(f"{info.title} is not here", f"{text['by-hand']} {info.obtain}")
    else:
        _fetch_panel(info)


def _empty(title: str, words: str) -> None:
    st.html(
        f'<div class="dataset-empty"><b>{html.escape(title)}</b><p>{html.escape(words)}</p></div>'
    )


def _words(words: str) -> None:
    st.html(f'<p class="dataset-words">{html.escape(words)}</p>')


def _fetch_panel(info: DatasetInfo) -> None:
    text = cache.page_text("dataset")
    fetch = cache.fetches().find(info.name)
    with st.container(key="dataset_fetch"):
        size = f"{info.archive.bytes / 1e6:,.0f} MB" if info.archive else ""
        st.html(
            f'<h2 class="dataset-title">{html.escape(info.title)} is not here yet</h2>'
            f"<p>{html.escape(text['fetch-why'])}</p>"
            f'<div class="lb-facts">{_fact(size, "to download")}'
            f"{_fact(info.license, 'license')}</div>"
            f"<p>Cite: {html.escape(info.citation)}</p><p>{html.escape(text['fetch-where'])}</p>"
        )
        if fetch is not None and not fetch.ended:
            _fetch_progress(info.name)
            return
        _fetch_end(fetch)
        if not asking().is_lecturer:
            _words("The lecturer can download it, for all.")
            return
        agreed = st.checkbox(text["fetch-consent"], key="dataset_consent", persist_state="session")
        st.button(
            "Resume the download" if fetch is not None else f"Download {size}",
            key="dataset_download",
            type="primary",
            icon=":material/download:",
            disabled=not agreed,
            on_click=_start_fetch,
            args=(info.name,),
        )


def _fact(value: str, words: str) -> str:
    return f'<div class="lb-fact"><b>{html.escape(value)}</b><span>{words}</span></div>'


def _start_fetch(name: str) -> None:
    cache.fetches().start(name)


def _fetch_end(fetch: Errand[Path] | None) -> None:
    if fetch is None:
        return
    if isinstance(fetch.error, LessonError):
        advise(fetch.error)
    elif fetch.error is not None:
        raise fetch.error
    elif fetch.canceled:
        st.info("The download was canceled. What has arrived is kept.", icon=":material/pause:")


@st.fragment(run_every=POLL_S)
def _fetch_progress(name: str) -> None:
    fetch = cache.fetches().find(name)
    if fetch is None or fetch.ended:
        st.rerun()
        return
    st.progress(fetch.fraction, fetch.phase)
    if asking().is_lecturer:
        st.button("Cancel", key="dataset_cancel", icon=":material/close:", on_click=fetch.cancel)


def prepared_or_progress(lesson: Lesson, request: SetRequest) -> DatasetView | None:
    """The set, or None while it is being made; the page stays alive meanwhile.

    Raises:
        LessonError: What reading, splitting or writing refused.
    """
    preparation = cache.preparations().get(request)
    if not preparation.wait(PATIENCE_S):
        _preparing(lesson, request)
        return None
    prepared = preparation.value()
    if prepared is None:
        raise RuntimeError("a preparation ended without result and without error")
    state.PREPARED.set(str(prepared.folder))
    return dataset_view(str(prepared.folder), prepared.fingerprint)


@st.fragment(run_every=POLL_S)
def _preparing(lesson: Lesson, request: SetRequest) -> None:
    preparation = cache.preparations().get(request)
    told = waiting(
        lesson.header(SCHEMA),
        title=f"Preparing {DATASETS[request.dataset].title}",
        phase=f"{preparation.phase}, {100 * preparation.fraction:.0f} %",
        share=preparation.fraction,
        more=cache.page_text("dataset")["preparing"],
    )
    show_waiting(data=told, key="dataset_preparing")
    if preparation.ended:
        st.rerun()


# Ready


def show(info: DatasetInfo, view: DatasetView) -> None:
    """What can be known of the set beyond its images, one view at a time."""
    names = [name for name in VIEWS if name != "draw" or info.name == "synthetic"]
    chosen = segments(
        "View",
        names,
        format_func=VIEWS.__getitem__,
        default="counts",
        key="dataset_view",
        bind="query-params",
        persist_state="session",
        label_visibility="collapsed",
    )
    drawers: dict[str, Callable[[DatasetView], None]] = {
        "counts": counts_view,
        "mean": mean_view,
        "report": report_view,
        "draw": difficulty_view,
    }
    with st.container(key="dataset_view_stage"):
        drawers[chosen](view)


def images_view(lesson: Lesson, view: DatasetView, wanted: Filter) -> None:
    """The wall of the images that pass, and the opened one."""
    text = cache.page_text(SLUG)
    found = figures.matching(view.prepared, view.records, wanted)
    if not len(found):
        with st.container(key="dataset_instead"):
            _empty("Nothing to show", text["wall-none"])
        return
    pages = -(-len(found) // PAGE_TILES)
    page_number = _page(lesson, (view.prepared.fingerprint, wanted), pages)
    shown = found[page_number * PAGE_TILES : (page_number + 1) * PAGE_TILES]
    wall = Wall(
        tiles=tuple(tile_of(view, int(index)) for index in shown),
        images=np.asarray(view.prepared.images[shown]),
        page=page_number,
        pages=pages,
        first=page_number * PAGE_TILES,
        total=len(found),
        title=view.prepared.title,
        balance=figures.balance_sentence(view.prepared.classes, view.rows[0]),
        words=words(text),
    )
    show_wall(
        data=payload(wall, lesson.header(SCHEMA, told=True)),
        key=STAGE,
        on_settled_change=lesson.keep_setting(STAGE),
        on_opened_change=_open,
    )
    opened = state.OPENED.get()
    if opened:
        state.OPENED.set("")
        position = next((i for i, r in enumerate(view.records) if r["id"] == opened), None)
        if position is not None:
            large_image(view, position)


def _page(lesson: Lesson, counted: tuple[str, Filter], pages: int) -> int:
    """The page that is set; the first one where other images are counted than before."""
    before = state.WALL_OF.get()
    state.WALL_OF.set(counted)
    asked = int(lesson.values(SCHEMA)["page"])
    page = 0 if before[0] and before != counted else min(asked, pages - 1)
    if page != asked:
        lesson.put(SCHEMA, page=page)
    return page


def _open() -> None:
    """The wall reported an image to open."""
    state.OPENED.set(str(getattr(state.widget_value(STAGE), "opened", "") or ""))


def tile_of(view: DatasetView, index: int) -> Tile:
    """An image's words on the wall."""
    record = view.records[index]
    return Tile(
        id=record["id"],
        label=record["label"],
        class_index=int(view.prepared.labels[index]),
        words=figures.record_words(record),
        marks=record["marks"],
    )


def filters(view: DatasetView) -> Filter:
    """Choices behind one button; those that say nothing of this set are left out."""
    regions = sorted({record["region"] or figures.UNKNOWN for record in view.records})
    told = {record["hardware"] for record in view.records}
    boxed = {bool(record["marks"]) for record in view.records}
    yes_no = {"with": "with {}", "without": "without {}"}
    offers: list[tuple[str, str, dict[str, str]]] = [
        ("label", "All classes", {name: name for name in view.prepared.classes}),
        ("part", "All parts", {part: f"{part} part" for part in SPLITS}),
    ]
    if len(regions) > 1:
        offers.append(("region", "All regions", {name: name for name in regions}))
    if {True, False} <= told:
        words = {key: form.format("hardware") for key, form in yes_no.items()}
        offers.append(("hardware", "Any hardware", words))
    if len(boxed) > 1:
        words = {key: form.format("box") for key, form in yes_no.items()}
        offers.append(("box", "Box or not", words))
    keys = {name: f"dataset_filter_{name}" for name, _, _ in offers}
    active = sum(1 for key in keys.values() if state.widget_value(key))
    label = f"Filter ({active})" if active else "Filter"
    chosen: dict[str, str] = {}
    with st.popover(label, key="dataset_filters", width="stretch"):
        for name, everything, options in offers:
            labels = {"": everything, **options}
            chosen[name] = str(
                st.selectbox(
                    everything,
                    tuple(labels),
                    format_func=labels.__getitem__,
                    key=keys[name],
                    bind="query-params",
                    label_visibility="collapsed",
                    persist_state="session",
                )
                or ""
            )
    return Filter(**chosen)


@st.dialog("Image", width="large")
def large_image(view: DatasetView, position: int) -> None:
    """One image, as large as it is, with all that is known of it."""
    record = view.records[position]
    left, right = st.columns([3, 2], gap="large")
    picture, marks = large_picture(view.prepared, record, position)
    with right:
        st.html(_record_table(view, record, position))
        boxes = bool(marks) and st.toggle("Boxes", value=True, key="dataset_large_boxes")
        if st.button("Test this X-ray", icon=":material/radiology:", type="primary"):
            _hand_over(view.prepared, record)
    with left, st.container(key="dataset_large"):
        st.image(
            figures.framed(picture, marks if boxes else Marks(size=marks.size)),
            width="stretch",
            alt=f"{record['id']}, labeled {record['label']}, {figures.record_words(record)}",
        )


def large_picture(
    prepared: PreparedSet, record: figures.Record, position: int
) -> tuple[UInt8Array, Marks]:
    """The picture (S', S') uint8 and the marks in it."""
    if record["path"] is not None and Path(record["path"]).is_file():
        from data.pictures.preprocess import (
            decode_file,
            marks_on_file,
            marks_to_prepared,
            place,
            prepare_image,
        )

        gray = decode_file(Path(record["path"])).gray
        side = min(_LARGE_PX, max(gray.shape))
        marks = marks_on_file(record)
        if marks is not None:
            marks = marks_to_prepared(marks, place(gray.shape[1], gray.shape[0], side))
        return prepare_image(gray, side), marks or Marks(size=(side, side))
    return np.asarray(prepared.images[position]), record["marks"]


def _record_table(view: DatasetView, record: figures.Record, position: int) -> str:
    group = int(view.prepared.groups[position])
    together = int(np.count_nonzero(view.prepared.groups == group))
    size = f"{record['width']} x {record['height']} pixels" if record["width"] else "drawn"
    hardware = {True: "yes", False: "no", None: figures.UNKNOWN}[record["hardware"]]
    rows = {
        "Label": record["label"],
        "Part": SPLITS[int(view.prepared.split[position])],
        "Group": f"{record['group']} ({together} image{'s' if together != 1 else ''})",
        "Region": record["region"] or figures.UNKNOWN,
        "View": record["view"] or figures.UNKNOWN,
        "Hardware": hardware,
        "Boxes": str(len(record["marks"])),
        "Original": size,
    }
    title = f'<h2 class="dataset-title">{html.escape(record["id"])}</h2>'
    return title + pairs(rows, look="dataset-record")


def _hand_over(prepared: PreparedSet, record: figures.Record) -> None:
    """Go to Test an X-ray, which finds there what was chosen here."""
    state.open_picture(set_key(prepared.folder, record["id"]))
    query = {"xray_source": SOURCES["set"]}
    st.switch_page(catalogue.page("xray").path, query_params=query)


def _name(view: DatasetView) -> tuple[str, str, str]:
    """What names a figure of a set in the cache."""
    return str(view.prepared.folder), view.prepared.fingerprint, current_theme().name


def counts_view(view: DatasetView) -> None:
    """Bars by part and region."""
    classes = view.prepared.classes
    table = figures.counts_table(view.rows, classes)
    st.plotly_chart(
        counts_figure(*_name(view)),
        key="dataset_counts",
        theme=None,
        config={"displayModeBar": False},
        alt="; ".join(
            f"{row['images']}: " + ", ".join(f"{row[name]} {name}" for name in classes)
            for row in table
        ),
    )
    _words(" ".join(patients.sentences(view.prepared, view.records)))
    with st.expander("These numbers as a table"):
        st.table(table)


def mean_view(view: DatasetView) -> None:
    """Mean image of each class and their difference."""
    words = figures.mean_sentence(view.means)
    st.plotly_chart(
        mean_figure(*_name(view)),
        key="dataset_mean",
        theme=None,
        config={"displayModeBar": False},
        alt=words,
    )
    st.markdown(words)


def report_view(view: DatasetView) -> None:
    """What the reader left out, and what the split gives away."""
    details = view.prepared.details
    report = details["report"]
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.html('<h2 class="dataset-title">Left out, and why</h2>')
        for sentence in report["sentences"]:
            st.markdown(f"- {sentence}")
        if report["omissions"]:
            with st.expander(f"All {len(report['omissions']):,} by name"):
                show_table(report["omissions"], height=260)
    with right:
        comparison = LeakageComparison.from_json(details["leakage"])
        st.html('<h2 class="dataset-title">What the split gives away</h2>')
        st.markdown(cache.page_text("dataset")["leak-why"])
        st.plotly_chart(
            figures.leakage_figure(comparison, theme=current_theme(), ours=split_of(details)),
            key="dataset_leakage",
            theme=None,
            config={"displayModeBar": False},
            alt=" ".join(comparison.sentences()),
        )
        for sentence in comparison.sentences():
            st.markdown(f"- {sentence}")


def split_of(details: Mapping[str, Any]) -> str:
    """How a set was parted, as preparation noted it: by group, or as its folders were."""
    return str(details.get("options", {}).get("split", "grouped"))


@st.fragment
def difficulty_view(_: DatasetView) -> None:
    """Sliders that follow the hand, with the same limbs whole and broken beneath."""
    text = cache.page_text("dataset")
    st.markdown(text["draw-why"])
    tried = tried_difficulty()
    drawn = cache.drawn_pairs(_SAMPLE_INDICES, _SAMPLE_PX, tried)
    limbs = Limbs(
        title="The same limbs, whole and broken",
        tiles=tuple(
            Tile(
                id=f"Limb {1 + number // 2}",
                label=f"fracture, {one.kind}" if one.kind else "normal",
                class_index=one.label,
                words=", ".join((one.region, one.view)),
                marks=one.marks,
            )
            for number, one in enumerate(drawn)
        ),
        images=np.stack([one.image for one in drawn]),
        hint=text["draw-hint"],
        sliders=tuple(
            Slider(name=name, label=words[0], help=words[1], value=getattr(tried, name))
            for name, words in SLIDER_WORDS.items()
        ),
    )
    show_limbs(limbs, key="dataset_difficulty")
    changed = tried != state.DIFFICULTY.get()
    with st.container(horizontal=True):
        if st.button(
            "Draw the whole set with these settings", key="dataset_use", type="primary",
            disabled=not changed,
        ):  # fmt: skip
            state.DIFFICULTY.set(tried)
            st.rerun()


def tried_difficulty() -> Difficulty:
    """What the sliders say now."""
    reported = state.widget_value("dataset_difficulty") or {}
    values = reported.get("values") or {}
    current = state.DIFFICULTY.get()
    return Difficulty(
        **{
            field.name: min(max(float(values.get(field.name, getattr(current, field.name))), 0), 1)
            for field in fields(Difficulty)
        }
    )


STYLE: Final = Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def styles() -> None:
    """The look of what only this page has."""
    st.html(f"<style>{STYLE}</style>")
