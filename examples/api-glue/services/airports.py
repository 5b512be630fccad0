"""The airport service, in Python with nothing but its standard library: POST /nearest?batch=...

Its airports are those of the United States, as the npm package vega-datasets brings them. It answers problems
(RFC 9457) with a code of their own; FAULTS=none keeps it from failing now and then.
"""

import csv
import json
import math
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

DATA = Path(__file__).resolve().parents[3] / "node_modules" / "vega-datasets" / "data" / "airports.csv"
FAULTS = os.environ.get("FAULTS", "real") != "none"

with DATA.open(encoding="utf-8", newline="") as file:
    AIRPORTS = [
        (row["iata"], row["name"], float(row["latitude"]), float(row["longitude"]))
        for row in csv.DictReader(file)
    ]

asked = set()
lock = threading.Lock()


def kilometres(a, b, c, d):
    """Between two positions in degrees, on a sphere."""
    a, b, c, d = map(math.radians, (a, b, c, d))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 12742 * math.asin(math.sqrt(half))


def fault_of(batch, latitude, longitude):
    """What goes wrong the first time that a batch asks for a position; the position alone decides."""
    with lock:
        if not FAULTS or (batch, latitude, longitude) in asked:
            return None
        asked.add((batch, latitude, longitude))
    return (None, "error", "hang")[int(abs(latitude) * 100) % 3]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        latitude, longitude = request["latitude"], request["longitude"]
        batch = parse_qs(urlsplit(self.path).query).get("batch", [""])[0]
        fault = fault_of(batch, latitude, longitude)
        if fault == "hang":
            self.rfile.read(1)  # until who asked has had enough
            self.close_connection = True
            return
        if fault == "error":
            self.problem(500, "index_cold", "The index of airports is still being read")
            return
        km, iata, name = min((kilometres(latitude, longitude, lat, lon), iata, name) for iata, name, lat, lon in AIRPORTS)
        if km > request["withinKm"]:
            self.problem(404, "no_airport_near", f"The nearest is {name}, {round(km)} km away")
            return
        self.answer(200, {"iata": iata, "name": name, "km": km})

    def problem(self, status, code, title):
        self.answer(status, {"code": code, "title": title, "status": status}, "application/problem+json")

    def answer(self, status, body, content_type="application/json"):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler)
server.daemon_threads = True
url = f"http://127.0.0.1:{server.server_address[1]}"
print(f"airports: {url}", file=sys.stderr)
channel = os.environ.get("NODE_CHANNEL_FD")
if channel:
    # The launcher's channel: a line of JSON each way; its end is the launcher's.
    os.write(int(channel), json.dumps({"ready": True, "url": url}).encode() + b"\n")

    def stop_with_launcher():
        while os.read(int(channel), 4096):
            pass
        os._exit(0)

    threading.Thread(target=stop_with_launcher, daemon=True).start()
server.serve_forever()
