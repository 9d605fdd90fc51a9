"""Convolution in NumPy: loops to read, a fast version to use, and its relatives.

Images are (H, W) or (H, W, C), kernels (K, K) or (K, K, C, F), channels last as in Keras. What
deep learning calls convolution slides the kernel as it is (cross-correlation). Mathematics turns
it around first: ``flip=True``. Where the padding is and how many cells come out says
`core.geometry`.

Source:
    Dumoulin and Visin (2016), https://arxiv.org/abs/1603.07285
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import FloatArray
from core.errors import LessonError
from core.geometry import Padding, Stamp, Window, mirrored

_BLOCK: Final = 16
"""Neighboring output columns that one product with a banded matrix gives together."""
_FEW: Final = 4
"""Up to so many pairs of channel and filter, planes are faster than a matrix product."""


def convolve_loops(
    image: FloatArray,
    kernel: FloatArray,
    bias: FloatArray,
    *,
    stride: int = 1,
    dilation: int = 1,
    padding: Padding = Padding.VALID,
) -> FloatArray:
    """Slide every filter over all channels, written as it is read. `convolve` does it fast.

    Args:
        image: (H, W, C).
        kernel: (K, L, C, F), not flipped.
        bias: (F,).
    """
    height, width, channels, filters = kernel.shape
    padded = pad(image, (height, width), stride=stride, dilation=dilation, padding=padding)
    rows = (padded.shape[0] - dilation * (height - 1) - 1) // stride + 1
    columns = (padded.shape[1] - dilation * (width - 1) - 1) // stride + 1
    output = np.zeros((rows, columns, filters))
    for row in range(rows):
        for column in range(columns):
            for f in range(filters):
                total = 0.0
                for c in range(channels):
                    for i in range(height):
                        for j in range(width):
                            y, x = row * stride + i * dilation, column * stride + j * dilation
                            total += padded[y, x, c] * kernel[i, j, c, f]
                output[row, column, f] = total + bias[f]  # one bias, after the sum over channels
    return output


def pad(
    image: FloatArray,
    size: tuple[int, int],
    *,
    stride: int = 1,
    dilation: int = 1,
    padding: Padding = Padding.VALID,
) -> FloatArray:
    """The image with what the padding puts around it.

    Args:
        image: (H, W) or (H, W, C).
        size: Rows and columns of the kernel.

    Raises:
        LessonError: ``window.too-large`` where the kernel fits nowhere.
    """
    before_after = []
    for cells, length in zip(size, image.shape[:2], strict=True):
        window = Window(size=cells, stride=stride, dilation=dilation, padding=padding)
        window.output_length(length)  # refuses a kernel that does not fit
        before_after.append(window.pads(length))
    if not any(map(any, before_after)):
        return image
    (top, below), (left, right) = before_after
    height, width = image.shape[:2]
    padded = np.zeros((top + height + below, left + width + right, *image.shape[2:]), image.dtype)
    padded[top : top + height, left : left + width] = image
    if padding is Padding.REFLECT:
        _mirror(padded[top : top + height].swapaxes(0, 1), left, width)
        _mirror(padded, top, height)
    return padded


def _mirror(padded: FloatArray, before: int, length: int) -> None:
    outside = [*range(-before, 0), *range(length, len(padded) - before)]
    inside = [mirrored(at, length) for at in outside]
    if outside:
        padded[np.add(outside, before)] = padded[np.add(inside, before)]


def flipped(kernel: FloatArray) -> FloatArray:
    """The kernel turned by half a turn, which makes cross-correlation the convolution of books.

    >>> flipped(np.array([[1, 2], [3, 4]])).tolist()
    [[4, 3], [2, 1]]
    """
    return kernel[::-1, ::-1]


def convolve(
    image: FloatArray,
    kernel: FloatArray,
    bias: FloatArray | float = 0.0,
    *,
    stride: int = 1,
    dilation: int = 1,
    padding: Padding = Padding.VALID,
    flip: bool = False,
) -> FloatArray:
    r"""Slide `kernel` over `image` and sum the products at each place.

    .. math:: y_{rcf} = b_f + \sum_{i,j,k} x_{rs+id,\,cs+jd,\,k}\; w_{ijkf}

    Args:
        image: (H, W) or (H, W, C), any unit; not changed.
        kernel: (K, L) for (H, W), (K, L, C, F) for (H, W, C).
        bias: One number a filter, added once after the sum over channels.
        stride: Pixels from one place to the next.
        dilation: Pixels from one kernel cell to the next.
        padding: What lies outside.
        flip: Turn the kernel first: convolution instead of cross-correlation.

    Returns:
        (H', W') or (H', W', F), in the image's and kernel's common float type.

    Raises:
        LessonError: ``window.too-large``, ``convolution.channels``.

    >>> image = np.arange(9.0).reshape(3, 3)
    >>> convolve(image, np.array([[0.0, 1.0], [2.0, 3.0]]))
    array([[19., 25.],
           [37., 43.]])
    """
    kernel = flipped(kernel) if flip else kernel
    if image.ndim == 2:
        padded = pad(image, kernel.shape, stride=stride, dilation=dilation, padding=padding)
        sums = _plane(padded, kernel, stride, dilation)
        sums += _like(bias, image, kernel)
        return sums
    _same_channels(image.shape[2], kernel.shape[2])
    padded = pad(image, kernel.shape[:2], stride=stride, dilation=dilation, padding=padding)
    if kernel.shape[2] * kernel.shape[3] <= _FEW:
        sums = _planes(padded, kernel, stride, dilation)
    else:
        sums = _products(padded, kernel, stride, dilation)
    return sums + _like(bias, image, kernel)


def _like(bias: FloatArray | float, image: FloatArray, kernel: FloatArray) -> FloatArray:
    return np.asarray(bias, dtype=_common(image, kernel))


def _common(image: NDArray, kernel: NDArray) -> np.dtype:
    return np.result_type(image, kernel, np.float32)


def _same_channels(given: int, wanted: int) -> None:
    if given != wanted:
        raise LessonError(
            "convolution.channels",
            problem=f"A kernel for {wanted} channels meets an image of {given}.",
            remedy="Give the kernel one layer for each channel of the image.",
        )


def _lengths(padded: FloatArray, kernel: FloatArray, stride: int, dilation: int) -> tuple[int, int]:
    rows, columns = (
        (side - dilation * (cells - 1) - 1) // stride + 1
        for side, cells in zip(padded.shape[:2], kernel.shape[:2], strict=True)
    )
    return rows, columns


def _plane(padded: FloatArray, kernel: FloatArray, stride: int, dilation: int) -> FloatArray:
    """One channel, one filter."""
    rows, columns = _lengths(padded, kernel, stride, dilation)
    kind = _common(padded, kernel)
    padded, kernel = padded.astype(kind, copy=False), kernel.astype(kind, copy=False)
    if stride == dilation == 1 and kernel.size >= 9 and columns >= 4 * _BLOCK:
        return _banded(padded, kernel, rows, columns)
    output = np.zeros((rows, columns), dtype=kind)
    product = np.empty_like(output)
    high, wide = stride * (rows - 1) + 1, stride * (columns - 1) + 1
    for i, j in np.ndindex(*kernel.shape):
        row, column = i * dilation, j * dilation
        shifted = padded[row : row + high : stride, column : column + wide : stride]
        np.multiply(shifted, kernel[i, j], out=product)
        output += product
    return output


def _banded(padded: FloatArray, kernel: FloatArray, rows: int, columns: int) -> FloatArray:
    """The same with matrix products: each kernel row as a banded matrix that slides by blocks.

    A block of neighboring columns reads one strip of pixels; the banded matrix holds the kernel
    row once for each column, shifted. Two thirds of its products are with zeros, and still it is
    several times faster. Pixels must be finite: zero times infinity would spread.
    """
    height, width = kernel.shape
    blocks = -(-columns // _BLOCK)
    strip = _BLOCK + width - 1
    bands = np.zeros((height, strip, _BLOCK), dtype=padded.dtype)
    across = np.arange(_BLOCK)
    for j in range(width):
        bands[:, across + j, across] = kernel[:, j, None]
    output = np.empty((rows, blocks * _BLOCK), dtype=padded.dtype)
    strips = np.zeros((len(padded), blocks, strip), dtype=padded.dtype)
    by_row, by_column = padded.strides
    strips[:, :-1] = np.lib.stride_tricks.as_strided(
        padded, (len(padded), blocks - 1, strip), (by_row, by_column * _BLOCK, by_column)
    )
    rest = padded[:, (blocks - 1) * _BLOCK :]
    strips[:, -1, : rest.shape[1]] = rest
    flat, sums = strips.reshape(-1, strip), output.reshape(-1, _BLOCK)
    np.matmul(flat[: len(sums)], bands[0], out=sums)
    product = np.empty_like(sums)
    for i in range(1, height):
        np.matmul(flat[i * blocks : i * blocks + len(sums)], bands[i], out=product)
        sums += product
    return np.ascontiguousarray(output[:, :columns])


def _planes(padded: FloatArray, kernel: FloatArray, stride: int, dilation: int) -> FloatArray:
    channels, filters = kernel.shape[2:]
    layers = [np.ascontiguousarray(padded[..., c]) for c in range(channels)]
    sums = [
        sum(_plane(layers[c], kernel[..., c, f], stride, dilation) for c in range(channels))
        for f in range(filters)
    ]
    return np.stack(sums, axis=-1)


def _products(padded: FloatArray, kernel: FloatArray, stride: int, dilation: int) -> FloatArray:
    """Many channels or filters: for each kernel cell one matrix product over the channels."""
    rows, columns = _lengths(padded, kernel, stride, dilation)
    kind = _common(padded, kernel)
    output = np.zeros((rows, columns, kernel.shape[3]), dtype=kind)
    high, wide = stride * (rows - 1) + 1, stride * (columns - 1) + 1
    for i, j in np.ndindex(*kernel.shape[:2]):
        row, column = i * dilation, j * dilation
        output += padded[row : row + high : stride, column : column + wide : stride] @ kernel[i, j]
    return output


def depthwise(
    image: FloatArray,
    kernel: FloatArray,
    bias: FloatArray | float = 0.0,
    *,
    stride: int = 1,
    dilation: int = 1,
    padding: Padding = Padding.VALID,
    flip: bool = False,
) -> FloatArray:
    """Every channel with a kernel of its own; channels are not summed.

    Args:
        image: (H, W, C).
        kernel: (K, L, C).
        bias: One number a channel.

    Returns:
        (H', W', C).
    """
    _same_channels(image.shape[2], kernel.shape[2])
    kernel = flipped(kernel) if flip else kernel
    padded = pad(image, kernel.shape[:2], stride=stride, dilation=dilation, padding=padding)
    rows, columns = _lengths(padded, kernel, stride, dilation)
    output = np.zeros((rows, columns, kernel.shape[2]), dtype=_common(image, kernel))
    high, wide = stride * (rows - 1) + 1, stride * (columns - 1) + 1
    for i, j in np.ndindex(*kernel.shape[:2]):
        row, column = i * dilation, j * dilation
        output += padded[row : row + high : stride, column : column + wide : stride] * kernel[i, j]
    return output + _like(bias, image, kernel)


def pointwise(image: FloatArray, weights: FloatArray, bias: FloatArray | float = 0.0) -> FloatArray:
    """A 1x1 convolution: every pixel's channels are mixed, its neighbors play no part.

    Args:
        image: (H, W, C).
        weights: (C, F).
        bias: One number a filter.

    Returns:
        (H, W, F).
    """
    return convolve(image, weights[None, None], bias)


def transposed(
    image: FloatArray,
    kernel: FloatArray,
    bias: FloatArray | float = 0.0,
    *,
    stride: int = 1,
    dilation: int = 1,
    padding: Padding = Padding.VALID,
) -> FloatArray:
    """Every pixel stamps the kernel, times its value, on the output; stamps that overlap add up.

    It is what a convolution with this kernel does to gradients on their way back, and how
    networks enlarge maps. Same numbers as Keras's ``Conv2DTranspose``.

    Args:
        image: (H, W, C).
        kernel: (K, L, F, C): filters before channels, as Keras stores it.
        bias: One number a filter.

    Returns:
        (H', W', F).

    >>> image = np.array([[1.0, 2.0]])[..., None]
    >>> transposed(image, np.array([[1.0, 10.0]])[..., None, None], stride=2)[..., 0]
    array([[ 1., 10.,  2., 20.],
           [ 0.,  0.,  0.,  0.]])
    """
    _same_channels(image.shape[2], kernel.shape[3])
    stamps = [
        Stamp(size=cells, stride=stride, dilation=dilation, padding=padding)
        for cells in kernel.shape[:2]
    ]
    lengths = [stamp.output_length(side) for stamp, side in zip(stamps, image.shape, strict=False)]
    output = np.zeros((*lengths, kernel.shape[2]), dtype=_common(image, kernel))
    places = [_places(stamp, side) for stamp, side in zip(stamps, image.shape, strict=False)]
    for i, j in np.ndindex(*kernel.shape[:2]):
        rows, columns = places[0][:, i], places[1][:, j]
        above = (rows >= 0) & (rows < lengths[0])
        beside = (columns >= 0) & (columns < lengths[1])
        # Stamps of one kernel cell never meet, so that adding by index loses nothing.
        output[np.ix_(rows[above], columns[beside])] += image[above][:, beside] @ kernel[i, j].T
    return output + _like(bias, image, kernel)


def _places(stamp: Stamp, length: int) -> NDArray[np.intp]:
    return np.array([stamp.writes(index, length) for index in range(length)])


@dataclass(frozen=True, slots=True, eq=False)
class ConvolutionStep:
    """Everything behind one output cell of one filter.

    Attributes:
        row, column: Of the output cell.
        window: (K, L, C) what the kernel lies on, padding included.
        products: (K, L, C) window times kernel.
        sums: (C,) of each channel's products.
        bias: Added once.
        value: The output cell.
    """

    row: int
    column: int
    window: FloatArray
    products: FloatArray
    sums: FloatArray
    bias: float
    value: float


def step(
    image: FloatArray,
    kernel: FloatArray,
    bias: float = 0.0,
    *,
    row: int,
    column: int,
    stride: int = 1,
    dilation: int = 1,
    padding: Padding = Padding.VALID,
    flip: bool = False,
) -> ConvolutionStep:
    """One output cell with all its terms.

    Args:
        image: (H, W, C).
        kernel: (K, L, C) of one filter.
        row, column: Of the output cell.

    >>> taken = step(np.ones((4, 4, 1)), np.full((3, 3, 1), 2.0), 0.5, row=1, column=1)
    >>> taken.value
    18.5
    """
    used = flipped(kernel) if flip else kernel
    padded = pad(image, used.shape[:2], stride=stride, dilation=dilation, padding=padding)
    top, left = row * stride, column * stride
    height, width = (dilation * (cells - 1) + 1 for cells in used.shape[:2])
    window = padded[top : top + height : dilation, left : left + width : dilation]
    products = window * used
    sums = products.sum(axis=(0, 1))
    return ConvolutionStep(
        row=row,
        column=column,
        window=window,
        products=products,
        sums=sums,
        bias=bias,
        value=float(sums.sum() + bias),
    )
