"""The node that encodes a flow video as motion."""

from __future__ import annotations

from comfy_api.latest import io

from .host import encoding, pictures
from .host.notice import notice
from .host.sockets import Image, ToraModel, ToraModelSocket, ToraMotion, ToraMotionSocket, Vae
from .node import ToraNode


class ToraEncodeMotion(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraEncodeMotion",
            display_name="Tora Encode Motion",
            category="Tora/motion",
            description="Encodes a flow video as motion, in the same frame chunks as Tora's training.",
            search_aliases=["motion latent", "vae encode", "trajectory"],
            inputs=[
                io.Image.Input(
                    "flow_video",
                    tooltip="Flow video from Tora Flow Map or Tora Flow From Video. 4k+1 frames, width and height "
                    "multiples of 16.",
                ),
                io.Vae.Input("vae", tooltip="CogVideoX VAE, the one that also decodes the video."),
                ToraModelSocket.Input("tora_model", tooltip="Adapter that reads the motion."),
                io.Boolean.Input(
                    "tiled",
                    default=False,
                    tooltip="Encodes in blended tiles, which needs less memory but is not bit-exact. Tiles are also "
                    "used if memory is short.",
                    advanced=True,
                ),
            ],
            outputs=[ToraMotionSocket.Output(display_name="motion", tooltip="For Tora Apply.")],
        )

    @classmethod
    def execute(cls, *, flow_video: Image, vae: Vae, tora_model: ToraModel | None, tiled: bool) -> io.NodeOutput:
        if tora_model is None:
            raise ValueError(
                "expected a Tora adapter, got none because the loaded file holds only a base model: connect Tora Load "
                "Model"
            )
        if not pictures.to_video(flow_video).lt(255).any():
            notice("the flow video is white: the motion has no effect")
        latent = encoding.encode_motion(vae, flow_video, tora_model.spec.grid, tiled, notice)
        colours = encoding.fit_colours(vae, tora_model.spec.grid)
        return io.NodeOutput(ToraMotion(latent, tora_model, len(flow_video), pictures.size_of(flow_video), colours))


NODES = [ToraEncodeMotion]
