"""What an agent remembers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stress.swarm.memory import HIGHEST_RATE, LOWEST_RATE, SILENCE, START_RATE, Transcript

SYSTEM = {"role": "system", "content": "You are Mara."}


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def talk(transcript, turns, size=20):
    for number in range(turns):
        transcript.hear(f"heard {number} ".ljust(size, "x"))
        transcript.say(f"said {number} ".ljust(size, "x"))


def test_a_prompt_is_the_system_prompt_and_the_turns_in_order():
    transcript = Transcript("You are Mara.", 1000)
    transcript.hear("Is it raining?")
    transcript.say("Since Tuesday.")
    transcript.hear("Which one?")
    assert transcript.prompt() == [SYSTEM, user("Is it raining?"), assistant("Since Tuesday."), user("Which one?")]


def test_mail_left_by_a_failed_request_and_new_mail_are_one_user_turn():
    transcript = Transcript("You are Mara.", 1000)
    assert transcript.hear("Is it raining?") is True
    assert transcript.unanswered
    assert transcript.hear("Hello?") is True
    assert transcript.prompt() == [SYSTEM, user("Is it raining?\n\nHello?")]
    transcript.say("Yes.")
    assert not transcript.unanswered


def test_failures_without_end_never_build_a_prompt_beyond_the_budget():
    transcript = Transcript("You are Mara.", 100)
    kept = [transcript.hear(f"Is anybody there, the {number}th time I ask?") for number in range(100)]
    assert kept[0]
    assert False in kept
    [_, newest] = transcript.prompt()
    assert newest["content"].endswith("the 99th time I ask?")
    assert transcript.estimate(newest["content"]) <= 100


def test_without_memory_each_prompt_stands_alone():
    transcript = Transcript("You are Mara.", 0)
    assert transcript.hear("Write a tale.") is True
    transcript.fit(2000)
    assert transcript.prompt() == [SYSTEM, user("Write a tale.")]
    transcript.say("Once upon a time.")
    transcript.learn(20, 2000)
    assert transcript.hear("Write a letter.") is True
    assert transcript.prompt() == [SYSTEM, user("Write a letter.")]
    assert transcript.hear("Write a map.") is False  # the letter failed: it is given up, and hear says so
    assert transcript.prompt() == [SYSTEM, user("Write a map.")]


def test_a_reply_to_nothing_is_a_mistake():
    with pytest.raises(ValueError, match="heard"):
        Transcript("You are Mara.", 1000).say("Yes.")


def test_an_empty_reply_is_written_as_silence():
    transcript = Transcript("You are Mara.", 1000)
    transcript.hear("Well?")
    transcript.say(" \n")
    assert transcript.prompt()[-1] == assistant(SILENCE)


@pytest.mark.parametrize(("pairs", "left"), [(1, 0), (2, 1), (3, 1), (4, 2), (9, 4)])
def test_shedding_drops_the_oldest_half_in_whole_pairs(pairs, left):
    transcript = Transcript("You are Mara.", 1000)
    talk(transcript, pairs)
    everything = transcript.prompt()
    assert transcript.shed() is True
    assert transcript.prompt() == [SYSTEM, *everything[1 + 2 * (pairs - left) :]]


def test_shedding_keeps_unanswered_mail_and_says_when_nothing_is_left():
    transcript = Transcript("You are Mara.", 1000)
    talk(transcript, 1)
    transcript.hear("And then?")
    assert transcript.shed() is True
    assert transcript.shed() is False
    assert transcript.prompt() == [SYSTEM, user("And then?")]


def test_before_the_server_has_counted_tokens_are_estimated_from_characters():
    transcript = Transcript("s" * 350, 1000)
    transcript.hear("u" * 70)
    assert transcript.tokens() == pytest.approx(420 * START_RATE)


def test_after_a_reply_what_was_sent_is_exact_and_only_newer_text_is_estimated():
    transcript = Transcript("s" * 300, 1000)
    transcript.hear("u" * 100)
    transcript.say("a" * 50)
    transcript.learn(prompt_tokens=200, output_tokens=33)
    assert transcript.tokens() == 233
    transcript.hear("u" * 40)
    assert transcript.tokens() == pytest.approx(233 + 40 * 0.5)  # 200 tokens for 400 characters
    transcript.shed()
    assert transcript.tokens() == pytest.approx(340 * 0.5)


@pytest.mark.parametrize(("tokens", "rate"), [(1, LOWEST_RATE), (100_000, HIGHEST_RATE)])
def test_a_strange_count_moves_the_estimate_only_so_far(tokens, rate):
    transcript = Transcript("s" * 100, 1000)
    transcript.hear("u" * 100)
    transcript.say("a")
    transcript.learn(tokens, 1)
    assert transcript.estimate("x" * 80) == 80 * rate


def test_a_server_that_counts_nothing_teaches_nothing():
    transcript = Transcript("s" * 100, 1000)
    transcript.hear("u" * 100)
    transcript.say("a" * 10)
    transcript.learn(0, 0)
    assert transcript.tokens() == pytest.approx(210 * START_RATE)


def test_a_server_that_always_counts_the_same_does_not_make_memory_grow_without_end():
    transcript = Transcript("system", budget=100)
    for _ in range(200):
        transcript.hear("mail " * 8)
        transcript.fit(10)
        transcript.say("reply " * 8)
        transcript.learn(10, 5)
    assert sum(len(turn["content"]) for turn in transcript.prompt()) <= 100 / LOWEST_RATE


def test_a_budget_too_small_for_anything_still_gives_a_prompt():
    transcript = Transcript("You are Mara.", 1)
    talk(transcript, 3)
    transcript.hear("And then?")
    transcript.fit(80)
    assert transcript.prompt() == [SYSTEM, user("And then?")]


def is_continued(before, after):
    """The earlier prompt's text is the beginning of the later one's, turn by turn; the last may have grown."""
    *whole, last = before
    grown = after[len(whole)]
    return (
        after[: len(whole)] == whole and grown["role"] == last["role"] and grown["content"].startswith(last["content"])
    )


texts = st.text(alphabet="ab c", min_size=1, max_size=120)
turns = st.lists(st.tuples(texts, st.one_of(st.none(), texts)), max_size=40)


@given(turns, st.integers(0, 300))
def test_prompts_only_grow_at_their_end_between_sheds_and_keep_within_the_budget(conversation, budget):
    previous = [{"role": "system", "content": "system"}]
    sheds = 0

    class Counting(Transcript):
        def shed(self):
            nonlocal sheds
            sheds += 1
            return super().shed()

    transcript = Counting("system", budget)
    for heard, said in conversation:
        sheds = 0
        kept = transcript.hear(heard)
        transcript.fit(10)
        prompt = transcript.prompt()
        roles = [message["role"] for message in prompt]
        assert roles == ["system", *(["user", "assistant"] * len(roles))[: len(roles) - 1]]
        assert roles[-1] == "user"
        assert heard in prompt[-1]["content"]
        assert transcript.tokens() + 10 <= budget or len(prompt) == 2
        if kept and not sheds and budget:
            assert is_continued(previous, prompt)
        previous = prompt
        if said is not None:
            transcript.say(said)
            transcript.learn(sum(len(message["content"]) for message in prompt) // 3 + 4, len(said) // 3 + 1)
