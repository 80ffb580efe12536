"""A burst: a fixed number of independent requests, so many at a time. A swarm whose agents write to nobody."""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from stress.scenario.model import Persona, Reply, Scenario
from stress.swarm.agent import Agent
from stress.swarm.office import Mail
from stress.swarm.swarm import Swarm

ONE_WORKERS = 1 << 32
"""A worker's requests are numbered from a multiple of this on (`stress.session.protocol`)."""
WORDS_A_TOKEN = 0.75
"""English prose under common vocabularies, until the server itself has counted some."""

_TOPICS = (
    "a harbour at night",
    "how a bridge is built",
    "the history of a small town",
    "a storm and what it left behind",
    "three sisters who keep an orchard",
    "why the night sky is dark",
    "a letter that came forty years late",
    "how to repair an old clock",
    "a market where memories are sold",
    "the first winter of a colony",
    "what a lighthouse keeper wrote down",
    "an argument between two gardeners",
)


class WordCount(NamedTuple):
    """How a server counts the tokens of a burst's prompt."""

    fixed: float = 0.0
    """Of the chat template and the system prompt."""
    a_word: float = 1 / WORDS_A_TOKEN
    """Of a word of the user turn."""

    @classmethod
    def of(cls, few: tuple[int, int], many: tuple[int, int]) -> "WordCount | None":
        """From the words and tokens of a short prompt and of a long one; None if they do not add up."""
        a_word = (many[1] - few[1]) / max(1, many[0] - few[0])
        return cls(few[1] - few[0] * a_word, a_word) if a_word > 0 else None

    def words(self, tokens: int) -> int:
        """The words of a prompt of so many tokens."""
        return max(0, round((tokens - self.fixed) / self.a_word))


GUESSED = WordCount()


def burst_scenario(max_tokens: int, temperature: float, *, ignore_eos: bool) -> Scenario:
    """The scenario of independent requests: each has a system prompt of a sentence and one user turn."""
    return Scenario(
        name="burst",
        title="Independent requests",
        about="Each request stands alone: it asks for a long text, in its own words.",
        topology="none",
        memory=0,
        patience=0,
        reply=Reply(max_tokens=max_tokens, temperature=temperature, ignore_eos=ignore_eos),
        setting="You are a writer who answers at full length.",
        personas=(Persona.model_validate({"name": "The writer", "is": "someone who never runs out of words."}),),
        openers=_TOPICS,
    )


def burst_prompt(seed: int, number: int, words: int) -> str:
    """The user turn of request `number`, of about so many words: no two begin alike, so no cache knows them.

    The same for the same seed and number.
    """
    rng = random.Random(f"burst {seed} {number}")
    text = f"{rng.choice(_TOPICS)}, part {number + 1}: write it at length, and do not stop."
    vocabulary = " ".join(_TOPICS).replace(",", "").split()
    missing = words - len(text.split())
    if missing <= 2:
        return text
    return f"{text} Use these words: {' '.join(rng.choice(vocabulary) for _ in range(missing - 3))}."


def prompt_maker(seed: int, words: int, own: Sequence[str]) -> Callable[[int], str]:
    """Returns the user turn of a request by its number: the user's own prompts in turn, else made ones."""
    if own:
        return lambda number: own[number % ONE_WORKERS % len(own)]
    return lambda number: burst_prompt(seed, number, words)


class Burst(Swarm):
    """The agents take the next request as soon as theirs is answered, until none is left."""

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        on_ready: Callable[[Agent], None],
        on_post: Callable[[Mail, list[int]], None],
        on_move: Callable[[Agent], None],
        *,
        requests: int,
        prompt: Callable[[int], str],
        first_id: int = 0,
    ) -> None:
        """`requests` is how many this worker sends, failed ones included, `prompt` makes each one's user turn.

        The others are as in `Swarm`.
        """
        super().__init__(scenario, seed, 0, on_ready, on_post, on_move, first_id)
        self._left = requests
        self._prompt = prompt
        self._number = first_id

    def may_begin(self, agent: Agent) -> bool:
        return self._left > 0 and super().may_begin(agent)

    def begin(self, agent: Agent, now: float) -> tuple[list[dict[str, str]], int]:
        self._left -= 1
        return super().begin(agent, now)

    def _give_opener(self, agent: Agent) -> None:
        agent.inbox.append(self._prompt(self._number))
        self._number += 1
