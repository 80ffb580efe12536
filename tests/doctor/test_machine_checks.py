from stress.doctor.check import Check, has_problem, page, verdict
from stress.doctor.machine import disk, hugging_face_cache, nvidia_on_bus, open_files, shared_memory

GIB = 1 << 30


def test_open_files_are_enough_by_the_hard_limit_which_workers_raise_themselves_to():
    line = open_files(1024, 1 << 20)
    assert line.state == "ok"
    assert "at most 1,048,576 per process (now 1,024" in line.found
    assert open_files(None, None).state == "ok"


def test_a_low_hard_limit_tells_how_many_workers_ten_thousand_agents_need():
    line = open_files(4096, 4096)
    assert line.state == "warning"
    assert "4,032 agents per worker" in line.found
    assert "--workers 3" in (line.advice or "")


def test_too_few_open_files_for_the_default_ramp_are_a_problem():
    assert open_files(256, 256).state == "problem"
    assert open_files(10, 10).state == "problem"


def test_little_shared_memory_tells_of_the_containers_option():
    line = shared_memory(64 << 20, 64 << 20)
    assert line.state == "warning"
    assert line.found == "64.0 MiB free of 64.0 MiB"
    assert "--shm-size" in (line.advice or "")


def test_full_shared_memory_is_told_apart_from_little():
    assert "--shm-size" not in (shared_memory(8 * GIB, GIB // 2).advice or "")
    assert shared_memory(8 * GIB, 2 * GIB).state == "ok"


def test_a_full_disk_is_a_warning_with_what_it_is_for():
    assert disk("disk for runs", "/x", 50 * GIB).state == "ok"
    line = disk("disk for models", "/x", 3 * GIB)
    assert line.state == "warning"
    assert "HF_HOME" in (line.advice or "")


def test_the_cache_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    assert hugging_face_cache() == tmp_path / "hub"


def test_gpus_on_the_bus_are_counted_without_their_sound_devices(tmp_path):
    for name, vendor, kind in (("a", "0x10de", "0x030200"), ("b", "0x10de", "0x040300"), ("c", "0x8086", "0x030000")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "vendor").write_text(f"{vendor}\n")
        (tmp_path / name / "class").write_text(f"{kind}\n")
    assert nvidia_on_bus(tmp_path) == 1
    assert nvidia_on_bus(tmp_path / "nothing") == 0


def test_the_page_wraps_and_keeps_advice_under_what_was_found():
    long = Check(name="links", state="warning", found="word " * 30, advice="do this")
    text = page([("Here", [long])], 80)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "  → do this" in text
    assert text.endswith("1 warning.")


def test_the_verdict_counts():
    ok, bad = Check(name="a", state="ok", found=""), Check(name="b", state="problem", found="")
    assert verdict([ok]) == "No problems found."
    assert verdict([ok, bad, bad]) == "2 problems."
    assert has_problem([ok, bad])
    assert not has_problem([ok])
