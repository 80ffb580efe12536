"""The agents, the post office between them, who may write to whom, and what they remember."""
