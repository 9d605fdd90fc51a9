"""Every dataset as data: what it is, what its labels mean, where it comes from, who reads it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.configuration import folder_of, in_force
from core.errors import LessonError
from data.sets.records import ReadResult

PROJECT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A file to download, with all that proves it arrived whole."""

    url: str
    filename: str
    bytes: int
    md5: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetInfo:
    """What is known of a dataset before a file of it is here.

    Attributes:
        name: Key in ``DATASETS`` and in commands.
        title: Name for people.
        task: What is to be told apart.
        classes: Index is the label; empty where the folders of a person's own set say it.
        positive: The class whose score is shown; empty as ``classes``.
        license: Short name of the terms.
        license_url: Where they stand.
        citation: What to cite.
        source_url: The dataset's own page.
        description: Two or three sentences.
        label_meaning: What exactly a label says, and what it does not.
        archive: What can be downloaded without signing up; None where nothing can.
        obtain: How a person gets the files where ``archive`` is None.
        reader: Module with ``read``.
        folder_variable: Environment variable that may name its folder.
        marker: Path inside the dataset's folder by which it is recognized.
    """

    name: str
    title: str
    task: str
    classes: tuple[str, ...]
    positive: str
    license: str
    license_url: str
    citation: str
    source_url: str
    description: str
    label_meaning: str
    archive: Archive | None
    obtain: str
    reader: str
    folder_variable: str | None = None
    marker: str | None = None


SYNTHETIC: Final = DatasetInfo(
    name="synthetic",
    title="Synthetic radiographs",
    task="Is there a fracture in the drawn bone?",
    classes=("normal", "fracture"),
    positive="fracture",
    license="Made by this program",
    license_url="",
    citation="No citation needed: every image is computed from a seed.",
    source_url="",
    description=(
        "Radiographs drawn by this program: soft tissue, cortical and spongy bone, blur and noise, "
        "with fractures of several kinds and with confounders in both classes. Nothing to download."
    ),
    label_meaning='"fracture" means that a fracture was drawn into a bone; its place is known.',
    archive=None,
    obtain="Built in: nothing to fetch.",
    reader="data.sets.readers.synthetic",
)

FRACATLAS: Final = DatasetInfo(
    name="fracatlas",
    title="FracAtlas",
    task="Does this radiograph show a fracture?",
    classes=("normal", "fracture"),
    positive="fracture",
    license="CC BY 4.0",
    license_url="https://creativecommons.org/licenses/by/4.0/",
    citation=(
        "Abedeen I. et al.: FracAtlas: A Dataset for Fracture Classification, Localization and "
        "Segmentation of Musculoskeletal Radiographs. Scientific Data 10, 521 (2023). "
        "doi:10.1038/s41597-023-02432-4. Data: doi:10.6084/m9.figshare.22363012"
    ),
    source_url="https://doi.org/10.6084/m9.figshare.22363012",
    description=(
        "4,083 radiographs of hands, legs, hips and shoulders from three hospitals in Bangladesh, "
        "about 18 % with a fracture, each fracture marked by a box and an outline."
    ),
    label_meaning=(
        '"fracture" means that two radiologists found a fracture in this image; "normal" means no '
        "fracture, not that the bone is healthy in every other way."
    ),
    archive=Archive(
        url="https://ndownloader.figshare.com/files/65518038",
        filename="FracAtlas.zip",
        bytes=338_436_460,
        md5="fe9da2c7c285915ebee69dfdab8fd396",
        sha256="b67ec2d290a022b3dcf47f78e9a37f7edcc80592c0571f439355bf00bd9f0e23",
    ),
    obtain="",
    reader="data.sets.readers.fracatlas",
    folder_variable="LIGHTBOX_FRACATLAS",
    marker="images/Fractured",
)

MURA: Final = DatasetInfo(
    name="mura",
    title="MURA v1.1",
    task="Is this study normal or abnormal?",
    classes=("normal", "abnormal"),
    positive="abnormal",
    license="Stanford University Dataset Research Use Agreement (no redistribution)",
    license_url="https://stanfordmlgroup.github.io/competitions/mura/",
    citation=(
        "Rajpurkar P. et al.: MURA: Large Dataset for Abnormality Detection in Musculoskeletal "
        "Radiographs. MIDL 2018. arXiv:1712.06957"
    ),
    source_url="https://stanfordmlgroup.github.io/competitions/mura/",
    description=(
        "40,561 radiographs of 14,863 studies of the arm (elbow, finger, forearm, hand, humerus, "
        "shoulder, wrist) of 12,173 patients; the hidden test set is not part of the download."
    ),
    label_meaning=(
        '"abnormal" is said of a whole study, not of one image, and is not "fracture": hardware, '
        "degenerative joints and other findings count as abnormal too."
    ),
    archive=None,
    obtain=(
        "MURA has no direct download: sign up at its page, accept the agreement, unpack the "
        "archive, and name the folder MURA-v1.1 with --root or LIGHTBOX_MURA."
    ),
    reader="data.sets.readers.mura",
    folder_variable="LIGHTBOX_MURA",
    marker="train_labeled_studies.csv",
)

GRAZPEDWRI: Final = DatasetInfo(
    name="grazpedwri",
    title="GRAZPEDWRI-DX",
    task="Is a fracture visible in this child's wrist?",
    classes=("normal", "fracture"),
    positive="fracture",
    license="CC BY 4.0",
    license_url="https://creativecommons.org/licenses/by/4.0/",
    citation=(
        "Nagy E. et al.: A pediatric wrist trauma X-ray dataset (GRAZPEDWRI-DX) for machine "
        "learning. Scientific Data 9, 222 (2022). doi:10.1038/s41597-022-01328-z. "
        "Data: doi:10.6084/m9.figshare.14825193"
    ),
    source_url="https://doi.org/10.6084/m9.figshare.14825193",
    description=(
        "20,327 wrist radiographs of 6,091 children from Graz, 16-bit, two in three with a visible "
        "fracture, with boxes for fractures and other findings."
    ),
    label_meaning=(
        '"fracture" means that a fracture is visible in this image (column fracture_visible); '
        '"normal" images may show a cast, metal, or a broken wrist seen from another side.'
    ),
    archive=None,
    obtain=(
        "GRAZPEDWRI-DX comes in several archives (about 15 GB): download them from its page, "
        "unpack them into one folder, and name that with --root or LIGHTBOX_GRAZPEDWRI."
    ),
    reader="data.sets.readers.grazpedwri",
    folder_variable="LIGHTBOX_GRAZPEDWRI",
    marker="dataset.csv",
)

FOLDER: Final = DatasetInfo(
    name="folder",
    title="Your own images",
    task="Tell the folders apart.",
    classes=(),
    positive="",
    license="Yours",
    license_url="",
    citation="The source of the images, as you know it.",
    source_url="",
    description="A folder or ZIP file with one folder of images for each class.",
    label_meaning="A label is the name of the folder that an image lies in.",
    archive=None,
    obtain="Name your folder or ZIP file with --root, or upload a ZIP file on the page.",
    reader="data.sets.readers.image_folder",
)

DATASETS: Final[dict[str, DatasetInfo]] = {
    info.name: info for info in (SYNTHETIC, FRACATLAS, MURA, GRAZPEDWRI, FOLDER)
}


def find_dataset(name: str) -> DatasetInfo:
    """Look a dataset up by its name.

    Raises:
        LessonError: ``dataset.unknown``.
    """
    if name not in DATASETS:
        raise LessonError(
            "dataset.unknown",
            problem=f"There is no dataset named {name!r}.",
            remedy=f"Choose one of {', '.join(DATASETS)}.",
        )
    return DATASETS[name]


def downloads_root() -> Path:
    """Where fetched datasets are unpacked, one folder each."""
    return in_force().downloads or PROJECT / "data" / "downloads"


def cache_root() -> Path:
    """Where prepared arrays lie: what the settings name, else ``data/cache`` of the project."""
    return in_force().cache or PROJECT / "data" / "cache"


def find_root(name: str, root: Path | None = None) -> Path:
    """The folder (or, for ``folder``, the ZIP file) that holds a dataset.

    The folder named is searched first, then, one level down, the folder that an archive was
    unpacked to. Without a name: its environment variable, else ``data/downloads/<name>``.

    Raises:
        LessonError: ``dataset.missing`` where it is not there.
    """
    info = find_dataset(name)
    named = root or _named_by_environment(info)
    if named is None and name == "folder":
        raise _missing(info, "No folder of images was named.")
    place = Path(named) if named else downloads_root() / name
    if info.marker is None:
        if place.exists():
            return place
        raise _missing(info, f"There is nothing at {place}.")
    nested = sorted(child for child in place.glob("*") if child.is_dir()) if place.is_dir() else []
    for folder in (place, *nested):
        if (folder / info.marker).exists():
            return folder
    raise _missing(info, f"{info.title} is not in {place} (there is no {info.marker}).")


def is_ready(name: str, root: Path | None = None) -> bool:
    """Whether a dataset can be read here and now, without network."""
    if name == "synthetic":
        return True
    try:
        find_root(name, root)
    except LessonError:
        return False
    return True


def load_reader(name: str) -> Callable[..., ReadResult]:
    """The dataset's ``read`` function; its module is imported now, not with the registry."""
    return importlib.import_module(find_dataset(name).reader).read


def _named_by_environment(info: DatasetInfo) -> Path | None:
    return folder_of(info.folder_variable)


def _missing(info: DatasetInfo, problem: str) -> LessonError:
    fetch = f"Fetch it on the Dataset page or with: python -m dashboard data fetch {info.name}"
    return LessonError(
        "dataset.missing", problem=problem, remedy=fetch if info.archive else info.obtain
    )
