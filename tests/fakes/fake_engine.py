"""An engine's program that does as it is told: prints, waits, serves, leaves processes behind, dies.

What it does is steered from outside, so that no test sleeps: `/say` prints the line in its body, `/die` ends it with
the status in its body, `/pids` tells its processes.
"""

import argparse
import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int)
parser.add_argument("--line", action="append", default=[], help="print it at the start")
parser.add_argument("--delay", type=float, default=0.0, help="seconds before it serves or exits")
parser.add_argument("--ready-file", type=Path, help="/health is 503 until this file exists")
parser.add_argument("--deaf", action="store_true", help="open no port")
parser.add_argument("--stray", action="store_true", help="start a process in a session of its own, which stays")
parser.add_argument("--ignore-sigterm", action="store_true")
parser.add_argument("--exit", type=int, help="end with this status in place of serving")
parser.add_argument("--second-exit", help="FILE: where it exists, end with status 3; else make it and go on")
parser.add_argument("--child", action="store_true", help="start a process in our own group")
options = parser.parse_args()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers on the loopback interface."""

    def do_GET(self):
        """`/health`, `/pids` and `/v1/models`."""
        if self.path == "/health":
            ready = options.ready_file is None or options.ready_file.exists()
            self.answer("ok" if ready else "loading", 200 if ready else 503)
        elif self.path == "/pids":
            self.answer(" ".join(map(str, pids)))
        elif self.path == "/v1/models":
            self.answer('{"object": "list", "data": [{"id": "fake-model"}]}')
        else:
            self.answer("", 404)

    def do_POST(self):
        """`/say` and `/die`."""
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/say":
            os.write(1, f"{text}\n".encode())  # before the answer: whoever waits for it may go on to `/die`
        self.answer("")
        if self.path == "/die":
            os._exit(int(text))

    def answer(self, text, status=200):
        """Send it."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        """Say nothing: the log is the test's."""


if options.ignore_sigterm:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
pids = [os.getpid()]
for own_session in [False] * options.child + [True] * options.stray:
    sleeper = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"]
    pids.append(subprocess.Popen(sleeper, start_new_session=own_session).pid)
print("pids", *pids, flush=True)
for line in options.line:
    print(line, flush=True)
time.sleep(options.delay)
if options.second_exit:
    if Path(options.second_exit).exists():
        print("ERROR: not a second time", flush=True)
        os._exit(3)
    Path(options.second_exit).touch()
if options.exit is not None:
    os._exit(options.exit)
if options.deaf:
    threading.Event().wait()
http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Handler).serve_forever()
