"""Streamer-safe: what is private goes, what is measured stays."""

import ipaddress
import json
import subprocess
import sys
import time
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stress.duel.record import DuelRecord
from stress.duel.snapshot import DuelSnapshot
from stress.events import Trouble, to_line
from stress.fold.snapshot import Snapshot
from stress.privacy import redactor as streamer_safe
from stress.privacy.own_facts import own_facts
from stress.privacy.redactor import HARMLESS, Facts, Redactor, masked, text_fields
from stress.view.safe import masked_snapshot

sys.path.insert(0, str(Path(__file__).parent.parent / "tui"))

from duel_pictures import FakeDuel, picture
from pictures import Clock, FakeRun, messages, snapshot

FACTS = Facts(
    homes=frozenset({"/data/people/alice", "/root"}),
    users=frozenset({"alice", "max", "root", "Alice Example"}),
    hosts=frozenset({"gpu-box", "gpu-box.lan", "vm"}),
    addresses=frozenset({"10.9.8.7", "fe80::abcd", "02:fc:00:00:00:01"}),
    secrets=frozenset({"plain-words-key"}),
)
MASK = Redactor(FACTS)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # keys and tokens
        ("key sk-abcd1234efgh refused", "key ••• refused"),
        ("Incorrect API key provided: sk-proj*****wxyz.", "Incorrect API key provided: •••."),
        ("HF_TOKEN=hf_abcdefghijkl", "HF_TOKEN=•••"),
        ("gho_16C7e42F292c6912E7710c838347Ae178B4a", "•••"),
        ("AKIAIOSFODNN7EXAMPLE", "•••"),
        ("Authorization: Bearer abcdefgh", "Authorization: Bearer •••"),
        ("Bearer abcdef1234567", "Bearer •••"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3", "•••"),
        ('--extra-body \'{"api_key": "abc"}\'', '--extra-body \'{"api_key": "•••"}\''),
        ("api_key='x y' token=abc, password=1", "api_key='•••' token=•••, password=•••"),
        ("--api-key foo --api-key-env FOO", "--api-key ••• --api-key-env FOO"),
        ("it refuses plain-words-key", "it refuses •••"),
        ("sk-\u200bproj12345678", "•••"),
        ("sk-\x1b[31mproj12345678", "•••"),
        # home paths
        ("vllm:/home/bob/models/x,tp=2", "vllm:~/models/x,tp=2"),
        ("/Users/bob/x.gguf", "~/x.gguf"),
        ("/root/models", "~/models"),
        ("/data/people/alice/x", "~/x"),
        ("/mnt/home/bob/x", "/mnt/~/x"),
        ("C:\\Users\\Bob Smith\\x.gguf", "~\\x.gguf"),
        ("~bob/models", "~/models"),
        # addresses
        ("at 10.1.2.3:8000", "at •.•.•.•:8000"),
        ("('192.168.1.2', 8000)", "('•.•.•.•', 8000)"),
        ("inet fe80::1%eth0: up", "inet •:•: up"),
        ("http://[2001:db8::1]:8000/v1", "http://[•:•]:8000/v1"),
        ("v10.9.8.7", "v•.•.•.•"),  # this machine's own
        ("aa:bb:cc:dd:ee:ff", "•:•:•:•:•:•"),
        # hosts and users
        ("http://far.example.org:8000/v1", "http://host:8000/v1"),
        ("http://bob:pw@far:8000/v1", "http://host:8000/v1"),
        ("connect to GPU-BOX:8000", "connect to host:8000"),
        ("gpu-box.lan and node7.lan", "host and host"),
        ("ip-10-0-0-5.ec2.internal", "host"),
        ("alice@gpu-box:~$", "user@host:~$"),
        ("root@vm", "user@host"),
        ("mail bob.x@example.com", "mail user@host"),
        ("Alice says /tmp/alice/x", "user says /tmp/user/x"),
        ("runs/2026-ramp-gpu-box.lan-8000", "runs/2026-ramp-host-8000"),
    ],
)
def test_what_is_private_is_hidden(text, shown):
    assert MASK.text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "vLLM 0.24.0",
        "580.159.04, 2026.10.11549, b11549",
        "driver 10.0.1.6, v1.2.3.4, cudnn==9.1.0.70",
        "256.1.1.1",
        "http://127.0.0.1:8000/v1, http://localhost:8000, [::1]:8000, 0.0.0.0:8000",
        "3.42 × (95 %: 3.20 to 3.66), 12:34:56, ~100 tok/s",
        "max_tokens=256 tokens=3 time_per_token=7.3",
        "stress ramp --stages 6@30s,50@2m --max-rate 4",
        "sk-learn, malice, the bearer approached, the key: find it",
        "@a03 a17 → a03: hello, root and vm",
        "std::vector a::begin x = y ? z : 0",
        "GPU util 84 %, SM 62 %, 1,234 tok/s, 640 W",
    ],
)
def test_figures_versions_loopback_and_ordinary_words_stay(text):
    assert MASK.text(text) == text


PIECES = st.sampled_from(
    "alice gpu-box.lan 10.1.2.3 fe80::1 http:// / /home/ :// @ : :: = token= key=' \" ' sk- hf_ 1234abcd Bearer ~ \\ "
    "C:\\Users\\ . , - _ \u200b \x1b[31m \u0301 eyJabcde host user ••• •.•.•.• •:• /root 127.0.0.1 .lan é x%".split(" ")
) | st.text(max_size=4)


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=14).map("".join), st.lists(PIECES).map(" ".join)))
def test_masked_text_is_masked_no_further(text):
    once = MASK.text(text)
    assert MASK.text(once) == once


WORDS = st.sampled_from(["", "at ", "connect to (", "error: '", "http://", "x=", "\n", "« ", "model said \u201c"])
ENDS = st.sampled_from(["", " ", ".", ", and", "'", ")", ":8000", "/v1", "\n", "\u201d"])
NAMES = st.from_regex(r"[a-z][a-z0-9]{2,12}", fullmatch=True)


@given(WORDS, st.ip_addresses(v=4).filter(lambda ip: not ip.is_loopback and int(ip)), ENDS)
def test_no_address_survives(before, address, after):
    assert str(address) not in MASK.text(f"{before}{address}{after}")


@given(WORDS, st.ip_addresses(v=6).filter(lambda ip: not ip.is_loopback and int(ip)), ENDS)
def test_no_address_of_the_long_kind_survives(before, address, after):
    shown = MASK.text(f"{before}[{address}]{after}") + MASK.text(f"say {address} now")
    assert str(address) not in shown
    assert ipaddress.IPv6Address(address).exploded not in shown


@given(WORDS, NAMES, st.sampled_from(["/home/{}", "/Users/{}", "C:\\Users\\{}", "file:///home/{}"]), ENDS)
def test_no_home_survives(before, name, home, after):
    path = home.format(f"{name}qq")
    assert f"{name}qq" not in MASK.text(f"{before}{path}/models{after}")


@given(WORDS, NAMES.map(lambda name: f"{name}qq"), ENDS)
def test_no_name_that_was_told_survives(before, name, after):
    redactor = Redactor(Facts(users=frozenset({name}), hosts=frozenset({f"{name}-7"})))
    assert (
        name
        not in redactor.text(f"{before}{name}{after} {before}{name}-7{after} {name}@{name}-7 {name.upper()}").lower()
    )


@pytest.mark.parametrize(
    "text",
    [
        piece * (50_000 // len(piece))
        for piece in ("a", "://", ":", "a:", "1.", "/home", "a@", "key=", '"', "~a", "a.b", "a-", "eyJ", "sk-", "\x1b]")
    ],
    ids=repr,
)
def test_a_hostile_text_costs_no_more_than_its_length(text):
    began = time.process_time()
    Redactor(FACTS).text(text)
    assert time.process_time() - began < 5


def test_hosts_of_the_runs_urls_are_hidden_where_they_stand_alone_too():
    redactor = Redactor(FACTS)
    assert redactor.text("Cannot connect to far.example.org:8000") == "Cannot connect to far.example.org:8000"
    masked_snapshot(snapshot(engine="http://far.example.org:8000 · vLLM 0.24.0"), redactor)
    assert redactor.text("Cannot connect to far.example.org:8000") == "Cannot connect to host:8000"
    assert redactor.text("far away") == "far away"
    redactor.learn(["far-7.example.org"])
    assert redactor.text("no far-7 there") == "no host there"


# --- snapshots and pictures

SECRET = "/home/bob/m sk-abcd1234efgh 10.1.2.3 alice@gpu-box.lan"
LEAKS = ("bob", "abcd1234", "10.1.2.3", "alice", "gpu-box")


def reached(kind: Any) -> Iterator[type]:
    """Every struct that a value of this type may hold."""
    origin = typing.get_origin(kind)
    if origin is None and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
        for hint in typing.get_type_hints(kind).values():
            yield from reached(hint)
    for part in typing.get_args(kind):
        yield from reached(part)


def filled(kind: Any) -> Any:
    """A value of this type in which every text is the secret."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if kind is str:
        return SECRET
    if origin is None and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        hints = typing.get_type_hints(kind)
        return kind(**{field.name: filled(hints[field.name]) for field in msgspec.structs.fields(kind)})
    if origin is typing.Literal:
        return parts[0]
    if origin is tuple and parts[-1] is ...:
        return (filled(parts[0]),)
    if origin in (tuple, list):
        return origin(map(filled, parts))
    if origin is dict:
        return {filled(parts[0]): filled(parts[1])}
    if parts:
        return filled(parts[0])
    return kind() if isinstance(kind, type) else None


STRUCTS = sorted(
    {kind for root in (Snapshot, DuelSnapshot, DuelRecord) for kind in reached(root)}, key=lambda k: k.__name__
)


@pytest.mark.parametrize("kind", STRUCTS, ids=lambda kind: kind.__name__)
def test_every_text_of_every_struct_is_masked_unless_it_is_known_to_be_harmless(kind):
    """Fails for a field that is added later and neither masked nor in HARMLESS."""
    harmless = HARMLESS.get(kind.__name__, ())
    shown = MASK.whole(filled(kind))
    for field in msgspec.structs.fields(kind):
        if field.name in harmless:
            continue
        # Structs further down have harmless fields of their own: they are tested by themselves.
        if any(HARMLESS.get(below.__name__) for below in reached(typing.get_type_hints(kind)[field.name])):
            continue
        value = json.dumps(msgspec.to_builtins(getattr(shown, field.name)))
        assert not any(leak in value for leak in LEAKS), field.name


def test_what_is_called_harmless_is_there():
    named = {kind.__name__: kind for kind in STRUCTS}
    for name, fields in HARMLESS.items():
        assert {field.name for field in msgspec.structs.fields(named[name])} >= set(fields)


def test_curves_and_histories_hold_no_text_and_are_not_looked_through():
    assert not {"curve", "host_history", "gpu_history", "cells"} & set(text_fields(Snapshot))


def test_what_holds_nothing_private_is_the_same_object():
    clean = snapshot(gpu_number=2)
    assert masked_snapshot(clean, Redactor(FACTS)) is clean


def test_a_message_is_the_same_object_in_every_snapshot():
    redactor, talk = Redactor(FACTS), messages(20, text=SECRET)
    first, second = (masked_snapshot(snapshot(talk=talk[:size]), redactor) for size in (15, 20))
    assert all(one is other for one, other in zip(first.talk, second.talk, strict=False))


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr(streamer_safe, "_TEXTS", 10)
    monkeypatch.setattr(streamer_safe, "_EVENTS", 10)
    redactor = Redactor(FACTS)
    for number in range(50):
        redactor.text(f"number {number}")
    assert redactor.text.cache_info().currsize == 10


def private_snapshot(**what: Any) -> Snapshot:
    """One that is full of what nobody should see."""
    shown = snapshot(
        gpu_number=2,
        errors={"timeout": 2},
        talk=messages(30, text=f"I keep it at {SECRET}, and token=hunter2"),
        engine=f"http://gpu-box.lan:8000 · {SECRET}",
        model=f"/home/bob/{SECRET}",
        scenario=SECRET,
        notices=(SECRET,),
        **what,
    )
    replace = msgspec.structs.replace
    gpus = tuple(replace(gpu, host="gpu-box", lost=SECRET) for gpu in shown.sample.gpus)
    verdict = replace(shown.sample.verdict, evidence=(SECRET,))
    return replace(
        shown,
        sample=replace(shown.sample, gpus=gpus, verdict=verdict),
        about=replace(shown.about, command=SECRET, plan=replace(shown.about.plan, text=SECRET)),
        failures=tuple(replace(failure, detail=SECRET, agent="alice") for failure in shown.failures),
        troubles=(Trouble(t=1.0, name="nccl", detail=SECRET),),
    )


def on_screen(app) -> str:
    return "\n".join(panel.render_line(y).text for panel in app.query("Panel") for y in range(panel.size.height))


async def safe_app(run, **what):
    from tui.app import StressApp, Viewing

    return StressApp(run, Viewing(redactor=Redactor(FACTS), clock=Clock(), **what))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_nothing_private_is_in_any_line_of_the_screen(size):
    app = await safe_app(FakeRun(private_snapshot()), safe=True)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        shown = on_screen(app)
        assert " SAFE " in shown
        assert "user@host" in shown
        assert not [leak for leak in (*LEAKS, "hunter2") if leak in shown]


async def test_the_key_hides_what_was_shown_before_and_shows_it_again():
    app = await safe_app(FakeRun(private_snapshot()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "abcd1234" in on_screen(app)
        assert " SAFE " not in on_screen(app)
        await pilot.press("S")
        await pilot.pause()
        assert not [leak for leak in LEAKS if leak in on_screen(app)]
        assert "SAFE" in on_screen(app)
        await pilot.press("S")
        await pilot.pause()
        assert "abcd1234" in on_screen(app)


async def test_an_answer_to_a_key_is_masked_too():
    app = await safe_app(FakeRun(snapshot()), safe=True)
    async with app.run_test(size=(120, 40)) as pilot:
        app.say(f"at: {SECRET}")
        await pilot.pause()
        assert not [leak for leak in LEAKS if leak in on_screen(app)]


async def test_nothing_private_is_in_any_line_of_a_duel():
    from tui.app import Viewing
    from tui.duel.app import DuelApp

    left, right = private_snapshot(), private_snapshot()
    shown = picture()
    shown = msgspec.structs.replace(
        shown,
        left=msgspec.structs.replace(shown.left, snapshot=left, words=SECRET, name=SECRET, note="ghost"),
        right=msgspec.structs.replace(shown.right, snapshot=right, words=SECRET, short=SECRET, note=SECRET),
        differences=tuple(type(one)(one.name, SECRET, SECRET) for one in shown.differences),
    )
    fake = FakeDuel(shown)
    app = DuelApp(fake, Viewing(safe=True, redactor=Redactor(FACTS), clock=Clock()))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        drawn = on_screen(app)
        assert " SAFE " in drawn
        assert not [leak for leak in LEAKS if leak in drawn]
        await pilot.press("S")
        await pilot.pause()
        assert "abcd1234" in on_screen(app)


@settings(max_examples=30)
@given(st.lists(PIECES, max_size=8).map("".join), st.sampled_from("\x00 \u200b \u2066 \x1b[1m \ufe0f".split(" ")))
def test_a_model_that_hides_a_secret_in_its_text_does_not_get_it_on_screen(around, invisible):
    from tui.plain_text import plain_text

    text = f"{around} {invisible.join('sk-abcd1234efgh')} {invisible.join('gpu-box.lan')} {invisible.join('10.1.2.3')}"
    (message,) = masked_snapshot(snapshot(talk=messages(1, text=text)), Redactor(FACTS)).talk
    assert not [leak for leak in LEAKS if leak in plain_text(message.text) and leak not in around]


# --- the command line


def stress(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "stress", *words], capture_output=True, text=True, timeout=100)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Path:
    """A recorded run that tells much."""
    from happenings import ABOUT, small_run

    from stress.runs.directory import RunRecord

    path = tmp_path_factory.mktemp("private") / "run"
    path.mkdir()
    replace = msgspec.structs.replace
    about = replace(ABOUT, target=f"http://gpu-box.lan:8000 {SECRET}", model=SECRET, notices=(SECRET,))
    record = RunRecord(
        command="ramp",
        argv=[],
        state="done",
        started="",
        seed=1,
        scenario={},
        ramp={},
        request={},
        target={},
        about=about,
    )
    (path / "run.json").write_bytes(msgspec.json.encode(record))
    events = [*small_run(), Trouble(t=5.0, name="nccl", detail=f"{SECRET} and gpu-box")]
    lines = map(to_line, sorted(events, key=lambda event: event.t))
    (path / "events.jsonl").write_bytes(b"".join(lines))
    return path


@pytest.mark.parametrize("ui", ["plain", "json"])
def test_a_replay_tells_nothing_private_where_that_was_asked_for(recorded, ui):
    told = stress("replay", str(recorded), "--ui", ui, "--speed", "100")
    assert "gpu-box" in told.stdout + told.stderr
    safe = stress("replay", str(recorded), "--ui", ui, "--speed", "100", "--streamer-safe")
    assert safe.returncode == 0, safe.stderr
    assert "throughput" in safe.stdout + safe.stderr
    leaks = [leak for leak in LEAKS if leak in safe.stdout + safe.stderr]
    assert not leaks
    assert safe.stdout.count("\n") == told.stdout.count("\n")


def test_a_duel_replayed_tells_nothing_private_where_that_was_asked_for(recorded):
    safe = stress("replay", str(recorded), str(recorded), "--ui", "plain", "--speed", "100", "--streamer-safe")
    assert safe.returncode == 0, safe.stderr
    assert "verdict" in safe.stdout
    assert not [leak for leak in LEAKS if leak in safe.stdout + safe.stderr]


def test_the_record_of_a_safe_run_shows_nothing_private(tmp_path):
    out = tmp_path / "run"
    words = "ramp --agents 2 --over 1s --hold 1s --ui none --streamer-safe --label gpu.lan --metadata".split()
    result = stress(*words, "note=x", "--extra-body", '{"user": "bob@gpu-box.lan"}', "--out", str(out))
    assert result.returncode == 0, result.stderr
    record = json.loads((out / "run.json").read_text())
    shown = json.dumps([record["about"], record["argv"], record["label"], record["options"]])
    assert "user@host" in shown
    assert not [leak for leak in ("bob", "gpu-box", "gpu.lan") if leak in shown]
    assert record["about"]["target"].startswith("llama.cpp")


def test_an_error_of_a_safe_run_names_no_host():
    result = stress("ramp", "--url", "http://nowhere.gpu-box.invalid:9/v1", "--streamer-safe", "--ui", "plain")
    assert result.returncode == 4
    assert "gpu-box" not in result.stderr


def test_without_a_mask_everything_is_as_it_is():
    assert masked(SECRET, None) == SECRET
    assert masked(None, MASK) is None


def test_the_facts_of_this_machine_are_found(monkeypatch):
    monkeypatch.setenv("HOME", "/data/bob")
    monkeypatch.setenv("USER", "bobby")
    monkeypatch.setenv("SOME_API_KEY", "plain-words-key")
    monkeypatch.setattr("socket.gethostname", lambda: "gpu-box.lan")
    facts = own_facts()
    assert "/data/bob" in facts.homes
    assert "bobby" in facts.users
    assert {"gpu-box", "gpu-box.lan"} <= facts.hosts
    assert "plain-words-key" in facts.secrets
    assert facts.addresses
