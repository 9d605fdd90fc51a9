"""What a student finds on the pages where others reach the server."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.errors import LessonError
from core.jobs.cluster import ClusterState
from core.jobs.folder import RunFolder, Status, create_run
from dashboard import cache
from dashboard.access.entrance import SIGN_OUT
from dashboard.access.people import ACCOUNT_HEADER, PERSON_HEADER, ROLE_HEADER, Standing, asking
from dashboard.access.policy import Policy
from dashboard.access.rights import require_own
from dashboard.background.prepared_sets import Preparations
from dashboard.background.set_request import make
from tests.dashboard.pretend_run import pretend_spec
from tests.dashboard.small_release import class_zip

ROOT = Path(__file__).resolve().parents[2]
ANNA, BEN = "a" * 16, "b" * 16


class IdleCluster:
    """Takes what it is given and does nothing."""

    def state(self) -> ClusterState:
        return ClusterState(True, 1, 1, "Ready.")

    def queue_position(self, run_id: str) -> int | None:
        return 1

    def submit_training(self, run: RunFolder, *, resume: bool = False) -> None:
        run.enqueue()


@pytest.fixture(autouse=True)
def class_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A shared server; the returned headers say who asks."""
    headers = {PERSON_HEADER: BEN, ROLE_HEADER: "student"}
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(Standing, "policy", Policy(shared=True, folders=()))
    monkeypatch.setattr(type(st.context), "headers", property(lambda _: headers))
    monkeypatch.setattr(cache, "cluster", IdleCluster)
    return headers


def open_page(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(f"../pages/{page}.py").run()


def keys(app: AppTest) -> set[Any]:
    return {button.key for button in app.button}


def test_anothers_training_is_watched_and_ones_own_stopped(class_: dict[str, str]) -> None:
    run = create_run(pretend_spec(), owner=ANNA)
    app = open_page("train")
    assert not keys(app) & {"train_stop", "train_delete_sure"}
    # The stage itself says so.
    sent = b"".join(one.proto.bytes for one in app.get("bidi_component"))
    assert b"Begun in another browser" in sent
    class_[PERSON_HEADER] = ANNA
    app = open_page("train")
    app.button(key="train_stop").click().run()
    assert run.status() is Status.STOPPED
    assert "train_delete_sure" in keys(app)


def test_the_lecturer_stops_any(class_: dict[str, str]) -> None:
    run = create_run(pretend_spec(), owner=ANNA)
    class_[ROLE_HEADER] = "lecturer"
    open_page("train").button(key="train_stop").click().run()
    assert run.status() is Status.STOPPED


def test_a_button_that_was_still_there_does_nothing(class_: dict[str, str]) -> None:
    """A click that a script sends, or a page drawn before the cookie changed."""
    run = create_run(pretend_spec(), owner=ANNA)
    class_[PERSON_HEADER] = ANNA
    app = open_page("train")
    class_[PERSON_HEADER] = BEN
    app.button(key="train_stop").click().run()
    assert run.status() is Status.QUEUED
    assert any("another browser" in warning.value for warning in app.warning)


def test_who_has_signed_in_reads_of_people_and_finds_the_way_out(class_: dict[str, str]) -> None:
    run = create_run(pretend_spec(), owner=ANNA)
    assert not any(SIGN_OUT in one.proto.body for one in open_page("train").get("html"))
    class_[ACCOUNT_HEADER] = "1"
    app = open_page("train")
    assert any(f'<a href="{SIGN_OUT}">' in one.proto.body for one in app.get("html"))
    assert b"Begun by somebody else" in b"".join(
        one.proto.bytes for one in app.get("bidi_component")
    )
    with pytest.raises(LessonError) as caught:
        require_own(run, asking())
    assert "by somebody else" in caught.value.problem


def test_the_quota_is_told_before_it_bites() -> None:
    create_run(pretend_spec(), owner=BEN)
    assert any("Yours: 1 of 12" in caption.value for caption in open_page("train").caption)


@pytest.mark.parametrize("typed", ["/etc", "/nowhere", "here"])
def test_no_folder_of_the_server_is_opened(typed: str, tmp_path: Path) -> None:
    """And the answer is the same whether it exists or not."""
    app = open_page("dataset", dataset="folder")
    app.segmented_control(key="dataset_way").set_value("folder")
    app.run()
    path = str(tmp_path) if typed == "here" else typed
    app.text_input(key="dataset_path").set_value(path).run()
    assert [warning.value for warning in app.warning] == [
        "**Folders of the server are not open to a class.**  \nUpload a ZIP file instead. Who runs "
        "the server can open a folder to all with LIGHTBOX\\_FOLDERS."
    ]


def test_a_folder_that_was_refused_is_not_trained_on_either(tmp_path: Path) -> None:
    """What was typed on the Dataset page once went on to Train without being asked about."""
    app = open_page("train", dataset="folder")
    app.session_state["dataset_path"] = str(tmp_path)
    app.run()
    assert any("not open to a class" in warning.value for warning in app.warning)
    assert "train_start" not in keys(app)


def settled(app: AppTest) -> AppTest:
    """The page once its images are prepared."""
    for _ in range(400):
        if not any("Preparing" in str(one.proto.bytes) for one in app.get("bidi_component")):
            break
        time.sleep(0.05)
        app.run()
    assert not app.exception, app.exception
    return app


def said(app: AppTest) -> str:
    """All that the page's stage was sent, and its advice."""
    sent = "".join(str(one.proto.bytes) for one in app.get("bidi_component"))
    return sent + "".join(one.value for one in app.warning)


def test_images_are_shown_to_the_class_and_removed_by_who_brought_them(
    class_: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    preparations = Preparations(make)  # behind none that another test began
    monkeypatch.setattr(cache, "preparations", lambda: preparations)
    class_[PERSON_HEADER] = ANNA
    anna = open_page("dataset", dataset="folder")
    assert "From the class" not in anna.segmented_control(key="dataset_way").options
    raw = class_zip({"intact": 14, "cracked": 7})
    anna.file_uploader(key="dataset_zip").upload("spoons.zip", raw, "application/zip")
    settled(anna.run())
    assert "cracked" in said(anna)
    source = hashlib.sha256(raw).hexdigest()[:16]
    anna.toggle(key=f"dataset_show_{source}").set_value(True).run()

    class_[PERSON_HEADER] = BEN
    ben = open_page("dataset", dataset="folder")
    ben.segmented_control(key="dataset_way").set_value("shared").run()
    settled(ben)
    assert ben.selectbox(key="dataset_shared").options == ["spoons"]
    assert "cracked" in said(ben)
    assert "dataset_remove_sure" not in keys(ben)
    assert any("shows them to all" in caption.value for caption in ben.caption)

    class_[PERSON_HEADER] = ANNA
    anna.button(key="dataset_remove_sure").click().run()
    assert "have been removed" in said(settled(anna))
    assert not any((tmp_path / "cache").glob("folder-*"))
    assert not any((tmp_path / "cache" / "unpacked").glob("*"))

    class_[PERSON_HEADER] = BEN
    again = open_page("dataset", dataset="folder")
    assert "From the class" not in again.segmented_control(key="dataset_way").options
