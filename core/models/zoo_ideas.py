"""Which figure shows the idea of which network."""

from __future__ import annotations

from core.arrays import UInt8Array
from core.models import cost_ideas, seen_ideas
from core.models.ideas import Idea


def zoo_ideas(picture: UInt8Array) -> dict[str, Idea]:
    """The idea of each network of the timeline as a figure.

    Args:
        picture: (S, S) gray, at least 72 pixels a side: what the measured ones look at.
    """
    return {
        "neocognitron": seen_ideas.shift_tolerance(picture),
        "lenet": cost_ideas.weight_sharing(),
        "alexnet": seen_ideas.slopes(),
        "vgg": cost_ideas.small_filters(),
        "googlenet": cost_ideas.bottleneck(),
        "shared": seen_ideas.bar_at_any_width(),
        "resnet": seen_ideas.shortcuts(),
        "mobilenet": cost_ideas.separable_cost(),
        "fused": seen_ideas.reaching_features(picture),
        "paper": cost_ideas.halving(),
    }
