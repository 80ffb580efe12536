"""The openai SDK as people use it: so many streams at once, each read chunk by chunk, its text joined.

    python benchmarks/openai_client.py URL STREAMS

It goes on until it is killed.
"""

import asyncio
import signal
import sys
import time

import openai


async def talk(client: openai.AsyncOpenAI) -> None:
    """One request after another: text, TTFT and gaps."""
    while True:
        last = time.monotonic()
        text, gaps = [], []
        stream = await client.chat.completions.create(
            model="truth",
            messages=[{"role": "user", "content": "Go on."}],
            stream=True,
            stream_options={"include_usage": True},
        )
        async for chunk in stream:
            now = time.monotonic()
            if chunk.choices and chunk.choices[0].delta.content:
                text.append(chunk.choices[0].delta.content)
                gaps.append(now - last)
                last = now
        "".join(text)


async def main(url: str, streams: int) -> None:
    """Read until killed."""
    client = openai.AsyncOpenAI(base_url=url, api_key="none", timeout=600, max_retries=0)
    await asyncio.gather(*(talk(client) for _ in range(streams)))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
