"""What people call maps and layers, and the colors of maps. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.explain.result import Method
from core.reference.description import EXPLAINED

# Orange and purple of the PuOr scale: signed like the scales of activations (red and blue) and
# of weights (brown and green), and not to be taken for either of them. Orange, the hot color,
# speaks for the class. What speaks against it is also striped.
FOR_RGB: Final = (245, 150, 40)
AGAINST_RGB: Final = (150, 125, 235)

METHOD_TITLES: Final[Mapping[Method, str]] = {
    "hirescam": "HiResCAM",
    "gradcam": "Grad-CAM",
    "gradcampp": "Grad-CAM++",
    "integrated": "Integrated gradients",
    "occlusion": "Occlusion",
    "guided": "Guided backprop",
}
"""Names of the maps for people."""


def layer_title(name: str, *, last: bool = False) -> str:
    """A layer's name for people.

    >>> layer_title("convolution_3", last=True)
    'convolution 3 (last)'
    """
    return EXPLAINED.get(name, name.replace("_", " ")) + (" (last)" if last else "")
