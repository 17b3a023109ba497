"""The node that loads the toy model, which needs no download."""

from __future__ import annotations

from comfy_api.latest import io

from .host import toy
from .host.sockets import ToraModelSocket
from .node import ToraNode


class ToraLoadToy(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraLoadToy",
            display_name="Tora Load Toy",
            category="Tora/model",
            description="Loads a tiny CogVideoX, VAE and Tora adapter to try Tora in seconds, on a CPU, without a "
            "download.",
            search_aliases=["tora", "playground", "demo", "example", "tiny", "toy model"],
            inputs=[
                io.String.Input(
                    "prompt",
                    default="green triangle on sand",
                    tooltip="One to three shapes and a ground. The first shape takes the leftmost path. Colours: red, "
                    "yellow, green, blue, pink. Shapes: disc, square, triangle, star. Grounds: stone, sand, slate, "
                    "snow. Unknown words cause an error.",
                ),
            ],
            outputs=[
                io.Model.Output(display_name="MODEL", tooltip="Toy model, for Tora Apply."),
                io.Vae.Output(display_name="VAE", tooltip="Toy VAE. It does not fit the real CogVideoX."),
                ToraModelSocket.Output(display_name="tora_model", tooltip="Toy adapter, for Tora Encode Motion."),
                io.Conditioning.Output(display_name="positive", tooltip="Encoded prompt."),
                io.Conditioning.Output(display_name="negative", tooltip="Encoded empty prompt."),
                io.Latent.Output(display_name="latent", tooltip="Empty latent: 9 frames of 96x64."),
            ],
        )

    @classmethod
    def execute(cls, *, prompt: str) -> io.NodeOutput:
        positive, negative = toy.toy_conditioning(prompt), toy.toy_conditioning("")
        return io.NodeOutput(*toy.load_toy(), positive, negative, toy.toy_latent())


NODES = [ToraLoadToy]
