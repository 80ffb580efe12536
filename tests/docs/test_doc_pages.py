"""README and docs hold together: lengths, links, pictures, numbers, options."""

import re

import numbered
import pytest
from pages import PAGES, README, ROOT, anchors, known_options, links, options

OTHERS = {
    "docs/h200.md": {"--dataset-name"},  # of vllm bench serve
}
"""Options of other programs."""


def each_page():
    return pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def test_readme_is_read_in_a_few_minutes():
    assert len(README.read_text().splitlines()) <= 150


@each_page()
def test_links_lead_to_files_and_headings_that_exist(page):
    broken = []
    for file, anchor in links(page):
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(f"{file}#{anchor}")
    assert broken == []


@each_page()
def test_options_that_a_page_names_exist(page):
    others = OTHERS.get(str(page.relative_to(ROOT)), set())
    assert options(page) - known_options() - others == set()


def test_every_page_of_docs_is_linked_from_readme():
    named = {(README.parent / file).resolve() for file, _ in links(README)}
    assert {page for page in PAGES if page != README} - named == set()


PICTURES = sorted({(page.parent / file).resolve() for page in PAGES for file, _ in links(page) if file.endswith("svg")})


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_a_picture_shows_a_screen(picture):
    drawn = picture.read_text()
    assert drawn.count("<text") > 30
    assert "<script" not in drawn


def test_every_number_on_a_picture_is_explained_beside_it():
    ramp, duel = (ROOT / "docs" / "screen.md").read_text().split("## A duel")
    for text, panels in ((ramp, numbered.RAMP), (duel, numbered.DUEL)):
        numbers = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
        assert numbers == list(range(1, len(panels) + 1))
