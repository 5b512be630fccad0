"""A scratch cluster: a process that keeps training data in its memory and computes gradients over it.

python3 cluster.py <name> <file for its address> <seconds that it lives at most>
"""

from __future__ import annotations

import json
import math
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from penguins import likelihoods

name, address_file, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
rows: list[tuple[list[float], int]] = []


def gradient(weights: list[list[float]]) -> dict[str, Any]:
    sums = [[0.0] * len(line) for line in weights]
    loss = 0.0
    for measures, species in rows:
        likely = likelihoods(weights, measures)
        loss -= math.log(likely[species])
        for i, line in enumerate(sums):
            error = likely[i] - (i == species)
            for j, value in enumerate(measures):
                line[j] += error * value / len(rows)
    return {"gradient": sums, "loss": loss / len(rows)}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer({"name": name, "rows": len(rows)})

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or "null")
        if self.path == "/rows":
            rows[:] = given
            self.answer({"rows": len(rows)})
        elif self.path == "/gradient":
            self.answer(gradient(given))
        elif self.path == "/stop":
            self.answer({})
            threading.Thread(target=server.shutdown).start()
        else:
            self.send_error(404)

    def answer(self, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
unfinished = f"{address_file}.{os.getpid()}"
with open(unfinished, "w", encoding="utf-8") as file:
    json.dump({"url": f"http://127.0.0.1:{server.server_port}", "pid": os.getpid()}, file)
try:
    # Fails when another of that name was quicker: there is one of each.
    os.link(unfinished, address_file)
finally:
    os.unlink(unfinished)
clock = threading.Timer(seconds, server.shutdown)
clock.daemon = True
clock.start()
try:
    server.serve_forever(poll_interval=0.05)
finally:
    server.server_close()
    os.unlink(address_file)
