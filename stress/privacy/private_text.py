"""What is private in any text, whoever's machine it names: keys, home paths, addresses, hosts. Pure.

Every rule is written so that a text of hostile length costs no more than its length: repetitions are bounded.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator

HIDDEN = "•••"
"""In place of a secret."""
HOME = "~"
HOST = "host"
USER = "user"
IPV4 = "•.•.•.•"

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]
"""What is found, and what stands in its place."""

_NAME = r"(?:[\w-]{0,40}[_-])?(?:api|access|auth|secret|private|hf)?(?:key|token|secret|password|passwd|passphrase|pwd)"
_VALUE = r"""(?:"[^"]{1,4096}"|'[^']{1,4096}'|[^\s"'`,;&)}\]]{1,4096})"""
# The speed of tokens is reported as `time_per_token=7.3`, and a tokenizer has an `eos_token`: these are no secrets.
_HARMLESS = r"(?!(?:[\w-]{0,40}[_-])?(?:per|first|next|last|eos|bos|pad|unk|stop|eot|image)[_-]token\b)"

_SECRETS = re.compile(
    r"\bsk-(?=[\w*.…-]{0,256}[\d*])[\w*-]{8,256}"  # with a digit, or the stars of one half hidden: `sk-learn` is a word
    r"|\b(?:sk|pk|rk)[-_][\w-]{20,256}"
    r"|\bhf_[A-Za-z0-9]{8,256}"
    r"|\bgh[opsur]_[A-Za-z0-9]{8,256}"
    r"|\bgithub_pat_\w{8,256}"
    r"|\b(?:glpat|nvapi|xox[abeoprs]|pplx|tskey)-[\w-]{8,256}"
    r"|\b(?:gsk|r8|dckr_pat|npm|wandb_v1)_[A-Za-z0-9_-]{16,256}"
    r"|\b(?:AKIA|ASIA|AGPA|AROA|AIDA)[A-Z0-9]{12,32}"
    r"|\bAIza[\w-]{20,256}"
    r"|\bya29\.[\w-]{8,256}"
    r"|\beyJ[\w-]{5,2048}\.[\w-]{4,4096}(?:\.[\w-]{0,1024})?"
)
_BEARER = re.compile(r"(?i)\b(Bearer\s{1,4})(?:(?=[\w.~+/=-]{0,256}\d)[\w.~+/=-]{8,4096}|[\w.~+/=-]{24,4096})")
_HEADER = re.compile(
    r"(?i)\b(Authorization[\"']?\s?[:=]\s?[\"']?(?:Basic|Bearer|Token|Digest)\s{1,4})[^\s\"',]{1,4096}"
)
_ASSIGNED = re.compile(rf"(?i)(?<![\w-]){_HARMLESS}(--?)?({_NAME}[\"']?\s?=\s?)({_VALUE})")
_JSON_FIELD = re.compile(rf"(?i)([\"']{_NAME}[\"']\s?:\s?)({_VALUE})")
_NAMED = re.compile(rf"(?i)(?<![\w-])((?:api[ _-]?key|password|passwd|access[ _-]token|auth[ _-]token):\s?)({_VALUE})")
_FLAG = re.compile(rf"(?i)(?<![\w-])(--{_NAME} )(?!-)({_VALUE})")

_HOME_PATH = re.compile(r"(\w)?/{1,8}(?:home|homes|Users)/{1,8}[^/\s:,;'\"`<>|()\[\]{}]{1,256}")
_ROOTS_HOME = re.compile(r"(?<![\w.~/-])/root(?![\w.-])")
_WINDOWS_HOME = re.compile(
    r"(?i)(?:\b[A-Z]:[\\/]{1,4}|\\{1,4})(?:Users|Documents and Settings)[\\/]{1,4}"
    r"(?:[^\\/:*?\"<>|]{1,64}(?=\\)|[^\\/\s:*?\"'<>|,;]{1,256})"
)
_TILDE_USER = re.compile(r"(?<![\w/~.-])~[A-Za-z_][\w.-]{0,64}(?=/)")

_URL = re.compile(
    r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)(?:[^\s/@\"']{0,256}@)?(\[[^\]\s]{2,60}\]|[^\s/:?#\"'`<>,;)}|\\\]]{1,256})"
)
_USERINFO = re.compile(r"(?<=://)[^/@\s]+@")
_QUERY = re.compile(r"(://[^\s?]*)\?[^\s'\"]+")
_AT_NAME = re.compile(
    r"(?<![\w.+-])[A-Za-z_][\w.+-]{0,63}@"
    r"(?:[A-Za-z][\w-]{0,62}(?:\.[\w-]{1,63}){0,8}|\d{1,3}(?:\.\d{1,3}){3}|•\.•\.•\.•|\[[0-9A-Fa-f:•]{2,45}\])"
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.[A-Za-z]{2,24}\b")
_LOCAL_NAME = re.compile(
    r"(?i)(?<![\w.-])[a-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){0,6}"
    r"\.(?:lan|local|internal|intranet|corp|localdomain|home\.arpa|ts\.net)(?![\w(-]|\.\w)"
)
_ADDRESS_NAME = re.compile(r"(?i)(?<![\w-])ip-\d{1,3}(?:-\d{1,3}){3}(?:\.[\w-]{1,63}){0,6}(?![\w-])")

_MAC_ADDRESS = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:([:-])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}(?![\w:-])")
_QUAD = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)")
_VERSION_BEFORE = re.compile(
    r"(?i)(?:==|[~><]=|\b(?:v|ver|version|release|driver|build|cuda|cudnn|cublas|nccl|tensorrt|torch|python|vllm|sglang"
    r"|rocm|nvidia|llama\.cpp|ollama|aphrodite|lmdeploy))[ :=]{0,3}$"
)
_COLONS = re.compile(r"[0-9A-Fa-f:]{0,64}:[0-9A-Fa-f:]{0,64}:[0-9A-Fa-f:]{0,64}(?:%\w{1,16})?")
_HARMLESS_HOSTS = ("localhost", "0.0.0.0", HOST)  # noqa: S104 -- compared, not bound


def _quad(match: re.Match[str]) -> str:
    """Four numbers that are an address, unless they are a version or loopback."""
    found = match.group()
    parts = [int(part) for part in found.split(".")]
    before = match.string[max(0, match.start() - 16) : match.start()]
    if max(parts) > 255 or parts[0] == 127 or not any(parts) or _VERSION_BEFORE.search(before):
        return found
    return IPV4


def _colons(match: re.Match[str]) -> str:
    """Hex digits and colons that are an address, unless loopback; a colon before or behind may be the sentence's."""
    found, start, end = match.group(), match.start(), match.end()
    before, after = match.string[max(0, start - 1) : start], match.string[end : end + 1]
    if _is_word(after):
        return found
    lead = ""
    if _is_word(before) or (found.startswith(":") and not found.startswith("::")):
        lead = found[: found.index(":") + 1]  # a label, as in `eth0:fe80::1`; else a word, as in `std::dec`
    tail = ":" if found.endswith(":") and not found.endswith("::") else ""
    core = found[len(lead) : len(found) - len(tail)]
    if lead and core.startswith(":"):
        return found
    try:
        address = ipaddress.IPv6Address(core)
    except ValueError:
        return found
    return found if address.is_loopback or address.is_unspecified else f"{lead}•:•{tail}"


def _is_word(char: str) -> bool:
    """A character that words are made of; false for no character."""
    return char.isalnum() or char == "_"


def _url(match: re.Match[str]) -> str:
    """A URL without its user and its host's name; addresses are another rule's."""
    scheme, host = match.groups()
    return scheme + (host if keeps_its_host(host) else HOST)


def keeps_its_host(host: str) -> bool:
    """It reveals nothing, or is an address in digits."""
    if host.lower() in _HARMLESS_HOSTS or "•" in host or host.startswith("["):
        return True
    return _QUAD.fullmatch(host) is not None


def hosts_in(text: str) -> Iterator[str]:
    """The names of the hosts that the text's URLs lead to."""
    return (host for _, host in _URL.findall(text) if not keeps_its_host(host))


def without_secrets(text: str) -> str:
    """The text without `user:password@` in its URLs, and without what stands behind their question marks."""
    return _QUERY.sub(r"\1?…", _USERINFO.sub("", text))


def _secret_behind(match: re.Match[str]) -> str:
    """The name stays, the value goes."""
    *names, value = match.groups(default="")
    quote = value[0] if value[0] in "\"'" else ""
    return f"{''.join(names)}{quote}{HIDDEN}{quote}"


def _path(match: re.Match[str]) -> str:
    before = match.group(1)
    return f"{before}/{HOME}" if before else HOME


RULES: tuple[Rule, ...] = (
    (_HEADER, rf"\1{HIDDEN}"),
    (_BEARER, rf"\1{HIDDEN}"),
    *((pattern, _secret_behind) for pattern in (_ASSIGNED, _JSON_FIELD, _NAMED, _FLAG)),
    (_SECRETS, HIDDEN),
    (_URL, _url),
    (_WINDOWS_HOME, HOME),
    (_HOME_PATH, _path),
    (_ROOTS_HOME, HOME),
    (_TILDE_USER, HOME),
    (_AT_NAME, f"{USER}@{HOST}"),
    (_EMAIL, f"{USER}@{HOST}"),
    (_ADDRESS_NAME, HOST),
    (_LOCAL_NAME, HOST),
    (_MAC_ADDRESS, "•:•:•:•:•:•"),
    (_COLONS, _colons),
    (_QUAD, _quad),
)
"""In this order: what holds others, such as a URL its host, comes first."""
