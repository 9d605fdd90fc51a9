"""Whose images are whose: seen by who brought them, shown to the class, taken back, removed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import LessonError
from dashboard.access import own_images
from dashboard.access.people import Person, Standing
from dashboard.access.policy import Policy
from data.sets.origins import note_source, source_of
from data.sets.tidying import UNPACKED

ANNA, BEN = Person("a" * 16, "student"), Person("b" * 16, "student")
NOBODY = Person("", "student")
LECTURER = Person("c" * 16, "lecturer")
ALONE = Person()
SOURCE = source_of("5" * 64)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path))
    monkeypatch.setattr(Standing, "policy", Policy(shared=True, folders=()))
    return tmp_path


@pytest.fixture
def brought(cache: Path) -> Path:
    """Anna brought a file, which was unpacked and prepared in two sizes; the first of them."""
    own_images.note_owner(SOURCE, ANNA)
    for folder in (UNPACKED + "/" + SOURCE, "folder-64-abc", "folder-96-def"):
        (cache / folder).mkdir(parents=True)
    for size in ("folder-64-abc", "folder-96-def"):
        note_source(cache / size, SOURCE)
    return cache / "folder-64-abc"


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(LessonError) as caught:
        act()
    return caught.value.code


def test_they_are_seen_by_who_brought_them_in_every_size(brought: Path, cache: Path) -> None:
    for folder in (brought, cache / "folder-96-def"):
        seen = [own_images.may_see_images(folder, one) for one in (ANNA, BEN, NOBODY, LECTURER)]
        assert seen == [True, False, False, True]
        assert code_of(lambda: own_images.require_images(brought, BEN)) == "images.not-yours"
    assert own_images.may_see_images(cache / "fracatlas-64-abc", NOBODY)
    assert not own_images.may_see_images(cache / "folder-64-of-nobody", ANNA)
    own_images.note_owner(SOURCE, BEN)  # who brings the same file has it anyway
    assert own_images.may_see_images(brought, BEN)


def test_they_are_shown_to_the_class_and_taken_back(brought: Path) -> None:
    assert own_images.shared_images() == ()
    assert code_of(lambda: own_images.share(SOURCE, BEN, title="not his")) == "images.not-yours"
    own_images.share(SOURCE, ANNA, title="cats ![x](http://a.b) " + 100 * "y")
    (shown,) = own_images.shared_images()
    assert (shown.source, shown.folder.name, len(shown.title)) == (SOURCE, SOURCE, 80)
    assert own_images.may_see_images(brought, BEN)
    assert code_of(lambda: own_images.stop_sharing(SOURCE, BEN)) == "images.not-yours"
    own_images.stop_sharing(SOURCE, ANNA)
    assert not own_images.may_see_images(brought, BEN)
    assert own_images.shared_images() == ()


def test_what_is_gone_is_not_offered(brought: Path, cache: Path) -> None:
    own_images.share(SOURCE, ANNA, title="cats")
    (cache / UNPACKED / SOURCE).rmdir()
    assert own_images.shared_images() == ()


def test_removed_by_its_owner_nothing_is_left(brought: Path, cache: Path) -> None:
    own_images.share(SOURCE, ANNA, title="cats")
    assert (
        code_of(lambda: own_images.remove_images(SOURCE, BEN, trained_on=())) == "images.not-yours"
    )
    done = own_images.remove_images(SOURCE, ANNA, trained_on=())
    assert (done.sets, done.trained_on, done.others) == (2, 0, False)
    left = [path for path in cache.rglob("*") if path.is_file() or "folder" in path.name]
    assert left == []
    assert not (cache / UNPACKED / SOURCE).exists()


def test_what_a_run_was_trained_on_stays_for_its_owner(brought: Path, cache: Path) -> None:
    done = own_images.remove_images(SOURCE, ANNA, trained_on=[brought])
    assert (done.sets, done.trained_on) == (1, 1)
    assert brought.is_dir()
    assert own_images.may_see_images(brought, ANNA)
    assert not (cache / "folder-96-def").exists()


def test_what_two_brought_goes_with_the_second(brought: Path, cache: Path) -> None:
    own_images.note_owner(SOURCE, BEN)
    assert own_images.remove_images(SOURCE, ANNA, trained_on=()).others
    assert brought.is_dir()
    assert not own_images.may_see_images(brought, ANNA)
    assert own_images.may_see_images(brought, BEN)
    assert own_images.remove_images(SOURCE, BEN, trained_on=()).sets == 2
    assert not brought.exists()


def test_alone_on_a_machine_a_person_removes_what_was_brought(brought: Path, cache: Path) -> None:
    (cache / "owners" / "people" / SOURCE / ANNA.id).unlink()
    own_images.note_owner(SOURCE, ALONE)
    assert own_images.remove_images(SOURCE, ALONE, trained_on=()).sets == 2
    assert not brought.exists()
