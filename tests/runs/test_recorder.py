import threading

import pytest
from happenings import failure, reply
from recorded import read_events

from stress.errors import StressError
from stress.runs.directory import create_directory
from stress.runs.recorder import BEHIND_S, MOST_BATCHES, Recorder


class Disk:
    """A run's directory whose disk stands still until the test lets it go on; `now` is the recorder's clock."""

    def __init__(self, path) -> None:
        self.directory = create_directory(path, "ramp", "x")
        self.write, self.directory.append = self.directory.append, self.append
        self.busy, self.go_on = threading.Event(), threading.Event()
        self.now = 0.0
        self.recorder = Recorder(self.directory, lambda: self.now)
        self.recorder.start()

    def append(self, events) -> None:
        self.busy.set()
        assert self.go_on.wait(20)
        self.write(events)


@pytest.fixture
def disk(tmp_path):
    return Disk(tmp_path)


def test_who_appends_does_not_wait_and_the_end_waits_until_all_is_written_in_order(disk, tmp_path):
    events = [reply(float(number), number) for number in range(100)]
    for event in events:
        disk.recorder.append([event])
    assert list(read_events(tmp_path)) == []
    threading.Timer(0.01, disk.go_on.set).start()
    disk.recorder.close()
    assert list(read_events(tmp_path)) == events


def test_a_record_that_falls_behind_is_a_trouble_once(disk):
    disk.recorder.append([reply(1.0)])
    assert disk.busy.wait(20)
    assert disk.recorder.trouble(5.0) is None
    disk.now = BEHIND_S + 1
    trouble = disk.recorder.trouble(9.0)
    assert (trouble.t, trouble.name, trouble.whose) == (9.0, "slow_disk", "disk")
    assert trouble.detail.startswith("the disk is slow: the record is 3 s behind")
    assert disk.recorder.trouble(9.1) is None
    disk.go_on.set()
    disk.recorder.close()


def test_a_disk_that_has_caught_up_can_fall_behind_again(disk):
    disk.recorder._oldest, disk.now = 0.0, 9.0
    assert disk.recorder.trouble(9.0) is not None
    disk.recorder._oldest = None
    assert disk.recorder.trouble(9.1) is None
    disk.recorder._oldest = 1.0
    assert disk.recorder.trouble(9.2) is not None


def test_when_the_most_wait_that_may_the_run_waits_too_and_nothing_is_lost(disk, tmp_path):
    written = threading.Event()

    def happen() -> None:
        for number in range(MOST_BATCHES + 2):
            disk.recorder.append([reply(float(number), number)])
        written.set()

    threading.Thread(target=happen).start()
    assert disk.busy.wait(20)
    while not disk.recorder._batches.full():
        pass
    assert not written.is_set()
    disk.go_on.set()
    assert written.wait(20)
    disk.recorder.close()
    assert len(list(read_events(tmp_path))) == MOST_BATCHES + 2


def test_a_disk_that_takes_nothing_is_an_error_for_whoever_comes_next(disk):
    def refuse(_) -> None:
        raise StressError("The disk is full.")

    disk.write = refuse
    disk.recorder.append([failure(1.0)])
    disk.go_on.set()
    disk.recorder._thread.join(20)
    with pytest.raises(StressError, match="full"):
        disk.recorder.append([failure(2.0)])
    with pytest.raises(StressError, match="full"):
        disk.recorder.close()
