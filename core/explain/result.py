"""What an explanation of one output is, as plain arrays. No Keras here: the server reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, get_args

import numpy as np

from core.arrays import FloatArray, IntArray, UInt8Array

NEGLIGIBLE: Final = 1e-6
"""Share of the largest magnitude below which a value is rounding, not evidence."""


Method: TypeAlias = Literal["hirescam", "gradcam", "gradcampp", "integrated", "occlusion", "guided"]
"""How a map is made: from a layer's feature maps and gradients, weighed place by place, by each
map's mean gradient or by its weighted mean; or from the pixels, by gradients on the way from a
black picture, by covering one place after another, or by gradients that lose what is negative on
their way back."""

METHODS: Final[tuple[Method, ...]] = get_args(Method)
"""The default first."""

OF_PIXELS: Final[frozenset[Method]] = frozenset({"integrated", "occlusion", "guided"})
"""Those that ask about pixels, so that no layer is chosen."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClassMap:
    """What places of a layer's feature maps, or of the picture, do to one class's score.

    Whether a cell above 0 is evidence for the class is not a matter of the method's name: it was
    tried. The activations at these cells were set to zero (or their pixels to black or gray, where
    the map is of pixels), and the network ran again.

    Attributes:
        logits: (K,) what the network gives before sigmoid or softmax; K = 1 for two classes.
        probabilities: (C,) the same as outputs between 0 and 1, one a class.
        method: How the maps were weighed.
        map: (S, S) float32, signed. In units of the logit; a view may hide the negative part, the
            data never does.
        weights: (F,) one a feature map: the mean of its gradient over all positions; none for a
            map of pixels.
        without_positive: (K,) the logits without the cells above 0.
        without_negative: (K,) the same for the cells below 0.
        layer: The layer whose feature maps were weighed; "" for a map of pixels.
        layers: All layers that can be chosen, from the image to the output.
        class_index: The class that was explained.
        cells: (h, w) float32, the map as the layer has it, before it is enlarged.
        change: What the cells should add up to: the score less that of a black picture. None for a
            map that makes no such claim.
        positive: Whether any cell is above 0.
    """

    logits: FloatArray
    probabilities: FloatArray
    method: Method
    map: FloatArray
    weights: FloatArray
    without_positive: FloatArray
    without_negative: FloatArray
    layer: str
    layers: tuple[str, ...]
    class_index: int
    cells: FloatArray
    change: float | None = None
    positive: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "positive", has_positive(self.cells))

    @property
    def limit(self) -> float:
        """Largest magnitude among the cells: both ends of a color scale that is 0 in the middle."""
        return float(np.abs(self.cells).max())

    def score(self, logits: FloatArray) -> float:
        """The explained class's score among these logits; a single one speaks for class 1."""
        return score_of(logits, self.class_index)

    @property
    def holds(self) -> bool:
        """Whether the map's signs say what these places did to the score of this picture.

        Without its cells above 0 the score falls, without those below 0 it rises. Only then may
        the first be called evidence for the class, and the others evidence against it.
        """
        score = self.score(self.logits)
        falls = not self.positive or self.score(self.without_positive) < score
        rises = not has_positive(-self.cells) or self.score(self.without_negative) > score
        return falls and rises

    @property
    def constant(self) -> bool:
        """Whether every cell is the same: the map then points nowhere."""
        return float(np.ptp(self.cells)) <= NEGLIGIBLE * self.limit


def score_of(logits: FloatArray, class_index: int) -> float:
    """A class's score among (K,) logits; a single one speaks for class 1, and against class 0.

    >>> score_of(np.array([2.0]), 0), score_of(np.array([2.0, 3.0]), 1)
    (-2.0, 3.0)
    """
    if logits.shape == (1,):
        return float(logits[0]) * (2 * class_index - 1)
    return float(logits[class_index])


def has_positive(cells: FloatArray) -> bool:
    """Whether any cell is above 0 by more than rounding.

    >>> has_positive(np.array([[-1.0, 0.0]])), has_positive(np.array([[-1.0, 0.1]]))
    (False, True)
    """
    return bool(cells.max() > NEGLIGIBLE * np.abs(cells).max())


def probabilities(logits: FloatArray) -> FloatArray:
    """Outputs between 0 and 1, one a class.

    Args:
        logits: (K,); one logit stands for two classes and is positive for the second.

    Returns:
        (C,) float64, sums to 1. Stable for any finite logit.

    >>> probabilities(np.array([0.0]))
    array([0.5, 0.5])
    >>> probabilities(np.array([1000.0, 0.0, 0.0]))
    array([1., 0., 0.])
    """
    scores = np.asarray(logits, np.float64)
    if scores.shape == (1,):
        # A sigmoid is a softmax over (0, logit).
        scores = np.array([0.0, scores[0]])
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()


def enlarge(cells: FloatArray, size: int) -> FloatArray:
    """Stretch a map over the square that the network saw, linearly between the cells' centers.

    Args:
        cells: (h, w); signed values stay signed.
        size: Side S of the square in pixels.

    Returns:
        (S, S) float32; beyond the outermost centers the edge's value goes on.

    >>> enlarge(np.array([[0.0, 1.0]]), 4)[0].tolist()
    [0.0, 0.25, 0.75, 1.0]
    """
    rows, columns = (_interpolation(length, size) for length in cells.shape)
    return (rows @ cells @ columns.T).astype(np.float32)


def _interpolation(length: int, size: int) -> FloatArray:
    """(size, length) matrix: row i holds the shares of each cell in pixel i; rows sum to 1."""
    centers = (np.arange(size) + 0.5) * length / size - 0.5
    centers = np.clip(centers, 0, length - 1)
    return np.maximum(0.0, 1.0 - np.abs(centers[:, None] - np.arange(length)[None, :]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OptimizedInput:
    """A picture that was changed step by step to please one unit.

    Attributes:
        frames: (T, S, S) uint8, the picture before the first step and at every kept step.
        steps: (T,) how many steps lie before each frame.
        responses: (T,) what the unit summed up for each frame, before its activation.
        layer: Name of the unit's node.
        unit: Index of its channel.
        cell: Row and column of the cell that was asked, None for the mean over the whole map and
            for a unit without one.
    """

    frames: UInt8Array
    steps: IntArray
    responses: FloatArray
    layer: str
    unit: int
    cell: tuple[int, int] | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reaction:
    """What a network makes of one picture at one moment of its training.

    Attributes:
        maps: (K, H, W) float32, what the first filters of its first layer with kernels answer,
            averaged to few cells; (1, 0, 0) in a network without one.
        cells: (h, w) float32, HiResCAM at the last convolution, signed, in units of the logit.
        logits: (outputs,) before sigmoid or softmax.
        class_index: The class that ``cells`` speak for.
    """

    maps: FloatArray
    cells: FloatArray
    logits: FloatArray
    class_index: int


NO_MAP: Final = np.zeros((0, 0), np.float32)
"""Of a network without a convolution."""
