"""Nodes that turn flow videos into motion."""

from __future__ import annotations

from functools import partial

from comfy_api.latest import io

from .host import encoding, pictures
from .host.notice import notice
from .host.sockets import Image, ToraModel, ToraModelSocket, ToraMotion, ToraMotionSocket, Vae


class ToraEncodeMotion(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraEncodeMotion",
            display_name="Tora Encode Motion",
            category="Tora/motion",
            description="Encodes a flow video with the CogVideoX VAE, in the chunks that Tora was trained with.",
            search_aliases=["motion latent", "vae encode", "trajectory"],
            inputs=[
                io.Image.Input("flow_video", tooltip="4k+1 frames, sides that are multiples of 16."),
                io.Vae.Input("vae", tooltip="The CogVideoX VAE."),
                ToraModelSocket.Input("tora_model", tooltip="The adapter that will read the motion."),
                io.Boolean.Input(
                    "tiled",
                    default=False,
                    tooltip="Encode in blended tiles: less memory, not bit-exact. "
                    "Used by itself where memory is short.",
                    advanced=True,
                ),
            ],
            outputs=[ToraMotionSocket.Output(display_name="motion")],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    def execute(cls, *, flow_video: Image, vae: Vae, tora_model: ToraModel | None, tiled: bool) -> io.NodeOutput:
        if tora_model is None:
            raise ValueError(
                "expected a Tora adapter, got none: the loaded file holds only a base; use Tora Load Model"
            )
        say = partial(notice, node_id=cls.hidden.unique_id)
        latent = encoding.encode_motion(vae, flow_video, tora_model.spec.grid, tiled, say)
        return io.NodeOutput(ToraMotion(latent, tora_model, len(flow_video), pictures.size_of(flow_video)))


NODES = [ToraEncodeMotion]
