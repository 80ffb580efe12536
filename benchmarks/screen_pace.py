"""What the live screen itself costs and how fast it answers, with few agents and with very many.

    python benchmarks/screen_pace.py [--seconds 15]

Two swarms are recorded against the truth server, 10 tokens/s a stream: 200 agents (2,000 tok/s) and 2,000 agents
(20,000 tok/s). Each record is then replayed at its own speed through the same fold and the same screen as a live run's,
on a terminal of 200 x 60, the process on one core, its terminal read on the other. A frame is a look at the run that
was handed to all panels; a key's time is from the byte to the first answer on the terminal (space: PAUSED, and back).

Acceptance: 2,000 agents at least 8 frames/s and at most 60 % of the core; 200 agents at most 20 %; keys within 150 ms.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import psutil
from bench import CLIENT_CORE, TruthServer, end, machine, median, spawn, stress, table, terminal, verdict

AGENTS = (200, 2000)
TOK_S = 10
RECORD_S, WARM_S = 25, 4
KEYS = 5
FRAMES, OF_MANY, OF_FEW, KEY_MS = 8.0, 0.60, 0.20, 150.0


def record(agents: int, out: Path) -> None:
    """Record so many agents for a while."""
    with (
        TruthServer(step=1 / TOK_S, chunks=40) as server,
        stress(server.url, "--agents", agents, "--hold", f"{RECORD_S}s", "--workers", 1) as (process, place),
    ):
        server.wait_for(lambda count: count["requests"] >= agents, process, 60)
        process.wait(timeout=RECORD_S + 90)
        place.rename(out)


def show(run: Path, frames: Path) -> None:
    """In a process of its own: replay the run, and keep the number of frames and the time they took in a file."""
    from stress.runs.playback import Playback
    from stress.runs.recording import Recording
    from stress.runs.replay import Replay
    from tui.app import Viewing
    from tui.replay_app import ReplayApp

    class Counted(ReplayApp):
        count = 0

        def show_newest(self) -> None:
            super().show_newest()
            self.count += 1
            frames.write_text(f"{self.count} {time.monotonic()}")

    Counted(Replay(Playback(Recording(run))), Viewing()).run(mouse=False)


def read_frames(frames: Path) -> tuple[int, float]:
    """How many frames there were, and when the last one was."""
    count, at = frames.read_text().split()
    return int(count), float(at)


def measure(run: Path, seconds: float) -> tuple[float, float, list[float]]:
    """Frames a second, the share of a core, and each key's time in ms."""
    with tempfile.TemporaryDirectory() as scratch:
        frames = Path(scratch) / "frames"
        seen: list[tuple[float, bytes]] = []
        with terminal(200, 60, lambda data: seen.append((time.monotonic(), data))) as (tty, ours):
            environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
            argv = [sys.executable, __file__, "--show", run, frames]
            process = spawn(argv, [CLIENT_CORE], stdin=tty, stdout=tty, stderr=tty, env=environment)
            try:
                while not frames.exists() or read_frames(frames)[0] < WARM_S * 5:
                    time.sleep(0.1)
                    if process.poll() is not None:
                        raise SystemExit(b"".join(data for _, data in seen)[-2000:].decode(errors="replace"))
                child = psutil.Process(process.pid)
                count, begun = read_frames(frames)
                used = sum(child.cpu_times()[:2])
                time.sleep(seconds)
                after, ended = read_frames(frames)
                share = (sum(child.cpu_times()[:2]) - used) / seconds
                keys = [press(ours, seen, word) for _ in range(KEYS) for word in (b"PAUSED", b"REPLAY 1")]
            finally:
                end(process)
    return (after - count) / (ended - begun), share, keys


def press(ours: int, seen: list[tuple[float, bytes]], word: bytes) -> float:
    """Milliseconds from pressing space until this word is written to the terminal."""
    time.sleep(0.35)
    from_here, pressed = len(seen), time.monotonic()
    os.write(ours, b" ")
    while True:
        written = b"".join(data for _, data in seen[from_here:])
        if word in written:
            return 1000 * (seen[-1][0] - pressed)
        if time.monotonic() > pressed + 10:
            raise SystemExit(f"The key was not answered with {word!r}.")
        time.sleep(0.001)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--show", nargs=2, type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.show:
        show(*asked.show)
        return
    rows, holds = [], True
    with tempfile.TemporaryDirectory() as scratch:
        for agents in AGENTS:
            run = Path(scratch) / str(agents)
            record(agents, run)
            frames, share, keys = measure(run, asked.seconds)
            most = OF_FEW if agents == AGENTS[0] else OF_MANY
            holds = holds and frames >= FRAMES and share <= most and max(keys) <= KEY_MS
            rows.append(
                (
                    f"{agents:,}",
                    f"{agents * TOK_S:,}",
                    f"{frames:.1f}",
                    f"{share:.0%}",
                    f"{median(keys):.0f}",
                    f"{max(keys):.0f}",
                )
            )
    print(table(("agents", "tok/s", "frames/s", "of one core", "key, median ms", "key, slowest ms"), rows))
    print(
        f"\nat least {FRAMES:.0f} frames/s, {OF_FEW:.0%} and {OF_MANY:.0%} of a core, {KEY_MS:.0f} ms: {verdict(holds)}"
    )
    print(f"\n{machine()}")


if __name__ == "__main__":
    main()
