"""From what the user wrote to an engine that serves: find it, see that it can work, start it, wait for it."""

import contextlib
from dataclasses import replace
from pathlib import Path

from stress.engines.adapter import Adapter, EngineSpec
from stress.engines.feasible import ModelFacts, impossible
from stress.engines.installed import Installed
from stress.engines.supervisor import EngineProcess, Say, free_port, take_port
from stress.errors import NoServerError, UsageError
from stress.models.known import cached_model
from stress.telemetry.machine_gpu import MachineGpu

DRIVER_LIMIT_S = 15.0
"""A driver that wakes eight GPUs takes some seconds; one that hangs has to be done without."""


def launch_engine(adapter: Adapter, spec: EngineSpec, corpus: str, say: Say, progress: Say) -> EngineProcess:
    """Start an engine and wait until it serves.

    Args:
        adapter: the engine.
        spec: how to run it.
        corpus: the text of the conversation to come, for an engine that makes its own model.
        say: called with what takes long, a sentence at a time.
        progress: called with how far the start is.

    Raises:
        UsageError: it cannot work as it was asked for.
        NoServerError: it is not installed, or would not start; the sentence has the reason.
    """
    spec, installed, gpus = check_launch(adapter, spec)
    if spec.port:
        take_port(spec.port)
    spec = adapter.prepare(spec, corpus, say)
    port = spec.port or free_port()
    launch = adapter.launch(installed.base, spec, port)
    chosen = [gpus[index] for index in spec.gpus] if gpus else []
    if chosen:
        launch = replace(launch, env={**launch.env, **_shown(chosen)})
    process = EngineProcess(adapter, launch, port, installed.version)
    process.devices = tuple(gpu.uuid for gpu in chosen) or None
    process.gpus_before = None if gpus is None else tuple(gpus)
    try:
        process.wait_until_ready(progress)
    except BaseException:
        process.stop()
        raise
    return process


def check_launch(adapter: Adapter, spec: EngineSpec) -> tuple[EngineSpec, Installed, list[MachineGpu] | None]:
    """See, without starting it, that an engine is installed, has its model, and fits this machine's GPUs.

    Returns:
        The spec with its model's whole path; where the engine is; the machine's GPUs, None where it uses none.

    Raises:
        UsageError: it cannot work as it was asked for.
        NoServerError: it is not installed.
    """
    if spec.model and spec.model.startswith("~"):
        spec = replace(spec, model=str(Path(spec.model).expanduser()))
    _check_model(adapter, spec)
    installed = find(adapter)
    gpus = machine_gpus() if uses_gpus(adapter, installed) else None
    if error := impossible(adapter, spec, model_facts(adapter, spec), gpus):
        raise error
    return spec, installed, gpus


def _shown(gpus: list[MachineGpu]) -> dict[str, str]:
    """The environment that shows an engine only these GPUs: ROCm goes by their places, CUDA by their UUIDs."""
    if all(gpu.name.startswith("AMD") for gpu in gpus):
        return {"HIP_VISIBLE_DEVICES": ",".join(str(gpu.index) for gpu in gpus)}
    return {"CUDA_VISIBLE_DEVICES": ",".join(gpu.uuid for gpu in gpus)}


def find(adapter: Adapter) -> Installed:
    """Where the engine is on this machine.

    Raises:
        NoServerError: nowhere; the sentence says how to get it.
    """
    installed = adapter.find()
    if installed is None:
        raise NoServerError(
            f"{adapter.title} is not installed, or not on the PATH; to get it: {adapter.how_to_get}; "
            "or use a running server with --url."
        )
    return installed


def uses_gpus(adapter: Adapter, installed: Installed) -> bool:
    """It computes on GPUs that NVML would show: not the embedded engine, nor a build for CPUs."""
    return "gpus" in adapter.keys and not installed.distribution.endswith("-cpu")


def machine_gpus() -> list[MachineGpu]:
    """This machine's GPUs as their driver lists them; empty where there is none, or it does not answer."""
    from stress.telemetry.machine import local_gpus
    from stress.telemetry.timeout import call_with_timeout

    def ask() -> list[MachineGpu]:
        gpus = local_gpus()
        return gpus.inventory() if gpus else []

    with contextlib.suppress(TimeoutError):
        return call_with_timeout(DRIVER_LIMIT_S, ask)
    return []


def _check_model(adapter: Adapter, spec: EngineSpec) -> None:
    """A file must be there; a directory too, where the model is written as a path."""
    if not spec.model:
        return
    path = Path(spec.model)
    looks_like_a_path = spec.model.startswith(("/", "./", "../"))
    if adapter.model_is_file and not path.is_file():
        example = adapter.example if adapter.needs_model else f"{adapter.name}:model.gguf"
        raise UsageError(f"There is no file {spec.model}; give the path of a GGUF file, such as {example}.")
    if not adapter.model_is_file and looks_like_a_path and not path.exists():
        raise UsageError(
            f"There is no {spec.model}; give an existing model directory, or a model's name on the Hugging Face Hub."
        )


def model_facts(adapter: Adapter, spec: EngineSpec) -> ModelFacts:
    """What a model's files say about it before it is loaded."""
    if not spec.model:
        return ModelFacts()
    path = Path(spec.model)
    if path.is_file():
        return ModelFacts(weight_bytes=path.stat().st_size)
    directory = path if path.is_dir() else cached_model(spec.model)
    return _directory_facts(directory, dummy=spec.dummy) if directory else ModelFacts()


def _directory_facts(directory: Path, *, dummy: bool) -> ModelFacts:
    from stress.models.shapes import read_shape

    try:
        shape = read_shape(directory / "config.json")
    except (OSError, UsageError):
        return ModelFacts()  # the engine will say what is wrong with it
    weights = sum(file.stat().st_size for file in directory.glob("*.safetensors"))
    if dummy and not weights:
        weights = 2 * shape.parameters
    return ModelFacts(heads=shape.heads, weight_bytes=weights or None)
