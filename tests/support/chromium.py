"""A real browser, led by its DevTools protocol: https://chromedevtools.github.io/devtools-protocol/"""

import contextlib
import itertools
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket
from stacks import wait_for

PROGRAM = "chromium"
SWITCHES = (
    "--headless",
    "--no-sandbox",  # root's has none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)
START_SECONDS, ANSWER_SECONDS = 60, 60


class Page:
    """A tab.

    :param socket: the connection to its debugger
    """

    def __init__(self, socket: websocket.WebSocket):
        self._socket = socket
        self._numbers = itertools.count(1)

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Has the browser do something and returns its answer; what it tells unasked is not listened to."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._socket.recv())
            if told.get("id") == number:
                break
        if "error" in told:
            pytest.fail(f"{method}: {told['error']['message']}", pytrace=False)
        return told["result"]

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page, of what it promises if it does."""
        told = self.command(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, timeout=30_000
        )
        if "exceptionDetails" in told:
            pytest.fail(f"{expression}: {told['exceptionDetails']}", pytrace=False)
        return told["result"].get("value")


@contextlib.contextmanager
def opened(profile: Path, agent: str) -> Iterator[Page]:
    """An empty page of a browser that nobody has used before, while this lasts.

    :param profile: an empty directory for what it stores
    :param agent: what it calls itself
    """
    process = subprocess.Popen(
        [PROGRAM, *SWITCHES, f"--user-data-dir={profile}", f"--user-agent={agent}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        address = wait_for("the browser has a page", lambda: _debugger(profile), START_SECONDS)
        with contextlib.closing(websocket.create_connection(address, timeout=ANSWER_SECONDS)) as socket:
            yield Page(socket)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _debugger(profile: Path) -> str:
    """The address of the page's debugger; empty before there is one."""
    port = int((profile / "DevToolsActivePort").read_text().partition("\n")[0])
    targets = requests.get(f"http://127.0.0.1:{port}/json/list", timeout=5).json()
    return next((each["webSocketDebuggerUrl"] for each in targets if each["type"] == "page"), "")
