"""Parse one engine's launch line with the engine's own parser: `python parse_with.py ENGINE DIRECTORY ARG…`.

DIRECTORY holds the engine's unpacked wheel. What it wants to import and nobody has here (torch, kernels) is replaced by
stubs that do nothing, so that only the parser's own modules are real. Prints what was parsed, as JSON.
"""

import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import json
import sys
import types
from abc import ABCMeta
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import MagicMock

OTHER_CHIPS = frozenset(("npu", "hpu", "musa", "mlu"))
"""Attributes that torch has where there is such a chip."""


class Stub(types.ModuleType):
    """A module that has everything, and all of it does nothing."""

    __path__: ClassVar[list[str]] = []
    __version__ = "9.9.9"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in OTHER_CHIPS:
            raise AttributeError(name)
        # A class, so that it can be inherited from, called and subscripted.
        made = type(name, (Hollow,), {})
        setattr(self, name, made)
        return made


class HollowType(ABCMeta):
    """Its classes have every attribute."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (Hollow,), {})

    def __getitem__(cls, _: Any) -> Any:
        return cls

    def __or__(cls, _: Any) -> Any:
        return cls

    __ror__ = __or__

    def __iter__(cls) -> Any:
        return iter(())

    def __bool__(cls) -> bool:
        return False

    def __int__(cls) -> int:
        return 0

    def __index__(cls) -> int:
        return 0

    def __float__(cls) -> float:
        return 0.0

    def __call__(cls, *args: Any, **named: Any) -> Any:
        # As a decorator it gives back what it decorates.
        if len(args) == 1 and not named and callable(args[0]):
            return args[0]
        return super().__call__(*args, **named)


class Hollow(metaclass=HollowType):
    """Takes and gives anything."""

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def __call__(self, *args: Any, **named: Any) -> Any:
        return args[0] if len(args) == 1 and not named and callable(args[0]) else Hollow()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock(name=name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Hollow)

    def __hash__(self) -> int:
        return 0

    def __bool__(self) -> bool:  # "Is there a GPU?"
        return False

    def __iter__(self) -> Any:
        return iter(())

    def __int__(self) -> int:
        return 0

    def __index__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0

    def __radd__(self, other: Any) -> Any:
        return other

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: Any) -> Any:
        return {"type": "any"}

    def __init_subclass__(cls, **_: Any) -> None: ...


ABSENT = frozenset(("libtpu", "amdsmi", "torch_xla", "tpu_inference", "torch_npu"))
"""What an engine tries to import to learn which machine it is on."""


class Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds every package that nobody else found, except inside the engine itself."""

    def __init__(self, engine: str, directory: str) -> None:
        self.engine = engine
        self.directory = directory
        self.made: set[str] = set()

    def find_spec(self, fullname: str, *_: Any) -> importlib.machinery.ModuleSpec | None:
        top = fullname.partition(".")[0]
        own = top == self.engine and not fullname.endswith(("_C", "_version"))
        if own or top in ABSENT or top in sys.stdlib_module_names:
            return None
        if top not in self.made and not self._asked_by_engine():
            return None  # a package that does without
        self.made.add(top)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def _asked_by_engine(self) -> bool:
        frame = sys._getframe(2)
        while frame.f_back and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        return frame.f_code.co_filename.startswith(self.directory)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> Stub:
        return Stub(spec.name)

    def exec_module(self, module: types.ModuleType) -> None: ...


INSTALLED = "installed"
"""In place of DIRECTORY: this interpreter has the engine with all that it needs."""


def _version(ask: Any, stubs: Stubs) -> Any:
    """The versions of packages, those of stubs as well."""

    def version(name: str) -> str:
        try:
            return str(ask(name))
        except importlib.metadata.PackageNotFoundError:
            if name not in stubs.made | {"torch", "transformers"}:
                raise
            return Stub.__version__

    return version


HOLLOWED = {"sglang": ("sglang.srt.utils.hf_transformers_patches",)}
"""An engine's own modules that do nothing but change what they import."""


def sglang(args: list[str]) -> dict[str, Any]:
    """`python -m sglang.launch_server`: `prepare_server_args` without what it makes of the arguments."""
    import argparse

    from sglang.srt.server_args import ServerArgs

    parser = argparse.ArgumentParser()
    ServerArgs.add_cli_args(parser)
    return vars(parser.parse_args(args))


def lmdeploy(args: list[str]) -> dict[str, Any]:
    """`lmdeploy serve api_server`."""
    from lmdeploy.cli.cli import CLI
    from lmdeploy.cli.serve import SubCliServe

    SubCliServe.add_parsers()
    return vars(CLI.parser.parse_args(["serve", "api_server", *args]))


def _engine_core(package: str, args: list[str]) -> dict[str, Any]:
    if package == "aphrodite":  # which platform is it on? Not one of the stubs'.
        platforms = importlib.import_module("aphrodite.platforms")
        platforms._current_platform = importlib.import_module("aphrodite.platforms.cpu").CpuPlatform()
    parsers = importlib.import_module(f"{package}.utils.argparse_utils")
    places = (f"{package}.entrypoints.launchers.cli_args", f"{package}.entrypoints.openai.cli_args")
    module = importlib.import_module(next(place for place in places if importlib.util.find_spec(place)))
    parser = module.make_arg_parser(parsers.FlexibleArgumentParser())
    return vars(parser.parse_args(args))


def vllm(args: list[str]) -> dict[str, Any]:
    """`vllm serve`."""
    return _engine_core("vllm", args)


def aphrodite(args: list[str]) -> dict[str, Any]:
    """`aphrodite run`."""
    return _engine_core("aphrodite", args)


def tensorrt_llm(args: list[str]) -> dict[str, Any]:
    """`trtllm-serve serve`."""
    from tensorrt_llm.commands.serve import serve

    return dict(serve.make_context("serve", args).params)


if __name__ == "__main__":
    engine, directory, *rest = sys.argv[1:]
    stubs = Stubs(engine, directory)
    if directory != INSTALLED:
        sys.path.insert(0, str(Path(directory)))
        sys.meta_path.append(stubs)
        importlib.metadata.version = _version(importlib.metadata.version, stubs)
    for name in HOLLOWED.get(engine, ()):
        sys.modules[name] = Stub(name)
    parsed = globals()[engine](rest)
    print(json.dumps({key: str(value) for key, value in parsed.items()}), flush=True)
    print("stubs:", " ".join(sorted(stubs.made)), file=sys.stderr)
