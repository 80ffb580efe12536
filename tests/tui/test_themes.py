"""Every theme: which one a terminal gets, whether it can be read, and what reaches the terminal."""

from itertools import combinations

import msgspec
import numpy as np
import pytest
from duel_pictures import FakeDuel, FakeDuelPlayback
from duel_pictures import picture as duel_picture
from pictures import Clock, FakePlayback, FakeRun, snapshot
from rich.color import ColorSystem
from rich.console import Console
from test_keys import drawn
from textual.strip import Strip

from stress.errors import UsageError
from stress.fold.snapshot import Point
from stress.runs.handle import Control
from stress.view.themes import THEMES
from tui.app import StressApp, Viewing
from tui.duel.app import DuelApp, DuelReplayApp
from tui.panels.agents import Agents
from tui.panels.curve import Curve
from tui.panels.keys import Keys
from tui.panels.ramp import Ramp
from tui.replay_app import ReplayApp
from tui.theme import ALL_THEMES, COLOUR_BLIND, DARK, LIGHT, MONO, SIXTEEN, Theme, choose_theme

# --- which one


def found(environ: dict[str, str]) -> str | None:
    """What rich makes of such an environment."""
    return Console(force_terminal=True, _environ=environ).color_system


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({"TERM": "xterm-256color"}, "dark"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "dark"),
        ({"TERM": "tmux-256color"}, "dark"),
        ({"TERM": "xterm"}, "sixteen"),
        ({"TERM": "linux"}, "sixteen"),
        ({"TERM": "screen"}, "sixteen"),
        ({"TERM": "xterm-16color"}, "sixteen"),
        ({"TERM": "dumb"}, "mono"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "mono"),
        ({"TERM": "linux", "NO_COLOR": "1"}, "mono"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "dark"),
    ],
)
def test_a_terminal_gets_the_theme_that_suits_it(environ, theme):
    assert choose_theme(None, environ, found(environ)).name == theme


@pytest.mark.parametrize("name", THEMES)
def test_a_theme_that_was_asked_for_is_taken_whatever_the_terminal_says(name):
    assert choose_theme(name, {"NO_COLOR": "1"}, "standard").name == name


def test_the_error_for_an_unknown_name_lists_all_themes():
    with pytest.raises(UsageError) as caught:
        choose_theme("pink", {}, "truecolor")
    assert all(name in str(caught.value) for name in ("pink", *ALL_THEMES))


def test_the_command_line_knows_every_theme():
    assert tuple(ALL_THEMES) == THEMES


# --- can it be read


def linear(colour: str) -> np.ndarray:
    """Red, green and blue as amounts of light."""
    value = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG's ratio."""
    dark, light = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def texts(theme: Theme) -> list[tuple[str, str]]:
    """Every ink in which something is written, and its ground."""
    on_ground = (theme.muted, theme.text, theme.strong, theme.tokens, theme.agents, theme.warn, theme.bad)
    on_bar = (theme.muted, theme.text, theme.strong, theme.warn, theme.bad)
    filled = (theme.tokens, theme.agents, theme.warn, theme.bad, theme.waiting, theme.thinking, theme.muted)
    return [
        *((ink, theme.ground) for ink in on_ground),
        *((ink, theme.bar) for ink in on_bar),
        *((theme.ink, ground) for ground in filled),
        (theme.text, theme.idle),
    ]


@pytest.mark.parametrize("theme", [LIGHT, COLOUR_BLIND], ids=lambda theme: theme.name)
def test_every_text_stands_out_from_its_ground(theme):
    assert min((contrast(*pair), pair) for pair in texts(theme)) >= (4.5,)


def test_every_area_stands_out_from_white():
    areas = (LIGHT.tokens, LIGHT.agents, LIGHT.agents_area, LIGHT.tokens_area, LIGHT.ahead, LIGHT.load, LIGHT.faint)
    for colour in (*areas, LIGHT.idle, LIGHT.waiting, LIGHT.thinking, LIGHT.bad):
        assert contrast(colour, LIGHT.ground) >= 3, colour
    assert contrast(LIGHT.load, LIGHT.track) >= 3


SIGHT = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
"""What becomes of linear red, green and blue: Machado, Oliveira and Fernandes 2009, severity 1.0."""


def seen(colour: str, sight: str) -> np.ndarray:
    """The colour as such an eye sees it, in CIELAB."""
    rgb = np.clip(SIGHT[sight] @ linear(colour), 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = (
        np.cbrt(part) if part > 0.008856 else 7.787 * part + 16 / 116 for part in to_xyz @ rgb / [0.9505, 1, 1.089]
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(
    "names",
    [("tokens", "agents", "load", "warn", "bad"), ("tokens", "tokens_area", "agents_area", "ground")],
    ids=["meanings", "areas"],
)
def test_colours_stay_apart_for_the_colour_blind(sight, names):
    for one, other in combinations(names, 2):
        pair = (seen(getattr(COLOUR_BLIND, name), sight) for name in (one, other))
        assert np.linalg.norm(np.subtract(*pair)) >= 20, (one, other)  # 2.3 is the least that anybody notices


# --- what reaches the terminal


async def codes(app: StressApp, colours: ColorSystem) -> list[str]:
    """The style of every piece of the screen, the help open, as it is written to the terminal."""
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        return [Strip.render_ansi(style, colours) for strip in strips for _, style, _ in strip if style]


def numbers(found: list[str]) -> set[int]:
    return {int(code) for style in found for code in style.split(";") if code}


def app_with(theme: Theme) -> StressApp:
    shown = snapshot(gpu_number=6, errors={"timeout": 3})
    return StressApp(FakeRun(shown), Viewing(theme, clock=Clock()))


async def test_sixteen_says_the_terminals_own_colours_and_no_shade():
    whole = await codes(app_with(SIXTEEN), ColorSystem.TRUECOLOR)
    allowed = {1, *range(30, 38), *range(90, 98), *range(40, 48), *range(100, 108)}
    assert numbers(whole) <= allowed
    assert whole == await codes(app_with(SIXTEEN), ColorSystem.STANDARD)


async def test_mono_has_no_colour_but_the_terminals_two():
    assert numbers(await codes(app_with(MONO), ColorSystem.TRUECOLOR)) <= {1, 2, 7, 39, 49}


async def test_a_theme_that_was_asked_for_keeps_its_colours_under_no_color(monkeypatch):
    coloured = await codes(app_with(DARK), ColorSystem.TRUECOLOR)
    monkeypatch.setenv("NO_COLOR", "1")
    assert await codes(app_with(DARK), ColorSystem.TRUECOLOR) == coloured


# --- nothing by colour alone


def mono(panel):
    panel.theme = MONO
    return panel


def test_without_colour_throughput_is_an_area_and_agents_are_a_line():
    fallen = tuple(Point(t, 1000.0 if t < 20 else 500.0, 20 if t < 20 else 180, 0) for t in range(60))
    shown = msgspec.structs.replace(snapshot(t=59.0), curve=fallen)
    title, *lines = mono(Curve("curve")).draw(shown, 100, 14)
    assert "█ ← tok/s  ━━ agents →" in title.text
    early, late = ([line.text[column] for line in lines[:-1]] for column in (20, 80))
    assert "".join(early) == "  ████████▁█"
    assert "".join(late) == " ▔     █████"


def test_without_colour_the_line_of_agents_is_seen_over_the_area():
    shown = msgspec.structs.replace(snapshot(t=59.0), curve=tuple(Point(t, 1000.0, 20, 0) for t in range(60)))
    over = [segment for line in mono(Curve("curve")).draw(shown, 100, 14) for segment in line if "▁▁" in segment.text]
    assert [segment.style.reverse for segment in over] == [True]


@pytest.mark.parametrize("theme", [DARK, LIGHT, COLOUR_BLIND], ids=lambda theme: theme.name)
def test_a_line_over_an_area_stands_out_from_it(theme):
    for line, body in ((theme.agents, theme.tokens_area), (theme.strong, theme.tokens_area)):
        assert contrast(line, body) >= 2, (line, body)
    assert contrast(theme.strong, theme.agents_area) >= 3


def test_without_colour_what_is_still_to_come_of_the_ramp_is_dotted():
    foot = mono(Ramp("ramp")).draw(snapshot(t=61.0), 100, 8)[-2].text
    done, _, ahead = foot[6:].rstrip().partition("░")
    assert set(done) <= set(" ▁▂▃▄▅▆▇█")
    assert set(ahead) == {"░"}


def test_without_colour_an_agent_is_its_glyph():
    drawn = [strip.text for strip in mono(Agents("agents")).draw(snapshot(agents=6, peak=6), 48, 12)]
    assert any("a01 >" in line for line in drawn)
    assert any("a03" in line and "▌" not in line.partition("a03")[2][:4] for line in drawn)


# --- while it runs


APPS = {
    "live": lambda: StressApp(FakeRun(snapshot(gpu_number=2)), Viewing(clock=Clock())),
    "replay": lambda: ReplayApp(FakePlayback(snapshot()), Viewing(clock=Clock())),
    "duel": lambda: DuelApp(FakeDuel(duel_picture()), Viewing(clock=Clock())),
    "duel replay": lambda: DuelReplayApp(FakeDuelPlayback(duel_picture()), Viewing(clock=Clock())),
}


@pytest.mark.parametrize("kind", APPS)
async def test_t_goes_through_all_themes_and_names_them(kind):
    async with APPS[kind]().run_test(size=(120, 40)) as pilot:
        for name in (*THEMES[1:], THEMES[0]):
            await pilot.press("t")
            assert f"Theme: {name}." in drawn(pilot.app.query_one(Keys))
        assert pilot.app.run_handle.asked == [Control("theme")] * len(THEMES)


@pytest.mark.parametrize("theme", [SIXTEEN, MONO], ids=lambda theme: theme.name)
async def test_the_palette_has_the_themes_own_colours_too(theme):
    app = StressApp(FakeRun(snapshot()), Viewing(theme, clock=Clock()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.pause(0.3)
        styles = [style for strip in app.screen._compositor.render_strips() for _, style, _ in strip if style]
    names = {colour.name for style in styles for colour in (style.color, style.bgcolor) if colour}
    assert len(styles) > 20
    assert not any(name.startswith("#") for name in names), names


@pytest.mark.parametrize("kind", APPS)
async def test_another_theme_restyles_everything_at_once(kind):
    def styles():
        return [style for strip in app.screen._compositor.render_strips() for _, style, _ in strip if style]

    app = APPS[kind]()
    async with app.run_test(size=(120, 40)) as pilot:
        before = {colour for style in styles() for colour in (style.color, style.bgcolor) if colour}
        app.action_next_theme()
        await pilot.pause()
        after = {colour for style in styles() for colour in (style.color, style.bgcolor) if colour}
        assert not before & after - {colour for colour in before if colour.name == "#ffffff"}
