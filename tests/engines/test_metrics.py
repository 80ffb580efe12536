import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages_server import PagesServer

from stress.engines.adapter import Adapter, MetricNames
from stress.engines.llama_cpp import LlamaCpp
from stress.engines.metrics import Counters, MetricsReader, read_metrics
from stress.engines.vllm import Vllm
from stress.readings import EngineReading

PAGE = """\
# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed, excluding cached tokens
# TYPE llamacpp:prompt_tokens_total counter
llamacpp:prompt_tokens_total {computed}
# TYPE llamacpp:prompt_tokens_cached_total counter
llamacpp:prompt_tokens_cached_total {cached}
# TYPE llamacpp:tokens_predicted_total counter
llamacpp:tokens_predicted_total {made}
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing 3
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred 14
"""


def page(computed=0.0, cached=0.0, made=0.0):
    return PAGE.format(computed=computed, cached=cached, made=made)


def test_the_first_reading_has_no_rates():
    reading, counters = read_metrics(page(made=70), None, 5)
    assert reading == EngineReading(running=3, waiting=14, gen_tokens=70, prompt_tokens=0, cached_tokens=0)
    assert counters == Counters(t=5, gen_tokens=70, prefix_hits=0, prefix_queries=0)


def test_rates_are_those_since_the_last_reading():
    _, counters = read_metrics(page(computed=1000, cached=0, made=100), None, 10)
    reading, _ = read_metrics(page(computed=1100, cached=300, made=350), counters, 12)
    assert reading.gen_tok_s == 125
    assert reading.prefix_hit_rate == 0.75


def test_no_prompt_since_the_last_reading_is_no_hit_rate():
    _, counters = read_metrics(page(computed=7, cached=9), None, 1)
    assert read_metrics(page(computed=7, cached=9), counters, 2)[0].prefix_hit_rate is None


def test_an_engine_that_was_restarted_has_no_rates_until_the_reading_after():
    _, counters = read_metrics(page(computed=50, cached=50, made=50), None, 1)
    reading, counters = read_metrics(page(computed=1, cached=1, made=1), counters, 2)
    assert reading.gen_tok_s is None
    assert reading.prefix_hit_rate is None
    assert read_metrics(page(computed=1, cached=1, made=6), counters, 3)[0].gen_tok_s == 5


def test_two_readings_at_one_moment_have_no_rate():
    _, counters = read_metrics(page(made=5), None, 1)
    assert read_metrics(page(made=6), counters, 1)[0].gen_tok_s is None


@pytest.mark.parametrize("text", ["", "# nothing here\n", "other_metric 5\n", 'process_cpu_seconds_total{a="b"} 1\n'])
def test_what_the_page_lacks_is_null(text):
    assert read_metrics(text, None, 1)[0] == EngineReading()


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf"])
def test_a_value_that_is_no_number_is_null(value):
    assert read_metrics(f"llamacpp:requests_processing {value}\n", None, 1)[0].running is None


def test_several_sets_of_labels_are_added_up():
    text = 'llamacpp:requests_processing{slot="0"} 2\nllamacpp:requests_processing{slot="1"} 3\n'
    assert read_metrics(text, None, 1)[0].running == 5


@pytest.mark.parametrize("text", ["<html>\n", "{}\n", 'llamacpp:requests_processing{a="b" 1\n'])
def test_a_page_in_another_format_is_an_error(text):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the parser says
        read_metrics(text, None, 1)


VLLM = """\
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{{engine="0",model_name="m"}} 3.0
vllm:num_requests_running{{engine="1",model_name="m"}} 4.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{{engine="0",model_name="m"}} 1.0
# TYPE vllm:{kv} gauge
vllm:{kv}{{engine="0",model_name="m"}} 0.5
vllm:{kv}{{engine="1",model_name="m"}} 0.25
# TYPE vllm:generation_tokens counter
vllm:generation_tokens_total{{engine="0",model_name="m"}} {made}
# TYPE vllm:prompt_tokens counter
vllm:prompt_tokens_total{{engine="0",model_name="m"}} 700.0
# TYPE vllm:prefix_cache_queries counter
vllm:prefix_cache_queries_total{{engine="0",model_name="m"}} {queries}
# TYPE vllm:prefix_cache_hits counter
vllm:prefix_cache_hits_total{{engine="0",model_name="m"}} {hits}
# TYPE vllm:num_preemptions counter
vllm:num_preemptions_total{{engine="0",model_name="m"}} 2.0
"""


@pytest.mark.parametrize("kv", ["kv_cache_usage_perc", "gpu_cache_usage_perc"])
@pytest.mark.parametrize("names", [Vllm().metrics, None])
def test_an_engines_own_table_reads_its_page_by_new_and_old_names_and_the_page_itself_tells_which(kv, names):
    first, counters = read_metrics(VLLM.format(kv=kv, made=100, queries=1000, hits=0), None, 10, names)
    assert first == EngineReading(
        running=7, waiting=1, kv_usage=0.375, gen_tokens=100, prompt_tokens=700, cached_tokens=0, preemptions=2
    )
    second, _ = read_metrics(VLLM.format(kv=kv, made=300, queries=2000, hits=600), counters, 12, names)
    assert (second.gen_tok_s, second.prefix_hit_rate, second.cached_tokens) == (100, 0.6, 600)


def test_prompt_tokens_are_all_of_them_where_the_engine_counts_cached_ones_apart():
    assert read_metrics(page(computed=10, cached=90), None, 1, LlamaCpp.metrics)[0].prompt_tokens == 100


def test_another_engines_table_reads_nothing():
    assert read_metrics(page(made=5), None, 1, Vllm().metrics)[0] == EngineReading()


def test_a_hit_rate_that_the_engine_states_itself_is_taken():
    names = MetricNames(prefix_hit_rate=("x:cache_hit_rate",))
    assert read_metrics("x:cache_hit_rate 0.3\n", None, 1, names)[0].prefix_hit_rate == 0.3


def test_the_newest_name_that_the_page_has_is_read():
    names = MetricNames(running=("new", "old"))
    assert read_metrics("old 1\nnew 2\n", None, 1, names)[0].running == 2
    assert read_metrics("old 1\n", None, 1, names)[0].running == 1


counts = st.integers(0, 10**12)


@given(st.tuples(counts, counts, counts), st.tuples(counts, counts, counts), st.floats(0.01, 1e6))
def test_shares_and_rates_are_never_out_of_range(before, after, seconds):
    _, counters = read_metrics(page(*before), None, 0)
    reading, _ = read_metrics(page(*after), counters, seconds)
    assert reading.prefix_hit_rate is None or 0 <= reading.prefix_hit_rate <= 1
    assert reading.gen_tok_s is None or (reading.gen_tok_s >= 0 and math.isfinite(reading.gen_tok_s))


VLLM_PAGE = "vllm:num_requests_running 3\nvllm:generation_tokens_total {}\n"


def test_an_engine_that_does_not_answer_gives_nothing():
    assert MetricsReader("http://127.0.0.1:9/v1", None, lambda: 1.0).read() == []


class Silent(Adapter):
    metrics = None


def test_an_engine_that_has_no_such_page_is_not_asked():
    with PagesServer({"/metrics": VLLM_PAGE}) as server:
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
    with PagesServer({path: VLLM_PAGE.format(10)}) as server:
        reader = MetricsReader(f"{server.root}/v1", adapter, lambda: float(next(clock)))
        (first,) = reader.read()
        server.pages[path] = VLLM_PAGE.format(60)
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
