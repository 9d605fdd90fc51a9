"""Archives that mean harm, archives that are broken, and honest ones."""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import os
import random
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tarfile
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest

from core.errors import LessonError
from data.sets.archive import Limits, unpack

FILES = {"bones/a.png": b"first", "bones/b.png": b"second" * 500, "notes.txt": b""}
NOISE = random.Random(3).randbytes(300_000)
ROOT = Path(__file__).resolve().parents[3]


def zipped(files: dict[str, bytes], place: Path, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with warnings.catch_warnings(), zipfile.ZipFile(place, "w", compression) as bundle:
        warnings.simplefilter("ignore")  # duplicate names are wanted here
        for name, content in files.items():
            bundle.writestr(name, content)
    return place


def taped(files: dict[str, bytes], place: Path, mode: str = "w:gz") -> Path:
    with tarfile.open(place, mode) as tape:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tape.addfile(member, io.BytesIO(content))
    return place


def packed(kind: str, files: dict[str, bytes], folder: Path) -> Path:
    if kind == "zip":
        return zipped(files, folder / "set.zip")
    return taped(files, folder / "set.tar.gz")


def refusal(archive: Path, target: Path, **options: object) -> LessonError:
    before = {path.name for path in target.parent.iterdir()}
    with pytest.raises(LessonError) as caught:
        unpack(archive, target, **options)
    # Whatever was wrong, nothing is left, visible or hidden.
    assert {path.name for path in target.parent.iterdir()} == before
    return caught.value


both = pytest.mark.parametrize("kind", ["zip", "tar.gz"])


@both
def test_an_honest_archive_comes_out_whole(kind: str, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    names = unpack(packed(kind, FILES, tmp_path), target)
    assert names == [target / name for name in FILES]
    assert {name: (target / name).read_bytes() for name in FILES} == FILES
    assert [entry.name for entry in target.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_in_each_wrapping_whatever_its_name_says(mode: str, tmp_path: Path) -> None:
    archive = taped(FILES, tmp_path / "set.zip", mode)
    unpack(archive, tmp_path / "out")
    assert (tmp_path / "out/bones/b.png").read_bytes() == FILES["bones/b.png"]


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_in_each_compression(compression: int, tmp_path: Path) -> None:
    unpack(zipped(FILES, tmp_path / "set.zip", compression), tmp_path / "out")
    assert (tmp_path / "out/bones/b.png").read_bytes() == FILES["bones/b.png"]


def test_folders_and_a_leading_dot_are_ordinary(tmp_path: Path) -> None:
    (tmp_path / "set/empty").mkdir(parents=True)
    (tmp_path / "set/a.txt").write_text("a")
    archive = tmp_path / "set.tar.gz"
    with tarfile.open(archive, "w:gz") as tape:
        tape.add(tmp_path / "set", arcname=".")
    names = unpack(archive, tmp_path / "out")
    assert names == [tmp_path / "out/a.txt"]
    assert (tmp_path / "out/empty").is_dir()
    folder_zip = shutil.make_archive(str(tmp_path / "again"), "zip", tmp_path / "set")
    assert unpack(Path(folder_zip), tmp_path / "out2") == [tmp_path / "out2/a.txt"]


@both
@pytest.mark.parametrize(
    "name",
    [
        *("../outside.txt", "a/../../outside.txt", "/etc/outside.txt", "a//b.txt", "a/.."),
        *("..\\outside.txt", "C:\\outside.txt", "c:outside.txt", "\\\\host\\outside.txt"),
        *("a\\..\\..\\outside.txt", "a/ . /b.txt", "...", "a/. .", "x" * 300, "a/" * 600 + "b"),
    ],
)
def test_no_name_leads_outside_or_means_something_else(
    kind: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    archive = packed(kind, {"good.txt": b"x", name: b"bad"}, tmp_path)
    error = refusal(archive, tmp_path / "in" / "out")
    assert error.code == "archive.unsafe-name"
    assert not list(tmp_path.rglob("outside.txt"))


@both
@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a/12:30 left?.png", "a/12_30 left_.png"),
        ("normal /x. ", "normal/x"),
        ("bones\\normal\\x.png", "bones/normal/x.png"),
        ("a/nul", "a/_nul"),
        ("COM1.png", "_COM1.png"),
        ("a/\x01b", "a/_b"),
    ],
)
def test_names_that_some_disk_does_not_take_are_made_plain_and_told(
    kind: str, name: str, plain: str, tmp_path: Path
) -> None:
    told: dict[str, str] = {}
    archive = packed(kind, {"good.txt": b"x", name: b"odd"}, tmp_path)
    names = unpack(archive, tmp_path / "out", renamed=told.__setitem__)
    assert names == [tmp_path / "out/good.txt", tmp_path / "out" / plain]
    assert (tmp_path / "out" / plain).read_bytes() == b"odd"
    assert told == {name: plain}


@both
def test_two_names_that_become_one_are_refused(kind: str, tmp_path: Path) -> None:
    archive = packed(kind, {"left?.png": b"1", "left:.png": b"2"}, tmp_path)
    assert refusal(archive, tmp_path / "out").code == "archive.duplicate-name"


@both
def test_what_systems_add_stays_in_the_archive(kind: str, tmp_path: Path) -> None:
    left = ("__MACOSX/bones/._a.png", "bones/.DS_Store", "bones/Icon\r", "bones/Thumbs.db")
    archive = packed(kind, FILES | dict.fromkeys(left, b"\0"), tmp_path)
    assert unpack(archive, tmp_path / "out") == [tmp_path / "out" / name for name in FILES]


def windows_zip(names: list[bytes], place: Path) -> Path:
    """A ZIP whose names are these bytes, without the mark of UTF-8, as Windows writes them."""
    with zipfile.ZipFile(place, "w") as bundle:
        for number, name in enumerate(names):
            bundle.writestr(f"{number:04d}".ljust(len(name), "-"), b"x")
    raw = place.read_bytes()
    for number, name in enumerate(names):
        raw = raw.replace(f"{number:04d}".ljust(len(name), "-").encode(), name)
    place.write_bytes(raw)
    return place


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("cp866", ["норма/Снимок.png", "перелом/Кисть.png"]),
        ("cp437", ["gebrochen/Röntgen.png", "Ellbögen/ü.png"]),
        ("cp850", ["normal/niño.png", "fractura/óseo.png"]),
        ("cp852", ["zdrowa/kość.png", "złamanie/ręka.png"]),
        ("cp737", ["φυσιολογικό/πόδι.png", "κάταγμα/χέρι.png"]),
        ("cp932", ["正常/画像.png", "骨折/レントゲン.png"]),
        ("gbk", ["正常/图像.png", "骨折/手腕.png"]),
        ("cp949", ["정상/영상.png", "골절/손목.png"]),
        ("utf-8", ["норма/x.png", "перелом/é.png", "骨折/y.png"]),
    ],
)
def test_names_are_read_in_the_letters_they_were_written_in(
    page: str, names: list[str], tmp_path: Path
) -> None:
    archive = windows_zip([name.encode(page) for name in names], tmp_path / "set.zip")
    assert unpack(archive, tmp_path / "out") == [tmp_path / "out" / name for name in names]


@pytest.mark.parametrize("together", [True, False])
def test_the_unicode_name_beside_the_stored_one_counts_while_they_belong_together(
    together: bool, tmp_path: Path
) -> None:
    stored = b"\x8f\x90.png"
    crc = zlib.crc32(stored if together else b"before it was renamed")
    field = b"\1" + struct.pack("<I", crc) + "漢字.png".encode()
    member = zipfile.ZipInfo("NN.png")
    member.extra = struct.pack("<HH", 0x7075, len(field)) + field
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr(member, b"x")
    archive.write_bytes(archive.read_bytes().replace(b"NN.png", stored))
    (written,) = unpack(archive, tmp_path / "out")
    assert (written.name == "漢字.png") == together


def test_a_name_with_a_nul_is_not_cut_at_it(tmp_path: Path) -> None:
    archive = zipped({"goodXevil.txt": b"x"}, tmp_path / "set.zip")
    archive.write_bytes(archive.read_bytes().replace(b"goodXevil", b"good\0evil"))
    assert refusal(archive, tmp_path / "out").code == "archive.unsafe-name"


@both
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/b.png", "a/B.png"),
        ("a/x.png", "A/y.png"),
        ("stra\u00dfe", "STRASSE"),
        ("\u00e9.png", "e\u0301.png"),
        ("a", "a/b"),
    ],
)
def test_names_that_some_disk_takes_for_one_are_refused(
    kind: str, one: str, other: str, tmp_path: Path
) -> None:
    archive = packed(kind, {one: b"1", other: b"2"}, tmp_path)
    assert refusal(archive, tmp_path / "out").code == "archive.duplicate-name"


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "set.zip"
    with warnings.catch_warnings(), zipfile.ZipFile(archive, "w") as bundle:
        warnings.simplefilter("ignore")
        bundle.writestr("a.txt", "1")
        bundle.writestr("a.txt", "2")
    assert refusal(archive, tmp_path / "out").code == "archive.duplicate-name"
    with tarfile.open(archive, "w:gz") as tape:
        for _ in range(2):
            tape.addfile(tarfile.TarInfo("a.txt"))
    assert refusal(archive, tmp_path / "out").code == "archive.duplicate-name"


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_devices_in_a_tar_are_refused(kind: bytes, tmp_path: Path) -> None:
    archive = tmp_path / "set.tar.gz"
    with tarfile.open(archive, "w:gz") as tape:
        member = tarfile.TarInfo("a.txt")
        member.type, member.linkname = kind, "/etc/passwd"
        tape.addfile(member)
    assert refusal(archive, tmp_path / "out").code == "archive.link"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_in_a_zip_are_refused(kind: int, tmp_path: Path) -> None:
    archive = tmp_path / "set.zip"
    with zipfile.ZipFile(archive, "w") as bundle:
        member = zipfile.ZipInfo("a.txt")
        member.create_system, member.external_attr = 3, (kind | 0o777) << 16
        bundle.writestr(member, "/etc/passwd")
    assert refusal(archive, tmp_path / "out").code == "archive.link"


@both
def test_each_limit_holds(kind: str, tmp_path: Path) -> None:
    archive = packed(kind, {"a": NOISE, "b": NOISE}, tmp_path)
    unpack(archive, tmp_path / "fits", limits=Limits(files=2, file_bytes=300_000))
    for limits in (
        Limits(files=1),
        Limits(file_bytes=299_999),
        Limits(total_bytes=599_999),
    ):
        assert refusal(archive, tmp_path / "out", limits=limits).code == "archive.too-large"


@both
def test_a_bomb_is_stopped_by_what_comes_out(kind: str, tmp_path: Path) -> None:
    archive = packed(kind, {"zeros": bytes(30_000_000)}, tmp_path)
    assert archive.stat().st_size < 100_000
    written: list[int] = []
    error = refusal(archive, tmp_path / "out", progress=lambda done, total: written.append(done))
    assert error.code == "archive.too-large"
    assert len(written) < 12


def test_a_zip_that_lies_about_its_sizes_is_counted_anyway(tmp_path: Path) -> None:
    archive = zipped({"zeros": bytes(30_000_000)}, tmp_path / "set.zip")
    raw = archive.read_bytes()
    for stated in (1_000, 9_000_000):
        # Both headers now state a small size.
        lying = raw.replace(struct.pack("<I", 30_000_000), struct.pack("<I", stated))
        assert lying.count(struct.pack("<I", stated)) >= 2
        archive.write_bytes(lying)
        error = refusal(archive, tmp_path / "out", limits=Limits(file_bytes=10_000_000))
        assert error.code in ("archive.damaged", "archive.too-large")


def test_files_that_share_their_bytes_are_counted_each(tmp_path: Path) -> None:
    # One deflated kernel listed a hundred times in the directory (Fifield's overlap).
    archive = zipped({"a000": bytes(1_000_000)}, tmp_path / "set.zip")
    raw = archive.read_bytes()
    at = raw.index(b"PK\x01\x02")
    end = raw.index(b"PK\x05\x06")
    entry = raw[at:end]
    entries = b"".join(entry.replace(b"a000", b"a%03d" % n) for n in range(100))
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 100, 100, len(entries), at, 0)
    archive.write_bytes(raw[:at] + entries + tail)
    assert refusal(archive, tmp_path / "out").code in ("archive.too-large", "archive.damaged")


def test_a_tar_header_that_wants_gigabytes_is_refused(tmp_path: Path) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 4_000_000_000
    archive = tmp_path / "set.tar.gz"
    with gzip.open(archive, "wb") as file:
        file.write(header.tobuf(tarfile.USTAR_FORMAT))
        file.write(bytes(20_000_000))
    assert refusal(archive, tmp_path / "out").code == "archive.too-large"


def test_a_password_is_advice(tmp_path: Path) -> None:
    archive = zipped({"a.txt": b"secret"}, tmp_path / "set.zip")
    raw = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + offset] |= 1
    archive.write_bytes(bytes(raw))
    error = refusal(archive, tmp_path / "out")
    assert error.code == "archive.encrypted"
    assert "without a password" in error.remedy


@both
def test_damage_is_found(kind: str, tmp_path: Path) -> None:
    archive = packed(kind, {"a": NOISE, "b": NOISE}, tmp_path)
    raw = archive.read_bytes()
    flipped = bytearray(raw)
    flipped[len(raw) // 2] ^= 1
    for bad in (raw[: len(raw) // 2], raw[:-5], bytes(flipped)):
        archive.write_bytes(bad)
        assert refusal(archive, tmp_path / "out").code == "archive.damaged"


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_wrapping_without_a_tar_inside_is_damaged(pack: object, tmp_path: Path) -> None:
    archive = tmp_path / "set.tar.gz"
    archive.write_bytes(pack(b"just a text, and not a tar archive" * 50))  # type: ignore[operator]
    assert refusal(archive, tmp_path / "out").code == "archive.damaged"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "archive.not-an-archive"),
        (b"hello", "archive.not-an-archive"),
        (b"\x89PNG\r\n\x1a\n", "archive.not-an-archive"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "archive.unsupported"),
        (b"Rar!\x1a\x07\x01\0" + bytes(50), "archive.unsupported"),
    ],
)
def test_other_files_are_named(content: bytes, code: str, tmp_path: Path) -> None:
    archive = tmp_path / "set.zip"
    archive.write_bytes(content)
    assert refusal(archive, tmp_path / "out").code == code


def test_no_byte_of_damage_escapes_as_anything_but_advice(tmp_path: Path) -> None:
    chance = random.Random(1)
    sources = [packed(kind, FILES, tmp_path).read_bytes() for kind in ("zip", "tar.gz")]
    sources.append(taped(FILES, tmp_path / "plain.tar", "w").read_bytes())
    for number in range(400):
        raw = bytearray(chance.choice(sources))
        for _ in range(chance.choice([1, 2, 8])):
            raw[chance.randrange(min(len(raw), chance.choice([60, 10_000])))] = chance.choice(
                [0, 255, 127, chance.randrange(256)]
            )
        archive = tmp_path / "bad"
        archive.write_bytes(bytes(raw))
        target = tmp_path / f"out{number}"
        try:
            unpack(archive, target)
        except LessonError:
            assert not target.exists()
    assert not list(tmp_path.glob(".*"))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    archive = packed("zip", FILES, tmp_path)
    target = tmp_path / "out"
    target.mkdir()
    unpack(archive, target)  # an empty folder may be there
    mine = target / "notes.txt"
    mine.write_text("mine")
    assert refusal(archive, target).code == "archive.target-exists"
    assert mine.read_text() == "mine"
    assert refusal(tmp_path / "none.zip", tmp_path / "other").code == "archive.missing"


@both
def test_too_little_room_is_said_before_writing(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = packed(kind, {"a": NOISE}, tmp_path)
    usage = shutil.disk_usage(tmp_path)._replace(free=100_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    error = refusal(archive, tmp_path / "out")
    assert error.code == "archive.disk-full"
    assert "are free" in error.problem


def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="file size limits exist on POSIX only")
    archive = zipped({"a": b"x", "b": NOISE}, tmp_path / "set.zip")
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from core.errors import LessonError\n"
        "from data.sets.archive import unpack\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try:\n"
        "    unpack(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "except LessonError as error:\n"
        "    print(error.code)\n"
    )
    command = [sys.executable, "-c", program, str(archive), str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "archive.disk-full"
    assert [path.name for path in tmp_path.iterdir()] == ["set.zip"]


def test_progress_is_told_and_may_stop_it(tmp_path: Path) -> None:
    archive = packed("zip", {"a": NOISE, "b": NOISE}, tmp_path)
    seen: list[tuple[int, int]] = []
    unpack(archive, tmp_path / "out", progress=lambda *now: seen.append(now))
    assert seen[-1] == (600_000, 600_000)
    assert seen == sorted(seen)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack(archive, tmp_path / "stopped", progress=stop)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "set.zip"]


def test_a_killed_unpacking_is_never_taken_for_whole(tmp_path: Path) -> None:
    archive = packed("zip", {"a": NOISE, "b": NOISE}, tmp_path)
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from data.sets.archive import unpack\n"
        "def wait(done, total):\n"
        "    print('writing', flush=True)\n"
        "    time.sleep(60)\n"
        "unpack(Path(sys.argv[1]), Path(sys.argv[2]), progress=wait)\n"
    )
    target = tmp_path / "out"
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(archive), str(target)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == "writing\n"
        # A running one is let be by another that unpacks the same meanwhile.
        unpack(archive, target)
        assert len(list(tmp_path.glob(".out.unpacking-*"))) == 1
        shutil.rmtree(target)
        child.kill()
        assert child.wait() == -signal.SIGKILL if os.name == "posix" else child.wait() != 0
    assert not target.exists()
    assert len(list(tmp_path.glob(".out.unpacking-*"))) == 1
    names = unpack(archive, target)
    assert [name.stat().st_size for name in names] == [300_000, 300_000]
    assert not list(tmp_path.glob(".out.unpacking-*"))


def test_an_unforeseen_refusal_of_the_system_stays_loud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = packed("zip", FILES, tmp_path)

    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(shutil, "disk_usage", broken)
    with pytest.raises(OSError, match="Input/output"):
        unpack(archive, tmp_path / "out")
