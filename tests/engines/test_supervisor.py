import contextlib
import os
import re
import signal
import socket
import threading
import urllib.request

import pytest
from fake_adapter import FakeEngine, fake_process, pids, running, tell, until
from fixtures_engine import silent
from hypothesis import given
from hypothesis import strategies as st

from stress.engines.adapter import Launch
from stress.engines.supervisor import KEPT_LINES, EngineProcess, free_port, how_it_ended, take_port
from stress.errors import NoServerError


@pytest.fixture(autouse=True)
def little_grace(monkeypatch):
    monkeypatch.setattr("stress.engines.supervisor.GRACE_S", 0.5)


@pytest.fixture
def start():
    """Starts fake engines; none outlives its test."""
    with contextlib.ExitStack() as stack:

        def start(*flags, **changes) -> EngineProcess:
            process = fake_process(*flags, **changes)
            stack.callback(process.stop)
            return process

        yield start


@pytest.fixture
def served(start):
    def served(*flags, **changes) -> EngineProcess:
        process = start(*flags, **changes)
        process.wait_until_ready(silent)
        return process

    return served


def refusal(process) -> str:
    with pytest.raises(NoServerError) as error:
        process.wait_until_ready(silent)
    return str(error.value)


def test_the_progress_is_told_in_the_engines_own_words_until_it_serves(start, tmp_path):
    ready = tmp_path / "ready"
    told = []

    def progress(line):
        told.append(line)
        if "capturing" in line:
            ready.touch()

    process = start("--ready-file", str(ready), "--line", "Loading checkpoint shards:  40% done", "--line", "capturing")
    process.wait_until_ready(progress)
    assert told[-1].startswith("The fake engine: capturing graphs · ")
    assert told[-1].endswith(" s")
    assert process.alive()
    assert process.death() is None


def test_an_engine_that_answers_before_its_model_is_loaded_serves_only_when_its_log_says_so(start, monkeypatch):
    monkeypatch.setattr(FakeEngine, "ready_line", re.compile("^loaded"), raising=False)
    process = start()
    until(lambda: not process._answers() and answers(process.root + "/health"))
    assert not process._answers()
    tell(process, "/say", "loaded it")
    until(process._answers)


def answers(url) -> bool:
    try:
        return urllib.request.urlopen(url, timeout=5).status == 200
    except OSError:
        return False


def test_a_step_has_the_figures_of_its_line(start, tmp_path):
    ready = tmp_path / "ready"
    told = []

    def progress(line):
        told.append(line)
        if "40 %" in line:
            ready.touch()

    start("--ready-file", str(ready), "--line", "shards: 40%").wait_until_ready(progress)
    assert "The fake engine: loading weights, 40 % · " in told[-1]


def test_an_engine_that_dies_at_its_start_is_one_sentence_with_the_troubles_name_its_line_and_advice(start):
    lines = ["all is well", "torch: CUDA out of memory. Tried to allocate 9 GiB", "ERROR: what follows from it"]
    process = start(*[word for line in lines for word in ("--line", line)], "--exit", "1")
    assert refusal(process).startswith(
        "The fake engine did not start: out_of_gpu_memory: torch: CUDA out of memory. Tried to allocate 9 GiB; "
        "take a smaller model; its log is "
    )
    assert process.troubles == [("out_of_gpu_memory", lines[1])]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["fine", "ValueError: bad config", "ERROR: gone"], "ValueError: bad config"),
        (["WARNING 11-23 Error: not yet", "ERROR 11-23 really", "bye"], "11-23 really"),
        (["0.01.234 E srv load: cannot load", "0.02 I bye"], "srv load: cannot load"),
        (["the first", "the last"], "the last line of its log is: the last"),
    ],
)
def test_without_a_known_trouble_the_reason_is_the_first_error_else_the_last_line(start, lines, reason):
    process = start(*[word for line in lines for word in ("--line", line)], "--exit", "1")
    assert refusal(process).startswith(f"The fake engine did not start: {reason}; its log is ")


def test_the_log_of_an_engine_that_never_served_is_kept_where_the_sentence_says(start, tmp_path):
    sentence = refusal(start("--line", "one", "--line", "two", "--exit", "1"))
    path = tmp_path / "logs" / "fake.log"
    assert sentence.endswith(f"; its log is {path}.")
    assert path.read_text().splitlines()[1:] == ["one", "two"]


def test_where_the_log_cannot_be_kept_the_sentence_says_only_the_reason(start, tmp_path):
    (tmp_path / "logs").write_text("a file in the way")
    assert (
        refusal(start("--line", "one", "--exit", "1"))
        == "The fake engine did not start: the last line of its log is: one."
    )


def test_a_program_that_is_not_there_is_a_sentence():
    adapter = fake_process().adapter
    process = EngineProcess(adapter, Launch(argv=("/no/such/engine",)), free_port())
    assert "/no/such/engine can't be started: No such file" in refusal(process)
    process.stop()


def test_an_engine_that_never_answers_is_given_up_in_time(start):
    assert "did not answer within 0.3 s: the last line of its log is: all is well; its log is " in refusal(
        start("--deaf", "--line", "all is well", start_limit_s=0.3)
    )


def test_hostile_lines_are_one_plain_line_in_the_sentence(start):
    sentence = refusal(start("--line", "CUDA out of memory \x1b[31m" + "x" * 5000, "--exit", "1"))
    assert sentence.isprintable()
    assert len(sentence) < 500


def test_a_port_that_somebody_uses_is_never_taken(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            NoServerError, match=rf"Port {port} is not available \(.*\); stop what uses it.*port=.*--url"
        ):
            start(port=port)
        with pytest.raises(NoServerError):
            take_port(port)
        assert free_port() != port
    take_port(port)


def test_stopping_ends_the_whole_group_and_what_moved_to_another_session(served):
    process = served("--child", "--stray")
    whole = [process._popen.pid, *pids(process)]
    assert len(whole) == 4
    assert all(map(running, whole))
    assert os.getsid(whole[3]) != os.getsid(whole[1])
    process.stop()
    assert not any(map(running, whole))
    assert not process.alive()
    assert process.death() is None


def test_an_engine_that_dies_takes_what_it_started_with_it(served):
    process = served("--child", "--stray")
    whole = pids(process)
    os.kill(whole[0], signal.SIGKILL)
    until(lambda: not process.alive())
    assert not any(map(running, whole))
    assert process.death().startswith("The fake engine died (SIGKILL): ")


def test_an_engine_that_ignores_the_request_to_go_is_made_to(served):
    process = served("--ignore-sigterm")
    process.stop()
    assert not any(map(running, pids(process)))


def test_stopping_twice_does_nothing(served):
    process = served()
    process.stop()
    process.stop()
    assert process.death() is None


def test_a_status_in_place_of_a_signal_is_told(served):
    process = served()
    tell(process, "/die", "7")
    until(lambda: not process.alive())
    assert process.death().startswith("The fake engine died (exit status 7): ")


def test_what_the_log_tells_while_it_serves_is_noticed_each_name_once(served):
    process = served()
    for line in ("NCCL error: unhandled", "nothing", "NCCL error: again", "CUDA out of memory"):
        tell(process, "/say", line)
    until(lambda: len(process.troubles) == 2)
    assert process.troubles == [("nccl", "NCCL error: unhandled"), ("out_of_gpu_memory", "CUDA out of memory")]
    assert process.alive()


def test_it_comes_back_on_the_same_port_with_its_troubles_forgotten(served):
    process = served()
    tell(process, "/say", "CUDA out of memory")
    until(lambda: process.troubles)
    root, (before,) = process.root, pids(process)
    os.kill(before, signal.SIGKILL)
    until(lambda: not process.alive())
    process.restart(silent)
    (now,) = pids(process)
    assert (process.root, process.troubles) == (root, [])
    assert now != before
    assert process.alive()
    assert process.death() is None


def test_a_second_death_has_its_own_cause(served):
    process = served("--line", "beginning")
    tell(process, "/say", "ERROR: the first life's")
    tell(process, "/die", "1")
    until(lambda: not process.alive())
    assert "the first life's" in process.death()
    process.restart(silent)
    tell(process, "/say", "the second life's end")
    tell(process, "/die", "2")
    until(lambda: not process.alive())
    assert (
        process.death() == "The fake engine died (exit status 2): the last line of its log is: the second life's end."
    )


def test_an_engine_that_does_not_come_back_says_why(served, tmp_path):
    process = served("--second-exit", str(tmp_path / "been-there"))
    os.kill(pids(process)[0], signal.SIGKILL)
    until(lambda: not process.alive())
    with pytest.raises(NoServerError, match="did not start: not a second time"):
        process.restart(silent)


def test_stopping_ends_a_restart_under_way(served, tmp_path):
    ready = tmp_path / "ready"
    ready.touch()
    process = served("--ready-file", str(ready))
    first = pids(process)
    os.kill(first[0], signal.SIGKILL)
    until(lambda: not process.alive())
    ready.unlink()
    failed = []

    def restart():
        try:
            process.restart(silent)
        except NoServerError as error:
            failed.append(str(error))

    thread = threading.Thread(target=restart)
    thread.start()
    until(lambda: pids(process) != first)
    process.stop()
    thread.join(20)
    assert not thread.is_alive()
    assert len(failed) == 1
    assert not any(map(running, pids(process)))


def test_an_engine_that_was_stopped_does_not_come_back(served):
    process = served()
    process.stop()
    with pytest.raises(NoServerError, match="was stopped"):
        process.restart(silent)
    assert not process.alive()


def test_the_log_file_has_the_lines_from_before_it_was_named_and_those_after(served, tmp_path):
    path = tmp_path / "engine.log"
    process = served("--line", "the first")
    until(lambda: "the first" in process.log)
    process.log_to(path)
    tell(process, "/say", "a later one")
    until(lambda: "a later one" in process.log)
    process.stop()
    lines = path.read_text().splitlines()
    assert [line for line in lines if not line.startswith("pids")] == ["the first", "a later one"]


def test_a_second_log_file_has_what_came_since_and_the_first_no_more(served, tmp_path):
    process = served("--line", "the first")
    until(lambda: "the first" in process.log)
    process.log_to(tmp_path / "one.log")
    process.log_to(tmp_path / "two.log")
    tell(process, "/say", "a later one")
    until(lambda: "a later one" in process.log)
    process.stop()
    assert "the first" in (tmp_path / "one.log").read_text().splitlines()
    assert "a later one" not in (tmp_path / "one.log").read_text()
    assert (tmp_path / "two.log").read_text().splitlines() == ["a later one"]


def test_the_log_in_memory_is_bounded(served):
    process = served()
    tell(process, "/say", "\n".join(f"line {number}" for number in range(KEPT_LINES + 50)))
    until(lambda: process.log[-1] == f"line {KEPT_LINES + 49}")
    assert len(process.log) == KEPT_LINES


def test_files_of_a_launch_lie_in_its_working_directory_and_go_with_it(start):
    adapter = start().adapter
    program = "import os, pathlib; print(os.getcwd(), pathlib.Path('config.yml').read_text(), flush=True)"
    process = EngineProcess(
        adapter, Launch(argv=("python3", "-c", program), files={"config.yml": "port: 1"}), free_port()
    )
    refusal(process)
    directory, _, text = process.log[0].partition(" ")
    assert text == "port: 1"
    process.stop()
    assert not os.path.exists(directory)  # noqa: PTH110


def test_the_launchs_environment_is_added_to_ours(start, monkeypatch):
    monkeypatch.setenv("OURS", "kept")
    adapter = start().adapter
    program = "import os; print(os.environ['OURS'], os.environ['THEIRS'], flush=True)"
    process = EngineProcess(adapter, Launch(argv=("python3", "-c", program), env={"THEIRS": "added"}), free_port())
    refusal(process)
    assert process.log == ["kept added"]
    process.stop()


@given(st.none() | st.integers(-300, 300))
def test_an_exit_status_is_always_some_words(code):
    assert how_it_ended(code)


def test_signals_have_their_names():
    assert how_it_ended(-9) == "SIGKILL"
    assert how_it_ended(-200) == "signal 200"
    assert how_it_ended(3) == "exit status 3"
    assert how_it_ended(None) == "its supervisor was killed"
