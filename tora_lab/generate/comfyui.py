"""Sends jobs to running ComfyUI servers, several at once, and fetches the videos."""

from __future__ import annotations

import http.client
import json
import logging
import queue
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .jobs import Job
from .results import Results, Row
from .tasks import Run
from .workflow import FPS, SAVED, make_workflow

logger = logging.getLogger(__name__)

_POLL_SECONDS = 0.25
_TRIES = 4
"""How often a job is sent before it fails, if a server dies each time."""
_WAIT_SECONDS = 5.0
"""Pause before a server that does not answer is asked again."""
_GIVE_UP_SECONDS = 120.0
"""How long a server may be silent before it is left out."""


class ServerGone(Exception):
    """A server does not answer."""


class JobRefused(Exception):
    """A server cannot do this job."""


def run_on_servers(run: Run, jobs: Sequence[Job], addresses: Sequence[str]) -> Iterator[list[Row]]:
    """Does the jobs on ComfyUI servers. Each server gets the next job when it has finished one.

    A server that dies loses its job to the others, and is used again when it is back.

    Args:
        run: models by the names that the servers list, and folders.
        jobs: the jobs.
        addresses: for example ``127.0.0.1:8188``.

    Raises:
        ValueError: no server answers at the start, or all are silent for two minutes. Start again to resume.
    """
    servers = [ComfyServer(address.strip()) for address in addresses if address.strip()]
    alive = [server for server in servers if server.answers()]
    if not alive:
        raise ValueError(f"expected a ComfyUI server at {', '.join(addresses)}, got no answer: start it, or correct it")
    for server in servers:
        if server not in alive:
            logger.warning("no answer from %s: it is asked again while the others work", server.address)
    work: queue.Queue[tuple[Job, int]] = queue.Queue()
    for job in jobs:
        work.put((job, 0))
    done: queue.Queue[Row | Exception] = queue.Queue()
    stop = threading.Event()
    threads = [threading.Thread(target=_serve, args=(run, server, work, done, stop), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        for _ in jobs:
            while True:
                try:
                    row = done.get(timeout=1.0)
                    break
                except queue.Empty:
                    if not any(thread.is_alive() for thread in threads):
                        raise ValueError(
                            f"expected a ComfyUI server at {', '.join(addresses)}, got no answer for "
                            f"{_GIVE_UP_SECONDS:g} s: start it, then run the command again to resume"
                        ) from None
            if isinstance(row, Exception):
                raise row
            yield [row]
    finally:
        stop.set()


def _serve(run: Run, server: ComfyServer, work: Any, done: Any, stop: threading.Event) -> None:
    """Does jobs on one server until there are none."""
    results = Results(run.out, run.fps)
    silent_since: float | None = None
    while not stop.is_set():
        try:
            job, tries = work.get(timeout=0.5)
        except queue.Empty:
            continue
        try:
            done.put(_do_job(run, server, job, results))
            silent_since = None
        except (JobRefused, ValueError, RuntimeError) as error:
            done.put(results.store_failure(job, error))
        except ServerGone:
            # A job that is tried again on a healthy server is not lost; one that kills every server is.
            if tries + 1 >= _TRIES:
                done.put(results.store_failure(job, f"the server {server.address} died each time it tried this job"))
            else:
                work.put((job, tries + (0 if silent_since else 1)))
            silent_since = silent_since or time.monotonic()
            if time.monotonic() - silent_since > _GIVE_UP_SECONDS:
                logger.warning("no answer from %s for %.0f s: it is left out", server.address, _GIVE_UP_SECONDS)
                return
            stop.wait(_WAIT_SECONDS)
        except OSError as error:  # the disk here: no row could be written
            done.put(error)
            return


def _do_job(run: Run, server: ComfyServer, job: Job, results: Results) -> Row:
    start = time.perf_counter()
    trajectories = job.read_trajectories(run.folder)
    image = server.upload(run.folder / job.image) if job.image else None
    models = replace(run.models, checkpoint=job.checkpoint or run.models.checkpoint)
    video = server.run(make_workflow(job, models, trajectories, image))
    return results.store(job, video, trajectories, time.perf_counter() - start)


class ComfyServer:
    """A running ComfyUI.

    Args:
        address: host and port.
    """

    def __init__(self, address: str) -> None:
        self.address = address.removeprefix("http://").rstrip("/")
        self._client = uuid.uuid4().hex

    def answers(self) -> bool:
        try:
            self._ask("/system_stats", timeout=5.0)
        except (ServerGone, JobRefused):
            return False
        return True

    def upload(self, path: Path) -> str:
        """Puts a picture into the server's input folder. Returns its name there.

        Raises:
            ValueError: the file cannot be read.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ValueError(f"expected a picture, got {path.name} ({error.strerror}): check image") from error
        border = uuid.uuid4().hex
        head = f'--{border}\r\nContent-Disposition: form-data; name="image"; filename="{path.name}"\r\n\r\n'
        rest = f'\r\n--{border}\r\nContent-Disposition: form-data; name="overwrite"\r\n\r\ntrue\r\n--{border}--\r\n'
        body = head.encode() + content + rest.encode()
        reply = json.loads(self._ask("/upload/image", body, f"multipart/form-data; boundary={border}"))
        return f"{reply['subfolder']}/{reply['name']}" if reply.get("subfolder") else str(reply["name"])

    def run(self, workflow: dict[str, Any]) -> Tensor:
        """Runs a workflow and returns the animation of its node ``SAVED``, ``[T, H, W, 3]`` uint8.

        Raises:
            JobRefused: the server refuses the workflow, or a node fails.
            ServerGone: the server does not answer, or has forgotten the workflow.
        """
        body = json.dumps({"prompt": workflow, "client_id": self._client}).encode()
        number = json.loads(self._ask("/prompt", body, "application/json"))["prompt_id"]
        while True:
            history = json.loads(self._ask(f"/history/{number}"))
            if number in history:
                break
            if not self._knows(number):
                raise ServerGone(f"{self.address} was started again")
            time.sleep(_POLL_SECONDS)
        entry = history[number]
        if entry["status"]["status_str"] == "error":
            raise JobRefused(_describe_error(entry["status"]["messages"]))
        (saved,) = entry["outputs"][SAVED]["images"]
        query = urllib.parse.urlencode({key: saved[key] for key in ("filename", "subfolder", "type")})
        return read_animation(self._ask(f"/view?{query}"))

    def _knows(self, number: str) -> bool:
        """Whether the workflow is running or waiting, or was just finished."""
        waiting = json.loads(self._ask("/queue"))
        listed = [*waiting["queue_running"], *waiting["queue_pending"]]
        return any(number in entry for entry in listed) or number in json.loads(self._ask(f"/history/{number}"))

    def _ask(self, path: str, body: bytes | None = None, kind: str = "", timeout: float = 60.0) -> bytes:
        headers = {"Content-Type": kind} if kind else {}
        request = urllib.request.Request(f"http://{self.address}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as reply:
                return bytes(reply.read())
        except urllib.error.HTTPError as error:
            if error.code > 500:  # a gateway says that nothing is behind it
                raise ServerGone(f"{self.address}: {error}") from error
            raise JobRefused(_describe_refusal(error.read())) from error
        except (OSError, http.client.HTTPException) as error:
            raise ServerGone(f"{self.address}: {error}") from error


def _describe_error(messages: Sequence[Any]) -> str:
    """Finds the sentence of the node that failed."""
    for kind, details in messages:
        if kind == "execution_error":
            return f"{details['node_type']}: {details['exception_message']}".strip()
        if kind == "execution_interrupted":
            return "the run was interrupted on the server"
    return "the server gave an error without a message"


def _describe_refusal(body: bytes) -> str:
    """Finds the sentences of a refused workflow."""
    try:
        reply = json.loads(body)
        found = [
            f"{node['class_type']}: {error['message']} ({error.get('details', '')})"
            for node in reply["node_errors"].values()
            for error in node["errors"]
        ]
        return "; ".join(found) or str(reply["error"]["message"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"the server refused the workflow: {body[:200].decode(errors='replace')}"


def read_animation(data: bytes) -> Tensor:
    """Decodes an animated WEBP with ``FPS`` frames per second as ``[T, H, W, 3]`` uint8."""
    import io

    import numpy as np
    from PIL import Image, ImageSequence

    with Image.open(io.BytesIO(data)) as picture:
        frames = []
        for frame in ImageSequence.Iterator(picture):
            pixels = np.asarray(frame.convert("RGB"))
            # WEBP stores equal frames once, with the sum of their durations.
            frames += [pixels] * max(1, round(frame.info.get("duration", 0) * FPS / 1000))
    return torch.from_numpy(np.stack(frames))
