"""Whose brought networks are whose: kept, listed, looked into, bounded, removed."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from core.errors import LessonError
from core.jobs import loaded, reading_network
from core.jobs.reading_network import read_apart
from core.models.keras_file.reader import Answers, ReadNetwork
from core.models.weights import initial_weights
from core.models.zoo.entries import paper_network
from dashboard.access import own_networks
from dashboard.access.own_networks import bring, may_remove, remove
from dashboard.access.own_networks import own_networks as listed
from dashboard.access.people import Person
from dashboard.networks.classifiers import find_classifier
from dashboard.networks.network import find_network
from dashboard.networks.open_network import read_network
from data.models.brought import brought_networks, brought_root, find_brought

ANNA, BEN = Person("a" * 16, "student"), Person("b" * 16, "student")
LECTURER = Person("c" * 16, "lecturer")
SPEC = paper_network(28, ("healthy", "broken"), filters=(2, 3), dense=4)


@pytest.fixture(autouse=True)
def reading(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A cache of its own, and a file that is read as a network of ours."""
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    found = ReadNetwork(
        spec=SPEC,
        weights=initial_weights(SPEC, 3),
        notes=("As it was.",),
        open_size=False,
        values="0 to 1",
    )
    monkeypatch.setattr(own_networks, "read_apart", lambda raw, answers: found)


def test_it_is_listed_for_who_brought_it_and_for_the_lecturer_and_opens_by_its_key() -> None:
    kept = bring(b"", Answers(title="  My \n network "), ANNA)
    assert (kept.title, kept.owner, kept.notes) == ("My network", ANNA.id, ("As it was.",))
    assert [one.id for one in listed(ANNA)] == [kept.id]
    assert listed(BEN) == []
    assert [one.id for one in listed(LECTURER)] == [kept.id]
    assert not may_remove(kept, BEN)
    found = find_network(kept.key)
    assert (found.kind, found.title, found.epochs) == ("brought", "My network", ())
    opened = read_network(kept.key)
    assert opened.spec == SPEC
    for name, array in initial_weights(SPEC, 3).items():
        np.testing.assert_array_equal(opened.weights[name], array)


def test_a_worker_answers_with_it() -> None:
    kept = bring(b"", Answers(title="Mine"), ANNA)
    asked = find_classifier(kept.key)
    assert (asked.threshold, asked.report, asked.predictions) == (0.5, None, None)
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)
    logits = loaded.predict(str(asked.path), images)
    from core.inspect.forward import forward

    wanted = forward(SPEC, initial_weights(SPEC, 3), images)["logits"]
    np.testing.assert_allclose(logits, wanted, atol=1e-5)


def test_nobody_else_removes_it_and_then_it_is_gone() -> None:
    kept = bring(b"", Answers(title="Mine"), ANNA)
    with pytest.raises(LessonError) as refused:
        remove(kept, BEN)
    assert refused.value.code == "network.not-yours"
    remove(find_brought(kept.key), ANNA)
    remove(kept, ANNA)  # twice is no failure
    assert brought_networks() == []
    assert list(brought_root().iterdir()) == []
    with pytest.raises(LessonError) as gone:
        find_network(kept.key)
    assert gone.value.code == "model.unknown"


@pytest.mark.parametrize("key", ["own:", "own:../runs", "own:..", "own:a/b", "own:" + "a" * 16])
def test_no_key_leads_out_of_the_folder(key: str) -> None:
    with pytest.raises(LessonError) as gone:
        find_network(key)
    assert gone.value.code == "model.unknown"


def test_a_person_keeps_so_many_also_with_two_clicks_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(own_networks.MOST_OWN - 1):
        bring(b"", Answers(title=str(number)), ANNA)
    refusals: list[str] = []

    def one_more() -> None:
        try:
            bring(b"", Answers(title="more"), ANNA)
        except LessonError as error:
            refusals.append(error.code)

    threads = [threading.Thread(target=one_more) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refusals == ["quota.networks"] * 3
    assert len(listed(ANNA)) == own_networks.MOST_OWN
    bring(b"", Answers(title="Ben's"), BEN)
    monkeypatch.setattr(own_networks, "MOST_OF_ALL", len(brought_networks()))
    with pytest.raises(LessonError):
        bring(b"", Answers(title="the lecturer's"), LECTURER)


def test_a_damaged_one_stops_nobody() -> None:
    kept, other = (bring(b"", Answers(title=name), ANNA) for name in ("one", "two"))
    kept.path.write_text("{", encoding="utf-8")
    assert [one.id for one in listed(ANNA)] == [other.id]
    with pytest.raises(LessonError) as damaged:
        find_network(kept.key)
    assert damaged.value.code == "model.damaged"


def test_reading_apart_refuses_as_reading_here_does_and_ends_what_takes_too_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(LessonError) as refused:
        read_apart(b"nothing", Answers())
    assert refused.value.code == "network.not-keras"

    def ended(*_: object, **__: object) -> None:
        raise LessonError("process.ended", problem="", remedy="")

    monkeypatch.setattr(reading_network, "call_apart", ended)
    with pytest.raises(LessonError) as too_much:
        read_apart(b"", Answers())
    assert too_much.value.code == "network.too-much"
