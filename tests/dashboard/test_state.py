"""What is open, through the app: links, Back, what is gone, another session."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.cluster import ClusterState
from core.prepared import write_prepared
from dashboard import cache, catalogue, state
from dashboard.opened import Opened
from dashboard.shared.set_image import set_key
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec
from tests.dashboard.test_opened import nonsense

ROOT = Path(__file__).resolve().parents[2]
TIME = 120


class PretendCluster:
    """No workers: these tests ask what is open, not what it answers."""

    def state(self) -> ClusterState:
        return ClusterState(True, 0, 0, "The workers are loading.")

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "cluster", PretendCluster)


def visit(page: str, app: AppTest | None = None, **address: str) -> AppTest:
    """Open a page by a link, in this session or a fresh one."""
    if app is None:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=TIME)
    app.query_params.clear()
    for name, value in address.items():
        app.query_params[name] = value
    return app.switch_page(f"../pages/{page}.py").run()


def opened(app: AppTest) -> Opened:
    assert not app.exception, app.exception
    return app.session_state["opened"]


def told(app: AppTest) -> str:
    return " ".join(entry.value for entry in app.warning).replace("\\", "")


def written(app: AppTest) -> dict[str, str]:
    """What the browser is told to write into the address."""
    scripts = [part.proto.body for part in app.get("html") if "address.js" in part.proto.body]
    (script,) = scripts
    pairs = re.findall(r'"(dataset|network|epoch|picture)": "([^"]*)"', script)
    return {name: value for name, value in pairs if value}


def test_what_is_chosen_on_one_page_is_open_on_the_next() -> None:
    app = visit("dropout")
    assert written(app) == {}
    app.selectbox(key="dropout_network").set_value("paper-synthetic").run()
    app.selectbox(key="dropout_picture_sample").set_value("disk").run()
    assert written(app) == {"network": "paper-synthetic", "picture": "disk"}
    for name, value in written(app).items():  # the browser writes it, and the next run brings it
        app.query_params[name] = value
    app.run()
    visit("hierarchy", app)  # the menu leads to a bare address
    assert app.selectbox(key="hierarchy_network").value == "paper-synthetic"
    assert app.selectbox(key="hierarchy_picture_sample").value == "disk"
    assert written(app) == {"network": "paper-synthetic", "picture": "disk"}


def test_another_session_has_its_own() -> None:
    first, second = visit("dropout"), visit("dropout")
    first.selectbox(key="dropout_network").set_value("paper-synthetic").run()
    second.run()
    assert second.selectbox(key="dropout_network").value != "paper-synthetic"


def test_a_link_opens_what_it_names_and_an_old_text_of_ours_changes_nothing() -> None:
    app = visit("dropout", network="paper-synthetic", picture="disk")
    assert opened(app) == Opened(network="paper-synthetic", picture="disk")
    app.selectbox(key="dropout_network").set_value("paper-fracatlas").run()
    # The browser may still bring the address that stood before: nobody asked for that.
    app.run()
    assert opened(app).network == "paper-fracatlas"
    # Nor for a text of ours that was overtaken by the next choice.
    app.selectbox(key="dropout_network").set_value("paper-synthetic").run()
    app.query_params["network"] = "paper-fracatlas"
    app.run()
    assert opened(app).network == "paper-synthetic"
    # Another link in the same tab does.
    app.query_params["network"] = "zoo:lenet"
    app.run()
    assert opened(app).network == "zoo:lenet"
    assert app.selectbox(key="dropout_network").value == "zoo:lenet"
    # A bare address of the menu is no link to the defaults.
    assert opened(visit("hierarchy", app)).network == "zoo:lenet"


def test_back_brings_what_was_open_and_forward_what_came_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = visit("dropout")
    trail = [written(app)]
    for choice in ("paper-synthetic", "zoo:lenet", "paper-fracatlas"):
        app.selectbox(key="dropout_network").set_value(choice).run()
        trail.append(written(app))
        app.query_params["network"] = choice  # as the browser writes it
    monkeypatch.setattr(state, "_walked_history", lambda: True)
    for step in (*trail[-2::-1], *trail[1:]):
        app.query_params.clear()
        for name, value in step.items():
            app.query_params[name] = value
        app.run()
        assert written(app) == step
        shown = app.selectbox(key="dropout_network").value
        assert shown == step.get("network", "paper-fracatlas")


def test_a_choice_is_a_step_of_back_and_a_page_is_none() -> None:
    def choices(app: AppTest) -> int:
        script = next(p.proto.body for p in app.get("html") if "address.js" in p.proto.body)
        return int(re.findall(r'"choices": (\d+)', script)[0])

    app = visit("dropout")
    before = choices(app)
    app.selectbox(key="dropout_network").set_value("paper-synthetic").run()
    assert choices(app) == before + 1
    assert choices(visit("hierarchy", app)) == before + 1


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ({"network": "20200101-gone"}, "There is no network '20200101-gone' here."),
        ({"network": "zoo:nothing"}, "There is no network 'zoo:nothing' here."),
        ({"network": "paper-synthetic", "epoch": "3"}, "has not kept an epoch 3."),
        ({"epoch": "many"}, "has not kept the epoch in this address."),
        ({"picture": "nothing"}, "There is no picture 'nothing'."),
        ({"picture": "upload.0123"}, "An uploaded picture is not in this link."),
        ({"picture": "drawing.0123"}, "A drawing by hand is not in this link."),
        ({"picture": "set.gone-64-0123.leg"}, "The X-ray 'leg' is not here."),
        ({"picture": "set.../../etc.passwd"}, "is not here."),
    ],
)
@pytest.mark.parametrize("page", ["dropout", "hierarchy"])
def test_what_is_gone_is_named_and_nothing_is_shown_in_its_place(
    page: str, address: dict[str, str], named: str
) -> None:
    app = visit(page, None, **address)
    assert named in told(app)
    assert not any(b'"arrays"' in part.proto.bytes[:20_000] and b'"schema"' in part.proto.bytes
                   for part in app.get("bidi_component"))  # fmt: skip
    assert written(app) == address or address == {"epoch": "many"}
    what = next(name for name in ("epoch", "network", "picture") if name in address)
    app.button(key=f"{page}_open_default_{what}").click().run()
    assert not app.warning
    assert opened(app) == Opened(network=address.get("network", "") if "epoch" in address else "")


def test_a_page_that_cannot_use_the_open_network_says_so_and_offers_others() -> None:
    app = visit("dropout", network="zoo:resnet")
    assert "ResNet, untrained has no hidden dense layer" in told(app)
    app.selectbox(key="dropout_network").set_value("paper-synthetic").run()
    assert not app.warning


def test_an_upload_is_open_on_every_page_of_its_session_and_gone_elsewhere() -> None:
    from PIL import Image

    from tests.data import hostile

    raw = hostile.encoded(Image.fromarray(hostile.drawn_xray()), "PNG")
    app = visit("dropout")
    app.button_group(key="dropout_picture_source").set_value("upload").run()
    app.file_uploader(key="dropout_picture_file").upload("leg.png", raw).run()
    key = opened(app).picture
    assert key.startswith("upload.")
    visit("hierarchy", app)
    assert not app.warning
    assert any("leg.png" in entry.value for entry in app.caption)
    assert "not in this link" in told(visit("hierarchy", picture=key))
    # Taken away, it is let go of everywhere.
    app = visit("dropout")
    app.button_group(key="dropout_picture_source").set_value("upload").run()
    app.file_uploader(key="dropout_picture_file").upload("leg.png", raw).run()
    app.file_uploader(key="dropout_picture_file").set_value(None).run()
    assert opened(app).picture == ""
    assert not app.session_state["opened_uploads"]
    assert not app.session_state["opened_decoded"]


def test_an_x_ray_of_a_set_is_open_on_every_page(tmp_path: Path) -> None:
    prepared = write_prepared(
        tmp_path / "cache" / "synthetic-28-0123456789ab",
        name="synthetic",
        title="Synthetic radiographs",
        classes=("normal", "fracture"),
        images=np.random.default_rng(0).integers(0, 256, (40, 28, 28), dtype=np.uint8),
        labels=np.arange(40) % 2,
        split=np.repeat([0, 1, 2], [24, 8, 8]),
        groups=np.arange(40),
        metadata=np.zeros((40, 0), np.float32),
        metadata_names=(),
        records=[
            {"id": f"x{number}.png", "path": None, "region": "leg", "view": None, "marks": None}
            for number in range(40)
        ],
    )
    key = set_key(prepared.folder, "x7.png")
    for page in ("dropout", "hierarchy"):
        app = visit(page, picture=key)
        assert not app.exception
        assert not app.warning
        assert any("x7.png, leg, labeled fracture" in entry.value for entry in app.caption)
        assert app.button_group(key=f"{page}_picture_source").value == "set"
    place = app.number_input(key="hierarchy_picture_place").value
    assert place is not None
    app.number_input(key="hierarchy_picture_place").set_value(place % 40 + 1).run()
    assert opened(app).picture not in (key, "")


def test_an_epoch_goes_along_with_its_run(tmp_path: Path) -> None:
    run = pretend_run(tmp_path / "runs", pretend_events(2, of=4), spec=pretend_spec(epochs=4))
    app = visit("train", network=run.id)
    assert opened(app).network == run.id
    assert opened(app).dataset in ("", "synthetic")


@pytest.mark.parametrize("slug", catalogue.SLUGS)
def test_nonsense_in_every_field_of_the_address_is_neither_a_traceback_nor_a_blank_page(
    slug: str,
) -> None:
    for seed in range(6):
        address = nonsense(1000 * catalogue.SLUGS.index(slug) + seed)
        app = visit(
            slug, None, **{name: value.replace("\0", "") for name, value in address.items()}
        )
        assert not app.exception, (address, app.exception)
        kinds = ("bidi_component", "warning", "progress", "file_uploader", "button")
        assert any(len(app.get(kind)) for kind in kinds), address
