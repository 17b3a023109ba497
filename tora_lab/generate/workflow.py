"""A job as a workflow of this pack's nodes, in ComfyUI's API format."""

from __future__ import annotations

from typing import Any

from tora_core.paths.coordinates_text import tracks_text
from tora_core.paths.trajectories import Trajectories

from .engine import TOY, ModelChoice
from .jobs import Job

Workflow = dict[str, Any]
Link = list[Any]
FPS = 8
"""Frames per second of the animation that a server saves."""
SAVED = "saved"
"""Number of the node that saves the video."""


def make_workflow(job: Job, models: ModelChoice, trajectories: Trajectories | None, image: str | None) -> Workflow:
    """Builds the workflow of one job.

    Args:
        job: the settings.
        models: files by the names that the server lists them under; ``toy`` uses Tora Load Toy.
        trajectories: the job's paths, or None.
        image: name of the first frame in the server's input folder, or None.

    Returns:
        Nodes by their numbers. ``SAVED`` saves a lossless animation.
    """
    graph = _Graph()
    if models.checkpoint == TOY:
        model, vae, tora, positive, negative, _ = graph.add("ToraLoadToy", 6, prompt=job.prompt)
        if job.negative:
            negative = graph.add("ToraLoadToy", 6, prompt=job.negative)[3]
        (latent,) = graph.add("EmptyHunyuanLatentVideo", **_measure(job))
    else:
        model, vae, tora, positive, negative, latent = _load_models(graph, job, models, image)
    if trajectories is not None and job.strength != 0:
        model = _steer(graph, job, trajectories, model, vae, tora)
    sampled = _sample(graph, job, model, positive, negative, latent)
    images = graph.add("VAEDecode", samples=sampled, vae=vae)[0]
    graph.workflow[SAVED] = {
        "class_type": "SaveAnimatedWEBP",
        "inputs": {
            "images": images,
            "filename_prefix": f"tora_generate/{job.id}",
            **{"fps": float(FPS), "lossless": True, "quality": 100, "method": "fastest"},
        },
    }
    return graph.workflow


class _Graph:
    def __init__(self) -> None:
        self.workflow: Workflow = {}

    def add(self, class_type: str, outputs: int = 1, /, **inputs: Any) -> list[Link]:
        """Adds a node, and returns links to its outputs."""
        number = str(len(self.workflow) + 1)
        self.workflow[number] = {"class_type": class_type, "inputs": inputs}
        return [[number, output] for output in range(outputs)]


def _load_models(graph: _Graph, job: Job, models: ModelChoice, image: str | None) -> tuple[Link, ...]:
    """Adds loaders, prompts and the empty latent. Returns model, vae, adapter, positive, negative and latent."""
    inputs: Any = {"name": models.checkpoint, "weight_dtype": models.dtype, "learned_positions": True}
    model, tora = graph.add("ToraLoadCogVideoX", 2, **inputs)
    if models.adapter:
        (tora,) = graph.add("ToraLoadModel", name=models.adapter)
    (vae,) = graph.add("VAELoader", vae_name=models.vae or "")
    (clip,) = graph.add("CLIPLoader", clip_name=models.text_encoder or "", type="cogvideox", device="default")
    positive, negative = (graph.add("CLIPTextEncode", clip=clip, text=text)[0] for text in (job.prompt, job.negative))
    if image is None:
        (latent,) = graph.add("EmptyHunyuanLatentVideo", **_measure(job))
        return model, vae, tora, positive, negative, latent
    (picture,) = graph.add("LoadImage", image=image)
    inputs = {"positive": positive, "negative": negative, "vae": vae, "start_image": picture, "resize": "crop"}
    positive, negative, latent = graph.add("ToraImageToVideo", 3, **inputs, **_measure(job))
    return model, vae, tora, positive, negative, latent


def _measure(job: Job) -> dict[str, int]:
    return {"width": job.video.width, "height": job.video.height, "length": job.frames, "batch_size": 1}


def _steer(graph: _Graph, job: Job, trajectories: Trajectories, model: Link, vae: Link, tora: Link) -> Link:
    width, height = job.video
    tracks = graph.add(
        "ToraTrajectoryFromText",
        coordinates=tracks_text(trajectories),
        file="none",
        **{"width": width, "height": height, "frames": job.frames, "canvas_width": width, "canvas_height": height},
        mode="exact",
    )[0]
    (flow,) = graph.add("ToraFlowMap", tracks=tracks, mode=job.mode, width=0, height=0)
    (motion,) = graph.add("ToraEncodeMotion", flow_video=flow, vae=vae, tora_model=tora, tiled=False)
    window = {"start_percent": job.start_percent, "end_percent": job.end_percent}
    return graph.add("ToraApply", model=model, motion=motion, strength=job.strength, preview="off", **window)[0]


def _sample(graph: _Graph, job: Job, model: Link, positive: Link, negative: Link, latent: Link) -> Link:
    if job.schedule == "constant":
        settings = {"seed": job.seed, "steps": job.steps, "cfg": job.guidance, "denoise": 1.0}
        names = {"sampler_name": "ddim", "scheduler": "simple"}
        return graph.add(
            "KSampler", model=model, positive=positive, negative=negative, latent_image=latent, **settings, **names
        )[0]
    (guider,) = graph.add(
        "ToraDynamicCFGGuider",
        model=model,
        positive=positive,
        negative=negative,
        cfg=job.guidance,
        schedule=job.schedule,
    )
    (noise,) = graph.add("RandomNoise", noise_seed=job.seed)
    (sampler,) = graph.add("KSamplerSelect", sampler_name="ddim")
    (sigmas,) = graph.add("BasicScheduler", model=model, scheduler="simple", steps=job.steps, denoise=1.0)
    return graph.add(
        "SamplerCustomAdvanced", noise=noise, guider=guider, sampler=sampler, sigmas=sigmas, latent_image=latent
    )[0]
