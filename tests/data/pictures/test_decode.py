"""Every kind of upload: what is read, what is refused, and that nothing happens unsaid."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.errors import LessonError
from data.pictures import limits
from data.pictures.appearance import is_colored, looks_negative
from data.pictures.decode import (
    DARK_WARNING,
    FEW_GRAYS_WARNING,
    decode_bytes,
    decode_file,
    inverted,
)
from data.pictures.decoded import Decoded
from data.pictures.headers import read_header
from data.pictures.jpeg_wholeness import DAMAGE_DOUBT
from data.pictures.tones import stretch, to_eight_bits
from tests.data.hostile import (
    OK,
    Expected,
    colored_photo,
    drawn_xray,
    encoded,
    oriented,
    png_of,
    samples,
    stated_png,
    write_samples,
)

SAMPLES = samples()
REFUSED = sorted(name for name, (_, expected) in SAMPLES.items() if expected.outcome != OK)
READ = sorted(name for name, (_, expected) in SAMPLES.items() if expected.outcome == OK)


def code_of(raw: bytes, name: str = "") -> str:
    with pytest.raises(LessonError) as caught:
        decode_bytes(raw, name=name)
    return caught.value.code


def codes(decoded: Decoded) -> tuple[str, ...]:
    return tuple(change.code for change in decoded.changes)


@pytest.mark.parametrize("name", READ)
def test_reads_every_kind_and_says_what_it_did(name: str) -> None:
    raw, expected = SAMPLES[name]
    decoded = decode_bytes(raw, name=name)
    assert decoded.gray.dtype == np.uint8
    assert decoded.gray.shape == (decoded.height, decoded.width)
    assert decoded.gray.flags.c_contiguous
    assert expected.size in (None, (decoded.width, decoded.height))
    assert set(expected.changes) <= set(codes(decoded))
    assert decoded.frames == expected.frames
    assert decoded.looks_like_xray is expected.xray
    assert decoded.inverted_suspected is expected.negative
    doubted = expected.doubted or not expected.xray or expected.negative or "blank" in name
    assert bool(decoded.warnings) == doubted
    assert all(change.sentence.endswith(".") for change in decoded.changes)


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_with_advice(name: str) -> None:
    raw, expected = SAMPLES[name]
    with pytest.raises(LessonError) as caught:
        decode_bytes(raw, name=name)
    assert caught.value.code == expected.outcome
    assert caught.value.problem.endswith(".")
    assert caught.value.remedy.endswith(".")


def alone(program: str) -> str:
    """What a program prints in a process of its own: what others left running allocates too."""
    root = Path(__file__).resolve().parents[3]
    return subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    ).stdout


def test_a_refusal_takes_little_memory() -> None:
    # The time it takes is printed by benchmarks/decoding.py.
    program = (
        "import json, tracemalloc\n"
        "from core.errors import LessonError\n"
        "from data.pictures.decode import decode_bytes\n"
        "from tests.data.hostile import OK, samples\n"
        "files, peaks = samples(), {}\n"
        "decode_bytes(files['window.dcm'][0])\n"  # pydicom's import is not the refusal's memory
        "for name, (raw, expected) in files.items():\n"
        "    if expected.outcome == OK:\n"
        "        continue\n"
        "    tracemalloc.start()\n"
        "    try:\n"
        "        decode_bytes(raw, name=name)\n"
        "    except LessonError:\n"
        "        peaks[name] = tracemalloc.get_traced_memory()[1] - len(raw)\n"
        "    tracemalloc.stop()\n"
        "print(json.dumps(peaks))\n"
    )
    peaks = json.loads(alone(program))
    assert sorted(peaks) == REFUSED
    assert max(peaks.values()) < 1_000_000, peaks


def test_refusing_a_bomb_never_holds_its_pixels() -> None:
    # tracemalloc does not see what Pillow allocates: the process's own peak does.
    program = (
        "import resource, sys\n"
        "from core.errors import LessonError\n"
        "from data.pictures.decode import decode_bytes\n"
        "from tests.data.hostile import bombs, samples\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "files = bombs()\n"
        "decode_bytes(samples()['window.dcm'][0])\n"
        "before = peak()\n"
        "for raw in files:\n"
        "    try:\n"
        "        decode_bytes(raw)\n"
        "    except LessonError:\n"
        "        continue\n"
        "    raise SystemExit('not refused')\n"
        "print(peak() - before)\n"
    )
    unit = 1024 if sys.platform.startswith("linux") else 1
    assert int(alone(program)) * unit < 10_000_000


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_undoes_each_exif_orientation(kind: str, orientation: int) -> None:
    upright = drawn_xray(64, 48)
    # How the picture lies in the file, written out from the EXIF table (row 0 is at ..., column 0
    # is at ...), not with the function under test.
    in_file = {
        1: upright,
        2: np.fliplr(upright),
        3: np.flipud(np.fliplr(upright)),
        4: np.flipud(upright),
        5: upright.T,
        6: np.flipud(upright.T),
        7: np.flipud(np.fliplr(upright.T)),
        8: np.fliplr(upright.T),
    }[orientation]
    options = {"quality": 100} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    decoded = decode_bytes(oriented(in_file, kind, orientation, **options))
    assert decoded.orientation == orientation
    assert (decoded.width, decoded.height) == (64, 48)
    np.testing.assert_allclose(decoded.gray.astype(int), upright, atol=4)
    received = decoded.received if decoded.received.ndim == 2 else decoded.received[..., 0]
    np.testing.assert_allclose(received.astype(int), in_file, atol=4)
    assert ("orientation.applied" in codes(decoded)) == (orientation != 1)


def test_agrees_with_pillow_on_an_exif_rotated_file() -> None:
    from PIL import ImageOps

    raw = oriented(drawn_xray(40, 30), "JPEG", 6)
    theirs = ImageOps.exif_transpose(Image.open(io.BytesIO(raw))).convert("L")
    np.testing.assert_array_equal(decode_bytes(raw).gray, np.asarray(theirs))


@pytest.mark.parametrize(
    "name",
    [
        *("gray.png", "gray.tif", "gray_lzw.tif", "gray.bmp", "gray.gif", "rgb.png"),
        *("lossless.webp", "gray16.png", "gray16.tif", "float.tif", "alpha.png", "gray_alpha.png"),
        *("exif3.png", "png_named.jpg", "animation.gif", "pages.tif", "animation.png"),
        *("eight_bits.dcm", "monochrome1.dcm", "color.dcm", "jpeg2000.dcm"),
    ],
)
def test_a_lossless_file_gives_its_very_pixels(name: str) -> None:
    np.testing.assert_array_equal(decode_bytes(SAMPLES[name][0], name=name).gray, drawn_xray())


@pytest.mark.parametrize("name", ["gray.jpg", "cmyk.jpg", "lossy.webp", "exif6.jpg", "jpeg.dcm"])
def test_a_lossy_file_gives_nearly_its_pixels(name: str) -> None:
    difference = decode_bytes(SAMPLES[name][0]).gray.astype(int) - drawn_xray()
    assert np.abs(difference).mean() < 4


def test_sixteen_bits_are_not_cut_off_at_255() -> None:
    # Pillow's own conversion makes all of this white.
    values = np.linspace(0, 65535, 100 * 100).astype(np.uint16).reshape(100, 100)
    gray = decode_bytes(encoded(Image.fromarray(values), "PNG")).gray
    np.testing.assert_allclose(gray, values / 257, atol=0.51)


def test_twelve_bits_in_sixteen_are_stretched_and_the_range_is_said() -> None:
    values = np.rint(np.linspace(200, 3000, 100 * 100)).astype(np.uint16).reshape(100, 100)
    decoded = decode_bytes(encoded(Image.fromarray(values), "PNG"))
    assert decoded.gray.min() == 0
    assert decoded.gray.max() == 255
    # 0.5 % and 99.5 % of an even ramp from 200 to 3,000.
    assert "from 214 to 2986" in decoded.changes[0].sentence
    assert np.all(np.diff(decoded.gray.reshape(-1).astype(int)) >= 0)


def test_white_is_zero_is_undone_at_eight_and_at_sixteen_bits() -> None:
    gray = drawn_xray()
    for stored in (255 - gray, (255 - gray).astype(np.uint16) * 257):
        raw = bytearray(encoded(Image.fromarray(stored), "TIFF"))
        # Photometric interpretation, tag 262, a short: black-is-zero (1) becomes white-is-zero.
        entry = raw.index(struct.pack("<HHI", 262, 3, 1))
        raw[entry + 8] = 0
        decoded = decode_bytes(bytes(raw))
        np.testing.assert_array_equal(decoded.gray, gray)
    assert "tiff.white-is-zero" in codes(decoded)
    assert decoded.inverted


def test_transparent_parts_become_black() -> None:
    rgba = np.full((20, 20, 4), 200, np.uint8)
    rgba[:10, :, 3] = 0
    rgba[10:, :, 3] = 255
    gray = decode_bytes(encoded(Image.fromarray(rgba, "RGBA"), "PNG")).gray
    assert np.all(gray[:10] == 0)
    assert np.all(gray[10:] == 200)


def test_an_opaque_alpha_channel_changes_nothing_and_is_not_called_transparent() -> None:
    rgba = np.dstack([drawn_xray()] * 3 + [np.full((128, 96), 255, np.uint8)])
    decoded = decode_bytes(encoded(Image.fromarray(rgba, "RGBA"), "PNG"))
    np.testing.assert_array_equal(decoded.gray, drawn_xray())
    assert "alpha.flattened" not in codes(decoded)


def test_colors_become_brightness_by_the_stated_weights() -> None:
    # 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2
    photo = np.zeros((16, 16, 3), np.uint8)
    photo[:] = (200, 100, 50)
    assert np.all(decode_bytes(encoded(Image.fromarray(photo), "PNG")).gray == 124)


def test_a_photograph_is_read_but_doubted_and_a_toned_film_is_not() -> None:
    photo = decode_bytes(encoded(Image.fromarray(colored_photo()), "PNG"))
    assert not photo.looks_like_xray
    assert "does not look like an X-ray" in photo.warnings[0]
    for tint in ((0.7, 0.85, 1.0), (1.0, 0.85, 0.65)):
        film = (drawn_xray()[..., None] * np.array(tint)).astype(np.uint8)
        assert decode_bytes(encoded(Image.fromarray(film), "PNG")).looks_like_xray


def test_photographs_that_others_took_are_doubted() -> None:
    from sklearn.datasets import load_sample_images

    for photo in load_sample_images().images:
        assert is_colored(photo)
        assert not decode_bytes(encoded(Image.fromarray(photo), "JPEG")).looks_like_xray


def test_a_colored_marker_on_an_xray_is_no_photograph() -> None:
    marked = np.dstack([drawn_xray()] * 3)
    marked[60:70, 40:60] = (255, 0, 0)
    assert decode_bytes(encoded(Image.fromarray(marked), "PNG")).looks_like_xray


def test_a_negative_is_suspected_offered_and_only_inverted_on_request() -> None:
    raw = encoded(Image.fromarray(255 - drawn_xray()), "PNG")
    received = decode_bytes(raw)
    assert received.inverted_suspected
    assert not received.inverted
    np.testing.assert_array_equal(received.gray, 255 - drawn_xray())
    for asked in (decode_bytes(raw, invert=True), inverted(received)):
        np.testing.assert_array_equal(asked.gray, drawn_xray())
        assert asked.inverted
        assert not asked.inverted_suspected
        assert asked.warnings == ()
        assert codes(asked) == ("inverted.requested",)
    np.testing.assert_array_equal(received.gray, 255 - drawn_xray())


def test_the_limits_hold_to_the_pixel_and_the_byte() -> None:
    limits.check_bytes(25_000_000)
    limits.check_size(10_000, 5_000)
    limits.check_size(8, 160)
    for width, height, code in (
        (10_001, 5_000, "upload.too-many-pixels"),
        (7, 100, "upload.too-small"),
        (8, 161, "upload.too-long"),
    ):
        with pytest.raises(LessonError) as caught:
            limits.check_size(width, height)
        assert caught.value.code == code
        assert str(width) in caught.value.problem
    with pytest.raises(LessonError, match=r"25\.00 MB"):
        limits.check_bytes(25_000_001)


def test_no_decoder_is_called_for_what_the_header_rules_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("a decoder saw the bytes")

    monkeypatch.setattr(Image, "open", opened)
    assert code_of(stated_png(10_000, 5_001)) == "upload.too-many-pixels"
    assert code_of(SAMPLES["cut.jpg"][0]) == "upload.truncated"
    assert code_of(SAMPLES["stated_huge.gif"][0]) == "upload.too-many-pixels"


def test_a_thumbnail_does_not_make_a_cut_jpeg_whole() -> None:
    whole = encoded(Image.fromarray(np.tile(drawn_xray(), (3, 3))), "JPEG")
    thumbnail = encoded(Image.fromarray(drawn_xray()), "JPEG")
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    with_thumbnail = whole[:2] + segment + whole[2:]
    assert decode_bytes(with_thumbnail).width == 3 * 96
    assert code_of(with_thumbnail[:-300]) == "upload.truncated"


def test_a_chain_of_tiff_pages_that_bites_its_tail_ends() -> None:
    raw = bytearray(encoded(Image.fromarray(drawn_xray()), "TIFF"))
    first = struct.unpack_from("<I", raw, 4)[0]
    count = struct.unpack_from("<H", raw, first)[0]
    struct.pack_into("<I", raw, first + 2 + 12 * count, first)
    assert read_header(bytes(raw)).frames == 1


@pytest.mark.parametrize("name", ["gray.jpg", "exif6.jpg", "gray16.tif", "photo.png", "frames.dcm"])
def test_file_and_bytes_give_the_same(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(SAMPLES[name][0])
    of_file, of_bytes = decode_file(path), decode_bytes(SAMPLES[name][0], name="upload")
    np.testing.assert_array_equal(of_file.gray, of_bytes.gray)
    assert of_file.changes == of_bytes.changes


def test_a_file_that_cannot_be_read_is_advice(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.png", tmp_path):
        with pytest.raises(LessonError) as caught:
            decode_file(path)
        assert caught.value.code in ("upload.missing", "upload.empty")
    large = tmp_path / "film.png"
    with large.open("wb") as file:
        file.truncate(4_000_000_000)  # sparse: takes no space
    with pytest.raises(LessonError) as caught:
        decode_file(large)
    assert caught.value.code == "upload.too-large"


@given(
    name=st.sampled_from(READ),
    at=st.integers(0, 400),
    patch=st.binary(min_size=1, max_size=6),
    cut=st.none() | st.integers(0, 5000),
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_no_damage_escapes_as_anything_but_advice(
    name: str, at: int, patch: bytes, cut: int | None
) -> None:
    raw = bytearray(SAMPLES[name][0])
    raw[at : at + len(patch)] = patch
    # Anything but a LessonError fails the test by itself.
    with contextlib.suppress(LessonError):
        decoded = decode_bytes(bytes(raw[:cut]), name=name)
        assert decoded.gray.shape == (decoded.height, decoded.width)


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30, unique=True))
def test_stretching_keeps_the_order_and_reaches_both_ends(values: list[float]) -> None:
    row = np.array([sorted(values)])
    gray = stretch(row, low=row.min(), high=row.max())
    assert gray[0, 0] == 0
    assert gray[0, -1] == 255
    assert np.all(np.diff(gray[0].astype(int)) >= 0)


def test_eight_bits_in_a_wider_container_come_back_unchanged() -> None:
    gray = drawn_xray()
    for values in (gray.astype(np.uint16) * 257, gray.astype(np.int32), gray.astype(np.float64)):
        back, changes = to_eight_bits(values)
        np.testing.assert_array_equal(back, gray)
        assert changes[0].code == "depth.reduced"


def test_bands_of_rows_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(1).normal(size=(50, 40))
    whole = stretch(values, low=-1, high=1)
    monkeypatch.setattr("data.pictures.tones.BAND_PIXELS", 3 * 40)
    np.testing.assert_array_equal(stretch(values, low=-1, high=1), whole)


def test_writes_the_samples_for_other_tests(tmp_path: Path) -> None:
    expected = write_samples(tmp_path / "samples")
    assert {path.name for path in (tmp_path / "samples").iterdir()} == set(expected)
    assert all(isinstance(outcome, Expected) for outcome in expected.values())


def test_the_original_files_are_read_in_full(fracatlas_originals: Path) -> None:
    for path in sorted(fracatlas_originals.glob("*.jpg")):
        decoded = decode_file(path)
        turned = "exif" in path.name
        assert (decoded.orientation != 1) == turned
        assert (decoded.width, decoded.height) == ((454, 373) if turned else (2304, 2880))
        assert decoded.looks_like_xray
        assert not decoded.inverted_suspected


def test_dataset_xrays_are_hardly_ever_doubted(fracatlas_root: Path) -> None:
    # Every tenth file here; benchmarks/decoding.py goes through all of them.
    paths = sorted((fracatlas_root / "images").rglob("*.jpg"))[::10]
    decoded = [decode_file(path) for path in paths]
    assert np.mean([not one.looks_like_xray for one in decoded]) < 0.01
    assert np.mean([one.inverted_suspected for one in decoded]) < 0.01
    # The detector is not blind either.
    assert np.mean([looks_negative(255 - one.gray) for one in decoded]) > 0.9


def tiff(values: np.ndarray, *, order: str = "<", signed: bool = False) -> bytes:
    """A TIFF of one strip, from (H, W) or (H, W, 3) whole numbers."""
    height, width = values.shape[:2]
    samples, bits = (values.shape[2] if values.ndim == 3 else 1), values.dtype.itemsize * 8
    pixels = values.astype(values.dtype.newbyteorder(order)).tobytes()
    tags = [(256, width), (257, height), (258, bits), (259, 1), (262, 2 if samples > 1 else 1)]
    tags += [(273, 8), (277, samples), (278, height), (279, len(pixels)), (339, 2 if signed else 1)]
    if samples > 1:
        after = 8 + len(pixels) + 2 + 12 * len(tags) + 4
        extra = struct.pack(f"{order}6H", bits, bits, bits, 1, 1, 1)
    entries = b""
    for tag, value in tags:
        if samples > 1 and tag in (258, 339):
            where = after if tag == 258 else after + 6
            entries += struct.pack(order + "HHII", tag, 3, 3, where)
        else:
            entries += struct.pack(order + "HHII", tag, 4, 1, value)
    start = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8 + len(pixels))
    directory = struct.pack(order + "H", len(tags)) + entries + bytes(4)
    return start + pixels + directory + (extra if samples > 1 else b"")


def png16(values: np.ndarray) -> bytes:
    """A 16-bit PNG: gray and alpha, red, green and blue, or those and alpha, as (H, W, C)."""
    height, width, channels = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    color = {2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, color, 0, 0, 0)
    return png_of((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_byte_order_of_a_tiff_does_not_show(order: str) -> None:
    gray = drawn_xray()
    np.testing.assert_array_equal(
        decode_bytes(tiff(gray.astype(np.uint16) * 257, order=order)).gray, gray
    )
    rgb = np.dstack([gray.astype(np.uint16) * 257] * 3)
    np.testing.assert_array_equal(decode_bytes(tiff(rgb, order=order)).gray, gray)


def test_signed_bytes_keep_their_order() -> None:
    gray = drawn_xray()
    signed = (gray.astype(np.int16) - 128).astype(np.int8)
    decoded = decode_bytes(tiff(signed, signed=True))
    np.testing.assert_array_equal(decoded.gray, gray)
    assert codes(decoded) == ("depth.widened",)
    assert decode_bytes(tiff(gray)).gray.max() == 255


def test_twelve_bits_in_a_color_file_are_the_twelve_bits_of_a_gray_one() -> None:
    deep = drawn_xray().astype(np.uint16) << 4
    expected = decode_bytes(encoded(Image.fromarray(deep), "PNG"))
    assert codes(expected) == ("depth.stretched",)
    opaque = np.full_like(deep, 65_535)
    for raw in (
        png16(np.dstack([deep, deep, deep])),
        png16(np.dstack([deep, opaque])),
        png16(np.dstack([deep, deep, deep, opaque])),
        tiff(np.dstack([deep, deep, deep])),
    ):
        decoded = decode_bytes(raw)
        np.testing.assert_array_equal(decoded.gray, expected.gray)
        assert expected.changes[0] in decoded.changes


def test_sixteen_bit_colors_are_weighted_and_laid_on_black_as_eight_bit_ones_are() -> None:
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (40, 30, 4), dtype=np.uint8)
    wide = png16(small.astype(np.uint16) * 257)
    eight = encoded(Image.fromarray(small, "RGBA"), "PNG")
    difference = decode_bytes(wide).gray.astype(int) - decode_bytes(eight).gray
    assert np.abs(difference).max() <= 1
    assert {"color.removed", "alpha.flattened"} <= set(codes(decode_bytes(wide)))


def doubts(gray: np.ndarray) -> tuple[str, ...]:
    return decode_bytes(encoded(Image.fromarray(gray), "PNG")).warnings


def test_what_no_xray_looks_like_is_doubted() -> None:
    gray = drawn_xray()
    assert doubts(gray) == ()
    assert doubts(np.where(gray > 90, np.uint8(255), np.uint8(0))) == (FEW_GRAYS_WARNING,)
    assert doubts(gray >> 4) == (FEW_GRAYS_WARNING, DARK_WARNING)
    assert doubts(np.where(gray > 90, np.uint8(1), np.uint8(0))) == (
        FEW_GRAYS_WARNING,
        DARK_WARNING,
    )
    fine = np.linspace(0, 60, gray.size).reshape(gray.shape).astype(np.uint8)
    assert doubts(fine) == (DARK_WARNING,)


def test_asking_for_the_negative_judges_anew() -> None:
    dark = decode_bytes(encoded(Image.fromarray(drawn_xray() // 5), "PNG"))
    assert DARK_WARNING in dark.warnings
    assert DARK_WARNING not in inverted(dark).warnings


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_cut_short_and_closed_is_not_whole(progressive: bool) -> None:
    whole = encoded(Image.fromarray(drawn_xray()), "JPEG", quality=95, progressive=progressive)
    assert decode_bytes(whole).warnings == ()
    assert decode_bytes(whole + b"garbage" * 100).warnings == ()
    for part in (0.4, 0.7, 0.95):
        cut = whole[: int(len(whole) * part)]
        assert code_of(cut + b"\xff\xd9") == "upload.truncated", part
        assert code_of(cut + whole) in ("upload.truncated", "upload.damaged")


def test_a_jpeg_with_bytes_of_something_else_inside_is_doubted() -> None:
    whole = encoded(Image.fromarray(drawn_xray()), "JPEG", quality=95)
    middle = len(whole) * 2 // 3
    mixed = whole[:middle] + bytes(range(1, 60)) * 2 + whole[middle + 40 :]
    assert decode_bytes(mixed).warnings == (DAMAGE_DOUBT,)


def test_a_tiff_that_points_outside_the_machines_integers_is_advice() -> None:
    for start in (b"II+\0\x08\0\0\0", b"II*\0", b"MM\0+\0\x08\0\0"):
        assert code_of(start + b"\xff" * 8).startswith("upload.")
