"""One reply by itself, through the client that measures runs."""

import asyncio
import time

from stress.client.chat import ChatClient
from stress.client.exchange import Outcome
from stress.client.meter import Meter
from stress.client.transport import transport_for
from stress.client.wire import Endpoint, Messages


async def one_reply(endpoint: Endpoint, messages: Messages, limit: float) -> Outcome:
    """The reply to these messages, or how it failed; gives up after `limit` seconds."""
    transport = transport_for(endpoint.chat_url, time.monotonic)
    client = ChatClient(endpoint, transport, Meter(), stall_s=limit, attempts=1)
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
