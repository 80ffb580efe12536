"""How messages and requests are numbered, so that no two of any workers are alike."""

FIRST_ID_BITS = 32


def first_id(worker: int) -> int:
    """This worker's numbers are above this one."""
    return worker << FIRST_ID_BITS


def worker_of(number: int) -> int:
    """The worker that gave a message or a request its number."""
    return number >> FIRST_ID_BITS
