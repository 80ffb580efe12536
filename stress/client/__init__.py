"""The streaming chat client: bytes from a server become text, tokens and times."""
