"""Repeats are found by pixels, however the file was stored, and nothing else is."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from data.sets import duplicates
from data.sets.records import Record


def hash_of(picture: np.ndarray) -> np.ndarray:
    return duplicates.perceptual_hash(picture)


def test_hash_survives_what_does_not_change_a_radiograph(paint: Any) -> None:
    for seed in range(20):
        picture = paint(seed, width=240, height=320)
        _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 40])
        same = {
            "recompressed": cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE),
            "halved": cv2.resize(picture, (120, 160), interpolation=cv2.INTER_AREA),
            "darkened": (picture * 0.8).astype(np.uint8),
        }
        for how, other in same.items():
            assert duplicates.distance(hash_of(picture), hash_of(other)) <= 16, how


def test_hash_parts_different_pictures(paint: Any) -> None:
    hashes = [hash_of(paint(seed)) for seed in range(30)]
    between = [duplicates.distance(a, b) for i, a in enumerate(hashes) for b in hashes[:i]]
    assert min(between) > 60
    mirrored = hash_of(np.ascontiguousarray(paint(0)[:, ::-1]))
    assert duplicates.distance(hashes[0], mirrored) > 60


def test_a_flat_picture_has_the_hash_of_nothing() -> None:
    for level in (0, 7, 255):
        assert not hash_of(np.full((50, 40), level, np.uint8)).any()


def test_digest_is_of_shape_and_pixels() -> None:
    row = np.arange(12, dtype=np.uint8)
    digests = {duplicates.look(row.reshape(shape)).digest for shape in ((3, 4), (4, 3), (2, 6))}
    assert len(digests) == 3
    strided = np.arange(24, dtype=np.uint8).reshape(4, 6)[:, ::2]
    assert duplicates.look(strided).digest == duplicates.look(strided.copy()).digest
    assert (duplicates.look(strided).width, duplicates.look(strided).height) == (3, 4)


@given(st.integers(0, 10_000), st.integers(0, 40))
def test_near_pairs_are_those_that_counting_bits_finds(seed: int, limit: int) -> None:
    rng = np.random.default_rng(seed)
    hashes = rng.integers(0, 256, (12, 32), dtype=np.uint8)
    for other in range(6, 12):  # the later half are the earlier ones with some bits turned
        bits = np.unpackbits(hashes[other - 6])
        bits[rng.choice(256, rng.integers(0, 60), replace=False)] ^= 1
        hashes[other] = np.packbits(bits)
    expected = [
        [i, j]
        for i in range(12)
        for j in range(i + 1, 12)
        if bin(int.from_bytes(hashes[i]) ^ int.from_bytes(hashes[j])).count("1") <= limit
    ]
    assert sorted(duplicates.near_pairs(hashes, at_most=limit).tolist()) == expected


def test_near_pairs_reach_over_the_chunks() -> None:
    hashes = np.random.default_rng(0).integers(0, 256, (2100, 32), dtype=np.uint8)
    hashes[2099] = hashes[3]
    hashes[2098] = hashes[2060]
    found = duplicates.near_pairs(hashes, at_most=20).tolist()
    assert sorted(found) == [[3, 2099], [2060, 2098]]
    assert duplicates.near_pairs(hashes[:1], at_most=20).shape == (0, 2)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_joined_means_reachable(links: list[tuple[int, int]]) -> None:
    reach = np.eye(10, dtype=bool)
    for one, other in links:
        reach[one, other] = reach[other, one] = True
    reach = np.linalg.matrix_power(reach.astype(int), 10) > 0
    joined = duplicates.join([str(n) for n in range(10)], [(str(a), str(b)) for a, b in links])
    for one in range(10):
        for other in range(10):
            assert (joined[str(one)] == joined[str(other)]) == reach[one, other]
        assert joined[str(one)] == str(np.flatnonzero(reach[one]).min())


def records(folder: Path, pictures: dict[str, np.ndarray], labels: dict[str, str]) -> list[Record]:
    for name, picture in pictures.items():
        Image.fromarray(picture).save(folder / f"{name}.png")
    return [
        Record(id=name, label=labels.get(name, "normal"), source=folder / f"{name}.png", group=name)
        for name in pictures
    ]


def test_conflicts_go_repeats_join_and_copies_are_counted(tmp_path: Path, paint: Any) -> None:
    first = paint(1, width=120, height=160)
    pictures = {
        "a": first,
        "b": first,
        "c": cv2.resize(first, (60, 80), interpolation=cv2.INTER_AREA),
        "d": paint(2),
        "e": paint(3),
        "f": paint(3),
    }
    candidates = records(tmp_path, pictures, {"c": "fracture", "f": "fracture"})
    found = duplicates.inspect(candidates, dataset="folder")

    assert [record.id for record in found.records] == ["a", "b", "c", "d"]
    assert [record.group for record in found.records] == ["a", "a", "a", "d"]
    assert {(o.id, o.reason) for o in found.omissions} == {
        ("e", "conflicting-label"),
        ("f", "conflicting-label"),
    }
    assert "f is fracture" in found.omissions[0].detail
    assert (found.duplicate_groups, found.conflicting_groups) == (2, 1)
    assert (found.near_pairs, found.near_conflicts) == (2, 2)  # a-c and b-c
    assert "2 pairs" in duplicates.notes(found)[0]
    assert set(found.hashes) == {"a", "b", "c", "d"}
    assert (found.records[2].width, found.records[2].height) == (60, 80)


def test_every_readable_picture_is_seen_once_and_progress_ends_at_one(
    tmp_path: Path, paint: Any
) -> None:
    candidates = records(tmp_path, {f"p{n}": paint(n) for n in range(9)}, {})
    (tmp_path / "p4.png").write_bytes((tmp_path / "p4.png").read_bytes()[:200])
    (tmp_path / "p5.png").write_bytes(b"")
    (tmp_path / "p6.png").write_bytes(b"no picture, but long enough to be looked at" * 9)
    seen, shares, guard = [], [], threading.Lock()

    def keep(record: Record, gray: np.ndarray) -> None:
        with guard:
            seen.append((record.id, gray.shape))

    found = duplicates.inspect(
        candidates, dataset="folder", seen=keep, progress=lambda _, share: shares.append(share)
    )
    assert sorted(seen) == [(f"p{n}", (80, 60)) for n in (0, 1, 2, 3, 7, 8)]
    assert {o.id: o.reason for o in found.omissions} == {
        "p4": "truncated",
        "p5": "truncated",
        "p6": "unreadable",
    }
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_a_bug_in_who_watches_is_not_taken_for_a_bad_file(tmp_path: Path, paint: Any) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        duplicates.inspect(records(tmp_path, {"p": paint(0)}, {}), dataset="folder", seen=broken)


def test_pictures_that_raise_a_doubt_are_kept_and_counted(tmp_path: Path, paint: Any) -> None:
    pictures = {f"fine{n}": paint(n) for n in range(3)}
    pictures |= {"black": paint(3) * 0, "mask1": (paint(4) > 120) * np.uint8(255)}
    pictures |= {"mask2": (paint(5) > 120) * np.uint8(255)}
    records = []
    for name, picture in pictures.items():
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
        source = tmp_path / f"{name}.png"
        records.append(Record(id=name, label="a", source=source, group=name))
    found = duplicates.inspect(records, dataset="folder")
    assert len(found.records) == 6
    assert found.doubted == 3
    (note,) = [note for note in duplicates.notes(found) if "doubt" in note]
    assert note.startswith("3 images raise a doubt and are kept all the same.")
    assert "in 2 of them): Only a few grays" in note
    assert duplicates.notes(duplicates.inspect(records[:3], dataset="folder")) == ()
