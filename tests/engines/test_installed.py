import sys

import pytest

from stress.engines.installed import Installed, Package, find_package, find_program


@pytest.fixture
def path(tmp_path, monkeypatch):
    """An empty PATH's only folder, which has `sh`'s own besides."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def environment(root, distribution, version):
    """A virtual environment with a distribution; gives its interpreter."""
    program(root / "bin" / "python", "#!/bin/sh\n")
    (root / "lib" / "python3.12" / "site-packages" / f"{distribution}-{version}.dist-info").mkdir(parents=True)
    return root / "bin" / "python"


def found_some(distribution):
    return find_package([Package(distribution, "serve", "some")])


def test_a_distribution_of_our_own_environment_is_found_first(path):
    found = find_package([Package("no-such-thing", "-m none"), Package("pytest", "-m pytest run")])
    base = (sys.executable, "-m", "pytest", "run")
    assert found == Installed(pytest.__version__, sys.executable, base, "pytest")


def test_an_engine_in_an_environment_of_its_own_is_found_by_its_command(path, tmp_path):
    python = environment(tmp_path / "venv", "some_engine", "1.2.3")
    program(path / "some", f"#!{python}\nprint()\n")
    assert found_some("Some-Engine") == Installed("1.2.3", str(python), (str(python), "serve"), "Some-Engine")


def test_it_is_also_found_where_the_script_does_not_name_its_interpreter(path, tmp_path):
    python = environment(tmp_path / "venv", "some_engine", "1.2.3")
    program(tmp_path / "venv" / "bin" / "some", '#!/bin/sh\nexec python "$0"\n')
    (path / "some").symlink_to(tmp_path / "venv" / "bin" / "some")
    assert found_some("some-engine") == Installed("1.2.3", str(python), (str(python), "serve"), "some-engine")


@pytest.mark.parametrize(
    "text", ["#!/usr/bin/env python3\n", "#!/no/such/python\n", "", "\x7fELF\x00\x01", "#!python\n"]
)
def test_a_command_that_leads_nowhere_is_no_engine(path, text):
    program(path / "some", text)
    assert found_some("some-engine") is None


def test_nothing_is_found_where_there_is_nothing(path):
    assert found_some("some-engine") is None
    assert find_program("some") is None


def test_another_distribution_beside_the_command_is_not_the_engine(path, tmp_path):
    python = environment(tmp_path / "venv", "some_engine_plugin", "1.2.3")
    program(path / "some", f"#!{python}\n")
    assert found_some("some-engine") is None


def test_a_program_is_asked_for_its_version(path):
    program(path / "some", '#!/bin/sh\necho "version: 6700 (abcdef) of $1" >&2\n')
    found = find_program("some", "--version", pattern=r"version: (\S+(?: \(\w+\))?)")
    assert (found.version, found.where, found.base) == ("6700 (abcdef)", str(path / "some"), (str(path / "some"),))


def test_without_flags_a_program_is_not_run(path):
    program(path / "some", f"#!/bin/sh\necho ran > {path / 'ran'}\n")
    assert find_program("some").version is None
    assert not (path / "ran").exists()


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 1\n", "#!/no/such/interpreter\n", "#!/bin/sh\nprintf '\\377'\n"])
def test_a_program_that_does_not_tell_its_version_is_installed_all_the_same(path, text):
    program(path / "some", text)
    found = find_program("some", "--version")
    assert found.version is None
    assert found.base == (str(path / "some"),)
