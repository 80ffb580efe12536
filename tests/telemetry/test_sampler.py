import threading

from stress.events import Mark, Trouble
from stress.telemetry.sampler import Sampler


def test_a_sampler_passes_on_what_is_read_until_it_is_stopped():
    seen, enough = [], threading.Event()

    def emit(event):
        seen.append(event)
        if len(seen) == 3:
            enough.set()

    sampler = Sampler("test", 0.001, lambda: [Mark(t=1)], emit)
    sampler.start()
    assert enough.wait(10)
    sampler.stop()
    sampler.join(10)
    assert not sampler.is_alive()
    assert seen[:3] == [Mark(t=1)] * 3


def test_a_reading_that_fails_is_told_once_and_the_sampling_goes_on():
    seen, enough = [], threading.Event()
    answers = iter([KeyError("gone"), KeyError("gone"), [Mark(t=1)]])

    def read():
        answer = next(answers, [Mark(t=2)])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def emit(event):
        seen.append(event)
        if len(seen) == 3:
            enough.set()

    sampler = Sampler("GPUs", 0.001, read, emit, now=lambda: 7.0)
    sampler.start()
    assert enough.wait(10)
    sampler.stop()
    sampler.join(10)
    told = Trouble(t=7.0, name="telemetry", detail="GPUs can't be read (KeyError: 'gone')")
    assert seen[:3] == [told, Mark(t=1), Mark(t=2)]
