"""Test-only nodes: they feed golden tensors into a graph of real nodes, and save what comes out."""

from __future__ import annotations

import functools
import importlib
import sys
from pathlib import Path

import comfy.ldm.cogvideo.vae
import comfy.patcher_extension
import comfy.sd
import folder_paths
import torch
from comfy_api.latest import ComfyExtension, io
from safetensors.torch import load_file, save_file


def golden(file: str, name: str) -> torch.Tensor:
    return load_file(Path(folder_paths.get_input_directory()) / file)[name].float()


def pack(name: str):
    """A module of the pack under test, as this server imported it."""
    root = next(each for each in sys.modules if each.endswith("ComfyUI-Tora.nodes"))
    return importlib.import_module(f"{root.removesuffix('.nodes')}.{name}")


class ProbeConditioning(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        inputs = [io.String.Input("file"), io.String.Input("name")]
        return io.Schema(node_id="ProbeConditioning", inputs=inputs, outputs=[io.Conditioning.Output()])

    @classmethod
    def execute(cls, file, name):
        return io.NodeOutput([[golden(file, name), {}]])


class ProbeLatent(io.ComfyNode):
    """An empty LATENT in the shape of a golden tensor [B, T, C, H, W]."""

    @classmethod
    def define_schema(cls):
        inputs = [io.String.Input("file"), io.String.Input("name")]
        return io.Schema(node_id="ProbeLatent", inputs=inputs, outputs=[io.Latent.Output()])

    @classmethod
    def execute(cls, file, name):
        return io.NodeOutput({"samples": torch.zeros_like(golden(file, name).transpose(1, 2))})


class ProbeNoise(io.ComfyNode):
    """Lets every sampler that is given this MODEL start from golden noise."""

    @classmethod
    def define_schema(cls):
        inputs = [io.Model.Input("model"), io.String.Input("file"), io.String.Input("name")]
        return io.Schema(node_id="ProbeNoise", inputs=inputs, outputs=[io.Model.Output()])

    @classmethod
    def execute(cls, model, file, name):
        noise = golden(file, name).transpose(1, 2)
        clone = model.clone()
        clone.add_wrapper_with_key(
            comfy.patcher_extension.WrappersMP.OUTER_SAMPLE,
            "probe",
            lambda executor, _, *args, **kwargs: executor(noise, *args, **kwargs),
        )
        return io.NodeOutput(clone)


class ProbeMotion(io.ComfyNode):
    """A golden motion latent [B, T, C, H, W] as TORA_MOTION."""

    @classmethod
    def define_schema(cls):
        inputs = [io.Custom("TORA_MODEL").Input("tora_model"), io.String.Input("file"), io.String.Input("name")]
        return io.Schema(node_id="ProbeMotion", inputs=inputs, outputs=[io.Custom("TORA_MOTION").Output()])

    @classmethod
    def execute(cls, tora_model, file, name):
        latent = golden(file, name).transpose(1, 2)
        _, _, frames, height, width = latent.shape
        size = pack("tora_core.paths.trajectories").Size(8 * width, 8 * height)
        return io.NodeOutput(pack("nodes.host.sockets").ToraMotion(latent, tora_model, 4 * (frames - 1) + 1, size))


class ProbeConcat(io.ComfyNode):
    """Golden channels [B, T, C, H, W] in the place of a conditioning's image latent."""

    @classmethod
    def define_schema(cls):
        inputs = [
            io.Conditioning.Input("conditioning"),
            io.Model.Input("model"),
            io.String.Input("file"),
            io.String.Input("name"),
        ]
        return io.Schema(node_id="ProbeConcat", inputs=inputs, outputs=[io.Conditioning.Output()])

    @classmethod
    def execute(cls, conditioning, model, file, name):
        scaled = golden(file, name).transpose(1, 2)
        latent = scaled / model.get_model_object("latent_format").scale_factor
        assert conditioning[0][1]["concat_latent_image"].shape == latent.shape
        return io.NodeOutput(
            [[context, {**entries, "concat_latent_image": latent}] for context, entries in conditioning]
        )


class ProbeImage(io.ComfyNode):
    """A video [T, H, W, 3] and a mask [T, H, W] from a file of tensors."""

    @classmethod
    def define_schema(cls):
        inputs = [io.String.Input("file")]
        return io.Schema(node_id="ProbeImage", inputs=inputs, outputs=[io.Image.Output(), io.Mask.Output()])

    @classmethod
    def execute(cls, file):
        return io.NodeOutput(golden(file, "video"), golden(file, "mask"))


class ProbeVAE(io.ComfyNode):
    """The host's CogVideoX VAE with the weights of a file in the input folder."""

    @classmethod
    def define_schema(cls):
        return io.Schema(node_id="ProbeVAE", inputs=[io.String.Input("file")], outputs=[io.Vae.Output()])

    @classmethod
    def execute(cls, file):
        vae = comfy.sd.VAE(sd=load_file(Path(folder_paths.get_input_directory()) / file), dtype=torch.float32)
        return io.NodeOutput(vae)


class ProbeTinyVAE(io.ComfyNode):
    """The host's CogVideoX VAE in little, with random weights."""

    @classmethod
    def define_schema(cls):
        return io.Schema(node_id="ProbeTinyVAE", inputs=[], outputs=[io.Vae.Output()])

    @classmethod
    def execute(cls):
        full = comfy.ldm.cogvideo.vae.AutoencoderKLCogVideoX
        comfy.ldm.cogvideo.vae.AutoencoderKLCogVideoX = functools.partial(
            full, block_out_channels=(32, 32, 32, 64), layers_per_block=1
        )
        try:
            with torch.inference_mode(False):
                model = comfy.ldm.cogvideo.vae.AutoencoderKLCogVideoX()
                generator = torch.Generator().manual_seed(0)
                for parameter in model.parameters():
                    torch.nn.init.normal_(parameter, std=0.05, generator=generator)
            return io.NodeOutput(comfy.sd.VAE(sd=model.state_dict(), dtype=torch.float32))
        finally:
            comfy.ldm.cogvideo.vae.AutoencoderKLCogVideoX = full


class ProbeLTXVAE(io.ComfyNode):
    """In the place of LTX's checkpoint: a double of its VAE, whose latents are the mean colours."""

    downscale_index_formula = (8, 32, 32)

    @classmethod
    def define_schema(cls):
        outputs = [io.Model.Output(), io.Clip.Output(), io.Vae.Output()]
        return io.Schema(node_id="ProbeLTXVAE", inputs=[], outputs=outputs)

    @classmethod
    def execute(cls):
        return io.NodeOutput(None, None, cls)

    @staticmethod
    def encode(pixels):
        means = torch.nn.functional.avg_pool2d(pixels[::8].permute(0, 3, 1, 2), 32)  # [T', 3, h, w]
        return torch.nn.functional.pad(means, (0, 0, 0, 0, 0, 125)).movedim(1, 0)[None]  # [1, 128, T', h, w]


class ProbeSave(io.ComfyNode):
    """Saves a LATENT as the model sees it, scaled, and an IMAGE as it is."""

    @classmethod
    def define_schema(cls):
        inputs = [
            io.String.Input("file"),
            io.Model.Input("model", optional=True),
            io.Latent.Input("latent", optional=True),
            io.Image.Input("image", optional=True),
            io.Tracks.Input("tracks", optional=True),
            io.Custom("TORA_MOTION").Input("motion", optional=True),
            io.Conditioning.Input("conditioning", optional=True),
            io.String.Input("text", optional=True, force_input=True),
        ]
        return io.Schema(node_id="ProbeSave", inputs=inputs, outputs=[], is_output_node=True)

    @classmethod
    def execute(cls, file, model=None, latent=None, image=None, tracks=None, motion=None, conditioning=None, text=None):
        found = {}
        if latent is not None:
            scale = model.get_model_object("latent_format").scale_factor if model is not None else 1
            found["latent"] = latent["samples"] * scale
        if image is not None:
            found["image"] = image
        if tracks is not None:
            found["tracks"] = tracks["track_path"]
            found["visible"] = tracks["track_visibility"]
        if motion is not None:
            found["motion"] = motion.latent
        if conditioning is not None:
            found["concat_latent_image"] = conditioning[0][1]["concat_latent_image"]
        save_file(
            {name: tensor.contiguous().cpu() for name, tensor in found.items()},
            Path(folder_paths.get_output_directory()) / file,
            {"text": text or ""},
        )
        return io.NodeOutput()


class ProbeExtension(ComfyExtension):
    async def get_node_list(self):
        return [
            ProbeConditioning,
            ProbeLatent,
            ProbeNoise,
            ProbeMotion,
            ProbeConcat,
            ProbeImage,
            ProbeVAE,
            ProbeTinyVAE,
            ProbeLTXVAE,
            ProbeSave,
        ]


async def comfy_entrypoint():
    return ProbeExtension()
