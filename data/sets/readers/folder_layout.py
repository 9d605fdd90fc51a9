"""What the folders of a person's set mean: parts, classes, patients, body parts, masks.

People lay sets out in many ways: ``train/fracture/a.png``, ``fracture/train/a.png``,
``COVID/images/a.png`` beside ``COVID/masks/a.png``, ``wrist/patient3/study1_positive/a.png``. So no
level has a meaning by its position. Each is judged by all the names that stand in it; what is left
of the levels that mean something else names the classes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from core.prepared import SPLITS
from data.sets.polarity import polarity

TRAINING, VALIDATION, TEST = SPLITS
_TRAINING: Final = "train training trainset learn"
_VALIDATION: Final = "val valid validation validate dev eval tuning"
_TEST: Final = "test testing testset holdout"
_PICTURES: Final = """
    image images img imgs picture pictures png jpg jpeg dicom xray xrays radiograph radiographs
    original originals raw input inputs bilder data
"""
_MASKS: Final = """
    mask masks maske masken masque masques mascara mascaras máscara máscaras maschera maschere маска
    маски segmentation segmentations segmentierung segmentierungen seg segs label labels annotation
    annotations annotationen annotated groundtruth gt heatmap heatmaps overlay overlays
"""
_SURELY_MASKS: Final = """
    mask masks maske masken masques máscaras mascaras maschere маски segmentation segmentations
    segmentierung segmentierungen annotation annotations annotationen groundtruth heatmap heatmaps
    overlays
"""
_REGIONS: Final = """
    hand wrist elbow forearm humerus shoulder finger leg knee ankle foot hip pelvis femur tibia
    fibula spine neck chest thorax clavicle skull jaw arm upperarm lowerleg toe rib ribs mixed
"""
PART_WORDS: Final = {
    **dict.fromkeys(_TRAINING.split(), TRAINING),
    **dict.fromkeys(_VALIDATION.split(), VALIDATION),
    **dict.fromkeys(_TEST.split(), TEST),
}
PICTURE_WORDS: Final = frozenset(_PICTURES.split())
MASK_WORDS: Final = frozenset(_MASKS.split())
SURE_MASK_WORDS: Final = frozenset(_SURELY_MASKS.split())
"""Words that say so also beside folders that are called after classes."""
_MASK_STEM: Final = re.compile("mas[kqc]|маск")
_NEGATIONS: Final = frozenset(
    ["no", "not", "non", "without", "with", "ohne", "mit", "kein", "keine", "sans", "avec", "без"]
)
REGION_WORDS: Final = frozenset(_REGIONS.split())
PATIENT_WORDS: Final = ("patient", "pat", "case", "subject", "study", "person", "pid", "sub", "id")
MASK_ENDING: Final = re.compile(
    r"[_-](masks?|seg|segmentation|gt|label|annotations?|annotated|heatmap|overlay)([_-]?\d+)?$",
    re.IGNORECASE,
)
_OF_A_STUDY: Final = re.compile(r".*[_-](positive|negative)$", re.IGNORECASE)
MANY_NAMES: Final = 12
"""More names than this in a level are persons or series, not classes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What the folders around a picture say of it.

    Attributes:
        label: Its class; None where it lies in none.
        part: Its part of a ready-made split; None where there is no split or it lies beside it.
        patient: Whose picture it is; None where the folders do not say.
        region: Body part; None likewise.
        mask: Whether it is a mask of another picture.
    """

    label: str | None = None
    part: str | None = None
    patient: str | None = None
    region: str | None = None
    mask: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a set is laid out.

    Attributes:
        places: One of each path, in the paths' order.
        around: Folders around everything, outermost first; no part of a picture's name.
        lone: The innermost folder that stands alone in its level, "" without one.
        part_names: The folders of a ready-made split as they are called, by part.
    """

    places: tuple[Place, ...]
    around: tuple[str, ...]
    lone: str
    part_names: dict[str, str]


def read_layout(paths: Sequence[PurePosixPath]) -> Layout:
    """Judge the folders of all pictures of a set together.

    Args:
        paths: The pictures, from the set's own folder on.
    """
    every_folder = [path.parent.parts for path in paths]
    aside = _mask_folders(every_folder)
    masks = [
        named or _lies_in(parts, aside)
        for named, parts in zip(_named_masks(paths), every_folder, strict=True)
    ]
    # Folders of masks beside the classes are none of the names that tell what a level means.
    folders = [parts if not _lies_in(parts, aside) else () for parts in every_folder]
    depth = max(map(len, folders), default=0)
    part_level: int | None = None
    mask_level: int | None = None
    around: list[str] = []
    lone = ""
    content: list[int] = []
    for level in range(depth):
        names = _names(folders, level)
        if part_level is None and _are_parts(names):
            part_level = level
        elif len(names) == 1 and not content:
            if part_level is None and mask_level is None:
                around.extend(names)
            lone = lone if _are_kinds(names) else names[0]
        elif mask_level is None and _are_kinds(names):
            mask_level = level
        else:
            content.append(level)
    if mask_level is not None:
        masks = [
            mask or _is_mask_folder(_at(parts, mask_level))
            for mask, parts in zip(masks, folders, strict=True)
        ]
    pictured = [parts for parts, mask in zip(folders, masks, strict=True) if not mask]
    class_level = _class_level(pictured, content)
    region_level = _region_level(pictured, content, class_level)
    patient_level = _patient_level(pictured, content, class_level, region_level)
    places = tuple(
        Place(
            label=_label(_at(parts, class_level)),
            part=_part(_at(parts, part_level)),
            patient=_at(parts, patient_level),
            region=_region(_at(parts, region_level)),
            mask=mask,
        )
        for parts, mask in zip(folders, masks, strict=True)
    )
    named = _names(folders, part_level) if part_level is not None else ()
    return Layout(
        places=places,
        around=tuple(around),
        lone=lone,
        part_names={part: name for name in named if (part := _part(name)) is not None},
    )


def _names(folders: Iterable[tuple[str, ...]], level: int) -> tuple[str, ...]:
    return tuple(sorted({parts[level] for parts in folders if len(parts) > level}))


def _at(parts: tuple[str, ...], level: int | None) -> str | None:
    return parts[level] if level is not None and len(parts) > level else None


def _word(name: str) -> str:
    """A name without what often surrounds it: "Train_set", "images2" and "test (1)"."""
    plain = re.sub(r"[^a-z]+", " ", name.casefold()).strip()
    return re.sub(r"\b(set|data|folder|images|imgs|split|dataset)\b", "", plain).strip() or plain


def _part(name: str | None) -> str | None:
    return None if name is None else PART_WORDS.get(_word(name))


def _are_parts(names: Sequence[str]) -> bool:
    """Two parts at least, one of them for training; a folder beside them does not hide them."""
    parts = {_part(name) for name in names} - {None}
    return TRAINING in parts and len(parts) >= 2 and len(names) <= len(parts) + 1


def _is_mask_folder(name: str | None) -> bool:
    return name is not None and _named_after(name, MASK_WORDS)


def _named_after(name: str, words: frozenset[str]) -> bool:
    """Whether a folder is called one of these words, alone, first or last among others.

    >>> [_named_after(name, MASK_WORDS) for name in ("Lung masks", "Lungenmasken", "ground_truth")]
    [True, True, True]
    >>> [_named_after(name, MASK_WORDS) for name in ("without_mask", "masked", "fracture")]
    [False, False, False]
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).casefold()
    told = re.findall(r"[^\W\d_]+", spaced)
    if not told or _NEGATIONS & set(told):
        return False
    whole = "".join(told)
    long = (word for word in words if len(word) > 4)
    return told[0] in words or told[-1] in words or whole.endswith(tuple(long))


def _mask_folders(folders: Sequence[tuple[str, ...]]) -> frozenset[tuple[int, str]]:
    """Folders of masks that lie beside classes, parts or the pictures themselves.

    Where all that lies beside them is a folder of pictures, their level tells kinds apart, and
    `read_layout` sees to it. What is called after masks among other words for masks may be a
    class: faces with a mask, and without.

    Returns:
        Level and name of each.
    """
    found: set[tuple[int, str]] = set()
    for level in range(max(map(len, folders), default=0)):
        names = _names(folders, level)
        masks = {name for name in names if _named_after(name, SURE_MASK_WORDS)}
        rest = [name for name in names if name not in masks]
        shallower = any(len(parts) == level for parts in folders) and level > 0
        enough = len(rest) >= 2 or shallower
        if masks and enough and not any(_MASK_STEM.search(name.casefold()) for name in rest):
            kinds = rest and all(_kind(name) in PICTURE_WORDS for name in rest)
            found |= set() if kinds else {(level, name) for name in masks}
    return frozenset(found)


def _lies_in(parts: tuple[str, ...], aside: frozenset[tuple[int, str]]) -> bool:
    return any((level, name) in aside for level, name in enumerate(parts))


def _kind(name: str) -> str:
    return re.sub(r"[^a-z]+", "", name.casefold())


def _are_kinds(names: Sequence[str]) -> bool:
    """Pictures and their masks, or nothing but a word for pictures."""
    pictures = [name for name in names if _kind(name) in PICTURE_WORDS]
    return bool(pictures) and all(_is_mask_folder(name) for name in names if name not in pictures)


def _named_masks(paths: Sequence[PurePosixPath]) -> list[bool]:
    """Which are called a mask of a picture that lies beside them: "a_mask.png" and "a.png"."""
    beside = {(path.parent, path.stem) for path in paths}
    wholes = [MASK_ENDING.sub("", path.stem) for path in paths]
    return [
        whole != path.stem and (path.parent, whole) in beside
        for path, whole in zip(paths, wholes, strict=True)
    ]


def _class_level(folders: Sequence[tuple[str, ...]], content: Sequence[int]) -> int | None:
    """The level that names the classes: the first one, unless a deeper one tells findings apart."""
    whole = [level for level in content if _share(folders, level) > 0.5]
    telling = [
        level
        for level in whole
        # Deeper down, 0 and 1 are persons or series.
        if _tells_findings(names := _names(folders, level))
        and (level == whole[0] or not all(map(str.isdigit, names)))
    ]
    if telling:
        return telling[0]
    return whole[0] if whole else None


def _share(folders: Sequence[tuple[str, ...]], level: int) -> float:
    return sum(len(parts) > level for parts in folders) / max(1, len(folders))


def _tells_findings(names: Sequence[str]) -> bool:
    """Whether each of these names means a finding or its absence, and both occur."""
    if len(names) > MANY_NAMES and not all(map(_OF_A_STUDY.fullmatch, names)):
        return False
    return {polarity(_label(name) or "") for name in names} == {1, -1}


def _label(name: str | None) -> str | None:
    """A class's name; of a study's folder ("study1_positive") its finding only."""
    if name is None:
        return None
    of_study = _OF_A_STUDY.fullmatch(name)
    starts = name.casefold().startswith(PATIENT_WORDS)
    return of_study[1].lower() if of_study and starts else name


def _region_level(
    folders: Sequence[tuple[str, ...]], content: Sequence[int], class_level: int | None
) -> int | None:
    for level in content:
        names = _names(folders, level)
        if level != class_level and names and all(_region(name) for name in names):
            return level
    return None


def _region(name: str | None) -> str | None:
    """The body part that a folder is named after, "XR_WRIST" included; None for other names."""
    if name is None:
        return None
    word = re.sub(r"[^a-z]", "", name.casefold().removeprefix("xr_"))
    return word if word in REGION_WORDS else None


def _patient_level(
    folders: Sequence[tuple[str, ...]],
    content: Sequence[int],
    class_level: int | None,
    region_level: int | None,
) -> int | None:
    """The level that names persons: every picture has it, and each class enough of them."""
    for level in content:
        if level in (class_level, region_level) or any(len(parts) <= level for parts in folders):
            continue
        names = _names(folders, level)
        if class_level is not None and level < class_level and not all(map(_is_person, names)):
            continue
        pairs = {(_at(parts, class_level), parts[level]) for parts in folders}
        counts = Counter(label for label, _ in pairs)
        if min(counts.values()) >= len(SPLITS):
            return level
    return None


def _is_person(name: str) -> bool:
    return any(map(str.isdigit, name)) or name.casefold().startswith(PATIENT_WORDS)
