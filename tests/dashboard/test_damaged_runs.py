"""Whatever lies in one run's folder, it is told as advice and the other runs go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import LessonError
from core.jobs.comparison import list_comparisons
from core.jobs.folder import RunFolder, Status, list_runs
from core.models.weights import initial_weights
from core.training import events, results
from core.training.events import Finished, Started
from core.training.history import History
from dashboard import cache
from dashboard.commands import command_line
from dashboard.lessons.zoo.lanes import lanes
from dashboard.networks import classifiers, open_network
from dashboard.networks.network import every_network
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec, report

DEEP: Final = b"[" * 100_000
CONTENTS: Final = (
    b"",
    b"{",
    b"null",
    b"[]",
    b"{}",
    b"\xff\xfe\x00",
    b'{"epochs": "many"}\n',
    DEEP,
    b"PK\x03\x04",
)
PLACES: Final = (
    "spec.json",
    "run.json",
    "evaluation.json",
    "events.jsonl",
    "owner.json",
    "queued.json",
    "heartbeat",
    "attempt.lock",
    "weights.npz",
    "predictions.npz",
    "snapshots/epoch-002.npz",
    "snapshots/epoch-many.npz",
    "snapshots",
    "model.keras",
)


def finished_run(root: Path) -> RunFolder:
    """A run with all its files."""
    run = pretend_run(root, [*pretend_events(4), Finished(2, 4.0)])
    spec = run.spec()
    weights = initial_weights(spec.model, 0)
    for epoch in (0, 2, 4):
        results.write_snapshot(run.path, epoch, weights, np.zeros(8, np.float32), spec)
    results.write_weights(run.path, weights)
    (run.path / "evaluation.json").write_text(json.dumps(report().to_json()))
    scores = np.linspace(0, 1, 8)
    np.savez(run.path / "predictions.npz", test_scores=scores, test_labels=scores > 0.5)
    run.model_path.write_bytes(b"PK not really")
    return run


def look_everywhere(run: RunFolder, root: Path) -> list[str]:
    """Ask all that pages and commands ask; the codes of the advice that was given."""
    codes: list[str] = []
    words: list[str] = []

    def ask(question: Callable[[], object]) -> None:
        try:
            question()
        except LessonError as error:
            codes.append(error.code)
            words.append(f"{error.problem} {error.remedy}")

    for question in (
        run.status,
        run.summary,
        run.damage,
        run.spec,
        run.history,
        run.evaluation,
        run.failure,
        lambda: run.reader().events(),
        lambda: [open_network.read_network(run.id, epoch) for epoch in (None, 2, 4)],
        lambda: classifiers.find_classifier(run.id),
        lambda: results.evaluated_part(run.path),
        lambda: cache.machine_speed(((str(run.path), run.events_size()),)),
    ):
        ask(question)
    classifiers.networks()
    every_network()
    for network in classifiers.networks():
        if network.predictions is not None and network.key == run.id:
            classifiers.outlook_of(network, 0.5)
    for comparison in list_comparisons():
        lanes(comparison)
    assert str(root) not in "".join(words)  # where things lie is not everybody's to know
    return codes


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def test_a_whole_run_gives_no_advice(root: Path) -> None:
    assert look_everywhere(finished_run(root), root) == []


@pytest.mark.parametrize("place", PLACES)
def test_any_content_of_any_file_is_advice(root: Path, place: str) -> None:
    whole, run = finished_run(root), finished_run(root)
    target = run.path / place
    if target.is_dir():
        target.rename(run.path / "away")
    for content in CONTENTS:
        target.unlink(missing_ok=True)
        target.write_bytes(content)
        look_everywhere(run, root)
    target.unlink()
    target.mkdir()  # a folder lies where the file should
    look_everywhere(run, root)
    assert {one.id for one in list_runs()} >= {whole.id}
    assert look_everywhere(whole, root) == []


@pytest.mark.parametrize("place", ["weights.npz", "predictions.npz", "snapshots/epoch-004.npz"])
def test_any_cut_of_an_archive_is_advice(root: Path, place: str) -> None:
    run = finished_run(root)
    raw = (run.path / place).read_bytes()
    for share in (0.1, 0.5, 0.9, 0.999):
        (run.path / place).write_bytes(raw[: int(len(raw) * share)])
        look_everywhere(run, root)
    for position in range(0, len(raw), len(raw) // 12):
        changed = bytearray(raw)
        changed[position] ^= 0xFF
        (run.path / place).write_bytes(changed)
        look_everywhere(run, root)


ANYTHING: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text(max_size=8)
    | st.just("many"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


def put(data: Any, path: list[int], value: Any) -> Any:
    """The same JSON with the value at one place: each number picks a child."""
    if not path or not isinstance(data, dict | list) or not data:
        return value
    keys = list(data) if isinstance(data, dict) else list(range(len(data)))
    key, copy = keys[path[0] % len(keys)], data.copy()
    copy[key] = put(data[key], path[1:], value)
    return copy


@pytest.mark.parametrize("place", ["spec.json", "run.json", "evaluation.json"])
@given(path=st.lists(st.integers(0, 20), min_size=1, max_size=5), value=ANYTHING)
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_valid_json_of_a_wrong_type_is_advice(
    tmp_path_factory: pytest.TempPathFactory, place: str, path: list[int], value: Any
) -> None:
    root = tmp_path_factory.getbasetemp() / "wrong-types" / place
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_RUNS", str(root))
        run = next(iter(list_runs()), None)
        folder = run.run if run else finished_run(root)
        file = folder.path / place
        kept = file.read_bytes()
        try:
            file.write_text(json.dumps(put(json.loads(kept), path, value)))
            look_everywhere(folder, root)
            assert [one.id for one in list_runs()] == [folder.id]
        finally:
            file.write_bytes(kept)


@given(number=st.integers(0, 30), path=st.lists(st.integers(0, 12), min_size=1), value=ANYTHING)
@settings(max_examples=200)
def test_an_event_of_a_wrong_type_is_left_out(number: int, path: list[int], value: Any) -> None:
    """And the curves of the others can be drawn."""
    lines = [events.encode(event) for event in pretend_events(4)]
    number %= len(lines)
    lines[number] = json.dumps(put(json.loads(lines[number]), path, value))
    found = [event for line in lines if (event := events.decode(line)) is not None]
    assert len(found) >= len(lines) - 1
    history = History.from_events(found)
    assert history.batches.shape[1] == 4
    assert history.best_epoch in {None, 1, 2, 3, 4, *(row.epoch for row in history.epochs)}


@pytest.mark.parametrize(
    "line",
    [
        '{"kind":"batch","epoch":1,"batch":1,"batches":2,"step":1,"loss":null,"accuracy":0.5}',
        '{"kind":"batch","epoch":"two","batch":1,"batches":2,"step":1,"loss":1,"accuracy":0.5}',
        '{"kind":"batch","epoch":1,"batch":1,"batches":0,"step":1,"loss":1,"accuracy":0.5}',
        '{"kind":"stopped","epoch":true}',
        '{"kind":"finished","best_epoch":1,"seconds":Infinity}',
    ],
)
def test_an_event_that_cannot_be_counted_with_is_none(line: str) -> None:
    assert events.decode(line) is None


def test_a_diverged_loss_is_an_event_all_the_same() -> None:
    line = events.encode(pretend_events(1)[1]).replace("0.71", "NaN")
    assert events.decode(line) is not None


def test_the_list_says_what_is_damaged(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, run = finished_run(root), finished_run(root)
    spec = json.loads((run.path / "spec.json").read_text())
    (run.path / "spec.json").write_text(json.dumps({**spec, "epochs": "many"}))
    (found,) = [one for one in list_runs() if one.id == run.id]
    assert found.status is Status.DAMAGED
    assert "epochs is 'many'" in found.damage
    assert not found.status.is_resumable
    with pytest.raises(LessonError, match="epochs is 'many'"):
        run.enqueue()
    assert command_line.run(["runs"]) == 0
    said = capsys.readouterr().out
    assert whole.id in said
    assert "epochs is 'many'" in said
    run.delete()
    assert [one.id for one in list_runs()] == [whole.id]


def test_a_run_at_work_is_not_called_damaged(root: Path) -> None:
    """Its worker has read the spec; and whoever reads "damaged" may delete it."""
    run = pretend_run(root, [Started(1, 0, "cpu", 1)], spec=pretend_spec(), queued=True)
    (run.path / "spec.json").write_text("{")
    assert run.status() is Status.QUEUED
    assert run.summary().damage
