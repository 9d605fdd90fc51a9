"""Networks that can be trained here, each with what it introduced."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.errors import LessonError
from core.models.spec import ModelSpec
from core.models.zoo import branching, early
from core.models.zoo.paper import MIN_PAPER_SIZE, paper_network

__all__ = ["MODELS", "TIMELINE", "ZooEntry", "find_entry", "paper_network"]

SMALLEST: Final = 28
"""Side in pixels of the smallest image that every network takes; the paper advises it."""


@dataclass(frozen=True, slots=True)
class ZooEntry:
    """One network of the list.

    Attributes:
        name: Key, as typed on a command line.
        title: For people.
        year: Of the publication.
        idea: What it introduced, in one sentence.
        make: From the input size in pixels and the classes to the network.
        authors: Who published it.
        reference: Journal or proceedings.
        url: Of the publication.
        leaves_out: How ours differs from the original, in one or two sentences.
        smallest: Side in pixels of the smallest input.
    """

    name: str
    title: str
    year: int
    idea: str
    make: Callable[[int, tuple[str, ...]], ModelSpec]
    authors: str
    reference: str
    url: str
    leaves_out: str
    smallest: int = SMALLEST

    def build(self, input_size: int, classes: tuple[str, ...]) -> ModelSpec:
        """The network for images of that side and those classes.

        Raises:
            LessonError: ``model.invalid`` for an input that is too small; what `ModelSpec` refuses.
        """
        if input_size < self.smallest:
            raise LessonError(
                "model.invalid",
                problem=f"{self.title} cannot start from {input_size} pixels: its maps would"
                " shrink to nothing.",
                remedy=f"Choose images of at least {self.smallest} pixels.",
            )
        return self.make(input_size, tuple(classes))


def _paper(input_size: int, classes: tuple[str, ...]) -> ModelSpec:
    return paper_network(input_size, classes)


def _paper_5x5(input_size: int, classes: tuple[str, ...]) -> ModelSpec:
    return paper_network(input_size, classes, kernel_size=5)


_PAPER_AUTHORS: Final = "A. O. Tarasenko, Y. V. Yakimov and V. N. Soloviev"
_PAPER_TITLE: Final = "Convolutional neural networks for image classification"

_ENTRIES: Final = (
    ZooEntry(
        "paper",
        "The paper's network",
        2020,
        "Three blocks of 3x3 filters, ReLU and 2x2 max pooling, then a dense layer.",
        _paper,
        _PAPER_AUTHORS,
        _PAPER_TITLE,
        "",
        "Widths of 32, 64 and 128 filters and 128 dense units are our choice.",
        MIN_PAPER_SIZE,
    ),
    ZooEntry(
        "paper-5x5",
        "The paper's network with 5x5 filters",
        2020,
        "Larger filters: each sees more of the image, for 25/9 of a convolution's products.",
        _paper_5x5,
        _PAPER_AUTHORS,
        _PAPER_TITLE,
        "",
        "The same network with the larger of the two filter sizes that the paper names.",
        MIN_PAPER_SIZE,
    ),
    ZooEntry(
        "neocognitron",
        "Neocognitron",
        1980,
        "Cells that find a feature take turns with cells that forgive where exactly it lies.",
        early.neocognitron,
        "K. Fukushima",
        "Biological Cybernetics 36, 193-202",
        "https://doi.org/10.1007/BF00344251",
        "Fukushima's network taught itself without labels or gradients, and had inhibiting cells "
        "that divide. Ours keeps the order of S- and C-cells and learns by gradient descent.",
    ),
    ZooEntry(
        "lenet",
        "LeNet-5",
        1998,
        "The same few weights at every position, all learned by gradients from pixels to answer.",
        early.lenet,
        "Y. LeCun, L. Bottou, Y. Bengio and P. Haffner",
        "Proceedings of the IEEE 86, 2278-2324",
        "https://doi.org/10.1109/5.726791",
        "The original connects only some maps, has trainable averages and an output of radial "
        "units. Ours has not; inputs above 32 pixels get further rounds of filters.",
    ),
    ZooEntry(
        "alexnet",
        "AlexNet",
        2012,
        "ReLU keeps the gradient alive, so that a large network learns in days instead of weeks.",
        early.alexnet,
        "A. Krizhevsky, I. Sutskever and G. E. Hinton",
        "Advances in Neural Information Processing Systems 25",
        "https://papers.nips.cc/paper/4824",
        "The original has 60 million parameters, color images, two graphics cards with half of the "
        "filters each, and a normalization across channels. Ours keeps the layers' order.",
    ),
    ZooEntry(
        "vgg",
        "VGG",
        2014,
        "Two 3x3 filters in a row see as far as one 5x5 filter, with fewer weights.",
        early.vgg,
        "K. Simonyan and A. Zisserman",
        "International Conference on Learning Representations 2015",
        "https://arxiv.org/abs/1409.1556",
        "The original stacks 16 or 19 layers of weights with up to 512 filters and two dense "
        "layers of 4,096 units. Ours has pairs of up to 64 filters and one dense layer of 128.",
    ),
    ZooEntry(
        "googlenet",
        "GoogLeNet",
        2014,
        "Filters of several sizes side by side, made cheap by 1x1 filters in front of them.",
        branching.googlenet,
        "C. Szegedy and others",
        "Conference on Computer Vision and Pattern Recognition 2015",
        "https://arxiv.org/abs/1409.4842",
        "The original has nine inception modules and two helping classifiers on the way. Ours has "
        "four modules and none.",
    ),
    ZooEntry(
        "shared",
        "Shared scales",
        2014,
        "One set of kernels looks at several sizes of the picture, so a pattern is found at any "
        "scale.",
        branching.shared_scales,
        "A. Kanazawa, A. Sharma and D. Jacobs; Y. Xu and others",
        "arXiv:1412.5104 and arXiv:1411.6369",
        "https://arxiv.org/abs/1412.5104",
        "The originals scale by smaller steps with interpolation. Ours shrinks by 2 and 4 with "
        "plain averages, and the strongest of the three answers counts.",
    ),
    ZooEntry(
        "resnet",
        "ResNet",
        2015,
        "A block adds to its input instead of replacing it, so the gradient always has a way back.",
        branching.resnet,
        "K. He, X. Zhang, S. Ren and J. Sun",
        "Conference on Computer Vision and Pattern Recognition 2016",
        "https://arxiv.org/abs/1512.03385",
        "The original has 18 to 152 layers of weights and up to 2,048 maps. Ours has fourteen, "
        "with up to 64.",
    ),
    ZooEntry(
        "mobilenet",
        "MobileNet",
        2017,
        "One kernel a channel, then a 1x1 mix, in place of 3x3 over all channels: a fraction of "
        "the products.",
        branching.mobilenet,
        "A. G. Howard and others",
        "arXiv:1704.04861",
        "https://arxiv.org/abs/1704.04861",
        "The original has 28 layers of weights and up to 1,024 maps. Ours has up to 128 maps.",
    ),
    ZooEntry(
        "fused",
        "Fused features",
        2019,
        "Fine features of shallow layers reach the answer beside the meaning found by deep ones.",
        branching.fused,
        "S. Pang, A. Du, M. A. Orgun and Z. Yu",
        "Medical & Biological Engineering & Computing 57, 107-121",
        "https://doi.org/10.1007/s11517-018-1819-y",
        "The original fuses more depths of a wider network. Ours joins three depths; of each "
        "map the largest value.",
    ),
)
MODELS: Final[dict[str, ZooEntry]] = {entry.name: entry for entry in _ENTRIES}
"""By name. The paper's network comes first: it is what a form begins with."""

TIMELINE: Final = tuple(
    entry.name
    for entry in sorted(_ENTRIES, key=lambda entry: entry.year)
    if entry.name != "paper-5x5"
)
"""Names by year, without the variant of the paper's network."""


def find_entry(name: str) -> ZooEntry:
    """The entry of that name; ``model.unknown`` with the known names where there is none."""
    if name not in MODELS:
        raise LessonError(
            "model.unknown",
            problem=f"There is no network named {name!r}.",
            remedy=f"Choose one of {', '.join(MODELS)}.",
        )
    return MODELS[name]
