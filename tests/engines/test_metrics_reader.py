import itertools

import pytest
from pages_server import PagesServer

from stress.engines.adapter import Adapter
from stress.engines.metrics import MetricsReader
from stress.engines.vllm import Vllm

PAGE = "vllm:num_requests_running 3\nvllm:generation_tokens_total {}\n"


def test_an_engine_that_does_not_answer_gives_nothing():
    assert MetricsReader("http://127.0.0.1:9/v1", None, lambda: 1.0).read() == []


class Silent(Adapter):
    metrics = None


def test_an_engine_that_has_no_such_page_is_not_asked():
    with PagesServer({"/metrics": PAGE}) as server:
        assert MetricsReader(f"{server.root}/v1", Silent(), lambda: 1.0).read() == []
        assert server.asked == []


class Elsewhere(Adapter):
    metrics_path = "/prometheus/metrics"
    metrics = Vllm().metrics


@pytest.mark.parametrize(
    ("adapter", "path"), [(Elsewhere(), "/prometheus/metrics"), (Vllm(), "/metrics"), (None, "/metrics")]
)
def test_the_page_is_read_where_the_engine_has_it(adapter, path):
    clock = itertools.count(1)
    with PagesServer({path: PAGE.format(10)}) as server:
        reader = MetricsReader(f"{server.root}/v1", adapter, lambda: float(next(clock)))
        (first,) = reader.read()
        server.pages[path] = PAGE.format(60)
        (second,) = reader.read()
        (last,) = reader.read_last()
    assert (first.reading.running, first.reading.gen_tok_s) == (3, None)
    assert second.reading.gen_tok_s == 50
    assert (last.reading.gen_tokens, last.reading.gen_tok_s) == (60, None)


def test_a_page_in_another_format_gives_nothing_and_no_last_reading():
    with PagesServer({"/metrics": "<html>"}) as server:
        reader = MetricsReader(f"{server.root}/v1", Vllm(), lambda: 1.0)
        assert reader.read() == []
        assert reader.read_last() == []
