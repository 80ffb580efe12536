"""Streamer-safe: what is shown of a run without keys, home paths, names of hosts and users, and addresses. Pure.

`Redactor.text` masks one text, `Redactor.whole` every text that a struct reaches. Which fields hold text follows from
the structs' own annotations, so that a field which is added later is masked as well.
"""

import functools
import re
import typing
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar

import msgspec

from stress.events import Message, Request, Trouble
from stress.privacy.private_text import HIDDEN, HOME, HOST, IPV4, RULES, USER, Rule
from stress.text import visible

HARMLESS: Mapping[str, tuple[str, ...]] = {
    "Sample": ("errors",),
    "Request": ("error",),
    "Trouble": ("name",),
    "DecodeCost": ("compute",),
    "DuelRecord": ("rounds",),
}
"""By struct: text fields that hold only this program's own words."""

_EVERYDAY = frozenset(
    """
    admin agent agents ai app backup box bot build burst chat ci client cloud cpu cuda data debian default demo
    desktop dev docker ec2-user engine fedora ghost git gpu guest home host ip laptop left limit linux llm local
    localhost mac main max min model node none nobody nvidia ops pc pi ramp right root run runner server service
    session stress stream studio swarm test token tokens tui ubuntu user users vm web windows work worker
    workstation
    """.split()
)
"""Names that occur in many sentences and reveal nothing: they go only from paths and `user@host`."""
_SHORTEST = 3
_SHORTEST_SECRET = 6
_ROUNDS = 8
"""What one rule leaves may be another's: two rounds do for all but contrived texts."""
_TEXTS, _EVENTS = 4096, 1024
"""So many are remembered: several times what a snapshot holds."""
_REMEMBERED = (Message, Request, Trouble)
"""They return in every snapshot; viewers know those that they have shown by identity."""

_T = TypeVar("_T")


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What to hide besides what is private anywhere."""

    homes: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    """Keys and passwords, as they are; very short ones do not count."""


class Redactor:
    """Hides these facts, and whatever looks private in itself."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._rules = _rules(facts)
        self.text = functools.lru_cache(_TEXTS)(self._masked)
        """Returns a text as it may be shown. Masked text stays as it is."""
        self._event = functools.lru_cache(_EVENTS)(self._struct)

    def whole(self, thing: _T) -> _T:
        """A struct, a tuple or a list with every text in it masked; what holds none is the same object as before."""
        masked: _T = self._any(thing)
        return masked

    def learn(self, hosts: Iterable[str]) -> None:
        """From now on hide these hosts wherever they are named, not only in URLs: errors name them alone."""
        new = frozenset(name for host in hosts for name in (host, _short(host))) - self._facts.hosts
        if new:
            self._facts = msgspec.structs.replace(self._facts, hosts=self._facts.hosts | new)
            self._rules = _rules(self._facts)
            self.text.cache_clear()
            self._event.cache_clear()

    def _masked(self, text: str) -> str:
        # What is hidden in a text must not hold a secret's parts apart until the text is drawn.
        text = visible(text)
        for _ in range(_ROUNDS):
            before = text
            for pattern, put in self._rules:
                text = pattern.sub(put, text)
            if text == before:
                break
        return text

    def _any(self, thing: Any) -> Any:
        if isinstance(thing, str):
            text = self.text(thing)
            return thing if text == thing else text  # what is remembered may be an equal text of another snapshot
        if isinstance(thing, tuple | list):
            masked = [self._any(part) for part in thing]
            same = all(new is old for new, old in zip(masked, thing, strict=True))
            return thing if same else type(thing)(masked)
        if isinstance(thing, _REMEMBERED):
            return self._event(thing)
        return self._struct(thing) if isinstance(thing, msgspec.Struct) else thing

    def _struct(self, struct: Any) -> Any:
        kind: type = type(struct)
        fields = {name: getattr(struct, name) for name in text_fields(kind)}
        changes = {name: new for name, old in fields.items() if (new := self._any(old)) is not old}
        return msgspec.structs.replace(struct, **changes) if changes else struct


def _short(host: str) -> str:
    """The host's name without its domain, unless that is a word that could mean something else."""
    name = host.partition(".")[0]
    return host if name.isalpha() else name


def masked(thing: _T, redactor: Redactor | None) -> _T:
    """The thing masked; without a redactor as it is."""
    return thing if redactor is None else redactor.whole(thing)


@functools.cache
def text_fields(kind: type) -> tuple[str, ...]:
    """The fields of a struct that may hold text, themselves or further down."""
    hints = typing.get_type_hints(kind)
    harmless = HARMLESS.get(kind.__name__, ())
    names = (field.name for field in msgspec.structs.fields(kind))
    return tuple(name for name in names if name not in harmless and _may_hold_text(hints[name]))


def _may_hold_text(kind: Any) -> bool:
    if kind is str or kind is Any:
        return True
    origin = typing.get_origin(kind)
    if origin is Literal:
        return False
    if origin is None and isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return bool(text_fields(kind))
    return any(_may_hold_text(part) for part in typing.get_args(kind))


def _rules(facts: Facts) -> tuple[Rule, ...]:
    """The facts' own rules around those for everybody: homes before paths are cut, names after URLs are."""
    homes = [home.rstrip("/\\") for home in facts.homes]
    first = [
        *_literally((secret for secret in facts.secrets if len(secret) >= _SHORTEST_SECRET), "", "", HIDDEN),
        *_literally((home for home in homes if len(home) >= _SHORTEST), r"(?<![\w.~-])", r"(?![\w-])", HOME),
    ]
    addresses = (found for found in facts.addresses if not _loopback(found))
    last = [
        *_literally(addresses, r"(?<![0-9A-Fa-f:])", r"(?![0-9A-Fa-f:])", IPV4),
        *_names(facts.hosts, r"(?:\.[\w-]{1,63}){0,6}", HOST),
        *_names(facts.users, "", USER),
    ]
    return (*first, *RULES, *last)


def _loopback(address: str) -> bool:
    return address.startswith("127.") or address in ("::1", "00:00:00:00:00:00")


def _names(names: Iterable[str], behind: str, put: str) -> list[Rule]:
    """As whole words. What joins words, as in `max_tokens`, ends only a name that is no short word itself."""
    telling = [name for name in names if len(name) >= _SHORTEST and name.lower() not in _EVERYDAY]
    plain = [name for name in telling if len(name) < 5 and name.isalpha()]
    others = [name for name in telling if name not in plain]
    return [
        *_literally(plain, r"(?<![\w-])", behind + r"(?![\w-])", put),
        *_literally(others, r"(?<![^\W_])", behind + r"(?![^\W_])", put),
    ]


def _literally(words: Iterable[str], before: str, behind: str, put: str) -> list[Rule]:
    """These words, the longest first, where these patterns match before and behind."""
    found = sorted(set(words), key=lambda word: (-len(word), word))
    if not found:
        return []
    either = "|".join(map(re.escape, found))
    return [(re.compile(f"{before}(?:{either}){behind}", re.IGNORECASE), put)]
