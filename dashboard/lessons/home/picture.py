"""What the living picture shows, computed once: an image, kernels, and their true responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.arrays import FloatArray, UInt8Array

KERNELS: Final = 6
"""Shown on Home."""

_SMOOTH: Final = np.array([1.0, 4.0, 6.0, 4.0, 1.0])
_SLOPE: Final = np.array([-1.0, -2.0, 0.0, 2.0, 1.0])
_BEND: Final = np.array([1.0, 0.0, -2.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedKernel:
    """A kernel with its name and where it comes from.

    Attributes:
        name: What it answers to, in two or three words.
        source: Where its numbers come from.
        weights: (K, K), scaled by `unit_kernel`.
    """

    name: str
    source: str
    weights: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class LivingPicture:
    """One image and the responses of F kernels at every place where they fit.

    Attributes:
        image: (S, S) uint8.
        kernels: The F kernels, all of one size K.
        maps: (F, S-K+1, S-K+1) float32, signed.
        limit: Largest absolute response; every map is drawn with the limits -limit to +limit.
        title: What the image is, for the text twin.
        origin: Where the kernels come from, as one sentence.
    """

    image: UInt8Array
    kernels: tuple[NamedKernel, ...]
    maps: FloatArray
    limit: float
    title: str
    origin: str


def unit_kernel(weights: FloatArray) -> FloatArray:
    """The kernel scaled so that no image with values from 0 to 1 gives more than 1.

    The positive weights add up to at most 1 and the negative ones to at least -1, so that
    responses of different kernels can share one scale.

    >>> unit_kernel(np.array([[2.0, -4.0]]))
    array([[ 0.5, -1. ]])
    """
    largest = max(float(weights.clip(min=0).sum()), float(-weights.clip(max=0).sum()))
    return weights / largest if largest > 0 else weights


def correlate(image: UInt8Array, kernel: FloatArray) -> FloatArray:
    """Responses of a kernel at every place where it fits: (S, S) and (K, K) to (S-K+1, S-K+1).

    The image counts from 0 (black) to 1 (white). The kernel is not flipped, which is what deep
    learning calls convolution.

    >>> correlate(np.array([[0, 255], [0, 255]], dtype=np.uint8), np.array([[-1.0, 1.0]]))
    array([[1.],
           [1.]])
    """
    windows = np.lib.stride_tricks.sliding_window_view(image / 255.0, kernel.shape)
    return np.einsum("rcij,ij->rc", windows, kernel)


def classic_kernels() -> tuple[NamedKernel, ...]:
    """Six named 5x5 kernels that find edges, lines and spots; all are blind to flat gray."""
    across, down = np.outer(_SMOOTH, _SLOPE), np.outer(_SLOPE, _SMOOTH)
    axis = np.arange(-2.0, 3.0)
    squared = axis[:, None] ** 2 + axis[None, :] ** 2
    spot = (1.0 - squared / 2.0) * np.exp(-squared / 2.0)
    sobel = "Sobel kernel of size 5: smoothed along, differentiated across"
    steered = "Sobel kernels of size 5, steered by 45 degrees (Freeman and Adelson 1991)"
    table = (
        ("Upright edges", sobel, across),
        ("Level edges", sobel, down),
        ("Rising edges", steered, across + down),
        ("Falling edges", steered, across - down),
        ("Upright lines", "Second difference across, smoothed along", -np.outer(_SMOOTH, _BEND)),
        ("Spots", "Laplacian of a Gaussian (Marr and Hildreth 1980)", spot - spot.mean()),
    )
    return tuple(
        NamedKernel(name=name, source=source, weights=unit_kernel(weights))
        for name, source, weights in table
    )


def learned_kernels(weights: FloatArray) -> tuple[NamedKernel, ...]:
    """The six most varied kernels of a trained first layer.

    Args:
        weights: (K, K, 1, F), as Keras stores them.
    """
    spread = weights[:, :, 0, :].std(axis=(0, 1))
    chosen = np.sort(np.argsort(spread)[::-1][:KERNELS])
    return tuple(
        NamedKernel(
            name=f"Filter {index + 1}",
            source="First layer of the shipped network, learned from data",
            weights=unit_kernel(weights[:, :, 0, index].astype(np.float64)),
        )
        for index in chosen
    )


def living_picture(
    image: UInt8Array, kernels: Sequence[NamedKernel], *, title: str, origin: str
) -> LivingPicture:
    """Slide every kernel over the image.

    Args:
        image: (S, S) uint8.
        kernels: All of one size.
        title: What the image is.
        origin: Where the kernels come from.
    """
    maps = np.stack([correlate(image, kernel.weights) for kernel in kernels]).astype(np.float32)
    return LivingPicture(
        image=image,
        kernels=tuple(kernels),
        maps=maps,
        limit=float(np.abs(maps).max()),
        title=title,
        origin=origin,
    )
