"""The GPUs of other machines, read from DCGM exporters: NVIDIA's own, or `stress telemetry serve`."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

from stress.client.ask import NO_RESPONSE, TIMEOUT_S, ProbeRequest, ProbeResponse, ask_one
from stress.client.failures import one_line
from stress.errors import NoServerError, UsageError
from stress.privacy.private_text import without_secrets
from stress.readings import GpuReading
from stress.telemetry.dcgm_page import GpuKey, has_dcgm, read_page, read_programs_cpu
from stress.telemetry.timeout import Pages

_EXAMPLE = "http://gpu-host:9400/metrics"

Fetch = Callable[[str], ProbeResponse]


def fetch_page(url: str) -> ProbeResponse:
    """The page at this address; `NO_RESPONSE` if none comes within 2 s."""
    parts = urlsplit(url)
    question = ProbeRequest(parts.path + (f"?{parts.query}" if parts.query else ""))
    return ask_one(f"{parts.scheme}://{parts.netloc}", None, None, question)


class DcgmGpus:
    """The GPUs of all hosts on some exporters' pages. One that was there once keeps its place in the list."""

    def __init__(self, urls: Sequence[str], fetch: Fetch = fetch_page) -> None:
        """`urls` are as `check_gpu_metrics` returns them."""
        self._urls = tuple(dict.fromkeys(urls))
        self._pages = Pages(fetch)
        self._known: dict[tuple[str, GpuKey], str] = {}
        """The names of all GPUs seen so far."""
        self._cpu: tuple[float | None, float | None] = (None, None)

    @property
    def origin(self) -> str:
        """The exporters' addresses, for people."""
        return f"DCGM exporter at {', '.join(map(without_secrets, self._urls))}"

    def read(self) -> tuple[GpuReading, ...]:
        """A reading of every GPU. One whose page does not come, or has it no more, is lost."""
        found: dict[tuple[str, GpuKey], GpuReading] = {}
        why: dict[str, str] = {}
        answers = self._pages.get(self._urls)
        for url in self._urls:
            gpus, why[url] = _gpus(url, answers[url])
            # Two exporters of one machine list the same chips.
            elsewhere = {key.chip for at, key in self._known if at != url and key.uuid}
            found |= {(url, key): gpu for key, gpu in gpus.items() if key.chip not in elsewhere}
            self._known |= {(url, key): gpu.name for key, gpu in gpus.items() if key.chip not in elsewhere}
        self._cpu = _programs_cpu(answers.values())
        shown = self._hosts()
        return tuple(
            msgspec.structs.replace(found[place], host=shown[place])
            if place in found
            else GpuReading(index=place[1].gpu, name=name, host=shown[place], lost=why[place[0]])
            for place, name in self._known.items()
        )

    def cpu(self) -> tuple[float | None, float | None]:
        """Cores that the programs on these GPUs use together, and their busiest process, at the last reading.

        None where no page says: dcgm-exporter's do not, those of `stress telemetry serve` do.
        """
        return self._cpu

    def _hosts(self) -> dict[tuple[str, GpuKey], str | None]:
        """The machine of each GPU; None where all are in one, which needs no name."""
        hosts = {(url, key): key.host or urlsplit(url).hostname for url, key in self._known}
        several = len(self._urls) > 1 or len(set(hosts.values())) > 1
        return hosts if several else dict.fromkeys(hosts)


def _gpus(url: str, answer: ProbeResponse) -> tuple[dict[GpuKey, GpuReading], str]:
    """The GPUs on a page, and why those that are not on it are lost."""
    shown = without_secrets(url)
    if answer is NO_RESPONSE:
        return {}, f"no answer from {shown}"
    if answer.status != HTTPStatus.OK:
        return {}, f"{shown} answers with status {answer.status}"
    try:
        return read_page(answer.text), f"{shown} no longer reports it"
    except ValueError:
        return {}, f"{shown} does not answer with a Prometheus page"


def _programs_cpu(answers: Iterable[ProbeResponse]) -> tuple[float | None, float | None]:
    """Of all hosts together."""
    found: list[tuple[float | None, float | None]] = []
    for answer in answers:
        with suppress(ValueError):
            found.append(read_programs_cpu(answer.text))
    together = [cores for cores, _ in found if cores is not None]
    busiest = [cores for _, cores in found if cores is not None]
    return sum(together) if together else None, max(busiest, default=None)


def check_gpu_metrics(urls: Sequence[str], fetch: Fetch = fetch_page) -> tuple[str, ...]:
    """Look at every page of `--gpu-metrics` before a run starts.

    Args:
        urls: as the user wrote them: without `http://` and without a path too.
        fetch: returns the page at an address.

    Returns:
        The whole URLs, for `DcgmGpus`.

    Raises:
        UsageError: one is no URL.
        NoServerError: at one nothing answers, or what answers has no GPU's metrics.
    """
    whole = tuple(dict.fromkeys(_whole_url(url) for url in urls))
    answers = Pages(fetch).get(whole)
    for url in whole:
        _check(url, answers[url])
    return whole


def _whole_url(text: str) -> str:
    url = text.strip()
    url = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or not url.isascii() or any(char.isspace() for char in url):
        raise UsageError(
            f"--gpu-metrics {one_line(text)!r} is not an http:// or https:// URL; write one like {_EXAMPLE}."
        )
    if parts.username is not None:
        raise UsageError(
            f"--gpu-metrics has a user name or a password, and runs are recorded; write one like {_EXAMPLE}."
        )
    path = parts.path if parts.path not in ("", "/") else "/metrics"
    return f"{parts.scheme}://{parts.netloc}{path}" + (f"?{parts.query}" if parts.query else "")


def _check(url: str, answer: ProbeResponse) -> None:
    start = "start `stress telemetry serve` or dcgm-exporter there"
    if answer is NO_RESPONSE:
        raise NoServerError(
            f"--gpu-metrics {url} does not answer within {TIMEOUT_S:g} s; {start}, or check the address."
        )
    if answer.status != HTTPStatus.OK:
        raise NoServerError(f"--gpu-metrics {url} answers with status {answer.status}; check the address and its path.")
    try:
        if read_page(answer.text):
            return
        found = (
            "DCGM metrics, but none that stress can assign to a GPU" if has_dcgm(answer.text) else "no DCGM_FI_ metrics"
        )
    except ValueError:
        what = "an HTML page" if answer.text.lstrip()[:1] == "<" else "something other than a Prometheus page"
        raise NoServerError(f"--gpu-metrics {url} answers with {what}; check the port and the path.") from None
    raise NoServerError(f"--gpu-metrics {url} has {found}; {start}, or check the port.")
