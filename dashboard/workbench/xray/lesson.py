"""Test an X-ray: one picture in, one number out, and where the network looked."""

from __future__ import annotations

from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.errors import LessonError
from core.evaluation.calibration import at_prevalence
from core.explain.overlap import overlap
from core.explain.result import METHODS, OF_PIXELS, Method
from dashboard import cache, catalogue, state
from dashboard.networks.classifiers import (
    Classifier,
    calibration_of,
    card_sentences,
    convolution_names,
    meaning_of,
    outlook_of,
    prevalence_of,
    sentences_of_test,
)
from dashboard.shared.lesson import Lesson, words
from dashboard.shared.number import count
from dashboard.shared.picture_choice import LIMITS
from dashboard.shared.segments import segments
from dashboard.shared.spreadsheet import csv_of, show_table
from dashboard.workbench.asked_network import choose_asked, first_of, known_classifiers
from dashboard.workbench.maps import METHOD_TITLES, layer_title
from dashboard.workbench.xray import figure as figures
from dashboard.workbench.xray.answers import Inquiry, Result, ask, table_of_outputs, warm
from dashboard.workbench.xray.picture_source import (
    Subject,
    choose_source,
    choose_subject,
    choose_subjects,
    decoded_of,
)
from dashboard.workbench.xray.questions import PLURALS, check_of, facts_of, question_of
from dashboard.workbench.xray.stage import SCHEMA, Overlay, empty_payload, payload, show
from dashboard.workbench.xray.words import sum_sentence, trial_sentence
from data.pictures.preprocess import Decoded

SLUG: Final = "xray"
STAGE: Final = "xray_stage"
LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "[::1]")


def body() -> None:
    """Draw the page."""
    cache.cluster()  # the workers load TensorFlow while a person still chooses a picture
    text = cache.page_text(SLUG)
    known = known_classifiers()
    if not known:
        _no_network(text)
        return
    lesson = Lesson(SLUG)
    with lesson.stage():
        busy = st.container(key="xray_busy")
    with lesson.corner():
        source, slot = _picture_place()
        with st.popover("Network", width="stretch"):
            network = choose_asked(SLUG, known, first_of(known))
            st.html(figures.card([*card_sentences(network), *_which_epoch(network)]))
        with st.popover("Map", width="stretch"):
            inquiry = _choose_inquiry(network, text)
        ready = warm(network)
        with slot:
            subjects = choose_subjects(source, network, busy)
            subject = choose_subject(subjects) if subjects else None
            st.html(figures.note(_privacy(text)))
    lesson.ask(question_of(network, text))
    with lesson.below():
        st.html(f"<style>{figures.STYLE}</style>")
    waiting = text["asking" if ready else "loading"]
    result = _stage(lesson, subject, inquiry, busy, waiting, slot)
    with lesson.below():
        if result is not None:
            _explain(result, lesson, text)
        _outputs(subjects, network)
        st.markdown(f"#### {text['check-title']}")
        st.markdown(facts_of(network, text))
    lesson.finish(check_of(network, text), source=text["source"])


def _no_network(text: dict[str, str]) -> None:
    """What stands here before any network was trained."""
    lesson = Lesson(SLUG)
    with lesson.corner():
        st.page_link(
            catalogue.page("train").path, label="Train a network", icon=":material/play_circle:"
        )
    with lesson.stage():
        said = [text["no-model-remedy"]]
        show(data=empty_payload(text["no-model"], said, lesson.header(SCHEMA)), key=STAGE)
    lesson.finish()


def _privacy(text: dict[str, str]) -> str:
    hosted = not any(host in (st.context.url or "localhost") for host in LOCAL_HOSTS)
    return text["privacy-hosted" if hosted else "privacy"]


def _picture_place() -> tuple[str, DeltaGenerator]:
    """The popover of the picture: where it comes from, and a place for what that needs."""
    with st.popover("Picture", width="stretch"):
        return choose_source(), st.container()


def _which_epoch(network: Classifier) -> list[str]:
    """Said where another epoch is open than the one that answers here."""
    epoch = state.opened().epoch
    if epoch is None or network.kind != "run":
        return []
    return [f"Epoch {epoch} is open; here the best epoch answers."]


def _choose_inquiry(network: Classifier, text: dict[str, str]) -> Inquiry:
    classes = network.spec.classes
    target = segments(
        "Evidence for",
        classes,
        default=classes[network.positive],
        key=f"xray_target_{'_'.join(classes)}",
        bind="query-params",
        width="stretch",
        wrap=True,
    )
    method = _choose_method(text)
    return Inquiry(
        network=network,
        class_index=classes.index(target),
        layer="" if method in OF_PIXELS else _choose_layer(network),
        method=method,
    )


def _choose_layer(network: Classifier) -> str:
    layers = convolution_names(network.spec)
    layer = st.selectbox(
        "Layer",
        layers,
        index=len(layers) - 1,
        format_func=lambda name: layer_title(name, last=name == layers[-1]),
        key=f"xray_layer_{len(layers)}",
        bind="query-params",
        help="Early layers see fine detail in small windows, late ones coarse shapes.",
    )
    return str(layer)


def _choose_method(text: dict[str, str]) -> Method:
    chosen: Method = segments(
        "Map",
        METHODS,
        format_func=METHOD_TITLES.__getitem__,
        default=METHODS[0],
        key="xray_map",
        bind="query-params",
        width="stretch",
        wrap=True,
        help=text["map-help"],
    )
    st.html(figures.note(text[f"map-{chosen}"]))
    return chosen


def _stage(
    lesson: Lesson,
    subject: Subject | None,
    inquiry: Inquiry,
    busy: DeltaGenerator,
    waiting: str,
    slot: DeltaGenerator,
) -> Result | None:
    """The X-ray with its heat; None where there is none or it cannot be shown.

    Args:
        lesson: The page.
        subject: The picture, None before there is one.
        inquiry: What is asked.
        busy: Where it is said that an answer is awaited.
        waiting: Said there.
        slot: Where what is chosen of the picture stands.
    """
    header, text = lesson.header(SCHEMA), cache.page_text(SLUG)
    with lesson.stage():
        if subject is None:
            source = str(state.widget_value("xray_source") or "upload")
            said = [text[f"empty-{source}"].format(**LIMITS), _privacy(text)]
            _show(empty_payload(text["empty"], said, header, offer=_offer(source, text)))
            return None
        try:
            with busy, st.spinner(waiting, show_time=True):
                result = ask(subject, _decoded(slot, subject), inquiry)
        except LessonError as error:
            said = [error.problem, error.remedy, text["refused"]]
            _show(empty_payload(subject.name, said, header))
            return None
        _show(payload(_overlay(result, text), words(text), header))
        return result


def _show(message: bytes) -> None:
    show(data=message, key=STAGE, on_take_change=_take_of_set)


def _offer(source: str, text: dict[str, str]) -> str:
    return "" if source == "set" else text["offer-set"]


def _take_of_set() -> None:
    state.set_widget_value("xray_source", "set")


def _decoded(slot: DeltaGenerator, subject: Subject) -> Decoded:
    inverted = bool(state.widget_value("xray_invert"))
    decoded = decoded_of(subject, invert=inverted)
    with slot:
        st.toggle(
            "Swap black and white",
            key="xray_invert",
            help="Networks here learned from pictures with bright bone on a dark background.",
        )
    return decoded


def _overlay(result: Result, text: dict[str, str]) -> Overlay:
    network, decoded = result.inquiry.network, result.decoded
    name = network.spec.classes[network.positive]
    return Overlay(
        picture=figures.shown_picture(decoded.gray),
        network=result.prepared.image,
        picture_box=result.prepared.box.rectangle,
        cam=result.cam,
        target=result.inquiry.target,
        answer=figures.answer(
            result.output,
            network.threshold,
            name=name,
            said=figures.short_sentence(result.output, network.threshold, name=name),
            doubted=not result.trusted,
        ),
        doubts=_doubts(result, text),
        marks=result.marks,
    )


def _doubts(result: Result, text: dict[str, str]) -> list[str]:
    """What makes the number or its map worth less, the gravest first."""
    decoded, cam = result.decoded, result.cam
    doubts = [] if decoded.looks_like_xray else [text["meaningless"]]
    doubts += result.doubts
    doubts += [w for w in decoded.warnings if decoded.looks_like_xray or "photograph" not in w]
    if any("swap black and white" in warning for warning in decoded.warnings):
        doubts.append(text["swap"])
    if cam.constant:
        doubts.append(text["constant"])
    elif not cam.positive and cam.holds:
        doubts.append(text["no-positive"].format(target=result.inquiry.target))
    return doubts


def _explain(result: Result, lesson: Lesson, text: dict[str, str]) -> None:
    """The answer in words, what it was worth in the test, and what the network was shown."""
    left, right = st.columns(2, gap="large")
    with left:
        _say_answer(result, lesson, text)
    with right:
        _say_map(result, text)
    st.markdown(f"#### {text['stages']}")
    st.html(figures.film_strip(result.prepared.stages))


def _say_answer(result: Result, lesson: Lesson, text: dict[str, str]) -> None:
    network, decoded = result.inquiry.network, result.decoded
    classes, name = network.spec.classes, network.spec.classes[network.positive]
    rule = "chosen on validation data" if network.report is not None else ""
    st.markdown(f"#### {text['answer-title']}")
    st.markdown(figures.output_sentence(result.output, network.threshold, name=name, rule=rule))
    if len(classes) > 2:
        show_table(
            figures.class_outputs(result.cam.probabilities, classes),
            alt="The network's output for each class.",
        )
    if decoded.changes:
        st.markdown(text["changed"])
        st.html(figures.said_list([change.sentence for change in decoded.changes]))
    # What outputs were worth is what the question asks.
    if result.trusted and lesson.settled:
        if meaning := meaning_of(network, result.output):
            st.markdown(meaning)
        found = outlook_of(network, result.output)
        if found is not None:
            plural = PLURALS.get(name, f"labeled {name}")
            st.markdown(figures.outlook_sentence(found, name=name, plural=plural))
            st.markdown(_calibration(network, name, text))
        for sentence in sentences_of_test(network):
            st.markdown(sentence)
        _elsewhere(network, result.output, text)
    st.html(figures.note(text["limits"].format(size=network.spec.input_size)))


def _elsewhere(network: Classifier, output: float, text: dict[str, str]) -> None:
    """What the output means where fractures are rarer or more frequent, under a slider."""
    known = prevalence_of(network)
    if known is None:
        return
    name = network.spec.classes[network.positive]
    chosen = st.slider(
        text["elsewhere"].format(name=name), 0.5, 80.0, round(100 * known, 1), 0.5,
        format="%.1f %%", key=f"xray_prevalence_{network.key}",
    )  # fmt: skip
    st.markdown(
        text["elsewhere-said"].format(
            name=name,
            output=f"{output:.2f}",
            chosen=f"{chosen:.1f}",
            meant=f"{at_prevalence(output, known, chosen / 100):.2f}",
            known=f"{100 * known:.1f}",
        )
    )


def _calibration(network: Classifier, name: str, text: dict[str, str]) -> str:
    """Whether outputs of this network are shares, measured in its test."""
    found = calibration_of(network)
    if found is None:
        return ""
    said = text["calibration"].format(name=name, n=count(found.n), gap=f"{found.gap:.2f}")
    chance = f"{found.chance:.2f}"
    if found.undone is None:
        return f"{said} {text['calibration-chance'].format(chance=chance)}"
    undone = text["calibration-undone"].format(undone=f"{found.undone:.2f}", chance=chance)
    return f"{said} {undone}"


def _say_map(result: Result, text: dict[str, str]) -> None:
    cam, target, subject = result.cam, result.inquiry.target, result.subject
    st.markdown(f"#### {text['map-title']}")
    st.markdown(text[f"reading-{cam.method}"])
    if cam.holds:
        kind = "pixels" if cam.method in OF_PIXELS else "maps"
        st.markdown(text[f"signs-{kind}"].format(target=target))
    st.markdown(" ".join(filter(None, (trial_sentence(cam, target), sum_sentence(cam)))))
    if not subject.label:
        return
    st.markdown(f"The set labels it **{subject.label}**. {text[f'seen-{subject.part}']}")
    marks = result.marks
    if marks:
        found = overlap(cam.map, marks, picture=result.prepared.box.rectangle)
        st.markdown(figures.overlap_sentence(found, target=target, holds=cam.holds))


def _outputs(subjects: list[Subject], network: Classifier) -> None:
    """One line for each of several pictures, bad files among them, and all as CSV."""
    if len(subjects) < 2:
        return
    table = table_of_outputs(subjects, network)
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left:
        st.markdown(f"#### {len(subjects)} pictures")
    with right:
        st.download_button(
            "CSV",
            csv_of(table),
            "outputs.csv",
            "text/csv",
            key="xray_csv",
            icon=":material/download:",
            on_click="ignore",
            width="stretch",
        )
    show_table(
        table, key="xray_outputs",
        alt="File, output, answer and problem of each picture.",
    )  # fmt: skip
