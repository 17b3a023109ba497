"""Nodes that load models and steer them."""

from __future__ import annotations

from functools import partial

from comfy_api.latest import io

from .host import files, loading, steering
from .host.notice import notice
from .host.sockets import Model, ToraModelSocket, ToraMotion, ToraMotionSocket
from .host.tiers import TIER_CHOICES, TierChoice

LEARNED_POSITIONS = {"as loaded": None, "on": True, "off": False}


class ToraLoadModel(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraLoadModel",
            display_name="Tora Load Model",
            category="Tora/model",
            description="Loads a Tora adapter (trajectory extractor and fusers) from models/tora or models/CogVideo.",
            search_aliases=["tora", "fuser", "traj_extractor", "trajectory"],
            inputs=[
                io.Combo.Input(
                    "name",
                    options=files.adapter_choices(),
                    tooltip="fuser.safetensors (its traj_extractor.safetensors is found beside it), a whole Tora "
                    "transformer, or a training checkpoint.",
                ),
            ],
            outputs=[ToraModelSocket.Output(display_name="tora_model")],
        )

    @classmethod
    def execute(cls, *, name: str) -> io.NodeOutput:
        return io.NodeOutput(loading.load_tora_model(files.resolve(name, files.ADAPTER_FOLDERS), name))


class ToraLoadCogVideoX(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraLoadCogVideoX",
            display_name="Tora Load CogVideoX",
            category="Tora/model",
            description="Loads a CogVideoX transformer in any layout, and makes it the model that Tora was trained on.",
            search_aliases=["cogvideo", "unet loader", "diffusion model", "diffusers", "checkpoint"],
            inputs=[
                io.Combo.Input(
                    "name",
                    options=files.base_choices(),
                    tooltip="A diffusers transformer (its first shard), a training checkpoint, or a single file.",
                ),
                io.Combo.Input(
                    "weight_dtype",
                    options=list(loading.WEIGHT_DTYPES),
                    default="default",
                    tooltip="What the weights are kept in; default leaves it to ComfyUI.",
                    advanced=True,
                ),
                io.Boolean.Input(
                    "learned_positions",
                    default=True,
                    optional=True,
                    tooltip="Image-to-video only: add the model's learned positions, as the diffusers version does. "
                    "The training framework's code leaves them out; off also lifts their limit of 49 frames.",
                    advanced=True,
                ),
            ],
            outputs=[
                io.Model.Output(display_name="MODEL"),
                ToraModelSocket.Output(
                    display_name="tora_model", tooltip="Only where the file holds an adapter as well."
                ),
            ],
        )

    @classmethod
    def execute(cls, *, name: str, weight_dtype: str, learned_positions: bool = True) -> io.NodeOutput:
        path = files.resolve(name, files.BASE_FOLDERS)
        return io.NodeOutput(*loading.load_cogvideox(path, weight_dtype, learned_positions))


class ToraApply(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraApply",
            display_name="Tora Apply",
            category="Tora/model",
            description="Steers a CogVideoX MODEL by a motion. Several in a row add up.",
            search_aliases=["trajectory control", "motion control", "apply motion", "drag"],
            inputs=[
                io.Model.Input("model", tooltip="A CogVideoX MODEL of the size the adapter was trained on."),
                ToraMotionSocket.Input("motion", tooltip="From Tora Encode Motion; the frames and size of the latent."),
                io.Float.Input(
                    "strength", default=1.0, min=-10.0, max=10.0, step=0.01, tooltip="0 is the model without motion."
                ),
                io.Float.Input(
                    "start_percent",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.001,
                    tooltip="When in sampling steering begins.",
                ),
                io.Float.Input(
                    "end_percent", default=1.0, min=0.0, max=1.0, step=0.001, tooltip="When in sampling steering ends."
                ),
                io.Combo.Input(
                    "learned_positions",
                    options=list(LEARNED_POSITIONS),
                    default="as loaded",
                    optional=True,
                    tooltip="Image-to-video only: the model's learned positions, as Tora Load CogVideoX set them (on, "
                    "for a MODEL from another loader), on, or off.",
                    advanced=True,
                ),
                io.Combo.Input(
                    "memory",
                    options=list(TIER_CHOICES),
                    default="auto",
                    optional=True,
                    tooltip="Where the motion waits between steps; 9.1 GB at 49 frames of 720x480 in bf16, in "
                    "proportion otherwise. gpu: on the GPU. cpu: in host memory, brought a block ahead. recompute: 3.8 "
                    "GB in host memory, the rest computed at every step. auto: the first that fits.",
                    advanced=True,
                ),
            ],
            outputs=[io.Model.Output(display_name="MODEL")],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    def execute(
        cls,
        *,
        model: Model,
        motion: ToraMotion,
        strength: float,
        start_percent: float,
        end_percent: float,
        learned_positions: str = "as loaded",
        memory: TierChoice = "auto",
    ) -> io.NodeOutput:
        use_table, say = LEARNED_POSITIONS[learned_positions], partial(notice, node_id=cls.hidden.unique_id)
        return io.NodeOutput(
            steering.apply_motion(model, motion, strength, start_percent, end_percent, use_table, say, memory)
        )


NODES = [ToraLoadModel, ToraLoadCogVideoX, ToraApply]
