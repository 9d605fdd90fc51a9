"""What several rooms keep between reruns (`st.cache_*`): keyed by small values, always bounded.

A room's own lies in its `cache.py`; no other module caches.

What works in the background is no cache: it is the server's, made `Once`.
"""

from __future__ import annotations

import functools
import gc
import inspect
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Final, ParamSpec, Protocol, TypeVar, cast

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.descent.small_network import NetworkSpec
from core.descent.small_training import Settings, Trial, attempt
from core.errors import LessonError
from core.inspect.forward import forward as walk
from core.inspect.ideas.idea import Idea
from core.inspect.ideas.zoo_ideas import shortcut_ideas as ideas_of_shortcuts
from core.inspect.ideas.zoo_ideas import zoo_ideas as ideas_of_zoo
from core.jobs.cluster import Cluster
from core.jobs.folder import RunFolder
from core.ops.activation import ACTIVATIONS
from core.ops.stack import INITIALIZATIONS, DepthMeasurement, measure_depth
from core.prepared import PreparedSet, open_prepared
from core.training.forecast import TimedRun, calibrate
from dashboard import state
from dashboard.access.own_images import require_images
from dashboard.access.people import asking
from dashboard.background.downloads import Fetches
from dashboard.background.errands import Errands
from dashboard.background.loss_slices import Slices
from dashboard.background.once import Once
from dashboard.background.prepared_sets import Preparations
from dashboard.background.rate_searches import RateSearches
from dashboard.background.set_request import make
from dashboard.networks.backbone_answers import maps_of
from dashboard.networks.backbone_answers import respond as respond_backbone
from dashboard.networks.open_network import OpenNetwork, read_network
from dashboard.networks.responses import Anatomy, Response, respond
from dashboard.networks.responses import anatomy as anatomy_of
from dashboard.networks.silence_report import ActivityReport, report_activity
from data.models.shipped import eye_path
from data.samples.points import PLANE_SETS, PlaneSet, Points, plane_set, tumors
from data.samples.tensors import Specimen, specimens, video
from data.sets.acquisition import acquire
from data.sets.preparation import cache_root
from data.synthetic.difficulty import Difficulty
from data.synthetic.radiograph import Radiograph, draw

HERO_INDEX = 192
_OWN: Final = "own"
_OWN_KEPT: Final = 2

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@Once
def freeze_imports() -> bool:
    """Import what most pages need, then take it out of the garbage collector's sight.

    Streamlit collects garbage after every rerun; frozen, a rerun falls to half its time. Not
    here: pandas, 80 MB with what it brings along, which the pages with tables import; Dask, half
    a second, which comes with the workers.
    """
    import cv2  # noqa: F401
    import numpy  # noqa: F401
    import PIL.Image  # noqa: F401
    import plotly.graph_objects  # noqa: F401

    gc.collect()
    gc.freeze()
    return True


@st.cache_data(max_entries=64, show_spinner=False)
def page_text(slug: str, *, language: str = "en") -> dict[str, str]:
    """The prose of a page by section: what stands below each ``## name`` of its text file."""
    rooms = (Path(__file__).parent / kind / slug for kind in ("lessons", "workbench"))
    path = next(room for room in rooms if room.is_dir()) / f"text.{language}.md"
    blocks = path.read_text(encoding="utf-8").split("\n## ")
    pairs = (block.removeprefix("## ").partition("\n") for block in blocks if block.strip())
    return {name.strip(): text.strip() for name, _, text in pairs}


@Once
def cluster() -> Cluster:
    """The workers of this server; the first call begins to start them and does not wait."""
    return Cluster(eye=eye_path()).start()


@Once
def preparations() -> Preparations:
    """Datasets that are prepared in the background, for all sessions."""
    return Preparations(make, asks_from=_share)


def _share() -> str | None:
    """The address whose share of the disk is taken by what is asked for; None for nobody's."""
    person = asking()
    return None if person.is_lecturer else person.address


@st.cache_data(max_entries=64, show_spinner=False)
def part_counts(folder: str) -> dict[str, dict[str, int]]:
    """Images of a prepared set by part and class; empty where it is gone."""
    try:
        return open_prepared(Path(folder)).counts()
    except LessonError:
        return {}


@st.cache_data(max_entries=64, show_spinner=False)
def machine_speed(runs: tuple[tuple[str, int], ...]) -> float | None:
    """Seconds for a billion multiply-adds, measured on earlier runs; None without one.

    Args:
        runs: Folder of each run and the size of its events file: another one is another answer.
    """
    timed = []
    for folder, _ in runs:
        run = RunFolder(Path(folder))
        try:
            spec = run.spec()
            seconds = tuple(row.seconds for row in run.history().epochs)
        except LessonError:
            continue  # damaged: the list of runs says so
        parts = part_counts(spec.prepared)
        if not parts:
            continue
        train, validation = (sum(parts[part].values()) for part in ("train", "validation"))
        timed.append(TimedRun(spec, train, validation, seconds))
    return calibrate(timed)


@st.cache_data(max_entries=256, show_spinner=False)
def best_of_run(folder: str, size: int) -> tuple[int, float] | None:
    """Best epoch of a run and its validation AUC, None before one.

    Args:
        folder: The run's folder.
        size: Of its events file: another one is another answer.
    """
    history = RunFolder(Path(folder)).history()
    best = history.best_epoch
    if best is None:
        return None
    return best, next(row.validation.auc for row in history.epochs if row.epoch == best)


@st.cache_resource(max_entries=8, show_spinner=False)
def opened_set(folder: str) -> PreparedSet:
    """A prepared set, checked once and mapped ever after; never changed in place."""
    return open_prepared(Path(folder))


def prepared_set(folder: str) -> PreparedSet:
    """A prepared set whose images the person who asks may see.

    Raises:
        LessonError: ``images.not-yours``; ``prepared.missing``, ``prepared.damaged``.
    """
    require_images(Path(folder), asking())
    return opened_set(folder)


@st.cache_data(max_entries=512, show_spinner=False)
def record(folder: str, fingerprint: str, index: int) -> dict[str, Any]:
    """What a prepared set knows of one image.

    Args:
        folder: The set's folder.
        fingerprint: Of its content: another content is another answer.
        index: Position in the arrays.
    """
    return opened_set(folder).records()[index]


@st.cache_resource(max_entries=4, show_spinner=False)
def positions(folder: str, fingerprint: str) -> dict[str, int]:
    """Where each record of a prepared set stands in its arrays, by id.

    Args:
        folder: The set's folder.
        fingerprint: Of its content: another content is another answer.
    """
    found = prepared_set(folder)
    return {record["id"]: index for index, record in enumerate(found.records())}


@Once
def slices() -> Slices:
    """Slices through the loss of trained networks, for all sessions."""
    return Slices(
        lambda asked, *, timeout_s: cluster().analyse(asked, timeout_s=timeout_s),
        cache_root() / "slices",
    )


@Once
def rate_searches() -> RateSearches:
    """Searches for a learning rate, for all sessions."""
    return RateSearches(lambda asked, seconds: cluster().analyse(asked, timeout_s=seconds))


@Once
def fetches() -> Fetches:
    """Downloads in the background, for all sessions."""
    return Fetches(lambda name, progress: acquire(name, progress=progress))


@st.cache_data(max_entries=128, show_spinner=False)
def drawn_pairs(indices: tuple[int, ...], size: int, difficulty: Difficulty) -> list[Radiograph]:
    """For each index the same limb without and with its fracture."""
    return [
        draw(index, size=size, difficulty=difficulty, fractured=fractured)
        for index in indices
        for fractured in (False, True)
    ]


@st.cache_data(max_entries=64, show_spinner=False)
def network_activity(key: str, epoch: int | None, stamp: str) -> ActivityReport:
    """Silent and saturated units of a network; a second or two, once.

    Args:
        key, epoch, stamp: As of `open_network`.
    """
    return report_activity(open_network(key, epoch, stamp))


@st.cache_resource(max_entries=1, show_spinner=False)
def depth_measurements() -> dict[tuple[str, str], DepthMeasurement]:
    """What a stack of layers does, for each activation and initialization; about 0.3 s once."""
    return {
        (name, start): measure_depth(activation, initialization)
        for name, activation in ACTIVATIONS.items()
        for start, initialization in INITIALIZATIONS.items()
    }


@st.cache_resource(max_entries=1, show_spinner=False)
def tumor_points() -> Points:
    """Real points for a neuron with two inputs."""
    return tumors()


@st.cache_resource(max_entries=12, show_spinner=False)
def open_network(key: str, epoch: int | None, stamp: str) -> OpenNetwork:
    """A network with its weights, read once; never changed in place.

    Args:
        key: Of the network.
        epoch: Of its training, None for the best or only state.
        stamp: Of the files it is read from: another stamp is another answer.
    """
    return read_network(key, epoch)


def own(*names: Hashable) -> Hashable:
    """The key of a picture that a person brought or drew: what is made of it stays in the session.

    >>> own("digest", 64)
    ('own', 'digest', 64)
    """
    return (_OWN, *names)


class Kept(Protocol[P, T_co]):
    """A function whose answers for pictures are kept."""

    def __call__(self, *given: P.args, **named: P.kwargs) -> T_co:
        """The answer, made or kept."""
        ...

    def clear(self) -> None:
        """Forget what is kept for all sessions."""


def of_picture(*, most: int) -> Callable[[Callable[P, T]], Kept[P, T]]:
    """Keep what a function makes of a picture; it is a resource, never changed in place.

    Of a picture that anybody can open for all sessions, of one that a person brought for that
    session alone, with which it goes.

    Args:
        most: Kept for all sessions.

    Returns:
        For a function with an argument ``picture``, the picture's key. Arguments whose names begin
        with an underscore are no part of what is asked for, as in Streamlit's own caches.
    """

    def decorate(make: Callable[P, T]) -> Kept[P, T]:
        for_all = st.cache_resource(max_entries=most, show_spinner=False)(make)
        asked = inspect.signature(make)

        @functools.wraps(make)
        def kept(*given: P.args, **named: P.kwargs) -> T:
            values = asked.bind(*given, **named).arguments
            picture = values["picture"]
            if not (isinstance(picture, tuple) and picture[:1] == (_OWN,)):
                return cast("T", for_all(*given, **named))
            key = tuple(value for name, value in values.items() if not name.startswith("_"))
            slot = f"own_{make.__module__}.{make.__name__}"
            return state.remembered(slot, key, lambda: make(*given, **named), most=_OWN_KEPT)

        kept.clear = for_all.clear  # type: ignore[attr-defined]
        return cast("Kept[P, T]", kept)

    return decorate


# Few: at 256 pixels one takes 10 MB, and is worked out again in 30 ms.
@of_picture(most=4)
def activations(
    key: str, epoch: int | None, stamp: str, picture: Hashable, _image: NDArray[np.uint8]
) -> dict[str, NDArray[np.float32]]:
    """What every node of a network answers to one picture; never changed in place.

    Args:
        key, epoch, stamp: Of the network, as for `open_network`.
        picture: Names the pixels.
        _image: The pixels, (S, S); left out of the key.
    """
    found = open_network(key, epoch, stamp)
    return walk(found.spec, found.weights, _image[None])


# Few: the largest layer takes 6 MB, and a worker makes it again in a tenth of a second.
@of_picture(most=4)
def backbone_maps(
    fingerprint: str,
    picture: Hashable,
    names: tuple[str, ...],
    _network: OpenNetwork,
    _image: NDArray[np.uint8],
) -> dict[str, NDArray[np.float32]]:
    """Whole answers of some nodes of the reference network's backbone; never changed in place.

    Args:
        fingerprint: Of the network.
        picture: Names the pixels.
        names: Of the nodes.
        _network, _image: Network and pixels, (S, S); left out of the key.
    """
    return maps_of(cluster(), _network, _image, names)


@st.cache_resource(max_entries=1, show_spinner=False)
def plane_sets() -> tuple[PlaneSet, ...]:
    """Two classes of points in the plane, of every shape."""
    return tuple(plane_set(name) for name in PLANE_SETS)


@st.cache_data(max_entries=1, show_spinner=False)
def straight_line(*, epochs: int = 100) -> Trial:
    """What a network without a hidden layer reaches on the circle; about 0.1 s once."""
    circle = plane_set("circle")
    return attempt(
        NetworkSpec(hidden=()),
        circle.positions(),
        circle.labels,
        settings=Settings(seed=2),
        epochs=epochs,
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def anatomy(fingerprint: str, _network: OpenNetwork) -> Anatomy:
    """Nodes, drawing and receptive fields of a network; never changed in place.

    Args:
        fingerprint: Of the network.
        _network: The network; left out of the key.
    """
    return anatomy_of(_network)


@of_picture(most=4)
def response(
    fingerprint: str, picture: Hashable, _network: OpenNetwork, _image: NDArray[np.uint8]
) -> Response:
    """What a network makes of a picture, with the figures of each layer; never changed in place.

    Args:
        fingerprint: Of the network.
        picture: Names the pixels.
        _network, _image: Network and pixels; left out of the key.
    """
    return respond(_network, _image)


# Few: one takes 10 MB, and a worker makes it again in half a second.
@of_picture(most=3)
def backbone_response(
    fingerprint: str,
    picture: Hashable,
    names: tuple[str, ...],
    shares: tuple[float, ...],
    _network: OpenNetwork,
    _image: NDArray[np.uint8],
) -> Response:
    """What the reference network's backbone makes of a picture, condensed; never changed in place.

    Args:
        fingerprint: Of the network.
        picture: Names the pixels.
        names: Of the nodes that are wanted whole.
        shares: Percentiles of the absolute values that are wanted.
        _network, _image: Network and pixels; left out of the key.
    """
    return respond_backbone(cluster(), _network, _image, names, shares)


@st.cache_resource(max_entries=1, show_spinner=False)
def zoo_ideas() -> dict[str, Idea]:
    """The idea of each network of the zoo as a figure, looking at Home's radiograph."""
    return ideas_of_zoo(draw(HERO_INDEX, size=80, fractured=True).image)


@st.cache_resource(max_entries=1, show_spinner=False)
def shortcut_ideas() -> dict[str, Idea]:
    """ResNet's idea for each way to draw the first weights."""
    return ideas_of_shortcuts()


@Once
def errands() -> Errands:
    """What a worker is asked while no page waits for it."""
    return Errands("errand", most=64, at_once=4, drops=True)


@Once
def searches() -> Errands:
    """Answers that take seconds, one at a time, for all sessions."""
    return Errands("search", most=24, at_once=1, drops=True)


@st.cache_resource(max_entries=4, show_spinner=False)
def tensor_specimens(folder: str, fingerprint: str) -> tuple[Specimen, ...]:
    """Tensors of rank 2 to 4, a quarter of a second once; never changed in place.

    Args:
        folder: Of the prepared set whose X-rays they hold, "" for drawn ones.
        fingerprint: Of its content: another content is another answer.
    """
    return specimens(opened_set(folder) if folder else None)


@st.cache_resource(max_entries=1, show_spinner=False)
def tensor_video() -> Specimen:
    """The tensor of rank 5; never changed in place."""
    return video()
