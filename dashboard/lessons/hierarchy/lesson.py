"""What the lesson on the spatial hierarchy consists of."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from core.errors import LessonError
from core.inspect.composition import CONVOLUTIONS
from core.inspect.receptive_field import receptive_fields
from core.jobs import walked
from core.jobs.cluster import Cluster
from core.jobs.remote import Tasks, request
from core.models.graph import nodes
from core.models.layers import Pooling
from core.models.spec import MAX_INPUT_SIZE
from core.models.weights import weight_shapes
from core.reference.backbone_spec import backbone_spec
from dashboard import cache, state
from dashboard.advice import advise
from dashboard.background.errands import Errand
from dashboard.lessons.hierarchy import cache as kept
from dashboard.lessons.hierarchy.stage import PARTS, SCHEMA, Tree, Wish, payload, show
from dashboard.networks.open_network import OpenNetwork
from dashboard.opened import Gone
from dashboard.shared.lesson import Check, Lesson, Question, words
from dashboard.shared.network_choice import choose_network
from dashboard.shared.number import percent, write
from dashboard.shared.picture_choice import Picture, choose_picture
from dashboard.workbench.xray.words import layer_title

SLUG: Final = "hierarchy"
STEPS: Final = 96
SMOOTHED_FIELD: Final = 32
WORKER_WAIT_S: Final = 120.0
LOOK_S: Final = 0.4
SHARES: Final = (1 / 8, 1 / 2, 1.0)
"""Of the picture's width: the options of the question."""
CHECKED_LEVEL: Final = 2
"""The convolution that the check is about, from 0; the last one of a network with fewer."""
POOLED: Final = 2
BEGINNING: Final = 7
"""Of the reference network's backbone: layers and blocks that are taken apart here. One block more
would double the time, and all of them have some hundred thousand strong parts of parts."""
_STAGE: Final = "hierarchy_stage"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """One picture in one network."""

    network: OpenNetwork
    picture: Picture
    tree: Tree

    @property
    def stamp(self) -> str:
        """Names both."""
        return f"{self.network.fingerprint}|{self.picture.key}"


def body() -> None:
    """Draw the page."""
    lesson = Lesson(SLUG)
    with lesson.corner():
        scene = _choose()
    lesson.ask(_question(scene.network))
    with lesson.stage():
        _stage(scene, lesson.header(SCHEMA))
    text = cache.page_text(SLUG)
    with lesson.below():
        st.markdown(text["intro"])
        if scene.network.kind == "backbone":
            st.markdown(_of_backbone(scene))
        if lesson.settled:
            _why(scene)
    lesson.finish(_check(scene), source=text["source"])


def _choose() -> Scene:
    """Network and picture, and all parts of what answers."""
    network = choose_network(SLUG, backbone=True)
    if network.kind == "backbone":
        network = beginning_of(network)
    picture = choose_picture(SLUG, size=network.spec.input_size, prepared=network.prepared)
    if not _levels(network):
        raise Gone(
            "network",
            "hierarchy.no-convolution",
            problem=f"{network.title} has no convolution, so it has no maps to take apart.",
            remedy="Choose a network with at least one convolution.",
        )
    tree = kept.tree(network.fingerprint, picture.key, network, picture.image)
    return Scene(network=network, picture=picture, tree=tree)


def beginning_of(network: OpenNetwork) -> OpenNetwork:
    """The first layers of a network that is too deep for this page."""
    spec = dataclasses.replace(network.spec, layers=network.spec.layers[:BEGINNING])
    weights = {name: network.weights[name] for name in weight_shapes(spec)}
    return dataclasses.replace(network, spec=spec, weights=weights)


def _levels(network: OpenNetwork) -> list[str]:
    return [node.name for node in nodes(network.spec) if isinstance(node.layer, CONVOLUTIONS)]


def _windows(network: OpenNetwork) -> dict[str, int]:
    """Pixels a side that a unit of each convolution sees, at most the picture."""
    fields = receptive_fields(network.spec)
    return {name: min(fields[name].size, network.spec.input_size) for name in _levels(network)}


def _question(network: OpenNetwork) -> Question:
    """How far does the last convolution see? Asked of the network on the stage."""
    windows = _windows(network)
    field, size = list(windows.values())[-1], network.spec.input_size
    text = cache.page_text(SLUG)
    return Question(
        text=text["predict"].format(levels=len(windows), size=size),
        options=("about an eighth", "about half", "nearly all"),
        truth=min(range(3), key=lambda at: abs(SHARES[at] - field / size)),
        because=text["because"].format(own=next(iter(windows.values())), field=field, size=size),
    )


def _of_backbone(scene: Scene) -> str:
    """How much of the reference network is here, and what is not."""
    windows, every = _windows(scene.network), receptive_fields(backbone_spec())
    deep = [node.name for node in nodes(backbone_spec()) if isinstance(node.layer, CONVOLUTIONS)]
    said = cache.page_text(SLUG)["backbone"].format(
        shown=len(windows),
        all=len(deep),
        field=list(windows.values())[-1],
        last=every[deep[-1]].size,
        size=scene.network.spec.input_size,
    )
    return f"{scene.network.origin} {said}"


def _stage(scene: Scene, header: dict[str, Any]) -> None:
    """The picture, the rows of parts, and the unit that is looked at."""
    waiting = _is_waiting(_errand(scene))
    # Asked again and again only while a worker draws; the page itself never waits for it.
    st.fragment(_draw_stage, run_every=LOOK_S if waiting else None)(scene, header, waiting)


def _draw_stage(scene: Scene, header: dict[str, Any], waited: bool) -> None:
    errand = _errand(scene)
    with st.container(key="hierarchy_stage_box"):
        show(
            data=payload(
                scene.tree,
                scene.picture.image,
                header,
                title=scene.picture.title,
                stamp=scene.stamp,
                words=words(cache.page_text(SLUG)),
                wish=_granted(errand),
            ),
            key=_STAGE,
            default={"wish": ""},
            on_wish_change=lambda: None,
        )
    if _is_waiting(errand) != waited:
        st.rerun()


def _is_waiting(errand: Errand[Wish] | None) -> bool:
    return errand is not None and not errand.ended


def _errand(scene: Scene) -> Errand[Wish] | None:
    """The worker's way to the pleasing picture that was asked for; None without a wish."""
    wanted = str(getattr(state.widget_value(_STAGE), "wish", "") or "")
    node, _, channel = wanted.partition(":")
    if node not in scene.tree.levels or not channel.isdecimal():
        return None
    key = ("wish", scene.network.fingerprint, wanted)
    cluster = cache.cluster()
    return cache.errands().ask(key, lambda _: _ask(cluster, scene, node, int(channel)))


def _granted(errand: Errand[Wish] | None) -> Wish | None:
    """What the worker drew; its advice in place where it could not."""
    if errand is None:
        return None
    try:
        return errand.value()
    except LessonError as error:
        advise(error)
        return None


def _ask(cluster: Cluster, scene: Scene, node: str, channel: int) -> Wish:
    spec = scene.network.spec
    field = receptive_fields(spec)[node]
    # A unit that sees few pixels cares for each; one that sees many, for shapes.
    how = {"steps": STEPS, "smoothness": min(1.0, field.size / SMOOTHED_FIELD)}
    weights = dict(scene.network.weights)
    asked = (
        request(walked.please, len(spec.layers), weights, layer=node, unit=channel, **how)
        if scene.network.kind == "backbone"
        else request(Tasks.optimize_input, spec.to_json(), weights, layer=node, unit=channel, **how)
    )
    found = cluster.analyse(asked, timeout_s=WORKER_WAIT_S)
    if found.cell is None:
        raise TypeError(f"{node} is no convolution, so it has no middle cell.")
    top, left, bottom, right = field.window(*found.cell)
    side = max(bottom - top, right - left)
    window = (min(top, spec.input_size - side), min(left, spec.input_size - side), side)
    return Wish(key=f"{node}:{channel}", found=found, window=window)


def _why(scene: Scene) -> None:
    """The chain of largest parts from the deepest strong unit down, in numbers."""
    text = cache.page_text(SLUG)
    starts = next((found for found in reversed(scene.tree.starts) if found), ())
    if not starts:
        return
    st.markdown(text["why"])
    st.markdown(text["why-path"].format(path=_chain(scene.tree, starts[0])))


def _chain(tree: Tree, index: int) -> str:
    lines = []
    while True:
        level, row, column, channel = (int(v) for v in tree.cells[index][:4])
        parts = [k for k in range(PARTS) if tree.parts[index][k] >= 0]
        where = f"map {channel + 1}, row {row + 1}, column {column + 1}"
        about = f"{layer_title(tree.levels[level])}, {where}"
        head = f"- **{about}**: {write(float(tree.answers[index]))}"
        if not parts:
            end = "made of pixels" if tree.edges[level] else "its bias, less what was taken away"
            lines.append(f"{head}, {end}")
            return "\n".join(lines)
        made = " + ".join(write(float(tree.products[index][k])) for k in parts)
        rest = percent(float(tree.shares[index][parts].sum()))
        lines.append(f"{head}; its largest parts {made}, {rest} of all that was added")
        index = int(tree.parts[index][0])


def _check(scene: Scene) -> Check | None:
    """Transfer: the window of a middle layer, where everything is pooled once before."""
    text, spec = cache.page_text(SLUG), scene.network.spec
    levels = _levels(scene.network)
    name = levels[min(CHECKED_LEVEL, len(levels) - 1)]
    if POOLED * spec.input_size > MAX_INPUT_SIZE:
        return None
    pooled = dataclasses.replace(
        spec, input_size=POOLED * spec.input_size, layers=(Pooling(size=POOLED), *spec.layers)
    )
    size, answer = (receptive_fields(one)[name].size for one in (spec, pooled))
    return Check(
        text=text["check"].format(pool=POOLED, layer=layer_title(name)),
        answer=answer,
        because=text["check-because"].format(pool=POOLED, size=size, answer=answer),
        unit="pixels",
    )
