"""One file and the environment give the settings, and what cannot be meant is refused."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from core import configuration
from core.configuration import FILE, OTHERS, Settings, find_file, in_force, read, variables
from core.errors import LessonError
from data.sets.registry import DATASETS

ROOT = Path(__file__).resolve().parents[2]


def a_file(folder: Path, text: str) -> Path:
    file = folder / "lightbox.toml"
    file.write_text(text, "utf-8")
    return file


def test_nothing_given_is_the_defaults() -> None:
    found = read({"PATH": "/bin", "HOME": "/"})
    assert found.settings == Settings()
    assert found.sources == {}
    with pytest.raises(FrozenInstanceError):
        found.settings.quota_runs = 1  # type: ignore[misc]


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = a_file(tmp_path, 'quota_epochs = 20\nquota_images = 500\nclass_code = "fracture"\n')
    found = read({"LIGHTBOX_QUOTA_EPOCHS": "30", "LIGHTBOX_QUOTA_IMAGES": " "}, file)
    assert found.settings.quota_epochs == 30
    assert found.settings.quota_images == 500  # an empty variable is none
    assert found.settings.class_code == "fracture"
    assert found.sources["quota_epochs"] == "environment"
    assert found.sources["quota_images"] == found.sources["class_code"] == str(file)


def test_paths_of_the_file_start_where_it_lies(tmp_path: Path) -> None:
    file = a_file(tmp_path, 'runs = "r"\nfolders = ["a", "/b"]\nhosts = ["x.org"]\n')
    found = read({"LIGHTBOX_CACHE": "c"}, file).settings
    assert found.runs == tmp_path / "r"
    assert found.cache == Path("c")
    assert found.folders == (tmp_path.resolve() / "a", Path("/b"))
    assert found.hosts == ("x.org",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("quota_epoch = 3", "did you mean quota_epochs?"),
        ('quota_epochs = "3"', "quota_epochs in {file} is '3', not a whole number from 1"),
        ("quota_epochs = true", "is True, not a whole number"),
        ("quota_epochs = 0", "is 0, not a whole number from 1 to 100,000"),
        ("quota_free_gb = nan", "is nan, not a number from 0"),
        ("keep_uploads_h = 0", "is 0, not a number from 0.01"),
        ("runs = 3", "is 3, not the path of a folder"),
        ('hosts = "x.org"', "is 'x.org', not a list of texts"),
        ("folders = [1]", "is [1], not a list of folders"),
        ("[quota]\nruns = 3", "has no setting 'quota'"),
        ("runs = ", "cannot be read"),
    ],
)
def test_what_the_file_cannot_mean_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = a_file(tmp_path, text)
    with pytest.raises(LessonError) as caught:
        read({}, file)
    assert said.format(file=file) in caught.value.problem
    assert caught.value.code in {"settings.invalid", "settings.unreadable"}


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    file = a_file(tmp_path, "quota_runs = 0\n")
    with pytest.raises(LessonError) as caught:
        read({"LIGHTBOX_CLASSCODE": "abcdef", "LIGHTBOX_QUOTA_IMAGES": "many"}, file)
    for said in ("quota_runs", "did you mean LIGHTBOX_CLASS_CODE?", "LIGHTBOX_QUOTA_IMAGES"):
        assert said in caught.value.problem
    assert "dashboard settings --help" in caught.value.remedy


def test_the_file_is_found_by_name_beside_the_runs_or_in_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = tmp_path / "other.toml"
    named.write_text("", "utf-8")
    monkeypatch.setattr(configuration, "ROOT", tmp_path / "project")
    (tmp_path / "project").mkdir()
    runs = {"LIGHTBOX_RUNS": str(tmp_path / "runs")}
    assert find_file(runs) is None
    of_project = a_file(tmp_path / "project", "")
    assert find_file(runs) == of_project
    beside = a_file(tmp_path, "")
    assert find_file(runs) == beside
    assert find_file({**runs, FILE: str(named)}) == named
    with pytest.raises(LessonError, match="no such file"):
        find_file({FILE: str(tmp_path / "none.toml")})


def test_the_process_follows_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = a_file(tmp_path, "quota_runs = 3\n")
    monkeypatch.setenv(FILE, str(file))
    assert in_force().quota_runs == 3
    file.write_text("quota_runs = 4\n", "utf-8")
    assert in_force().quota_runs == 3  # read once a process
    monkeypatch.setenv("LIGHTBOX_QUOTA_RUNS", "5")
    assert in_force().quota_runs == 5


def test_every_dataset_that_may_be_named_has_its_setting() -> None:
    named = {info.folder_variable for info in DATASETS.values() if info.folder_variable}
    assert named
    assert named <= set(variables().values())


def test_no_name_is_read_past_the_settings() -> None:
    known = {*variables().values(), *OTHERS}
    used, read_elsewhere = set(), []
    for folder in ("core", "data", "dashboard", "pages"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text("utf-8")
            used |= set(re.findall(r"LIGHTBOX_[A-Z]+(?:_[A-Z]+)*|DASK_SCHEDULER_ADDRESS", text))
            for name in variables().values() if path != Path(configuration.__file__) else ():
                if re.search(rf"(environ\S*|getenv)\W+{name}", text):
                    read_elsewhere.append((path.name, name))
    assert used - known == set()
    assert read_elsewhere == []


def test_the_page_on_operation_lists_every_setting() -> None:
    page = (ROOT / "docs" / "operation.md").read_text("utf-8")
    for one in fields(Settings):
        row = next((row for row in page.split("\n") if row.startswith(f"| `{one.name}` |")), None)
        assert row is not None, one.name
        default = "" if one.default in (None, "", ()) else f"{one.default:,}"
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[1] == f"`{variables()[one.name]}`"
        assert cells[2:5] == [str(one.metadata["kind"]), default, one.metadata["says"]]
