"""The node that needs no download."""

from __future__ import annotations

from comfy_api.latest import io

from .host import toy
from .host.sockets import ToraModelSocket


class ToraLoadToy(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraLoadToy",
            display_name="Tora Load Toy",
            category="Tora/model",
            description="A tiny CogVideoX with its adapter, trained on a world of sprites and shipped with this pack: "
            "it follows drawn paths in seconds, on a CPU, without a download. 9 frames of 96x64.",
            search_aliases=["tora", "playground", "demo", "example", "tiny", "toy model"],
            inputs=[
                io.String.Input(
                    "prompt",
                    default="green triangle on sand",
                    tooltip="One to three sprites and a ground, a sprite for each path from left to right. Colours: "
                    "red, yellow, green, blue, pink. Shapes: disc, square, triangle, star. Grounds: stone, sand, "
                    "slate, snow. It knows no other words.",
                ),
            ],
            outputs=[
                io.Model.Output(display_name="MODEL"),
                io.Vae.Output(display_name="VAE"),
                ToraModelSocket.Output(display_name="tora_model"),
                io.Conditioning.Output(display_name="positive"),
                io.Conditioning.Output(display_name="negative"),
                io.Latent.Output(display_name="latent", tooltip="Empty: 9 frames of 96x64."),
            ],
        )

    @classmethod
    def execute(cls, *, prompt: str) -> io.NodeOutput:
        positive, negative = toy.toy_conditioning(prompt), toy.toy_conditioning("")
        return io.NodeOutput(*toy.load_toy(), positive, negative, toy.toy_latent())


NODES = [ToraLoadToy]
