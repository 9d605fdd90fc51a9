"""Every page, as data: navigation, headers and tests read this table. No Streamlit here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGES_FOLDER: Final = ROOT / "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the app.

    Attributes:
        slug: Name of the file in ``pages/``, of the address, and prefix of its widget keys.
        title: Shown in the navigation and as heading.
        section: Group in the navigation; empty for the home page.
        icon: Material symbol, bundled with Streamlit.
        goal: One sentence that starts with a verb: what a person can do here.
        carries: One sentence on what goes along to the next page.
    """

    slug: str
    title: str
    section: str
    icon: str
    goal: str
    carries: str = ""

    @property
    def path(self) -> Path:
        """The page's file."""
        return PAGES_FOLDER / f"{self.slug}.py"


PAGES: Final = (
    Page(
        slug="home",
        title="Lightbox",
        section="",
        icon=":material/home:",
        goal="Watch a convolutional network read an X-ray through small windows, then train one.",
        carries="It begins with a single neuron.",
    ),
    Page(
        slug="neuron",
        title="Neuron",
        section="Lessons",
        icon=":material/hub:",
        goal="Turn the weights of one neuron and see what it decides.",
        carries="There its last step, the activation, is looked at alone.",
    ),
    Page(
        slug="activations",
        title="Activations",
        section="Lessons",
        icon=":material/show_chart:",
        goal="Compare activation functions, their slopes and what depth does to them.",
        carries="There layers of such neurons stand behind each other.",
    ),
    Page(
        slug="layers",
        title="Small networks",
        section="Lessons",
        icon=":material/lan:",
        goal="Turn a layer's matrix, then watch a small network learn unit by unit.",
        carries="The numbers that flow through layers are tensors.",
    ),
    Page(
        slug="tensors",
        title="Tensors and batches",
        section="Lessons",
        icon=":material/view_in_ar:",
        goal="Slice tensors of rank 2 to 5, batch them, and find every number's bytes in memory.",
        carries="Weights are tensors too; there is how they learn.",
    ),
    Page(
        slug="descent",
        title="Gradient descent",
        section="Lessons",
        icon=":material/downhill_skiing:",
        goal="Walk downhill with eight optimizers and see why each takes the step it takes.",
        carries="Where the gradient comes from, one example at a time.",
    ),
    Page(
        slug="cycle",
        title="The training cycle",
        section="Lessons",
        icon=":material/cycle:",
        goal="Walk one step of learning, forwards and backwards, with every number in sight.",
        carries="The little kernel that slid here slides over whole pictures next.",
    ),
    Page(
        slug="convolution",
        title="Convolution",
        section="Convolutional networks",
        icon=":material/grid_on:",
        goal="Slide any kernel over any picture and follow every product to its output pixel.",
        carries="Windows again; now each keeps one number of what it sees.",
    ),
    Page(
        slug="pooling",
        title="Pooling",
        section="Convolutional networks",
        icon=":material/grid_view:",
        goal="Keep one number of each window, and see what wins, what is lost and what moves.",
        carries="The network and the picture go along.",
    ),
    Page(
        slug="dropout",
        title="Dropout",
        section="Convolutional networks",
        icon=":material/blur_on:",
        goal="Put random outputs to zero in training, and see why none is missing in use.",
        carries="Dropout is one block there, among all that a network is built of.",
    ),
    Page(
        slug="architecture",
        title="Architecture",
        section="Convolutional networks",
        icon=":material/account_tree:",
        goal="Build a network in blocks, see what it costs and what it sees, then train it.",
        carries="The zoo's networks are made of the same blocks, and each can be built on here.",
    ),
    Page(
        slug="zoo",
        title="The zoo",
        section="Convolutional networks",
        icon=":material/timeline:",
        goal="Meet ten networks from 1980 to 2020, each with its one idea, and race them.",
        carries="Each of the ten can be looked into there, and so can what you train.",
    ),
    Page(
        slug="features",
        title="Feature maps",
        section="Convolutional networks",
        icon=":material/visibility:",
        goal="Look into any network: from all its maps to the numbers of one cell.",
        carries="The network and its maps go along: now one answer is taken apart.",
    ),
    Page(
        slug="hierarchy",
        title="Spatial hierarchy",
        section="Convolutional networks",
        icon=":material/account_tree:",
        goal="Take an answer apart: from the whole to its parts, down to the pixels.",
        carries="From one network's parts to the pictures that it learned from.",
    ),
    Page(
        slug="dataset",
        title="Dataset",
        section="Train on X-rays",
        icon=":material/photo_library:",
        goal="Know the pictures before a network sees them.",
        carries="The set goes along.",
    ),
    Page(
        slug="train",
        title="Train",
        section="Train on X-rays",
        icon=":material/monitoring:",
        goal="Train a network and read its curves while they grow.",
        carries="The network you trained goes along.",
    ),
    Page(
        slug="minute",
        title="A model of your own",
        section="Train on X-rays",
        icon=":material/photo_camera:",
        goal="Collect pictures, train on them in a minute, and see what so few are worth.",
        carries="How to read what a network answers, when there are enough pictures to tell.",
    ),
    Page(
        slug="results",
        title="Read the results",
        section="Train on X-rays",
        icon=":material/balance:",
        goal="Move one threshold, and see what is missed and what alarms for nothing.",
        carries="The network goes along, and so does an X-ray that you open here.",
    ),
    Page(
        slug="compare",
        title="Compare runs",
        section="Train on X-rays",
        icon=":material/compare_arrows:",
        goal="Lay trainings over each other, and see which difference is more than luck.",
        carries="An X-ray on which two networks differ goes along, with the one that is wrong.",
    ),
    Page(
        slug="leaks",
        title="Leak laboratory",
        section="Train on X-rays",
        icon=":material/leak_add:",
        goal="Spoil a data set on purpose, and watch the score leap while the test does not.",
        carries="From what spoils a score to what truly raises it.",
    ),
    Page(
        slug="transfer",
        title="Transfer learning",
        section="Train on X-rays",
        icon=":material/moving:",
        goal="See what a million photographs are worth to a network that reads X-rays.",
        carries="There the strongest of these networks reads one X-ray.",
    ),
    Page(
        slug="xray",
        title="Test an X-ray",
        section="Train on X-rays",
        icon=":material/radiology:",
        goal="Show a network one X-ray and see where it looked.",
        carries="The network and the X-ray go along, to see what their map is worth.",
    ),
    Page(
        slug="trust",
        title="Can the map be trusted?",
        section="Train on X-rays",
        icon=":material/fact_check:",
        goal="Put a map to tests that it can fail, and erase by hand what it calls important.",
    ),
)
SLUGS: Final = tuple(page.slug for page in PAGES)
ASIDE: Final = (
    Page(
        slug="health",
        title="Server",
        section="Lecturer",
        icon=":material/monitor_heart:",
        goal="See who is here, what works, what memory and disk hold, and what went wrong.",
    ),
)
"""Pages beside the lessons: no step of a lecture leads to them, and students see none of them."""


def page(slug: str) -> Page:
    """The page of that slug.

    Raises:
        KeyError: If there is none; slugs are written in code, so this is a bug.
    """
    return {entry.slug: entry for entry in (*PAGES, *ASIDE)}[slug]


def following(slug: str) -> Page | None:
    """The page that a lecture goes on with; None behind the last one.

    >>> following("convolution").slug
    'pooling'
    """
    at = SLUGS.index(slug) + 1
    return PAGES[at] if at < len(PAGES) else None
