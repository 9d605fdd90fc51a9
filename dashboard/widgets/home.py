"""What Home consists of: the promise with its three doors, the living picture, the map."""

from __future__ import annotations

from itertools import groupby
from typing import Final

import streamlit as st

from dashboard import cache, catalogue
from dashboard.catalogue import Page
from dashboard.components.hero.component import hero

DOORS: Final = (
    ("lesson", "Present a lesson", "dataset", ":material/slideshow:"),
    ("train", "Train a network", "train", ":material/play_circle:"),
    ("xray", "Test an X-ray", "xray", ":material/radiology:"),
)
"""Name of the text section, label, slug of the page it opens, icon."""


STYLE: Final = """
.home-promise h1 { font-size: clamp(2.2rem, 3.2vw, 3.2rem); line-height: 1.05; margin: 0; padding: 0;
  font-weight: 680; letter-spacing: -.02em; }
.home-promise p { margin: .6rem 0 .4rem; font-size: 1.12rem; line-height: 1.45; color: var(--lb-muted); }
[class*="st-key-home_door_"], [class*="st-key-home_stop_"] { position: relative;
  background: var(--lb-surface); border: 1px solid var(--lb-border); border-radius: var(--lb-radius);
  padding: .7rem .85rem .75rem; gap: .1rem; transition: border-color .2s, box-shadow .2s; }
[class*="st-key-home_door_"]:hover, [class*="st-key-home_stop_"]:hover,
[class*="st-key-home_door_"]:focus-within, [class*="st-key-home_stop_"]:focus-within {
  border-color: var(--lb-accent); box-shadow: 0 0 18px -4px var(--lb-accent); }
[class*="st-key-home_door_"] a, [class*="st-key-home_stop_"] a { position: static !important;
  padding: 0 !important; background: none !important; min-height: 0 !important; }
[class*="st-key-home_door_"] a::after, [class*="st-key-home_stop_"] a::after { content: "";
  position: absolute; inset: 0; border-radius: var(--lb-radius); z-index: 1; }
[class*="st-key-home_door_"] a:focus-visible::after, [class*="st-key-home_stop_"] a:focus-visible::after {
  outline: 2px solid var(--lb-accent); outline-offset: 2px; }
[class*="st-key-home_door_"] a p, [class*="st-key-home_stop_"] a p { font-size: 1.15rem !important; font-weight: 620; }
.home-door-words { margin: .1rem 0 0; color: var(--lb-muted); font-size: 1rem; line-height: 1.35; }
.home-heading { font-size: 1.45rem; margin: 1.2rem 0 0; padding: 0; font-weight: 640; }
.home-section { color: var(--lb-muted); margin: .4rem 0 .2rem; font-size: 1rem; }
[class*="st-key-home_stop_"] { height: 100%; }
"""


def styles() -> None:
    """The look of what only Home has."""
    st.html(f"<style>{STYLE}</style>")


def opening() -> None:
    """The first screen: promise and doors beside the living picture."""
    text = cache.page_text("home")
    with st.container(key="home_opening"):
        left, right = st.columns([3, 10], gap="large", vertical_alignment="top")
        with left:
            st.html(f'<div class="home-promise"><h1>Lightbox</h1><p>{text["promise"]}</p></div>')
            for name, label, slug, icon in DOORS:
                door(name, label, catalogue.page(slug), icon, text[f"door-{name}"])
        with right:
            hero(cache.living_picture(), key="home_hero")


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
            for page, column in zip(entries := list(members), st.columns(len(entries)), strict=True):
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
