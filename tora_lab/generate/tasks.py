"""The work of a run in pieces: encode a prompt, encode a motion, sample a batch. Any process can do any piece."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from tora_core.paths.trajectories import Trajectories

from .engine import TOY, Engine, Inputs, ModelChoice, read_image
from .jobs import Job, make_digest
from .results import Results, Row

TEXT, MOTION = "text", "motion"


class Run(NamedTuple):
    """What is equal for all pieces of a run. Paths are absolute.

    Args:
        models: the models.
        folder: folder of the job list, to which paths in jobs are relative.
        out: folder of the results.
        fps: frames per second of the videos.
    """

    models: ModelChoice
    folder: Path
    out: Path
    fps: int = 8

    def find_checkpoint(self, job: Job) -> str:
        """Finds the job's own checkpoint. An empty text is the run's."""
        return job.checkpoint if job.checkpoint in ("", TOY) else str(self.folder / job.checkpoint)


class Encoding(NamedTuple):
    """A prompt or a motion that several jobs may share."""

    kind: str
    digest: str
    job: Job
    prompt: str = ""


class Batch(NamedTuple):
    """Jobs with the same shape, sampled together."""

    jobs: tuple[Job, ...]


Piece = Encoding | Batch


def list_encodings(jobs: Sequence[Job], results: Results) -> list[Encoding]:
    """Lists each prompt and then each motion of the jobs once, without those that are encoded already."""
    found: dict[tuple[str, str], Encoding] = {}
    for job in jobs:
        for prompt in (job.prompt, job.negative):
            known = prompt_digest(prompt, job)
            found[TEXT, known] = Encoding(TEXT, known, job, prompt)
        if job.tracks:
            found[MOTION, job.motion_digest] = Encoding(MOTION, job.motion_digest, job)
    todo = [each for each in found.values() if not results.cached(each.kind, each.digest).exists()]
    return sorted(todo, key=lambda each: each.kind != TEXT)  # then the text encoder can go before the VAE comes


def list_batches(jobs: Sequence[Job], size: int) -> list[Batch]:
    """Groups jobs of the same shape, in their order."""
    ordered = sorted(jobs, key=lambda job: repr(job.shape))
    groups = (list(group) for _, group in groupby(ordered, key=lambda job: job.shape))
    return [Batch(tuple(group[at : at + size])) for group in groups for at in range(0, len(group), size)]


def do_piece(run: Run, engine: Engine, piece: Piece) -> list[Row]:
    """Does one piece of work, and returns the rows of the jobs that it ended.

    An error of a job is in its row. An error of the disk is raised, because no row could be written.
    """
    results = Results(run.out, run.fps)
    if not isinstance(piece, Encoding) or piece.kind != TEXT:
        engine.free_text_encoder()
    if isinstance(piece, Encoding):
        _encode(run, engine, piece, results)
        return []
    return list(_sample(run, engine, piece.jobs, results))


def prompt_digest(prompt: str, job: Job) -> str:
    return make_digest(job.checkpoint, prompt)


def _encode(run: Run, engine: Engine, piece: Encoding, results: Results) -> None:
    """Encodes a prompt or a motion. If that fails, its jobs fail later with the same sentence."""
    try:
        engine.use_checkpoint(run.find_checkpoint(piece.job))
        if piece.kind == TEXT:
            encoded = engine.encode_text(piece.prompt)
        else:
            trajectories = piece.job.read_trajectories(run.folder)
            assert trajectories is not None
            encoded = engine.encode_motion(trajectories, piece.job)
    except (ValueError, RuntimeError, MemoryError):
        return
    results.cache(piece.kind, piece.digest, encoded)


def _sample(run: Run, engine: Engine, jobs: Sequence[Job], results: Results) -> Iterator[Row]:
    """Samples jobs together. If a batch of several fails, each job is tried alone."""
    ready: list[tuple[Inputs, Trajectories | None]] = []
    for job in jobs:
        try:
            ready.append(_collect(run, engine, job, results))
        except (ValueError, RuntimeError, MemoryError) as error:
            yield results.store_failure(job, error)
    if not ready:
        return
    start = time.perf_counter()
    try:
        videos = engine.sample([inputs for inputs, _ in ready])
    except (ValueError, RuntimeError, MemoryError) as error:
        if engine.device.type == "cuda":
            torch.cuda.empty_cache()
        if len(ready) == 1:
            yield results.store_failure(ready[0][0].job, error)
            return
        for inputs, _ in ready:
            yield from _sample(run, engine, [inputs.job], results)
        return
    seconds = (time.perf_counter() - start) / len(ready)
    for (inputs, trajectories), video in zip(ready, videos, strict=True):
        yield results.store(inputs.job, video, trajectories, seconds)


def _collect(run: Run, engine: Engine, job: Job, results: Results) -> tuple[Inputs, Trajectories | None]:
    """Reads what a job needs. What is not in the cache is encoded here, so that its error names the job."""
    engine.use_checkpoint(run.find_checkpoint(job))
    engine.grid.check_dimensions(job.frames, job.video)
    positive, negative = (
        _recall(results, TEXT, prompt_digest(prompt, job), partial(engine.encode_text, prompt))
        for prompt in (job.prompt, job.negative)
    )
    trajectories, motion = job.read_trajectories(run.folder), None
    if trajectories is not None:
        encode = partial(engine.encode_motion, trajectories, job)
        motion = _recall(results, MOTION, job.motion_digest, encode)
    image = read_image(run.folder / job.image, job.video) if job.image else None
    return Inputs(job, positive, negative, motion, image), trajectories


def _recall(results: Results, kind: str, digest: str, encode: Callable[[], Tensor]) -> Tensor:
    """Reads an encoding from the cache, or makes it."""
    return results.read_cached(kind, digest) if results.cached(kind, digest).exists() else encode()
