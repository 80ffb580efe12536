"""Snapshots as they may be shown on a stream."""

import functools

from stress.duel.snapshot import DuelSnapshot
from stress.fold.snapshot import Snapshot
from stress.privacy.private_text import hosts_in
from stress.privacy.redactor import Redactor


def masked_snapshot(snapshot: Snapshot, redactor: Redactor | None) -> Snapshot:
    """The snapshot with what is private hidden, also the hosts that it names itself; without a redactor as it is."""
    if redactor is None:
        return snapshot
    _learn_from(snapshot, redactor)
    return redactor.whole(snapshot)


def masked_duel(duel: DuelSnapshot, redactor: Redactor | None) -> DuelSnapshot:
    """A duel's snapshot, likewise."""
    if redactor is None:
        return duel
    for side in (duel.left, duel.right):
        redactor.learn(hosts_in(side.words))
        if side.snapshot is not None:
            _learn_from(side.snapshot, redactor)
    return redactor.whole(duel)


def _learn_from(snapshot: Snapshot, redactor: Redactor) -> None:
    redactor.learn(_hosts_named(snapshot.about.target, snapshot.about.command))
    redactor.learn(gpu.host for gpu in snapshot.sample.gpus if gpu.host)


@functools.lru_cache(64)
def _hosts_named(*texts: str) -> frozenset[str]:
    return frozenset(host for text in texts for host in hosts_in(text))
