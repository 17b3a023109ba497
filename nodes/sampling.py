"""Nodes for conditioning and guidance."""

from __future__ import annotations

from comfy_api.latest import io

from ..tora_core.cogvideox.latents import COGVIDEOX_1_0
from ..tora_core.steering.guidance import SCHEDULES, Schedule
from ..tora_core.video import Size
from .host import conditioning, guider, pictures
from .host.notice import notice
from .host.sockets import Conditioning, Image, Model, Vae
from .inputs import MAX_FRAMES, side_inputs
from .node import ToraNode


class ToraImageToVideo(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraImageToVideo",
            display_name="Tora Image To Video",
            category="Tora/sampling",
            description="Prepares CogVideoX-5B-I2V to start from a picture, and creates the empty latent.",
            search_aliases=["i2v", "start image", "first frame", "last frame", "end image", "cogvideo image to video"],
            inputs=[
                io.Conditioning.Input("positive", tooltip="Encoded prompt."),
                io.Conditioning.Input("negative", tooltip="Encoded negative prompt. An empty text is usual."),
                io.Vae.Input("vae", tooltip="CogVideoX VAE. It encodes the pictures."),
                io.Image.Input(
                    "start_image", tooltip="First frame of the video. Of a batch, the first picture is used."
                ),
                *side_inputs(),
                io.Int.Input(
                    "length",
                    default=COGVIDEOX_1_0.trained_frames,
                    min=1,
                    max=MAX_FRAMES,
                    step=COGVIDEOX_1_0.temporal,
                    tooltip="Number of frames, 4k+1. Tora was trained on 49. With learned positions, 49 is the "
                    "maximum.",
                ),
                io.Int.Input("batch_size", default=1, min=1, max=64, tooltip="Number of videos to sample at once."),
                io.Combo.Input(
                    "resize",
                    options=list(conditioning.RESIZE_MODES),
                    default="crop",
                    tooltip="How a picture with another aspect ratio fits the frame. stretch: distorts it, as Tora's "
                    "code does. crop: fills the frame and cuts the rest. pad: adds black bars. Draw paths on the "
                    "result.",
                ),
                io.Image.Input(
                    "end_image",
                    optional=True,
                    tooltip="Last frame of the video. Use it only with a base model trained for it. CogVideoX-5B-I2V "
                    "was not.",
                ),
            ],
            outputs=[
                io.Conditioning.Output(display_name="positive", tooltip="Prompt with the picture."),
                io.Conditioning.Output(display_name="negative", tooltip="Negative prompt with the picture."),
                io.Latent.Output(display_name="latent", tooltip="Empty latent of the video, for the sampler."),
            ],
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
                f"{length} frames of {width}x{height} became {frames} frames of {size}: CogVideoX needs 4k+1 "
                f"frames and sides that are multiples of {COGVIDEOX_1_0.side_multiple}"
            )
        if end_image is not None and pictures.size_of(end_image) != pictures.size_of(start_image):
            notice(
                f"the start image is {pictures.size_of(start_image)} and the end image {pictures.size_of(end_image)}: "
                f"both become {size} ({resize})"
            )
        condition = conditioning.image_condition(vae, start_image, end_image, size, frames, resize)
        return io.NodeOutput(
            conditioning.with_image(positive, condition),
            conditioning.with_image(negative, condition),
            conditioning.empty_latent(frames, size, batch_size),
        )


class ToraDynamicCFGGuider(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraDynamicCFGGuider",
            display_name="Tora Dynamic CFG Guider",
            category="Tora/sampling",
            description="Changes the guidance scale (CFG) over the steps. For SamplerCustomAdvanced.",
            search_aliases=["cfg schedule", "dynamic guidance", "guider"],
            inputs=[
                io.Model.Input("model", tooltip="MODEL from Tora Apply."),
                io.Conditioning.Input("positive", tooltip="Encoded prompt."),
                io.Conditioning.Input("negative", tooltip="Encoded negative prompt."),
                io.Float.Input(
                    "cfg",
                    default=6.0,
                    min=0.0,
                    max=100.0,
                    step=0.1,
                    round=0.01,
                    tooltip="Guidance scale. With constant, it is the scale itself. With ramp and reference, the "
                    "scale lies between 1 and 1 + cfg.",
                ),
                io.Combo.Input(
                    "schedule",
                    options=list(SCHEDULES),
                    default="ramp",
                    tooltip="How the scale changes. constant: keeps cfg. ramp: rises smoothly from 1 to 1 + cfg (the "
                    "intended formula). reference: jumps from step to step, as Tora's public code and demos do.",
                ),
            ],
            outputs=[io.Guider.Output(display_name="GUIDER", tooltip="For SamplerCustomAdvanced.")],
        )

    @classmethod
    def execute(
        cls, *, model: Model, positive: Conditioning, negative: Conditioning, cfg: float, schedule: Schedule
    ) -> io.NodeOutput:
        return io.NodeOutput(guider.dynamic_cfg_guider(model, positive, negative, cfg, schedule))


NODES = [ToraImageToVideo, ToraDynamicCFGGuider]
