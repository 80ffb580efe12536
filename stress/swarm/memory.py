"""What one agent remembers: its conversation as the prompt of the next request, within a budget of tokens.

A prompt grows only at its end until the budget is reached; then the oldest half is shed at once. Between two
sheds an engine's prefix cache therefore meets the same beginning again, as real agents give it.
"""

import msgspec

START_RATE = 1 / 3.5
"""Tokens a character before the server has said how many there are: English prose under common vocabularies."""
LOWEST_RATE, HIGHEST_RATE = 1 / 8, 2.0

SILENCE = "…"
"""Stands for an empty reply: some chat servers refuse an assistant turn without text."""


class Transcript(msgspec.Struct, eq=False):
    """One agent's conversation: a system prompt, then user and assistant turns in strict alternation.

    The order of calls for one request is `hear`, `fit`, `prompt`, and after a reply `say`, then `learn`. After a
    failure there is nothing to call: the mail stays, and the next `hear` joins it.
    """

    _system: str
    """What the agent reads first in each prompt; never shed."""
    budget: int
    """Tokens that prompt and reply may take together; 0 remembers nothing, each prompt being the system prompt and
    the newest mail."""
    _turns: list[str] = []
    """Ten thousand of these live in one process, so they are bare strings: even ones heard, odd ones said."""
    _rate: float = START_RATE
    _counted_turns: int = 0
    """The server's own count, chat template included, is of the system prompt and so many of the first turns."""
    _counted_tokens: int = 0

    def hear(self, text: str) -> bool:
        """Add mail as a user turn, or to the user turn that is still unanswered; servers refuse two in a row.

        Returns:
            False if unanswered mail was given up for this: it would take more than the budget together with
            the new mail, and a server that fails for long must not leave behind a prompt it can never answer.
        """
        if not self.unanswered:
            self._turns.append(text)
            return True
        joined = f"{self._turns[-1]}\n\n{text}"
        kept = self.estimate(joined) <= self.budget
        self._turns[-1] = joined if kept else text
        return kept

    def say(self, text: str) -> None:
        """Add the agent's own reply to what it last heard.

        Raises:
            ValueError: nothing is unanswered.
        """
        if not self.unanswered:
            raise ValueError("a reply needs something heard before it")
        if self.budget:
            self._turns.append(text if text.strip() else SILENCE)
        else:
            self._turns.clear()

    def learn(self, prompt_tokens: int, output_tokens: int) -> None:
        """Take the server's count of the request that was just answered; call it right after `say`."""
        if prompt_tokens <= 0 or not self._turns or self.unanswered:
            return
        sent = len(self._system) + sum(map(len, self._turns[:-1]))
        self._rate = min(HIGHEST_RATE, max(LOWEST_RATE, prompt_tokens / max(1, sent)))
        self._counted_turns = len(self._turns)
        self._counted_tokens = prompt_tokens + output_tokens

    @property
    def unanswered(self) -> bool:
        """The newest turn is mail that no reply has answered."""
        return len(self._turns) % 2 == 1

    def estimate(self, text: str) -> float:
        """About how many tokens this text takes, at the rate that the server's last count gave."""
        return len(text) * self._rate

    def tokens(self) -> float:
        """Tokens of the prompt as it stands: the server's count, and an estimate of what is newer.

        A server that counts too little, or always the same, is not believed: memory would grow without end.
        """
        newer = sum(map(len, self._turns[self._counted_turns :]))
        if not self._counted_turns:
            newer += len(self._system)
        least = (len(self._system) + sum(map(len, self._turns))) * LOWEST_RATE
        return max(least, self._counted_tokens + newer * self._rate)

    def shed(self) -> bool:
        """Drop the oldest half of the answered turns, in whole pairs; False if there are none.

        The system prompt and unanswered mail always stay.
        """
        pairs = len(self._turns) // 2
        del self._turns[: 2 * ((pairs + 1) // 2)]
        self._counted_turns = self._counted_tokens = 0
        return pairs > 0

    def fit(self, reply_tokens: int) -> None:
        """Shed until the prompt and a reply of that many tokens are within the budget, as far as shedding can."""
        while self.tokens() + reply_tokens > self.budget and self.shed():
            pass

    def prompt(self) -> list[dict[str, str]]:
        """The messages of a chat completion request: system, then user and assistant in turn."""
        messages = [{"role": "system", "content": self._system}]
        messages += [
            {"role": "assistant" if at % 2 else "user", "content": text} for at, text in enumerate(self._turns)
        ]
        return messages
