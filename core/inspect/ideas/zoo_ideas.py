"""Which figure shows the idea of which network."""

from __future__ import annotations

from core.arrays import UInt8Array
from core.inspect.ideas import counted, measured
from core.inspect.ideas.idea import Idea
from core.ops.stack import INITIALIZATIONS


def shortcut_ideas() -> dict[str, Idea]:
    """ResNet's idea for each way to draw the first weights, by its name."""
    return {name: measured.shortcuts(name) for name in INITIALIZATIONS}


def zoo_ideas(picture: UInt8Array) -> dict[str, Idea]:
    """The idea of each network of the timeline as a figure.

    Args:
        picture: (S, S) gray, at least 72 pixels a side: what the measured ones look at.
    """
    return {
        "neocognitron": measured.shift_tolerance(picture),
        "lenet": counted.weight_sharing(),
        "alexnet": measured.slopes(),
        "vgg": counted.small_filters(),
        "googlenet": counted.bottleneck(),
        "shared": measured.bar_at_any_width(),
        "resnet": measured.shortcuts(),
        "mobilenet": counted.separable_cost(),
        "fused": measured.reaching_features(picture),
        "paper": counted.halving(),
    }
