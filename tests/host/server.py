"""A real ComfyUI server on a free local port, with its own folders. It runs workflows."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from comfyui import PACK

TEXT_EVENT = 3
"""The host's ``BinaryEventTypes.TEXT``: text under a node."""
PROBES = Path(__file__).parent / "probe_nodes"


class WorkflowError(Exception):
    """Error of the server for a workflow that was rejected or failed."""


class Server:
    """A server with this pack, in its own folder.

    Args:
        comfyui: folder of ComfyUI.
        folder: folder for models, input and output.
        options: further options of ComfyUI's command.
    """

    def __init__(self, comfyui: Path, folder: Path, options: Sequence[str] = ("--cpu",)) -> None:
        self.folder = folder
        for name in ("custom_nodes", "models/tora", "models/diffusion_models", "input", "output", "user"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "custom_nodes" / "ComfyUI-Tora").symlink_to(PACK, target_is_directory=True)
        (folder / "custom_nodes" / "probe_nodes").symlink_to(PROBES, target_is_directory=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = folder / "server.log"
        self.client = uuid.uuid4().hex
        command = [sys.executable, "main.py", *options, "--base-directory", str(folder), "--port", str(self.port)]
        command += ["--listen", "127.0.0.1", "--disable-api-nodes", "--disable-auto-launch", "--preview-method", "none"]
        if frontend := os.environ.get("TORA_FRONTEND"):  # a folder with an installed comfyui-frontend-package
            command += ["--front-end-root", str(Path(frontend).resolve() / "comfyui_frontend_package" / "static")]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(command, cwd=comfyui, stdout=log, stderr=subprocess.STDOUT)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def wait_until_ready(self, timeout: float = 120) -> None:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                self.get("/system_stats")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.2)
        raise RuntimeError(f"ComfyUI did not start:\n{self.log.read_text()[-4000:]}")

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=30) as answer:
            return json.load(answer)

    def post(self, path: str, data: Any) -> Any:
        body = json.dumps(data).encode()
        request = urllib.request.Request(f"http://{self.address}{path}", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise WorkflowError(error.read().decode()) from error
        return json.loads(text) if text else None

    def run(self, workflow: dict[str, Any], timeout: float = 300) -> dict[str, Any]:
        """Submits a workflow in the API format, waits for its end, and returns its history.

        Raises:
            WorkflowError: the workflow was rejected, failed or was interrupted.
        """
        answer = self.post("/prompt", {"prompt": workflow, "client_id": self.client})
        if answer["node_errors"]:
            raise WorkflowError(json.dumps(answer["node_errors"]))
        prompt = answer["prompt_id"]
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            history = self.get(f"/history/{prompt}").get(prompt)
            if history is not None and history["status"]["completed"]:
                return history
            if history is not None and history["status"]["status_str"] == "error":
                raise WorkflowError(json.dumps(history["status"]["messages"][-1]))
            if self.process.poll() is not None:
                raise RuntimeError(f"ComfyUI died:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.1)
        raise TimeoutError(f"the workflow did not end in {timeout} s:\n{self.log.read_text()[-4000:]}")

    def run_with_notices(self, workflow: dict[str, Any]) -> dict[str, str]:
        """Runs a workflow as a browser does. Returns the text under each node, by the node's number."""
        import websocket

        connection = websocket.create_connection(f"ws://{self.address}/ws?clientId={self.client}", timeout=120)
        try:
            self.run(workflow)
            notices: dict[str, str] = {}
            connection.settimeout(1)
            while True:
                try:
                    message = connection.recv()
                except websocket.WebSocketTimeoutException:
                    return notices
                if isinstance(message, bytes) and int.from_bytes(message[:4], "big") == TEXT_EVENT:
                    length = int.from_bytes(message[4:8], "big")
                    notices[message[8 : 8 + length].decode()] = message[8 + length :].decode()
        finally:
            connection.close()

    def interrupt_at_step(self, step: int) -> Callable[[], None]:
        """Interrupts the run when a sampler reports this step. Returns a function that waits for the interrupt."""
        import threading

        import websocket

        connection = websocket.create_connection(f"ws://{self.address}/ws?clientId={self.client}", timeout=120)

        def listen() -> None:
            while True:
                message = connection.recv()
                if isinstance(message, str):
                    event = json.loads(message)
                    if event["type"] == "progress" and event["data"]["value"] >= step:
                        self.post("/interrupt", {})
                        return

        thread = threading.Thread(target=listen)
        thread.start()

        def wait() -> None:
            thread.join(120)
            connection.close()

        return wait
