"""Scenarios: the model, and what a reader of a wrong file is told."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from stress.errors import UsageError
from stress.scenario.library import load_scenario, write_template
from stress.scenario.model import Scenario
from stress.scenario.yaml_file import LARGEST_FILE, read_scenario

GOOD = """\
title: The Waiting Room
about: >
  A paragraph
  for people.
topology: rooms:4
fanout: 2
memory: 1_000
patience: 1m
reply:
  max_tokens: 60
  ignore_eos: yes
setting: |
  Say one sentence.

  Answer the others.
lead: {name: Nurse Abel, is: the nurse at the desk.}
personas:
  - name: No
    is: first in line.
  - name: "1984"
    is: a loud child.
openers:
  - Has anybody been called yet?
  - "Listen: is that fish real?"
"""


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "waiting.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


# Both parsers must agree: libyaml's, and the pure one of machines without it.
@pytest.fixture(params=["libyaml", "pure"], autouse=True)
def parser(request, monkeypatch):
    if request.param == "pure":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    elif not hasattr(yaml, "CSafeLoader"):
        pytest.skip("PyYAML was built without libyaml")


def complaint(path):
    with pytest.raises(UsageError) as wrong:
        read_scenario(path)
    said = str(wrong.value)
    assert said.startswith(str(path))
    assert said.endswith(".")
    assert "\n" not in said
    return said.removeprefix(str(path))


def test_every_field_of_a_file_arrives(file):
    scenario = load_scenario(str(file(GOOD)))
    assert scenario.name == "waiting"
    assert scenario.title == "The Waiting Room"
    assert scenario.about == "A paragraph for people."
    assert (scenario.topology, scenario.fanout, scenario.memory, scenario.patience) == ("rooms:4", 2, 1000, 60.0)
    assert (scenario.reply.max_tokens, scenario.reply.temperature, scenario.reply.ignore_eos) == (60, 0.8, True)
    assert scenario.setting == "Say one sentence.\n\nAnswer the others."
    assert scenario.lead is not None
    assert (scenario.lead.name, scenario.lead.who) == ("Nurse Abel", "the nurse at the desk.")
    assert [persona.name for persona in scenario.personas] == ["No", "1984"]
    assert scenario.openers == ("Has anybody been called yet?", "Listen: is that fish real?")


def test_what_a_file_may_leave_out_has_a_value(file):
    short = "\n".join(
        line
        for line in GOOD.splitlines()
        if not line.startswith(("fanout", "memory", "patience", "lead", "reply", "  max", "  ignore"))
    )
    scenario = read_scenario(file(short))
    assert (scenario.fanout, scenario.memory, scenario.patience, scenario.lead) == (None, 1000, 4.0, None)
    assert (scenario.reply.max_tokens, scenario.reply.temperature, scenario.reply.ignore_eos) == (80, 0.8, False)


def test_an_optional_field_may_be_null(file):
    assert read_scenario(file(GOOD.replace("fanout: 2", "fanout: null"))).fanout is None
    assert read_scenario(file(GOOD.replace("fanout: 2", "fanout: ~"))).fanout is None


@pytest.mark.parametrize("content", [GOOD.replace("\n", "\r\n"), "\ufeff" + GOOD, "---\n" + GOOD + "...\n"])
def test_line_ends_byte_order_marks_and_document_marks_do_not_matter(file, content):
    assert read_scenario(file(content)) == read_scenario(file(GOOD))


def test_a_scenario_is_frozen_and_survives_json():
    scenario = load_scenario("tavern")
    with pytest.raises(ValueError, match="frozen"):
        scenario.title = "x"
    assert Scenario.model_validate_json(scenario.model_dump_json(by_alias=True)) == scenario


WRONG_FIELDS = [
    ("rooms:4", "rooms:1", ", line 5, topology: The topology 'rooms' needs a whole number from 2"),
    ("rooms:4", "rings", ", line 5, topology: 'rings' is not a topology; did you mean 'ring'"),
    ("fanout: 2", "fanout: 0", ", line 6, fanout: should be greater than or equal to 1; found '0'"),
    ("1_000", "lots", ", line 7, memory: should be a whole number; found 'lots'"),
    ("1_000", "", ", line 7, memory: should be a whole number; found nothing"),
    ("1_000", "9" * 6000, ", line 7, memory: "),
    ("1m", "soon", ", line 8, patience: 'soon' is not a duration"),
    ("1m", "-4", ", line 8, patience: '-4' is not a duration"),
    ("1m", "2h", ", line 8, patience: should be less than or equal to 3600"),
    ("max_tokens: 60", "temperature: nan", ", line 10, reply.temperature: should be a finite number"),
    (
        "max_tokens: 60",
        "temprature: 1",
        ", line 10, reply.temprature: there is no such field here; write 'temperature'",
    ),
    ("ignore_eos: yes", "ignore_eos: maybe", ", line 11, reply.ignore_eos: should be true or false; found 'maybe'"),
    ("title: The Waiting Room", "", ", line 2, title: is missing; add it."),
    ("The Waiting Room", "", ", line 1, title: should be text; found nothing"),
    ("The Waiting Room", '""', ", line 1, title: should not be empty; found ''"),
    ("The Waiting Room", "x" * 81, ", line 1, title: should have at most 80 characters; found 'xxx"),
    ("The Waiting Room", r'"\e[31mred"', ", line 1, title: has the control character U+001B"),
    ("- name: No", "- name: [a]", ", line 18, personas[0].name: should be text; found ['a']"),
    ('name: "1984"', "nme: Hanna", ", line 20, personas[1].nme: there is no such field here; write 'name' (1 more"),
    ("    is: a loud child.\n", "", ", line 20, personas[1].is: is missing; add it."),
    ("lead: {name: Nurse Abel, is: the nurse at the desk.}", "lead: Abel", ", line 16, lead: should be a group"),
    ('"Listen: is that fish real?"', "Listen: it is.", ", line 24, openers[1]: should be text, but a colon in it"),
    ("openers:", "openers: none\nopener:", ", line 22, openers: should be a list"),
    ("lead:", "leader:", ", line 16, leader: there is no such field here; write 'lead'."),
    (
        "lead:",
        "who knows:",
        ", line 16, who knows: there is no such field here; write one of title, about, topology",
    ),
]


@pytest.mark.parametrize(("old", "new", "says"), WRONG_FIELDS, ids=[says[:40] for _, _, says in WRONG_FIELDS])
def test_a_wrong_field_is_named_with_its_line(file, old, new, says):
    assert old in GOOD
    assert complaint(file(GOOD.replace(old, new, 1))).startswith(says)


def test_of_several_wrong_fields_the_first_is_told_and_the_others_are_counted(file):
    twice_wrong = GOOD.replace("1_000", "lots").replace("1m", "soon").replace("The Waiting Room", "")
    said = complaint(file(twice_wrong))
    assert said.startswith(", line 1, title: ")
    assert said.endswith(" (2 more to fix after this).")


NO_SCENARIOS = [
    ("", ", line 1: a scenario begins with fields such as"),
    ("# nothing yet\n", ", line 1: a scenario begins with fields"),
    ("- a\n- b\n", ", line 1: a scenario begins with fields"),
    ("hello", ", line 1: a scenario begins with fields"),
    (GOOD + "title: Again\n", ", line 25, title: this field is here twice"),
    (
        GOOD.replace("    is: first", "    name: Two\n    is: first"),
        ", line 19, personas[0].name: this field is here twice",
    ),
    (GOOD + "name: mine\n", ", line 25, name: a scenario is named after its file"),
    (GOOD + "---\ntitle: x\n", ", line 25: a second document starts here"),
    ('title: "open\nabout: x\n', ", line 3: this is not YAML: "),
    ("title: a\n\tabout: b\n", ", line 2: this is not YAML: "),
    ("title: a: b\n", ", line 1: this is not YAML: "),
    (GOOD.replace("- Has", "- @a17 has"), ", line 23: this is not YAML: "),
    ("title: &t x\nabout: *t\n", ", line 1: anchors (&) and aliases (*) are not supported here"),
    ("about: *t\n", ", line 1: anchors (&)"),
    ("? [a]\n: b\n", ", line 1: a field's name must be a word"),
    (b"title: \xe9\n", ": this is not UTF-8 text"),
    ("title: a\0b\n", ": this is not YAML: "),
    ("#" * (LARGEST_FILE + 1), ": larger than 256 KiB"),
    ("[" * 200_000, ", line 1: this is nested too deeply for a scenario"),
    ("[{a: " * 40_000, ", line 1: this is nested too deeply for a scenario"),
]


@pytest.mark.parametrize(("content", "says"), NO_SCENARIOS, ids=[says[:40] for _, says in NO_SCENARIOS])
def test_a_file_that_is_no_scenario_gets_one_sentence(file, content, says):
    assert complaint(file(content)).startswith(says)


def test_an_alias_bomb_is_refused_before_it_grows(file):
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert complaint(file(bomb)).startswith(", line 1: anchors")


def test_a_tag_builds_no_object(file, tmp_path):
    trace = tmp_path / "trace"
    tagged = GOOD.replace("The Waiting Room", f"!!python/object/apply:os.system ['touch {trace}']")
    assert ", line 1, title: should be text" in complaint(file(tagged))
    assert not trace.exists()


@given(st.text(max_size=400))
def test_no_text_gets_more_than_one_sentence(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("any") / "any.yaml"
    path.write_text(GOOD.replace("The Waiting Room", text), encoding="utf-8")
    try:
        said = read_scenario(path).title
    except UsageError as wrong:
        said = str(wrong).removeprefix(str(path))
    assert said
    assert "\n" not in said


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    assert complaint(tmp_path / "none.yaml") == " can't be read: No such file or directory."
    assert complaint(tmp_path) == " can't be read: Is a directory."


def test_an_endless_file_is_not_read_to_its_end():
    assert complaint(Path("/dev/zero")).startswith(": larger than")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("taven", "There is no scenario 'taven'; did you mean 'tavern'? `stress scenarios` lists the library"),
        ("STANDUP", "did you mean 'standup'?"),
        ("xyzzy", "There is no scenario 'xyzzy'; `stress scenarios` lists the library"),
        ("", "There is no scenario ''"),
        ("mine.yml", "mine.yml can't be read"),
        ("./tavern", "tavern can't be read"),
    ],
)
def test_an_unknown_scenario_is_answered_with_the_nearest_name(name, says):
    with pytest.raises(UsageError) as wrong:
        load_scenario(name)
    assert says in str(wrong.value)


def test_the_template_is_a_scenario_and_is_never_written_over_a_file(tmp_path):
    path = tmp_path / "mine.yaml"
    write_template(path)
    assert read_scenario(path).name == "mine"
    path.write_text("my work")
    with pytest.raises(UsageError, match="already exists"):
        write_template(path)
    assert path.read_text() == "my work"


def test_the_model_can_be_imported_without_yaml():
    code = "import sys, stress.scenario.model; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
