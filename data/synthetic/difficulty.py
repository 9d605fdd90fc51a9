"""The sliders that make fractures easier or harder to find."""

from __future__ import annotations

from dataclasses import dataclass, fields

from core.errors import LessonError


@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """Five sliders, each from 0 to 1.

    Attributes:
        contrast: How wide and how dark cracks are. More is easier.
        displacement: How far fragments move. More is easier.
        noise: Grain, from too few photons. More is harder.
        blur: Unsharpness of focal spot and detector. More is harder.
        clutter: Growth plates, vessel channels, overlaps, skin folds, hardware. More is harder.

    >>> Difficulty(noise=1.0).noise
    1.0
    """

    contrast: float = 0.8
    displacement: float = 0.7
    noise: float = 0.2
    blur: float = 0.2
    clutter: float = 0.3

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0.0 <= value <= 1.0:
                raise LessonError(
                    "difficulty.out-of-range",
                    problem=f"The slider {field.name!r} is {value}, outside 0 to 1.",
                    remedy="Choose a value from 0 to 1.",
                )
