"""Arrays on the disk: whole, or as they were before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.npz import read_npz, write_npz


@pytest.mark.parametrize("compressed", [False, True])
def test_what_is_written_is_read_in_its_order(compressed: bool, tmp_path: Path) -> None:
    arrays = {"b/kernel": np.arange(6.0).reshape(2, 3), "a": np.array(["one", "two"])}
    write_npz(tmp_path / "some.npz", arrays, compressed=compressed)
    back = read_npz(tmp_path / "some.npz")
    assert list(back) == ["b/kernel", "a"]
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
    assert [path.name for path in tmp_path.iterdir()] == ["some.npz"]


def test_what_cannot_be_written_leaves_the_file_before(tmp_path: Path) -> None:
    path = tmp_path / "some.npz"
    write_npz(path, {"a": np.arange(3)})
    with pytest.raises(ValueError, match="allow_pickle"):
        write_npz(path, {"a": np.arange(3), "b": np.array([object()])})
    assert read_npz(path)["a"].tolist() == [0, 1, 2]
