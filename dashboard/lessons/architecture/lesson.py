"""What the lesson on architectures consists of."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import streamlit as st

from core.arrays import UInt8Array
from core.errors import LessonError
from core.export.link import from_link, to_link
from core.export.notation import CLASSES, NAME, from_notation, to_notation
from core.export.notebook import ARRAYS, export_arrays, notebook_text
from core.export.source import keras_source
from core.inspect.receptive_field import ReceptiveField, receptive_fields
from core.jobs.folder import list_runs
from core.models.cost import NodeCost, node_table, total_parameters
from core.models.diagnosis import diagnose, read_description
from core.models.graph import nodes
from core.models.layers import Convolution, DepthwiseConvolution, Flatten, Pooling
from core.models.memory import ASSUMPTION
from core.models.spec import ModelSpec
from core.models.zoo.entries import MODELS, paper_network
from core.reference.backbone_spec import OPENED, backbone_spec
from core.reference.description import SIZE as REFERENCE_SIZE
from core.training.forecast import predict_seconds
from core.training.spec import TrainingSpec
from dashboard import cache, state
from dashboard.access.own_networks import own_networks
from dashboard.access.people import asking
from dashboard.advice import advise
from dashboard.lessons.architecture.stage import SCHEMA, SIZE, ArchitectureView, payload, show
from dashboard.networks.classifiers import networks
from dashboard.networks.network import backbone_network
from dashboard.networks.open_network import ZOO
from dashboard.shared.lesson import Check, Lesson, Question, words
from dashboard.shared.picture_choice import choose_picture
from dashboard.shared.schema import encode
from dashboard.workbench.train import settings
from dashboard.workbench.train.choice import TIMED_RUNS, run_sizes
from dashboard.workbench.train.progress import duration

SLUG: Final = "architecture"
OLD_LINK: Final = "architecture_net"
"""Under this name links of 0.1.0 hold a network, as `core.export.link` writes it."""
BATCH: Final = 32
PICTURE_SIZE: Final = 256
MOST_ARRAYS: Final = 128 * 2**20
"""Bytes of images that are offered as a download."""
EMPTY: Final = "empty"
LINKED_START: Final = "start"

_STAGE: Final = f"{SLUG}_stage"
_TOKEN: Final = f"{SLUG}_token"
_START: Final = f"{SLUG}_start"
_UPLOAD: Final = f"{SLUG}_upload"
_ADVICE: Final = f"{SLUG}_advice"


def body() -> None:
    """Draw the page."""
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG, question(text))
    _take_links()
    values = lesson.values(SCHEMA)
    data = described(str(values["net"]))
    spec = built(data)
    with lesson.corner():
        _choose_network(text, data, spec)
        picture = choose_picture(SLUG, size=PICTURE_SIZE)
    with lesson.stage():
        show(
            data=payload(_view(text, values, picture.image), lesson.header(SCHEMA)),
            key=_STAGE,
            on_settled_change=lesson.keep_setting(_STAGE),
        )
    with lesson.below():
        _advise()
        if data["layers"] == backbone_spec().to_json()["layers"]:
            st.markdown(_of_backbone(text))
        _train(text, spec)
        st.markdown(text["try"])
        if spec is not None and lesson.settled:
            _why(text, spec)
    lesson.finish(_check(text, spec), source=text["source"])


def question(text: Mapping[str, str]) -> Question:
    """Which layer holds most? Always asked of the paper's network; counted, not written."""
    spec = paper_network(SIZE, CLASSES)
    largest = max(node_table(spec), key=lambda row: row.parameters)
    asked = ("convolution_1", "convolution_3", "dense_1")
    return Question(
        text=text["predict"],
        options=tuple(text["predict-options"].splitlines()),
        truth=asked.index(largest.node.name),
        because=text["because"].format(
            name=largest.node.name,
            arithmetic=largest.parameters_text,
            total=f"{total_parameters(spec):,}",
        ),
    )


def described(net: str) -> dict[str, Any]:
    """The network that is set, possible or not; the paper's in place of nonsense."""
    try:
        return from_notation(net)
    except LessonError as error:
        _note(error)
        return paper_network(SIZE, CLASSES).to_json()


def built(data: Mapping[str, Any]) -> ModelSpec | None:
    """The network as a value, None while it is impossible."""
    return ModelSpec.from_json(data) if diagnose(data) is None else None


def replace(data: Mapping[str, Any]) -> None:
    """Give the builder another network; what it held can be called back there."""
    block = "0" if data["layers"] else "image"
    state.keep_setting(SLUG, encode(SCHEMA, {"net": to_notation(data), "block": block}))
    state.set_widget_value(_TOKEN, int(state.widget_value(_TOKEN) or 0) + 1)


def _take_links() -> None:
    """Begin with the network that another page's link, or one of 0.1.0, names: once."""
    wanted, old = state.in_address(LINKED_START), state.in_address(OLD_LINK)
    for name in (LINKED_START, OLD_LINK):
        if name in st.query_params:
            del st.query_params[name]
    starts = _starts() if wanted else {}
    if wanted in starts:
        replace(starts[wanted][1]())
    elif old:
        try:
            replace(from_link(old))
        except LessonError as error:
            _note(error)


def _note(error: LessonError) -> None:
    state.set_widget_value(_ADVICE, (error.problem, error.remedy))


def _advise() -> None:
    noted = state.widget_value(_ADVICE)
    if noted:
        advise(LessonError("model.invalid", problem=noted[0], remedy=noted[1]))
        state.set_widget_value(_ADVICE, None)


def _view(
    text: Mapping[str, str], values: Mapping[str, Any], picture: UInt8Array
) -> ArchitectureView:
    token = state.widget_value(_TOKEN)
    return ArchitectureView(
        net=str(values["net"]),
        token=str(token) if token else "",
        block=str(values["block"]),
        picture=picture,
        batch=BATCH,
        words=words(text),
    )


def _choose_network(
    text: Mapping[str, str], data: Mapping[str, Any], spec: ModelSpec | None
) -> None:
    """Where to start from, and files: behind one button in the stage's corner."""
    starts = _starts()
    with st.popover("Network", icon=":material/account_tree:", width="stretch"):
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
        _files(text, data, spec)


def _starts() -> dict[str, tuple[str, Callable[[], dict[str, Any]]]]:
    """What can be copied into the builder: title and description by key."""
    found: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {}
    for name, entry in MODELS.items():
        found[f"{ZOO}{name}"] = (
            f"{entry.title} ({entry.year})",
            lambda entry=entry: entry.build(max(SIZE, entry.smallest), CLASSES).to_json(),
        )
    for network in (one for one in networks() if one.spec.layers):
        found[network.key] = (network.title, lambda spec=network.spec: spec.to_json())
    if (backbone := backbone_network()) is not None:
        found[backbone.key] = (backbone.title, lambda: backbone_spec().to_json())
    for own in own_networks(asking()):
        found[own.key] = (own.title, lambda spec=own.spec: spec.to_json())
    found[EMPTY] = ("Empty: image, flatten, logits", _empty)
    return found


def _empty() -> dict[str, Any]:
    return ModelSpec(NAME, SIZE, CLASSES, (Flatten(),)).to_json()


def _take_start() -> None:
    chosen = _starts().get(str(state.widget_value(_START)))
    if chosen is not None:  # nothing, or what is not among them any more
        replace(chosen[1]())


def _of_backbone(text: Mapping[str, str]) -> str:
    """What the builder's copy of the reference network's backbone is not."""
    spec = backbone_spec()
    (features,) = nodes(spec)[-1].shape
    return text["backbone"].format(
        own=f"{total_parameters(spec):,}",
        features=f"{features:,}",
        head=f"{features + 1:,}",
        whole=REFERENCE_SIZE,
        half=OPENED,
    )


def _files(text: Mapping[str, str], data: Mapping[str, Any], spec: ModelSpec | None) -> None:
    name = spec.name if spec else NAME
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
        json.dumps(data, indent=1),
        file_name=f"{name}.json",
        mime="application/json",
        icon=":material/data_object:",
        key=f"{SLUG}_json",
        **options,
    )
    _arrays_button(text, int(data["input_size"]), options)
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


def _arrays_button(text: Mapping[str, str], size: int, options: dict[str, Any]) -> None:
    """The images of the open dataset, where it has the size that the network reads."""
    folder = state.PREPARED.get()
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
    given = state.given_files(_UPLOAD)
    if not given:
        return
    try:
        replace(read_description(given[0].getvalue().decode("utf-8", errors="replace")))
    except LessonError as error:
        _note(error)


def _train(text: Mapping[str, str], spec: ModelSpec | None) -> None:
    """What its training would take, and the way to it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        images = st.number_input(
            "Training images",
            10,
            100_000,
            1400,
            step=100,
            key=f"{SLUG}_images",
            bind="query-params",
            width=170,
        )
        epochs = st.number_input(
            "Epochs",
            1,
            settings.MOST_EPOCHS,
            10,
            key=f"{SLUG}_epochs",
            bind="query-params",
            width=130,
        )
        pressed = st.button(
            "Train this network",
            type="primary",
            icon=":material/play_arrow:",
            disabled=spec is None,
            key=f"{SLUG}_train",
        )
    st.markdown(_forecast(text, spec, int(images), int(epochs)))
    if pressed and spec is not None:
        link = to_link(spec.to_json())
        settings.offer(link)
        st.switch_page("../pages/train.py", query_params={settings.DESIGN: link})


def _forecast(text: Mapping[str, str], spec: ModelSpec | None, images: int, epochs: int) -> str:
    if spec is None:
        return text["forecast-none"]
    found = predict_seconds(
        _training(spec, epochs),
        num_train=images,
        num_validation=round(images * 3 / 14),
        seconds_per_gmac=cache.machine_speed(run_sizes(list_runs()[:TIMED_RUNS])),
    )
    which = "forecast-measured" if found.measured else "forecast-guessed"
    return text[which].format(duration=duration(found.seconds), epochs=epochs, images=f"{images:,}")


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


def _why(text: Mapping[str, str], spec: ModelSpec) -> None:
    """The two sums behind the table, with this network's numbers."""
    largest = max(node_table(spec), key=lambda row: row.parameters)
    st.markdown(f"#### Why\n{text['shared']} {text['why']}")
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


def _check(text: Mapping[str, str], spec: ModelSpec | None) -> Check:
    """One more layer behind the last maps: of this network where it has some, else the paper's."""
    field = last_maps(spec) if spec else None
    if field is None or field.jump is None:
        field = last_maps(paper_network(SIZE, CLASSES))
    if field is None or field.jump is None:
        raise ValueError("The paper's network has maps.")
    answer = field.size + 2 * field.jump
    return Check(
        text=text["check"].format(name=field.name),
        answer=answer,
        because=text["check-because"].format(size=field.size, jump=field.jump, answer=answer),
        unit="pixels",
    )
