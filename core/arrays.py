"""Array types and the order of axes, in one place.

Images are (H, W), batches (N, H, W) or (N, H, W, C): channels last everywhere, as in Keras.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.floating[Any]]
IntArray: TypeAlias = NDArray[np.integer[Any]]
RealArray: TypeAlias = NDArray[np.integer[Any] | np.floating[Any]]
UInt8Array: TypeAlias = NDArray[np.uint8]
BoolArray: TypeAlias = NDArray[np.bool_]
