"""Nodes that condition and guide sampling."""

from __future__ import annotations

import torch
from comfy_api.latest import io

from ..tora_core.model.guidance import SCHEDULES
from ..tora_core.motion.motion_vae import TEMPORAL_COMPRESSION, latent_shape
from ..tora_core.paths.trajectories import Size
from .host import conditioning, guider
from .host.notice import notice

SIDE_MULTIPLE = 16


class ToraImageToVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraImageToVideo",
            display_name="Tora Image To Video",
            category="Tora/sampling",
            description="Gives CogVideoX-5B-I2V its first frame, and its last one where wanted, and an empty latent.",
            search_aliases=["i2v", "start image", "first frame", "last frame", "end image", "cogvideo image to video"],
            inputs=[
                io.Conditioning.Input("positive", tooltip="The prompt."),
                io.Conditioning.Input("negative", tooltip="The negative prompt; an empty one is usual."),
                io.Vae.Input("vae", tooltip="The CogVideoX VAE."),
                io.Image.Input("start_image", tooltip="The picture that starts to move."),
                io.Int.Input("width", default=720, min=16, max=4096, step=16, tooltip="The video's width in pixels."),
                io.Int.Input("height", default=480, min=16, max=4096, step=16, tooltip="The video's height in pixels."),
                io.Int.Input(
                    "length", default=49, min=1, max=1025, step=4, tooltip="Frames, 4k+1; Tora was trained on 49."
                ),
                io.Int.Input("batch_size", default=1, min=1, max=64, tooltip="Videos to sample at once."),
                io.Combo.Input(
                    "resize",
                    options=list(conditioning.RESIZE_MODES),
                    default="crop",
                    tooltip="How a picture of another aspect becomes a frame: stretch (as the reference), crop, or pad "
                    "with black bars. Draw paths on the frame, not on the picture.",
                ),
                io.Image.Input(
                    "end_image", optional=True, tooltip="The last frame, for a base that was trained for it."
                ),
            ],
            outputs=[
                io.Conditioning.Output(display_name="positive"),
                io.Conditioning.Output(display_name="negative"),
                io.Latent.Output(display_name="latent"),
            ],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    def execute(
        cls, positive, negative, vae, start_image, width, height, length, batch_size, resize, end_image=None
    ) -> io.NodeOutput:
        size = Size(*(max(SIDE_MULTIPLE, round(side / SIDE_MULTIPLE) * SIDE_MULTIPLE) for side in (width, height)))
        frames = (length - 1) // TEMPORAL_COMPRESSION * TEMPORAL_COMPRESSION + 1
        if (size, frames) != (Size(width, height), length):
            notice(
                f"{length} frames of {width}x{height} became {frames} frames of {size}: CogVideoX wants 4k+1 frames "
                f"and sides that are multiples of {SIDE_MULTIPLE}",
                cls.hidden.unique_id,
            )
        if end_image is not None and end_image.shape[1:3] != start_image.shape[1:3]:
            (height_0, width_0), (height_1, width_1) = start_image.shape[1:3], end_image.shape[1:3]
            notice(
                f"the start image is {width_0}x{height_0} and the end image {width_1}x{height_1}: both become {size} "
                f"({resize})",
                cls.hidden.unique_id,
            )
        condition = conditioning.image_condition(vae, start_image, end_image, size, frames, resize)
        latent = torch.zeros(batch_size, *latent_shape(frames, size)[1:])
        return io.NodeOutput(
            conditioning.with_image(positive, condition),
            conditioning.with_image(negative, condition),
            {"samples": latent},
        )


class ToraDynamicCFGGuider(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraDynamicCFGGuider",
            display_name="Tora Dynamic CFG Guider",
            category="Tora/sampling",
            description="Guidance whose scale changes over the steps, for SamplerCustomAdvanced.",
            search_aliases=["cfg schedule", "dynamic guidance", "guider"],
            inputs=[
                io.Model.Input("model", tooltip="The steered MODEL."),
                io.Conditioning.Input("positive", tooltip="The prompt."),
                io.Conditioning.Input("negative", tooltip="The negative prompt."),
                io.Float.Input(
                    "cfg",
                    default=6.0,
                    min=0.0,
                    max=100.0,
                    step=0.1,
                    round=0.01,
                    tooltip="constant: the scale. ramp and reference: the scale lies between 1 and 1 + cfg.",
                ),
                io.Combo.Input(
                    "schedule",
                    options=list(SCHEDULES),
                    default="ramp",
                    tooltip="ramp grows smoothly from 1, as was meant. reference is the public code's, whose scale "
                    "jumps from step to step; Tora's published demos used it.",
                ),
            ],
            outputs=[io.Guider.Output(display_name="GUIDER")],
        )

    @classmethod
    def execute(cls, model, positive, negative, cfg, schedule) -> io.NodeOutput:
        return io.NodeOutput(guider.dynamic_cfg_guider(model, positive, negative, cfg, schedule))


NODES = [ToraImageToVideo, ToraDynamicCFGGuider]
