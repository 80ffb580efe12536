import json
from dataclasses import replace

import pytest
from chat_server import FakeChatServer, Received, Reply, error, stream
from happenings import failure, pulse, reply
from short_runs import finish, make_plan, start

from stress.ramp import BurstPlan, constant, parse_ramp
from stress.session.first_replies import SURE_S, FirstReplies

URL = "http://gpu:8000/v1"


def plan(**endpoint):
    made = make_plan(URL)
    return replace(made, endpoint=type(made.endpoint)(**{"base_url": URL, "model": "llama"} | endpoint))


def heard(*events, **endpoint) -> FirstReplies:
    replies = FirstReplies(plan(**endpoint))
    for event in events:
        replies.take(event)
    return replies


def said(*events, **endpoint) -> str:
    return heard(*events, **endpoint).look(100.0) or ""


def test_a_wrong_key_names_its_variable_and_what_the_server_said():
    sentence = said(failure(1.0, "unauthorized"), api_key="sk-wrong")
    assert sentence.startswith(f"{URL} refuses the key in OPENAI_API_KEY: set OPENAI_API_KEY to a key that ")
    assert sentence.endswith(" (gone).")


def test_a_missing_key_says_how_it_is_given():
    assert "wants a key: set OPENAI_API_KEY, or name another variable with --api-key-env" in said(
        failure(1.0, "unauthorized")
    )


def test_a_model_that_is_not_there_is_named_with_those_that_are():
    assert "has no model llama: it lists fake-model; name one of them with --model" in said(
        failure(1.0, "model_not_found")
    )
    assert "has no model llama" in said(failure(1.0, "not_a_chat_server"))


def test_a_listed_model_without_a_chat_points_to_the_address():
    assert f"does not chat at {URL}/chat/completions" in said(failure(1.0, "not_a_chat_server"), model="fake-model")


def test_a_refused_field_is_told_as_the_server_tells_it_with_the_options_that_were_given():
    sentence = said(failure(1.0, "bad_request"), extra_body={"top_k": 1})
    assert "refuses every request (gone)" in sentence
    assert "--extra-body" in sentence
    assert "--ignore-eos" not in sentence


def test_it_waits_a_second_for_another_answer():
    replies = heard(failure(1.0, "unauthorized"))
    assert replies.look(1.0 + SURE_S - 0.01) is None
    assert replies.look(1.0 + SURE_S) is not None


@pytest.mark.parametrize(
    "event",
    [reply(0.5, 1), pulse(0.5, 3), reply(1.2, 1)],
    ids=["a reply before", "a token before", "a reply after"],
)
def test_where_anything_ever_succeeded_the_run_goes_on(event):
    events = sorted([failure(1.0, "unauthorized"), event], key=lambda event: event.t)
    assert heard(*events).look(100.0) is None
    assert heard(*events, failure(2.0, "unauthorized")).sentence() is None


@pytest.mark.parametrize("error", ["server_error", "model_not_found"])
def test_failures_of_several_kinds_may_pass(error):
    replies = heard(failure(1.0, "unauthorized"), failure(1.2, error), failure(2.0, "unauthorized"))
    assert replies.look(5.0) is None
    assert replies.sentence() is None


@pytest.mark.parametrize("error", ["server_error", "queue_full", "connection_refused", "timeout"])
def test_what_may_pass_does_not_end_a_run_at_once(error):
    assert heard(failure(1.0, error)).look(5.0) is None


@pytest.mark.parametrize("error", ["server_error", "rate_limited", "connection_lost", "stream_error"])
def test_a_server_that_gives_nothing_but_errors_has_the_time_of_give_up(error):
    replies = heard(failure(1.0, error), failure(3.0, error), pulse(10.0, 0))
    assert replies.look(10.9) is None
    said = replies.look(11.0) or ""
    assert said.startswith(
        f"Every request to {URL} has failed for 10 s (2 × {error.replace('_', ' ')}; the last: gone)"
    )
    assert "--give-up" in said


def test_a_server_that_still_works_on_what_it_took_first_is_not_given_up():
    replies = heard(failure(1.0, "queue_full"))
    assert replies.look(40.0, waits=39.5) is None
    assert replies.look(40.0, waits=2.0) is not None


def test_a_server_that_came_late_has_the_time_from_then_on():
    """An engine that is started again refuses connections at first: that is another watch's."""
    replies = heard(failure(1.0, "connection_lost"), failure(20.0, "connection_refused"), failure(30.0, "server_error"))
    assert replies.look(39.0) is None
    assert replies.look(40.0) is not None
    assert heard(failure(1.0, "connection_refused")).look(100.0) is None


async def test_a_run_that_gets_nothing_but_errors_ends_at_give_up_and_says_what_came(tmp_path):
    async with FakeChatServer(error(500, "CUDA error")) as server:
        made = make_plan(server.url, ramp=parse_ramp("2..40", over="60s"))
        made = replace(made, options=replace(made.options, give_up=0.5))
        result = await finish(start(made, tmp_path))
    assert (result.state, result.exit_status) == ("failed", 1)
    assert "HTTP 500: CUDA error" in result.cause
    assert result.summary.duration < 10


def test_while_most_requests_still_wait_nothing_is_sure():
    replies = heard(pulse(1.0, 0, in_flight=5), failure(1.0, "bad_request"))
    assert replies.look(5.0) is None
    replies.take(pulse(1.5, 0, in_flight=0))
    assert replies.look(5.0) is not None


def test_a_model_that_is_listed_and_denied_is_told_as_it_is():
    sentence = said(failure(1.0, "model_not_found"), model="fake-model")
    assert "lists the model fake-model but says that there is none of this name" in sentence


@pytest.mark.parametrize(
    ("answer", "part"),
    [
        (error(401, "Incorrect API key provided: sk-secret"), "refuses the key in OPENAI_API_KEY"),
        (error(404, "The model `fake-model` does not exist."), "lists the model fake-model but says"),
        (error(400, "unknown field: ignore_eos"), "unknown field: ignore_eos"),
    ],
    ids=["key", "model", "field"],
)
@pytest.mark.parametrize("kind", ["ramp", "burst"])
async def test_a_run_whose_first_replies_all_fail_alike_ends_within_two_seconds_and_says_why(
    tmp_path, answer, part, kind
):
    async with FakeChatServer(answer) as server:
        made = make_plan(server.url, ramp=parse_ramp("2..40", over="60s"))
        if kind == "burst":
            made = make_plan(
                server.url, ramp=constant(2), burst=BurstPlan(requests=10_000, tokens=5, concurrency=2, prompt_tokens=5)
            )
        result = await finish(start(made, tmp_path))
    assert (result.state, result.exit_status) == ("failed", 1)
    assert part in result.cause
    assert "sk-secret" not in result.cause
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    failed = [event["t"] for event in events if event["type"] == "request"]
    (drain,) = [event["t"] for event in events if event["type"] == "phase" and event["name"] == "drain"]
    assert drain - failed[0] < 2


async def test_a_run_with_one_reply_goes_on_whatever_fails(tmp_path):
    def once(received: Received) -> Reply:
        return error(401, "no") if len(server.received) > 1 else stream(["hi"])

    async with FakeChatServer(once) as server:
        result = await finish(start(make_plan(server.url), tmp_path))
    assert result.state == "done"
