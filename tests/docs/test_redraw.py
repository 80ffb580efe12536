"""The pictures of README and docs."""

import io
import re

import pytest
from redraw import animate, redraw
from rich.console import Console
from rich.text import Text


def drawn(*lines):
    """Rich's picture of a screen with these lines."""
    console = Console(width=20, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in lines:
        console.print(Text.from_markup(line))
    return console.export_svg(title="x")


def boxes(svg, height):
    return [float(width) for width in re.findall(rf'width="([\d.]+)" height="{height}"', svg)]


def test_a_bar_is_one_rectangle_whatever_the_font():
    svg = redraw(drawn("[green]████[/] full"), "stress")
    assert boxes(svg, "24.4") == [pytest.approx(4 * 12.2)]
    assert "█" not in svg
    assert ">full</text>" in svg


def test_an_eighth_of_a_cell_stands_at_its_foot():
    svg = redraw(drawn("▁"), "stress")
    place = re.search(r'y="([\d.]+)" class="s\d+" width="12.2" height="3"', svg)
    text = re.search(r'y="([\d.]+)"[^>]*>x</text>', redraw(drawn("x"), "stress"))
    assert float(place[1]) + 3 == pytest.approx(float(text[1]) - 18.5 + 24.4, abs=0.1)


def test_what_frames_share_is_drawn_once_and_the_rest_in_its_turn():
    svg = animate([drawn("[red]same[/]", "first"), drawn("[red]same[/]", "second")], [1.0, 3.0], "stress")
    assert svg.count(">same</text>") == 1
    group = re.search(r'<g class="(k\d+)">[^\n]*>second</text>', svg)[1]
    assert f"@keyframes {group}{{0.00%{{visibility:hidden}}25.00%{{visibility:visible}}}}" in svg
    assert f".{group}{{visibility:visible;animation:{group} 4s" in svg  # without animations the last frame is seen
    first = re.search(r'<g class="(k\d+)">[^\n]*>first</text>', svg)[1]
    assert f".{first}{{visibility:hidden;" in svg


def test_a_hostile_text_stays_text():
    svg = redraw(drawn("<script>&"), "a < b")
    assert "<script" not in svg
    assert "&lt;script&gt;&amp;" in svg
    assert "a &lt; b" in svg
