"""What the lesson on architectures consists of."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.arrays import UInt8Array
from core.errors import LessonError
from core.export.link import from_link, to_link
from core.export.notebook import ARRAYS, export_arrays, notebook_text
from core.export.source import keras_source
from core.inspect.receptive_field import ReceptiveField, receptive_fields
from core.jobs.folder import list_runs
from core.models.cost import NodeCost, node_table, total_parameters
from core.models.diagnosis import diagnose, read_description
from core.models.layers import Convolution, DepthwiseConvolution, Flatten, Pooling
from core.models.memory import ASSUMPTION
from core.models.spec import ModelSpec
from core.models.zoo.entries import MODELS, paper_network
from core.training.forecast import predict_seconds
from core.training.spec import TrainingSpec
from dashboard import cache, state
from dashboard.advice import advise
from dashboard.lessons.architecture.stage import ArchitectureView, architecture
from dashboard.networks.classifiers import networks
from dashboard.networks.open_network import ZOO
from dashboard.shared import questions
from dashboard.shared.picture_choice import choose_picture
from dashboard.workbench.train import settings
from dashboard.workbench.train.choice import TIMED_RUNS, run_sizes
from dashboard.workbench.train.progress import duration

SLUG: Final = "architecture"
STYLE: Final = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
PARAMETER: Final = "architecture_net"
"""The network in the address."""
CLASSES: Final = ("normal", "fracture")
SIZE: Final = 64
BATCH: Final = 32
PICTURE_SIZE: Final = 256
MOST_ARRAYS: Final = 128 * 2**20
"""Bytes of images that are offered as a download."""
EMPTY: Final = "empty"
OWN: Final = "own"

_STAGE: Final = f"{SLUG}_stage"
_DESIGN: Final = f"{SLUG}_design"
_TOKEN: Final = f"{SLUG}_token"
LINKED_START: Final = "start"
_START: Final = f"{SLUG}_start"
_UPLOAD: Final = f"{SLUG}_upload"
_ADVICE: Final = f"{SLUG}_advice"


def style() -> None:
    """The look of what only this lesson has."""
    st.html(f"<style>{STYLE}</style>")


def question() -> bool:
    """Which layer holds most? Always asked of the paper's network."""
    text = cache.page_text(SLUG)
    spec = paper_network(SIZE, CLASSES)
    rows = {row.node.name: row for row in node_table(spec)}
    largest = max(rows.values(), key=lambda row: row.parameters)
    asked = ("convolution_1", "convolution_3", "dense_1")
    return questions.predict(
        SLUG,
        text["predict"],
        ("the first convolution", "the last convolution", "the dense layer"),
        asked.index(largest.node.name),
        text["because"].format(
            name=largest.node.name,
            parameters=f"{largest.parameters:,}",
            total=f"{total_parameters(spec):,}",
            arithmetic=largest.parameters_text,
        ),
    )


def design() -> dict[str, Any]:
    """The network that is being built, possible or not: the session's, the link's, the paper's."""
    _take_linked_start()
    held = state.widget_value(_DESIGN)
    if held is not None:
        return dict(json.loads(held))
    linked = st.query_params.get(PARAMETER, "")
    found = paper_network(SIZE, CLASSES).to_json()
    if linked:
        try:
            found = from_link(linked)
        except LessonError as error:
            _note(error)
    state.set_widget_value(_DESIGN, json.dumps(found))
    return dict(json.loads(json.dumps(found)))


def _take_linked_start() -> None:
    """Begin with the network that another page's link names, once; then it is one's own."""
    wanted = st.query_params.get(LINKED_START)
    if wanted is None:
        return
    del st.query_params[LINKED_START]
    starts = _starts()
    if wanted in starts:
        replace(starts[wanted][1]())


def built() -> ModelSpec | None:
    """The network as a value, None while it is impossible."""
    found = design()
    return ModelSpec.from_json(found) if diagnose(found) is None else None


def replace(data: dict[str, Any]) -> None:
    """Give the builder another network; what it held can be called back there."""
    state.set_widget_value(_DESIGN, json.dumps(data))
    state.set_widget_value(_TOKEN, int(state.widget_value(_TOKEN) or 0) + 1)


def _note(error: LessonError) -> None:
    state.set_widget_value(_ADVICE, (error.problem, error.remedy))


def controls() -> None:
    """Where to start from, files, and the way to the Train page."""
    text = cache.page_text(SLUG)
    starts = _starts()
    left, right, last = st.columns([2.4, 1, 1.2], vertical_alignment="bottom", gap="small")
    with left:
        st.selectbox(
            "Start from",
            tuple(starts),
            format_func=lambda key: starts[key][0],
            index=None,
            placeholder="the zoo, a trained network, or nothing",
            key=_START,
            on_change=_take_start,
            help=text["start-help"],
        )
    with right, st.popover("Files", icon=":material/folder:", width="stretch"):
        _files(text)
    with last:
        _train_button()
    noted = state.widget_value(_ADVICE)
    if noted:
        advise(LessonError("model.invalid", problem=noted[0], remedy=noted[1]))
        state.set_widget_value(_ADVICE, None)


def _starts() -> dict[str, tuple[str, Callable[[], dict[str, Any]]]]:
    """What can be copied into the builder: title and description by key."""
    found: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {}
    for name, entry in MODELS.items():
        found[f"{ZOO}{name}"] = (
            f"{entry.title} ({entry.year})",
            lambda entry=entry: entry.build(max(SIZE, entry.smallest), CLASSES).to_json(),
        )
    for network in networks():
        found[network.key] = (network.title, lambda spec=network.spec: spec.to_json())
    found[EMPTY] = ("Empty: image, flatten, logits", _empty)
    return found


def _empty() -> dict[str, Any]:
    return ModelSpec(OWN, SIZE, CLASSES, (Flatten(),)).to_json()


def _take_start() -> None:
    key = state.widget_value(_START)
    if key is not None:
        replace(_starts()[str(key)][1]())


def _files(text: dict[str, str]) -> None:
    spec = built()
    name = spec.name if spec else OWN
    options: dict[str, Any] = {"on_click": "ignore", "width": "stretch"}
    ready = {**options, "disabled": spec is None}
    st.download_button(
        "Keras source",
        partial(_written, keras_source, spec),
        file_name=f"{name}.py",
        mime="text/x-python",
        icon=":material/code:",
        key=f"{SLUG}_source",
        **ready,
    )
    st.download_button(
        "Jupyter notebook",
        partial(_written, notebook_text, spec),
        file_name=f"{name}.ipynb",
        mime="application/x-ipynb+json",
        icon=":material/article:",
        key=f"{SLUG}_notebook",
        **ready,
    )
    st.download_button(
        "Network as JSON",
        json.dumps(design(), indent=1),
        file_name=f"{name}.json",
        mime="application/json",
        icon=":material/data_object:",
        key=f"{SLUG}_json",
        **options,
    )
    _arrays_button(text, options)
    st.file_uploader(
        "Open a network (JSON)",
        type=["json"],
        key=_UPLOAD,
        max_upload_size=1,
        on_change=_take_upload,
        help=text["upload-help"],
    )


def _written(write: Callable[[ModelSpec], str], spec: ModelSpec | None) -> str:
    """Called at the click, outside of a session: it gets the network and looks nothing up."""
    return write(spec) if spec else ""


def _arrays_button(text: dict[str, str], options: dict[str, Any]) -> None:
    """The images of the open dataset, where it has the size that the network reads."""
    folder, size = state.PREPARED.get(), int(design()["input_size"])
    try:
        prepared = cache.prepared_set(folder) if folder else None
    except LessonError:
        prepared = None
    if prepared is None or prepared.size != size or prepared.images.nbytes > MOST_ARRAYS:
        st.caption(text["arrays-none"].format(size=size))
        return
    st.download_button(
        f"Images for the notebook ({len(prepared):,})",
        partial(export_arrays, prepared),
        file_name=ARRAYS,
        mime="application/octet-stream",
        icon=":material/photo_library:",
        key=f"{SLUG}_arrays",
        **options,
    )


def _take_upload() -> None:
    given = state.widget_value(_UPLOAD)
    if given is None:
        return
    try:
        replace(read_description(given.getvalue().decode("utf-8", errors="replace")))
    except LessonError as error:
        _note(error)


def _train_button() -> None:
    spec = built()
    pressed = st.button(
        "Train this network",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        disabled=spec is None,
        key=f"{SLUG}_train",
    )
    if pressed and spec is not None:
        link = to_link(spec.to_json())
        settings.offer(link)
        st.switch_page("../pages/train.py", query_params={settings.DESIGN: link})


def place_for_stage() -> DeltaGenerator:
    """Where `stage` goes: above the picture's controls, which are run first."""
    return st.container(key=f"{SLUG}_box")


def stage(picture: UInt8Array, *, locked: bool) -> None:
    """The builder; its network stands in the address."""
    text = cache.page_text(SLUG)
    found = design()
    view = ArchitectureView(
        design=found,
        token=str(state.widget_value(_TOKEN) or 0),
        picture=picture,
        batch=BATCH,
        locked=locked,
        text=text,
    )
    architecture(view, key=_STAGE, on_design_change=_take_design)
    if found == json.loads(json.dumps(paper_network(SIZE, CLASSES).to_json())):
        st.query_params.pop(PARAMETER, None)
    else:
        st.query_params[PARAMETER] = to_link(found)


def _take_design() -> None:
    # Kept outside the component: its own state goes when a person visits another page.
    value = getattr(state.widget_value(_STAGE), "design", None)
    if not isinstance(value, str):
        return
    known = json.loads(str(state.widget_value(_DESIGN) or "null"))
    fresh = json.loads(value)
    if known is None or fresh != known:
        state.set_widget_value(_DESIGN, json.dumps({**fresh, "name": OWN}))


def outlook() -> UInt8Array:
    """What its training would take, and the picture that its units see."""
    st.markdown(f"**Try.** {cache.page_text(SLUG)['try']}")
    left, right = st.columns([4.4, 1], vertical_alignment="bottom", gap="medium")
    with left:
        _forecast()
    with right:
        return choose_picture(SLUG, size=PICTURE_SIZE).image


def _forecast() -> None:
    text = cache.page_text(SLUG)
    left, middle, right = st.columns([1, 1, 3], vertical_alignment="bottom", gap="medium")
    with left:
        images = st.number_input(
            "Training images",
            10,
            100_000,
            1400,
            step=100,
            key=f"{SLUG}_images",
            bind="query-params",
        )
    with middle:
        epochs = st.number_input(
            "Epochs", 1, settings.MOST_EPOCHS, 10, key=f"{SLUG}_epochs", bind="query-params"
        )
    spec = built()
    with right:
        if spec is None:
            st.markdown(text["forecast-none"])
            return
        found = predict_seconds(
            _training(spec, int(epochs)),
            num_train=int(images),
            num_validation=round(int(images) * 3 / 14),
            seconds_per_gmac=cache.machine_speed(run_sizes(list_runs()[:TIMED_RUNS])),
        )
        which = "forecast-measured" if found.measured else "forecast-guessed"
        st.markdown(
            text[which].format(
                duration=duration(found.seconds), epochs=epochs, images=f"{int(images):,}"
            )
        )


def _training(spec: ModelSpec, epochs: int) -> TrainingSpec:
    """The Train page's defaults, on images that need not be there."""
    return TrainingSpec(
        dataset="synthetic",
        fingerprint="forecast",
        prepared="",
        model=spec,
        epochs=epochs,
        batch_size=settings.DEFAULTS.batch_size,
        learning_rate=settings.DEFAULTS.learning_rate,
    )


def why() -> None:
    """The two sums behind the table, with this network's numbers."""
    text = cache.page_text(SLUG)
    spec = built()
    if spec is None:
        return
    rows = node_table(spec)
    largest = max(rows, key=lambda row: row.parameters)
    st.markdown(f"#### Why\n{text['why']}")
    st.latex(_parameter_sum(largest))
    field = last_maps(spec)
    if field is not None:
        windows = _windows(spec, field.name)
        if windows:
            st.markdown(text["why-field"].format(name=field.name))
            st.latex(_field_sum(windows, field.size))
        elif field.jump:
            st.markdown(
                text["why-field-block"].format(name=field.name, size=field.size, jump=field.jump)
            )
    st.caption(text["why-memory"].format(assumption=ASSUMPTION))


def _parameter_sum(row: NodeCost) -> str:
    name = row.node.name.replace("_", r"\_")
    sum_text = row.parameters_text.replace("x", r" \cdot ").replace(",", "{,}")
    return rf"\text{{{name}}}: \quad {sum_text}"


def last_maps(spec: ModelSpec) -> ReceptiveField | None:
    """The receptive field of the last node that still has maps; None for the bare image."""
    rows = [row.node for row in node_table(spec) if len(row.node.shape) == 3]
    if len(rows) < 3:
        return None
    return receptive_fields(spec)[rows[-1].name]


def _windows(spec: ModelSpec, name: str) -> list[tuple[int, int]]:
    """Reach and stride of each window of a plain chain; empty where there are blocks."""
    found = []
    for own, layer in spec.named_layers():
        match layer:
            case Convolution():
                found.append(((layer.kernel_size - 1) * layer.dilation + 1, layer.stride))
            case DepthwiseConvolution():
                found.append((layer.kernel_size, layer.stride))
            case Pooling():
                found.append((layer.size, layer.step))
        if own == name:
            return found
    return []


def _field_sum(windows: list[tuple[int, int]], size: int) -> str:
    terms, jump = ["1"], 1
    for side, stride in windows:
        if side > 1:
            terms.append(rf"{side - 1} \cdot {jump}")
        jump *= stride
    return rf"r = 1 + \sum_l (k_l - 1) \prod_{{i<l}} s_i = {' + '.join(terms)} = {size}"


def closing() -> None:
    """Check and source."""
    text = cache.page_text(SLUG)
    field = _asked_field()
    jump = int(field.jump or 1)
    answer = field.size + 2 * jump
    questions.check(
        SLUG,
        text["check"].format(name=field.name),
        answer,
        0,
        text["check-because"].format(size=field.size, jump=jump, answer=answer),
        unit="pixels",
    )
    st.markdown(f"#### Source\n{text['source']}")


def _asked_field() -> ReceptiveField:
    """Of this network where it has one, else of the paper's."""
    spec = built()
    field = last_maps(spec) if spec else None
    if field is None or field.jump is None:
        field = last_maps(paper_network(SIZE, CLASSES))
    assert field is not None
    return field
