"""CPU time of one script run of each page, on a real server with 170 simulated patients.

Starts `heroes serve` on a free port, speaks its WebSocket as a browser does, asks for each page again and again, and
reads the processor time of the server process between the first answer and the last. The yardstick is a page with
nothing but one Plotly figure, served by the same Streamlit with the same settings.
"""

import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PROJECT = Path(__file__).resolve().parents[1]
PAGES = ("enrolment", "swimmer", "pfs", "interim", "data")
RUNS = 40
TICK = os.sysconf("SC_CLK_TCK")
YARDSTICK = """
import plotly.graph_objects as go, streamlit as st
st.plotly_chart(go.Figure(go.Scatter(x=list(range(200)), y=list(range(200)))))
"""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory_mb(pid: int) -> float:
    """Resident memory of a process, MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def wait_for(port: int, seconds: float = 60) -> None:
    """Until the server says it is well."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
                if answer.read().strip() == b"ok":
                    return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not start")


async def run_page(connection, page: str) -> None:
    """One script run, to its end."""
    message = BackMsg()
    message.rerun_script.page_name = page
    message.rerun_script.query_string = ""
    await connection.send(message.SerializeToString())
    while True:
        answer = ForwardMsg()
        answer.ParseFromString(await connection.recv())
        if answer.WhichOneof("type") == "script_finished":
            return


async def measure(port: int, pid: int, page: str) -> tuple[float, float]:
    """Median milliseconds of processor and wall time per run, after the first three."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with websockets.connect(address, origin=f"http://127.0.0.1:{port}", max_size=None) as connection:
        for _ in range(3):
            await run_page(connection, page)
        cpu, wall = [], []
        for _ in range(RUNS // 4):
            before, started = cpu_seconds(pid), time.perf_counter()
            for _ in range(4):
                await run_page(connection, page)
            cpu.append((cpu_seconds(pid) - before) / 4 * 1000)
            wall.append((time.perf_counter() - started) / 4 * 1000)
    return statistics.median(cpu), statistics.median(wall)


def main() -> int:
    """Prints one line per page, with its ratio to the yardstick."""
    from heroes.simulate import publish_simulation

    with tempfile.TemporaryDirectory() as folder:
        publish_simulation(Path(folder), cuts=2, imported_at=datetime.now(UTC))
        script = Path(folder) / "yardstick.py"
        script.write_text(YARDSTICK)
        environment = dict(os.environ, HEROES_DATA=folder)
        rows = []
        port = free_port()
        plain = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)], cwd=PROJECT, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(port)
            yardstick = asyncio.run(measure(port, plain.pid, ""))[0]
        finally:
            plain.terminate()
            plain.wait()
        port = free_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "heroes.cli", "serve", "--data", folder, "--port", str(port)], cwd=PROJECT, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(port)
            for page in PAGES:
                rows.append((page, *asyncio.run(measure(port, server.pid, page))))
            resident = memory_mb(server.pid)
        finally:
            server.terminate()
            server.wait()
    print(f"{'page':<12}{'CPU ms':>10}{'wall ms':>10}{'ratio':>8}   (median of {RUNS} runs; ratio to one plain Plotly page, {yardstick:.0f} ms)")
    for page, cpu, wall in rows:
        print(f"{page:<12}{cpu:>10.0f}{wall:>10.0f}{cpu / yardstick:>8.2f}")
    print(f"server memory after all pages: {resident:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
