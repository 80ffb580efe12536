"""The library's own scenarios."""

import re
from pathlib import Path

import pytest
import yaml

import stress.scenario.library
from stress.scenario.library import DEFAULT_SCENARIO, corpus, library, library_dir, load_scenario
from stress.scenario.model import Scenario
from stress.scenario.topology import parse_topology

TALKS = [name for name in library() if name != "burst"]


def words(text):
    return len(text.split())


def test_the_library_has_what_the_manual_promises():
    promised = {"standup", "debate", "telephone", "townhall", "tavern", "review", "burst"}
    assert promised < set(library())
    assert DEFAULT_SCENARIO in library()
    assert list(library()) == sorted(library())


def test_the_topologies_of_the_library_are_all_different():
    topologies = [load_scenario(name).topology.partition(":")[0] for name in library()]
    assert sorted(topologies) == ["all", "none", "pairs", "random", "ring", "rooms", "star", "tree"]


@pytest.mark.parametrize("name", library())
def test_a_page_is_long_enough_to_live_and_short_enough_to_read(name):
    scenario = load_scenario(name)
    assert scenario.name == name
    assert 6 <= len(scenario.personas) <= 12
    assert 16 <= len(scenario.openers) <= 30
    assert 60 <= words(scenario.setting) <= 140
    assert all(8 <= words(opener) <= 30 for opener in scenario.openers)
    assert len({persona.name for persona in scenario.personas}) == len(scenario.personas)
    assert len(set(scenario.openers)) == len(scenario.openers)


@pytest.mark.parametrize("name", library())
def test_a_persona_completes_a_sentence_that_begins_with_its_name(name):
    scenario = load_scenario(name)
    for persona in [*scenario.personas, *([scenario.lead] if scenario.lead else [])]:
        first = persona.who.split()[0]
        assert first == first.lower(), f"{persona.name} is {persona.who}"
        assert persona.who.endswith(".")


@pytest.mark.parametrize("name", TALKS)
def test_agents_that_talk_are_told_how_to_address_a_neighbour_and_leave_room_to_remember(name):
    scenario = load_scenario(name)
    assert re.search(r"begin with .*@a\d+", " ".join(scenario.setting.split()))
    longest = max(len(persona.who) for persona in scenario.personas)
    fixed = (len(scenario.setting) + longest) / 3.5 + scenario.reply.max_tokens
    assert scenario.memory > 2 * fixed


def test_a_burst_stands_alone():
    burst = load_scenario("burst")
    assert (burst.topology, burst.memory, burst.patience) == ("none", 0, 0.0)
    assert (burst.reply.max_tokens, burst.reply.ignore_eos) == (2000, True)


def test_a_crowd_does_not_hear_every_word_of_everyone():
    for scenario in map(load_scenario, library()):
        widest = max(len(parse_topology(scenario.topology).neighbours(i, 200)) for i in range(200))
        assert min(widest, scenario.fanout or widest) <= 6, scenario.name


def test_the_corpus_is_the_librarys_prose_and_small_enough_for_a_toy_vocabulary():
    text = corpus()
    assert text == corpus()
    assert 6_000 <= words(text) <= 10_000
    assert len(set(re.findall(r"\w+", text.lower()))) < 3_500
    for scenario in map(load_scenario, library()):
        for part in (scenario.setting, scenario.personas[-1].who, scenario.openers[0]):
            assert " ".join(part.split()) in text


def test_the_corpus_takes_further_scenarios_but_none_twice():
    tavern = load_scenario("tavern")
    mine = Scenario.model_validate(
        {**tavern.model_dump(by_alias=True), "name": "mine", "openers": ["A word unheard of."]}
    )
    assert corpus(tavern) == corpus()
    assert corpus(mine).startswith(corpus())
    assert corpus(mine).endswith("A word unheard of.")


def test_the_library_is_found_in_an_installed_package_and_in_a_checkout(tmp_path, monkeypatch):
    checkout = Path(__file__).parents[2] / "scenarios"
    assert library_dir() == checkout or library_dir().parent.name == "stress"
    installed = tmp_path / "stress"
    (installed / "scenarios").mkdir(parents=True)
    (tmp_path / "scenarios").mkdir()
    monkeypatch.setattr(stress.scenario.library, "__file__", str(installed / "scenario" / "library.py"))
    assert library_dir() == installed / "scenarios"
    (installed / "scenarios").rmdir()
    assert library_dir() == tmp_path / "scenarios"


@pytest.mark.parametrize("name", library())
def test_a_page_reads_the_same_to_any_yaml_reader(name):
    plain = yaml.safe_load((library_dir() / f"{name}.yaml").read_text(encoding="utf-8"))
    scenario = load_scenario(name)
    assert [opener.strip() for opener in plain["openers"]] == list(scenario.openers)
    assert plain["setting"].strip() == scenario.setting
    assert plain["title"] == scenario.title
