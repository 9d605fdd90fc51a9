"""What "Test an X-ray" consists of: controls, the stage with its heat, the result, the steps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import streamlit as st

from core.errors import LessonError
from core.explain.overlap import overlap
from core.explain.result import METHODS, ClassMap, Method, probabilities
from core.marks import Marks
from dashboard import cache, catalogue, state
from dashboard.advice import advise
from dashboard.networks.classifiers import (
    Network,
    card_sentences,
    convolution_names,
    meaning_of,
    networks,
    outlook_of,
    sentences_of_test,
)
from dashboard.networks.open_network import find_source, sources
from dashboard.shared.network_choice import gone, require_epoch, select
from dashboard.workbench.xray import figure as figures
from dashboard.workbench.xray.picture_source import (
    Subject,
    choose_source,
    choose_subject,
    choose_subjects,
    decoded_of,
)
from dashboard.workbench.xray.stage import Overlay, heat_overlay
from dashboard.workbench.xray.words import (
    METHOD_TITLES,
    layer_title,
    overlay_sentence,
    trial_sentence,
)
from data.pictures.preprocess import (
    Decoded,
    Preprocessed,
    marks_to_prepared,
    prepare_image,
    steps,
)

LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")
PLURALS: Final = {"fracture": "fractures", "abnormal": "abnormal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of the network: evidence for which class, at which layer, by which map."""

    network: Network
    class_index: int
    layer: str
    method: Method

    @property
    def target(self) -> str:
        """The class for people."""
        return self.network.spec.classes[self.class_index]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """One picture, what became of it, and what the network made of that."""

    question: Question
    subject: Subject
    decoded: Decoded
    prepared: Preprocessed
    cam: ClassMap

    @property
    def output(self) -> float:
        """The output for the class that the threshold speaks of."""
        return float(self.cam.probabilities[self.question.network.positive])

    @property
    def marks(self) -> Marks | None:
        """The marked places in the square that this network saw; None where none are."""
        marks = self.subject.marks
        return None if marks is None else marks_to_prepared(marks, self.prepared.box)


def no_network() -> None:
    """What stands here before any network was trained."""
    text = cache.page_text("xray")
    st.html(figures.empty_stage(text["no-model"], text["no-model-remedy"]))
    st.page_link(
        catalogue.page("train").path, label="Train a network", icon=":material/play_circle:"
    )


def known_networks() -> list[Network]:
    """All networks that can be asked."""
    return networks()


def controls(known: list[Network]) -> tuple[list[Subject], Question]:
    """The narrow column: picture, network, class, layer."""
    source = choose_source()
    slot = st.container()
    network = _choose_network(known)
    question = _choose_question(network)
    with slot:
        subjects = choose_subjects(source, network)
    st.html(figures.card([*card_sentences(network), *_which_epoch(network)]))
    text = cache.page_text("xray")
    hosted = not any(host in (st.context.url or "localhost") for host in LOCAL_HOSTS)
    st.html(figures.note(text["privacy-hosted" if hosted else "privacy"]))
    return subjects, question


def _choose_network(known: list[Network]) -> Network:
    """The network that is open; this page asks it as its best epoch left it.

    Raises:
        Gone: ``network.gone``, ``network.other`` where it is not here or cannot be asked.
    """
    by_key = {network.key: network for network in known}
    wanted = state.opened().network or known[0].key
    titles = {key: network.title for key, network in by_key.items()}
    select("xray", "Network", titles, wanted if wanted in by_key else "")
    if wanted not in by_key:
        raise gone(wanted, sources(), "it has no finished epoch, so it cannot be asked")
    _require_its_epoch(wanted)
    return by_key[wanted]


def _require_its_epoch(key: str) -> None:
    """Refuse an epoch in the address that the network never had.

    Raises:
        Gone: ``epoch.gone``.
    """
    if state.opened().epoch is None:
        return
    try:
        source = find_source(key)
    except LessonError:
        return  # a run that kept its best epoch alone, which is the one that answers here
    require_epoch(source, state.opened())


def _which_epoch(network: Network) -> list[str]:
    """Said where another epoch is open than the one that answers here."""
    epoch = state.opened().epoch
    if epoch is None or network.prepared is None:
        return []
    return [f"Epoch {epoch} is open; here the best epoch answers."]


def _choose_question(network: Network) -> Question:
    classes = network.spec.classes
    target = st.segmented_control(
        "Evidence for",
        classes,
        default=classes[network.positive],
        required=True,
        key=f"xray_target_{'_'.join(classes)}",
        width="stretch",
        wrap=True,
    )
    layers = convolution_names(network.spec)
    layer = st.selectbox(
        "Layer",
        layers,
        index=len(layers) - 1,
        format_func=lambda name: layer_title(name, last=name == layers[-1]),
        key=f"xray_layer_{len(layers)}",
        help="Early layers see fine detail in small windows, late ones coarse shapes.",
    )
    return Question(
        network=network,
        class_index=classes.index(str(target)),
        layer=str(layer),
        method=_choose_method(),
    )


def _choose_method() -> Method:
    text = cache.page_text("xray")
    chosen: Method = st.segmented_control(
        "Map",
        METHODS,
        format_func=METHOD_TITLES.__getitem__,
        default=METHODS[0],
        required=True,
        key="xray_map",
        bind="query-params",
        width="stretch",
        help=text["map-help"],
    )
    if chosen == "gradcam":
        st.html(figures.note(text["map-gradcam"]))
    return chosen


def empty_stage() -> None:
    """The stage before there is a picture."""
    text = cache.page_text("xray")
    source = str(state.widget_value("xray_source") or "upload")
    st.html(figures.empty_stage(text["empty"], text[f"empty-{source}"]))


def guide() -> None:
    """What the result's column will hold, before there is a result."""
    st.markdown(cache.page_text("xray")["guide"])


def chosen_subject(subjects: list[Subject]) -> Subject:
    """The picture to show now, of those at hand."""
    return choose_subject(subjects)


def stage(subject: Subject, question: Question) -> Result | None:
    """The X-ray with its heat, as large as the screen allows; None where it cannot be read."""
    warnings, invert, picture = st.container(), st.container(), st.container()
    inverted = bool(state.widget_value("xray_invert"))
    try:
        decoded = decoded_of(subject, invert=inverted)
        with invert:
            _offer_inversion(decoded, inverted)
        with picture:
            result = _ask(subject, decoded, question)
    except LessonError as error:
        with warnings:
            advise(error)
        with picture:
            st.html(figures.empty_stage(subject.name, cache.page_text("xray")["refused"]))
        return None
    with warnings:
        _warn(result)
    with picture:
        _show(result)
    return result


def _offer_inversion(decoded: Decoded, inverted: bool) -> None:
    if decoded.inverted_suspected or inverted:
        st.toggle(
            "Swap black and white",
            key="xray_invert",
            help="Networks here learned from pictures with bright bone on a dark background.",
        )


def _ask(subject: Subject, decoded: Decoded, question: Question) -> Result:
    prepared = steps(decoded, size=question.network.spec.input_size)
    key = (
        question.network.stamp(),
        hashlib.sha256(prepared.image.tobytes()).hexdigest(),
        question.class_index,
        question.layer,
        question.method,
    )

    def explain() -> ClassMap:
        with st.spinner(cache.page_text("xray")["asking"], show_time=True):
            answer: ClassMap = cache.cluster().analyse(
                "explain",
                timeout_s=60.0,
                model_path=str(question.network.path),
                image=prepared.image,
                class_index=question.class_index,
                layer=question.layer,
                method=question.method,
            )
        return answer

    cam = state.remembered("xray_answers", key, explain, most=32)
    return Result(question=question, subject=subject, decoded=decoded, prepared=prepared, cam=cam)


def _warn(result: Result) -> None:
    text, decoded = cache.page_text("xray"), result.decoded
    if not decoded.looks_like_xray:
        st.warning(text["meaningless"], icon=":material/image_not_supported:")
    others = [w for w in decoded.warnings if decoded.looks_like_xray or "photograph" not in w]
    for warning in others:
        st.warning(warning, icon=":material/lightbulb:")
    target = result.question.target
    if result.cam.constant:
        st.info(text["constant"], icon=":material/texture:")
    elif not result.cam.positive and result.cam.holds:
        st.info(text["no-positive"].format(target=target), icon=":material/contrast:")


def _show(result: Result) -> None:
    heat_overlay(
        Overlay(
            picture=figures.shown_picture(result.decoded.gray),
            network=result.prepared.image,
            picture_box=result.prepared.box.rectangle,
            cam=result.cam,
            target=result.question.target,
            marks=result.marks,
        ),
        key="xray_overlay",
    )


def result_column(result: Result) -> None:
    """Number, scale, words and figures beside the picture."""
    network, text = result.question.network, cache.page_text("xray")
    classes, name = network.spec.classes, network.spec.classes[network.positive]
    marker = "" if result.decoded.looks_like_xray else " (meaningless here)"
    st.html(
        f'<div class="xray-output"><span>Output for {name}{marker}</span>'
        f"<b>{result.output:.2f}</b></div>"
        + figures.output_scale(result.output, network.threshold, name=name)
    )
    rule = "chosen on validation data" if network.report is not None else ""
    st.markdown(figures.output_sentence(result.output, network.threshold, name=name, rule=rule))
    if len(classes) > 2:
        st.dataframe(
            figures.class_outputs(result.cam.probabilities, classes), hide_index=True,
            alt="The network's output for each class.",
        )  # fmt: skip
    _changes(result.decoded)
    _of_the_set(result)
    if result.decoded.looks_like_xray:
        if meaning := meaning_of(network, result.output):
            st.markdown(meaning)
        found = outlook_of(network, result.output)
        if found is not None:
            plural = PLURALS.get(name, f"labeled {name}")
            st.markdown(figures.outlook_sentence(found, name=name, plural=plural))
        for sentence in sentences_of_test(network):
            st.markdown(sentence)
    st.html(figures.note(text["limits"].format(size=network.spec.input_size)))


def _changes(decoded: Decoded) -> None:
    """What was done to the picture beyond resizing, said where the result is read."""
    if decoded.changes:
        st.markdown(cache.page_text("xray")["changed"])
        st.html(figures.said_list([change.sentence for change in decoded.changes]))


def _of_the_set(result: Result) -> None:
    subject = result.subject
    if not subject.label:
        return
    text = cache.page_text("xray")
    st.markdown(f"The set labels it **{subject.label}**. {text[f'seen-{subject.part}']}")
    marks = result.marks
    if marks:
        found = overlap(result.cam.map, marks, picture=result.prepared.box.rectangle)
        cam, target = result.cam, result.question.target
        st.markdown(figures.overlap_sentence(found, target=target, holds=cam.holds))


def words(result: Result) -> None:
    """The text twin of the heat: a sentence, and all its numbers on demand."""
    text, cam, target = cache.page_text("xray"), result.cam, result.question.target
    left, right = st.columns([3, 1], vertical_alignment="top")
    with left:
        st.markdown(f"{overlay_sentence(cam, target)} {trial_sentence(cam, target)}".strip())
    with right, st.popover("Numbers", width="stretch"):
        st.markdown(text[f"reading-{cam.method}"])
        if cam.holds:
            st.markdown(text["reading-signs"].format(target=target))
        st.dataframe(
            figures.cell_table(result.cam), key="xray_cells", alt="The value of each cell."
        )


def film_strip(result: Result) -> None:
    """Every preprocessing step as a picture with its sentence."""
    st.markdown(f"#### {cache.page_text('xray')['stages']}")
    st.html(figures.film_strip(result.prepared.stages))


def outputs_table(subjects: list[Subject], network: Network) -> None:
    """One line for each of several pictures, bad files among them, and all as CSV."""
    if len(subjects) < 2:
        return
    frame_of_rows = _rows(subjects, network)
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left:
        st.markdown(f"#### {len(subjects)} pictures")
    with right:
        st.download_button(
            "CSV",
            frame_of_rows.to_csv(index=False, lineterminator="\n"),
            "outputs.csv",
            "text/csv",
            key="xray_csv",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
        )
    st.dataframe(
        frame_of_rows, hide_index=True, key="xray_outputs",
        alt="File, output, answer and problem of each picture.",
    )  # fmt: skip


def _rows(subjects: list[Subject], network: Network) -> pd.DataFrame:
    size, images, rows = network.spec.input_size, [], []
    for subject in subjects:
        row = {"path": subject.name, "score": None, "label": "", "problem": ""}
        rows.append(row)
        try:
            images.append((row, _small(subject, size)))
        except LessonError as error:
            row["problem"] = error.problem
    if images:
        for (row, _), output in zip(images, _outputs(network, images), strict=True):
            row["score"] = round(float(output[network.positive]), 4)
            row["label"] = network.answer(output)
    return pd.DataFrame(rows)


def _small(subject: Subject, size: int) -> np.ndarray:
    return state.remembered(
        "xray_small",
        (subject.key, size),
        lambda: prepare_image(subject.decode(False).gray, size),
        most=100,
    )


def _outputs(network: Network, images: list) -> np.ndarray:
    batch = np.stack([image for _, image in images])
    key = (network.stamp(), hashlib.sha256(batch.tobytes()).hexdigest())

    def predict() -> np.ndarray:
        logits = cache.cluster().analyse(
            "predict", timeout_s=60.0, model_path=str(network.path), images=batch
        )
        return np.stack([probabilities(row) for row in logits])

    return state.remembered("xray_outputs_of", key, predict)
