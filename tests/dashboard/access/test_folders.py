"""Which paths are opened, and that a refusal tells nothing of the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LessonError
from dashboard.access.folders import open_folder
from dashboard.access.policy import Policy

ALONE = Policy()
CLASS = Policy(shared=True, folders=())


def refused(typed: str, policy: Policy, *, lecturer: bool = False) -> tuple[str, str]:
    with pytest.raises(LessonError) as caught:
        open_folder(typed, policy, lecturer=lecturer)
    return caught.value.code, f"{caught.value.problem} {caught.value.remedy}"


def test_alone_any_folder_of_images_opens(tmp_path: Path) -> None:
    assert open_folder(f" {tmp_path} ", ALONE, lecturer=True) == tmp_path
    (tmp_path / "set.ZIP").touch()
    assert open_folder(str(tmp_path / "set.ZIP"), ALONE, lecturer=True) == tmp_path / "set.ZIP"


@pytest.mark.parametrize("typed", ["/", "/etc", "/etc/ssl", "/proc/self", "//", "/usr/../etc"])
def test_the_system_is_no_dataset(typed: str) -> None:
    assert refused(typed, ALONE, lecturer=True)[0] == "folder.forbidden"


@pytest.mark.parametrize(
    "typed",
    ["/nowhere", "a\0b", "x" * 5000, "~nobody-here/x", "/tmp/" + "y" * 300, "." * 300 + "/x"],
)
def test_what_is_no_folder_is_advice(typed: str) -> None:
    assert refused(typed, ALONE, lecturer=True)[0] == "folder.missing"


def test_a_ring_of_links_is_advice(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert refused(str(tmp_path / "a"), ALONE, lecturer=True)[0] == "folder.missing"


def test_a_student_opens_none_and_learns_nothing(tmp_path: Path) -> None:
    here, nowhere = refused(str(tmp_path), CLASS), refused(str(tmp_path / "no"), CLASS)
    assert here == nowhere
    assert here[0] == "folder.forbidden"
    assert open_folder(str(tmp_path), CLASS, lecturer=True) == tmp_path


def test_a_named_root_opens_with_what_lies_in_it_and_nothing_else(tmp_path: Path) -> None:
    root, other = tmp_path / "teaching", tmp_path / "teaching-secret"
    for folder in (root / "wrists", other):
        folder.mkdir(parents=True)
    (root / "way-out").symlink_to(other)
    policy = Policy(shared=True, folders=(root,))
    assert open_folder(str(root / "wrists"), policy, lecturer=False) == root / "wrists"
    answers = {
        refused(typed, policy)
        for typed in (
            str(other),
            str(tmp_path / "nowhere"),
            str(root / ".." / "teaching-secret"),
            str(root / "way-out"),
            "/etc/passwd",
        )
    }
    assert {code for code, _ in answers} == {"folder.forbidden"}
    assert len(answers) == 1
    assert str(tmp_path) not in answers.pop()[1]
