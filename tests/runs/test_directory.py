import json
from datetime import UTC, datetime

import msgspec
import pytest
from happenings import ABOUT, small_run
from recorded import read_events

from stress.errors import UsageError
from stress.runs.directory import RunRecord, create_directory


def test_a_run_is_named_after_its_time_command_and_target(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    when = datetime(2026, 11, 22, 6, 7, 8, tzinfo=UTC)
    directory = create_directory(None, "ramp", "127.0.0.1:8000/../x y", when)
    again = create_directory(None, "ramp", "127.0.0.1:8000/../x y", when)
    assert str(directory.path) == "runs/20261122T060708Z-ramp-127.0.0.1-8000-..-x-y"
    assert again.path != directory.path
    directory.close()
    again.close()


def test_events_read_back_are_those_written(tmp_path):
    directory = create_directory(tmp_path / "run", "ramp", "x")
    events = small_run()
    directory.append(events[:50])
    directory.append(events[50:])
    directory.close()
    assert list(read_events(tmp_path / "run")) == events


def test_every_line_is_a_json_object_with_t_and_type(tmp_path):
    directory = create_directory(tmp_path, "ramp", "x")
    directory.append(small_run())
    directory.close()
    for line in (tmp_path / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        assert isinstance(event["t"], int | float)
        assert isinstance(event["type"], str)


def test_a_directory_that_holds_a_run_is_not_written_over(tmp_path):
    create_directory(tmp_path, "ramp", "x").close()
    with pytest.raises(UsageError, match="already holds a run"):
        create_directory(tmp_path, "ramp", "x")


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="--out"):
        create_directory(tmp_path / "file" / "run", "ramp", "x")


def test_the_record_is_replaced_whole_and_nothing_else_is_left(tmp_path):
    directory = create_directory(tmp_path, "ramp", "x")
    nothing = {"scenario": {}, "ramp": {}, "request": {}, "target": {}}
    record = RunRecord(command="ramp", argv=[], state="running", started="now", seed=1, about=ABOUT, **nothing)
    directory.save_record(record)
    record.state = "done"
    directory.save_record(record)
    directory.close()
    assert msgspec.json.decode((tmp_path / "run.json").read_bytes(), type=RunRecord).state == "done"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.jsonl", "run.json"]
