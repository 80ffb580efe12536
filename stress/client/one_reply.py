"""One reply by itself, through the client that measures runs."""

import asyncio
import time

from stress.client.chat import ChatClient, transport_for
from stress.client.exchange import Outcome
from stress.client.failures import Words
from stress.client.meter import Meter
from stress.client.wire import Endpoint, Messages


async def one_reply(endpoint: Endpoint, messages: Messages, limit: float, words: tuple[Words, ...] = ()) -> Outcome:
    """The reply to these messages, or how it failed (`words`: the engines' own); gives up after `limit` seconds."""
    transport = transport_for(endpoint.chat_url, time.monotonic)
    client = ChatClient(endpoint, transport, Meter(), stall_s=limit, attempts=1, words=words)
    exchange = client.begin(messages, _Unwatched())
    try:
        async with asyncio.timeout(limit):
            return await exchange.run()
    except TimeoutError:
        return exchange.partial("timeout")
    finally:
        await client.close()


class _Unwatched:
    """Nobody watches this request."""

    def sent(self) -> None: ...

    def generating(self) -> None: ...

    def backing_off(self) -> None: ...
