"""What Home consists of: the promise with its three doors, the living picture, the map."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Final

import streamlit as st

from dashboard import cache, catalogue
from dashboard.catalogue import Page
from dashboard.lessons.home.cache import living_picture
from dashboard.lessons.home.stage import SCHEMA, payload, show
from dashboard.shared.lesson import Lesson, words

SLUG: Final = "home"
DOORS: Final = (
    ("lesson", "Present a lesson", "neuron", ":material/slideshow:"),
    ("train", "Train a network", "train", ":material/play_circle:"),
    ("xray", "Test an X-ray", "xray", ":material/radiology:"),
)
"""Name of the text section, label, slug of the page it opens, icon."""


STYLE: Final = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


def body() -> None:
    """Draw the page: the living picture with the doors beside it, then the map."""
    st.html(f"<style>{STYLE}</style>")
    text = cache.page_text(SLUG)
    lesson = Lesson(SLUG)
    with lesson.corner():
        for name, label, slug, icon in DOORS:
            door(name, label, catalogue.page(slug), icon, text[f"door-{name}"])
    with lesson.stage():
        header = lesson.header(SCHEMA)
        show(data=payload(living_picture(), header, words(text)), key="home_stage")
    with lesson.below():
        lesson_map()
        about()
    lesson.finish()


def door(name: str, label: str, page: Page, icon: str, sentence: str) -> None:
    """One way in: the whole card is the link."""
    with st.container(key=f"home_door_{name}"):
        st.page_link(page.path, label=label, icon=icon, width="stretch")
        st.html(f'<p class="home-door-words">{sentence}</p>')


def lesson_map() -> None:
    """All pages that exist, by section, in teaching order, from the catalogue."""
    st.html('<h2 class="home-heading" id="map">Map of the lessons</h2>')
    st.markdown(cache.page_text("home")["map"])
    pages = [page for page in catalogue.PAGES if page.section]
    number = 0
    for section, members in groupby(pages, key=lambda page: page.section):
        st.html(f'<p class="home-section">{section}</p>')
        with st.container(key=f"home_map_{section.lower().replace(' ', '_')}"):
            entries = list(members)
            for page, column in zip(entries, st.columns(len(entries)), strict=True):
                number += 1
                with column, st.container(key=f"home_stop_{page.slug}"):
                    st.page_link(
                        page.path, label=f"{number}. {page.title}", icon=page.icon, width="stretch"
                    )
                    st.html(f'<p class="home-door-words">{page.goal}</p>')


def about() -> None:
    """The paper behind the lessons, how scores are told, and where pictures stay."""
    text = cache.page_text("home")
    titles = (("The paper", "paper"), ("Honest numbers", "honest"), ("Your pictures", "private"))
    with st.container(key="home_about"):
        for (title, name), column in zip(titles, st.columns([2, 1, 1], gap="large"), strict=True):
            with column:
                st.html(f'<h2 class="home-heading">{title}</h2>')
                st.markdown(text[name])
