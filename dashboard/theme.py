"""The look, written once: a radiologist's light box.

Images glow, everything else steps back. Dark is graphite, light is paper; one accent, film
blue. The same values stand in ``.streamlit/config.toml``, which Streamlit reads by itself; a
test compares the two. No Streamlit here: `dashboard.frame.current_theme` picks a theme.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

# Paul Tol's colors that keep 3:1 against both backgrounds (ANCHORS, accessibility).
TRAINING: Final = "#0077bb"
VALIDATION: Final = "#cc3311"
REFERENCE: Final = "#ee3377"
OTHER: Final = "#009988"

# Perceptually ordered or signed scales; zero of a signed scale is its neutral middle.
ACTIVATION_SCALE: Final = "RdBu"
WEIGHT_SCALE: Final = "BrBG"
MAGNITUDE_SCALE: Final = "Cividis"

FONT: Final = '"Source Sans", "Source Sans Pro", system-ui, sans-serif'
MONO: Final = '"Source Code Pro", ui-monospace, monospace'

TEXT_PX: Final = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colors and sizes of one appearance.

    Attributes:
        name: ``dark`` or ``light``.
        background, surface, border, text, muted, accent: CSS colors.
        primary: Ground of the one button that matters, under white type.
        training, validation, reference, other: Colors of curves; the same thing has the same
            color everywhere in the app.
        text_px: Size of running text and of text in figures, in CSS pixels.
        line_px: Width of a curve, in CSS pixels.
    """

    name: str
    background: str
    surface: str
    border: str
    text: str
    muted: str
    accent: str
    primary: str
    training: str = TRAINING
    validation: str = VALIDATION
    reference: str = REFERENCE
    other: str = OTHER
    text_px: int = TEXT_PX
    line_px: float = 2.5

    @property
    def is_dark(self) -> bool:
        """Whether the background is dark."""
        return self.name == "dark"

    def layout(self) -> dict[str, Any]:
        """Plotly layout shared by every chart, as plain JSON.

        Source: https://plotly.com/javascript/reference/layout/
        """
        axis = {
            "gridcolor": self.border,
            "linecolor": self.border,
            "zerolinecolor": self.border,
            "tickfont": {"size": self.text_px - 1, "color": self.text},
            "title": {"font": {"size": self.text_px, "color": self.text}},
            "automargin": True,
        }
        return {
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": self.text_px, "color": self.text},
            "colorway": [self.training, self.validation, self.reference, self.other],
            "margin": {"l": 16, "r": 16, "t": 40, "b": 16},
            "hoverlabel": {"font": {"size": self.text_px, "family": FONT}},
            "xaxis": axis,
            "yaxis": axis,
            "showlegend": False,
        }


DARK: Final = Theme(
    name="dark",
    background="#15181c",
    surface="#20252b",
    border="#3a424b",
    text="#e9ecef",
    muted="#a9b3bd",
    accent="#7db8f0",
    primary="#2f78bb",
    # On graphite the printed blue and red are brightened a little, to stay above 4.5:1.
    training="#3d9fdd",
    validation="#ee6a4a",
    reference="#ff6f9f",
    other="#2bbfae",
)
LIGHT: Final = Theme(
    name="light",
    background="#fbfaf7",
    surface="#f0eee8",
    border="#cfccc4",
    text="#1c2126",
    muted="#59626b",
    accent="#0b5fa5",
    primary="#0b5fa5",
)
THEMES: Final = {theme.name: theme for theme in (DARK, LIGHT)}


def relative_luminance(color: str) -> float:
    """WCAG relative luminance of ``#rrggbb``, 0 (black) to 1 (white).

    Source: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance

    >>> relative_luminance("#ffffff")
    1.0
    """
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    """WCAG contrast ratio of two ``#rrggbb`` colors, 1 to 21.

    >>> round(contrast("#000000", "#ffffff"))
    21
    """
    low, high = sorted((relative_luminance(first), relative_luminance(second)))
    return (high + 0.05) / (low + 0.05)
