"""A class as its browsers see it: the code first, then every page, and whose training is whose."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.jobs.folder import create_run
from tests.browser.conftest import (
    Complaints,
    Server,
    start_server,
    stop_server,
    watch,
)
from tests.dashboard.pretend_run import pretend_spec

NAME = "lightbox.test"
CODE = "fracture7"
KEY = "the-lecturers-own"


@pytest.fixture(scope="module")
def class_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that others reach by a name, as behind a proxy."""
    running = start_server(
        tmp_path_factory.mktemp("class"),
        LIGHTBOX_HOSTS=NAME,
        LIGHTBOX_CLASS_CODE=CODE,
        LIGHTBOX_LECTURER_KEY=KEY,
    )
    yield running
    stop_server(running)


@pytest.fixture(scope="module")
def outside(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """A Chromium that finds the server under that name."""
    running = launch(f"--host-resolver-rules=MAP {NAME} 127.0.0.1")
    yield running
    running.close()


def url(server: Server) -> str:
    return server.url.replace("127.0.0.1", NAME)


def come_in(context: BrowserContext, server: Server, complaints: Complaints) -> Page:
    """A student's page, behind the code."""
    page = context.new_page()
    watch(page, Server(**{**vars(server), "url": url(server)}), complaints)
    page.goto(f"{url(server)}/train")
    page.get_by_label("Class code").fill(CODE.upper())
    page.get_by_role("button", name="Come in").click()
    return page


def test_the_code_opens_the_page_that_was_wanted(outside: Browser, class_server: Server) -> None:
    complaints, context = Complaints(), outside.new_context(bypass_csp=False)
    page = context.new_page()
    page.goto(f"{url(class_server)}/train?train_epochs=7")
    page.get_by_label("Class code").fill("fracture8")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not the code of this class")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["help"]) for one in found] == []
    page.close()
    page = come_in(context, class_server, complaints)
    page.get_by_role("button", name="New run").click()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible()
    assert page.url == f"{url(class_server)}/train"
    expect(page.get_by_text("Yours: 0 of 12 trainings")).to_be_visible()
    assert complaints.found == []
    context.close()


def test_a_training_is_its_owners_and_the_lecturers(
    outside: Browser, class_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(class_server.runs))
    create_run(pretend_spec(), owner="a" * 16)
    complaints, context = Complaints(), outside.new_context(bypass_csp=False)
    page = come_in(context, class_server, complaints)
    expect(page.get_by_text("Begun in another browser")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    lecturer = outside.new_context(bypass_csp=False).new_page()
    lecturer.goto(f"{url(class_server)}/class-code?key={KEY}&to=/train")
    expect(lecturer.get_by_role("button", name="Cancel")).to_be_visible()
    assert KEY not in lecturer.url
    assert complaints.found == []
