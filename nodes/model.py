"""Nodes that load models and apply motion to them."""

from __future__ import annotations

from comfy_api.latest import io

from .host import files, loading, lora, steering
from .host.notice import Notices, notice
from .host.preview import PREVIEWS, PreviewChoice
from .host.sockets import Model, ToraModelSocket, ToraMotion, ToraMotionSocket, Tracks, trajectories_on
from .host.tiers import TIER_CHOICES, TierChoice
from .node import ToraNode

LEARNED_POSITIONS = {"as loaded": None, "on": True, "off": False}


class ToraLoadModel(ToraNode):
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
                    tooltip="Adapter file: fuser.safetensors, a whole Tora transformer, or a training checkpoint. "
                    "traj_extractor.safetensors belongs in the same folder as fuser.safetensors and loads with it.",
                ),
            ],
            outputs=[ToraModelSocket.Output(display_name="tora_model", tooltip="For Tora Encode Motion.")],
        )

    @classmethod
    def execute(cls, *, name: str) -> io.NodeOutput:
        return io.NodeOutput(loading.load_tora_model(files.resolve(name, files.ADAPTER_FOLDERS), name))


class ToraLoadCogVideoX(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraLoadCogVideoX",
            display_name="Tora Load CogVideoX",
            category="Tora/model",
            description="Loads a CogVideoX transformer in any file layout and corrects it for Tora.",
            search_aliases=["cogvideo", "unet loader", "diffusion model", "diffusers", "checkpoint"],
            inputs=[
                io.Combo.Input(
                    "name",
                    options=files.base_choices(),
                    tooltip="Model file: the first shard of a diffusers transformer, a training checkpoint, or a "
                    "single file.",
                ),
                io.Combo.Input(
                    "weight_dtype",
                    options=list(loading.WEIGHT_DTYPES),
                    default="default",
                    tooltip="Number type of the weights in memory. default: lets ComfyUI choose. fp8 halves the memory "
                    "of bf16.",
                    advanced=True,
                ),
                io.Boolean.Input(
                    "learned_positions",
                    default=True,
                    optional=True,
                    tooltip="Image-to-video only. Adds the model's learned positions, as Tora's diffusers version "
                    "does. Turn it off to match Tora's training code, or for more than 49 frames.",
                    advanced=True,
                ),
            ],
            outputs=[
                io.Model.Output(display_name="MODEL", tooltip="Corrected CogVideoX, for Tora Apply."),
                ToraModelSocket.Output(
                    display_name="tora_model", tooltip="Tora adapter. Empty if the file holds only a base model."
                ),
            ],
        )

    @classmethod
    def execute(cls, *, name: str, weight_dtype: str, learned_positions: bool = True) -> io.NodeOutput:
        path = files.resolve(name, files.BASE_FOLDERS)
        return io.NodeOutput(*loading.load_cogvideox(path, weight_dtype, learned_positions))


class ToraLoadLora(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraLoadLora",
            display_name="Tora Load LoRA",
            category="Tora/model",
            description="Applies a CogVideoX LoRA to a MODEL. Reads the names of ComfyUI, diffusers, PEFT, kohya and "
            "the training framework.",
            search_aliases=["lora", "lora loader", "load lora", "peft", "kohya"],
            inputs=[
                io.Model.Input("model", tooltip="CogVideoX MODEL. It is copied. The input stays unchanged."),
                io.Combo.Input(
                    "name", options=files.lora_choices(), tooltip="LoRA file in models/loras, trained for CogVideoX."
                ),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=-20.0,
                    max=20.0,
                    step=0.01,
                    tooltip="Strength of the LoRA. 0 gives the model without LoRA. Lower it if the video degrades.",
                ),
            ],
            outputs=[io.Model.Output(display_name="MODEL", tooltip="MODEL with the LoRA, for Tora Apply.")],
        )

    @classmethod
    def execute(cls, *, model: Model, name: str, strength: float) -> io.NodeOutput:
        patched, unused = lora.apply_lora(model, files.resolve(name, files.LORA_FOLDERS), strength)
        if unused:
            notice(
                f"{len(unused)} tensors of {name} fit no layer of the MODEL and are not used, for example {unused[0]}"
            )
        return io.NodeOutput(patched)


class ToraApply(ToraNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="ToraApply",
            display_name="Tora Apply",
            category="Tora/model",
            description="Makes a CogVideoX MODEL follow a motion. Chain several nodes to add their motions.",
            search_aliases=["trajectory control", "motion control", "apply motion", "drag"],
            inputs=[
                io.Model.Input("model", tooltip="CogVideoX-5B MODEL. It is copied. The input stays unchanged."),
                ToraMotionSocket.Input(
                    "motion", tooltip="Motion from Tora Encode Motion. It needs the frames and the size of the latent."
                ),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=-10.0,
                    max=10.0,
                    step=0.01,
                    tooltip="Strength of the motion. 0 gives the model without motion. Lower it if the video degrades.",
                ),
                io.Float.Input(
                    "start_percent",
                    default=0.0,
                    min=0.0,
                    max=1.0,
                    step=0.001,
                    tooltip="When the motion starts to act: 0 is the first step, 1 is the end of sampling.",
                ),
                io.Float.Input(
                    "end_percent",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.001,
                    tooltip="When the motion stops acting, 0..1. Lower it to leave fine details to the model.",
                ),
                io.Combo.Input(
                    "learned_positions",
                    options=list(LEARNED_POSITIONS),
                    default="as loaded",
                    optional=True,
                    tooltip="Image-to-video only. Sets the model's learned positions. as loaded: keeps the choice of "
                    "Tora Load CogVideoX; a MODEL of another loader gets on. on: adds them. off: leaves them out, for "
                    "more than 49 frames.",
                    advanced=True,
                ),
                io.Combo.Input(
                    "memory",
                    options=list(TIER_CHOICES),
                    default="auto",
                    optional=True,
                    tooltip="Where the motion data is stored between steps. Sizes are for 49 frames of 720x480 in "
                    "bf16. auto: picks the fastest option that fits. gpu: keeps 9.1 GB on the GPU. cpu: keeps 9.1 GB "
                    "in system RAM and copies it to the GPU one block ahead. recompute: keeps 3.8 GB in system RAM "
                    "and computes the rest at every step, which is slower.",
                    advanced=True,
                ),
                io.Combo.Input(
                    "preview",
                    options=list(PREVIEWS),
                    default=PREVIEWS[0],
                    optional=True,
                    tooltip="What the sampler shows while it runs. moving: plays the whole video. as ComfyUI: uses "
                    "the preview method of ComfyUI's settings, which shows the first frame. off: shows nothing.",
                    advanced=True,
                ),
                io.Tracks.Input(
                    "tracks",
                    optional=True,
                    tooltip="Paths to draw over the moving preview, so that you see early whether they are followed. "
                    "They change nothing else.",
                ),
            ],
            outputs=[io.Model.Output(display_name="MODEL", tooltip="MODEL with motion, for any sampler.")],
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
        preview: PreviewChoice = "moving",
        tracks: Tracks | None = None,
    ) -> io.NodeOutput:
        paths = None if tracks is None else trajectories_on(tracks, motion.size)
        if paths is not None and paths.frames != motion.frames:
            notice(
                f"the tracks have {paths.frames} frames, the motion has {motion.frames}: connect the tracks of Tora "
                "Flow Map for a preview at the right times"
            )
        steered = steering.apply_motion(
            model,
            motion,
            strength,
            start_percent,
            end_percent,
            LEARNED_POSITIONS[learned_positions],
            Notices(cls.hidden.unique_id),
            memory,
            preview,
            paths,
        )
        return io.NodeOutput(steered)


NODES = [ToraLoadModel, ToraLoadCogVideoX, ToraLoadLora, ToraApply]
