"""Nodes that condition and guide sampling."""

from __future__ import annotations

from comfy_api.latest import io

from ..tora_core.cogvideox.latents import COGVIDEOX_1_0
from ..tora_core.steering.guidance import SCHEDULES, Schedule
from ..tora_core.video import Size
from .host import conditioning, guider, pictures
from .host.notice import notice
from .host.sockets import Conditioning, Image, Model, Vae
from .inputs import MAX_FRAMES, side_inputs


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
                *side_inputs(),
                io.Int.Input(
                    "length",
                    default=COGVIDEOX_1_0.trained_frames,
                    min=1,
                    max=MAX_FRAMES,
                    step=COGVIDEOX_1_0.temporal,
                    tooltip="Number of frames, 4k+1. Tora was trained on 49.",
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
        cls,
        *,
        positive: Conditioning,
        negative: Conditioning,
        vae: Vae,
        start_image: Image,
        width: int,
        height: int,
        length: int,
        batch_size: int,
        resize: str,
        end_image: Image | None = None,
    ) -> io.NodeOutput:
        size, frames = COGVIDEOX_1_0.round_size(Size(width, height)), COGVIDEOX_1_0.round_length(length)
        if (size, frames) != (Size(width, height), length):
            notice(
                f"{length} frames of {width}x{height} became {frames} frames of {size}: CogVideoX wants 4k+1 frames "
                f"and sides that are multiples of {COGVIDEOX_1_0.side_multiple}",
                cls.hidden.unique_id,
            )
        if end_image is not None and pictures.size_of(end_image) != pictures.size_of(start_image):
            notice(
                f"the start image is {pictures.size_of(start_image)} and the end image {pictures.size_of(end_image)}: "
                f"both become {size} ({resize})",
                cls.hidden.unique_id,
            )
        condition = conditioning.image_condition(vae, start_image, end_image, size, frames, resize)
        return io.NodeOutput(
            conditioning.with_image(positive, condition),
            conditioning.with_image(negative, condition),
            conditioning.empty_latent(frames, size, batch_size),
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
    def execute(
        cls, *, model: Model, positive: Conditioning, negative: Conditioning, cfg: float, schedule: Schedule
    ) -> io.NodeOutput:
        return io.NodeOutput(guider.dynamic_cfg_guider(model, positive, negative, cfg, schedule))


NODES = [ToraImageToVideo, ToraDynamicCFGGuider]
