"""What the pack uses of ComfyUI beyond its documented API, and why. ``tests/host/test_symbols.py`` checks each entry.

A break on a new ComfyUI then names itself. Documented, and not listed here: ``comfy_api``, ``folder_paths`` and
``PromptServer``.
"""

from __future__ import annotations

from typing import NamedTuple


class Symbol(NamedTuple):
    """A name inside ComfyUI.

    Args:
        path: module and name, for example ``comfy.sd.VAE``.
        reason: what it is used for.
        parameters: parameters that the pack passes by name or by place, in the host's order.
    """

    path: str
    reason: str
    parameters: tuple[str, ...] = ()


_PATCHER = "comfy.model_patcher.ModelPatcher"
_MEMORY = "comfy.model_management"
_TRANSFORMER = "comfy.ldm.cogvideo.model.CogVideoXTransformer3DModel"
_BASE = "comfy.model_base.CogVideoX"
SYMBOLS = (
    Symbol(f"{_PATCHER}.clone", "patches go to a clone only"),
    Symbol(f"{_PATCHER}.add_object_patch", "replaces sampling and latent format", ("name", "obj")),
    Symbol(f"{_PATCHER}.get_model_object", "reads what earlier nodes replaced", ("name",)),
    Symbol(f"{_PATCHER}.set_attachments", "carries the motions of a MODEL", ("key", "attachment")),
    Symbol(f"{_PATCHER}.get_attachment", "reads them", ("key",)),
    Symbol(f"{_PATCHER}.add_wrapper_with_key", "runs our code while sampling", ("wrapper_type", "key", "wrapper")),
    Symbol(f"{_PATCHER}.remove_wrappers_with_key", "a second Tora Apply replaces it", ("wrapper_type", "key")),
    Symbol(f"{_PATCHER}.model_size", "chooses the memory mode"),
    Symbol(f"{_PATCHER}.loaded_size", "chooses the memory mode"),
    Symbol("comfy.model_patcher.CoreModelPatcher", "the class that the host gives its own models"),
    Symbol("comfy.patcher_extension.WrappersMP.OUTER_SAMPLE", "checks before anything is loaded; frees afterwards"),
    Symbol("comfy.patcher_extension.WrappersMP.PREPARE_SAMPLING", "evaluates the motions on each GPU"),
    Symbol("comfy.patcher_extension.WrappersMP.APPLY_MODEL", "injects the motions at each step"),
    Symbol(
        "comfy.sampler_helpers._prepare_sampling",
        "what the wrapper PREPARE_SAMPLING is called with",
        ("model", "noise_shape", "conds", "model_options"),
    ),
    Symbol(
        f"{_BASE}._apply_model",
        "what the wrapper APPLY_MODEL is called with",
        ("x", "t", "c_concat", "c_crossattn", "control", "transformer_options"),
    ),
    Symbol(f"{_BASE}.memory_required", "chooses the memory mode", ("input_shape",)),
    Symbol(f"{_BASE}.get_dtype_inference", "type of the stored motion"),
    Symbol(
        "comfy.samplers.CFGGuider.outer_sample",
        "what the wrapper OUTER_SAMPLE is called with",
        ("noise", "latent_image", "sampler", "sigmas"),
    ),
    Symbol("comfy.samplers.CFGGuider.predict_noise", "Tora Dynamic CFG Guider", ("x", "timestep", "model_options")),
    Symbol(
        "comfy.samplers.sampling_function",
        "Tora Dynamic CFG Guider",
        ("model", "x", "timestep", "uncond", "cond", "cond_scale", "model_options", "seed"),
    ),
    Symbol(f"{_TRANSFORMER}._get_rotary_emb", "the positions that we correct", ("h", "w", "t", "device")),
    Symbol(f"{_TRANSFORMER}.forward", "its blocks get the motion at norm1"),
    *(
        Symbol(f"{_TRANSFORMER}.{name}", "shape of the MODEL, and what the motion and the corrections act on")
        for name in ("blocks", "patch_embed", "dim", "in_channels", "patch_size_t", "use_rotary_positional_embeddings")
    ),
    Symbol("comfy.ldm.cogvideo.vae.AutoencoderKLCogVideoX", "tells the CogVideoX VAE from others"),
    Symbol("comfy.latent_formats.CogVideoX1_5", "the scale that the 5B models were trained with"),
    Symbol("comfy.model_sampling.ModelSamplingDiscrete", "sampling with zero terminal SNR", ("model_config", "zsnr")),
    Symbol("comfy.model_sampling.V_PREDICTION", "sampling with zero terminal SNR"),
    *(
        Symbol(f"comfy.sd.VAE.{name}", "encodes the motion with the VAE's own settings")
        for name in ("memory_used_encode", "first_stage_model", "patcher", "device", "vae_dtype", "disable_offload")
    ),
    Symbol(
        "comfy.sd.load_diffusion_model_state_dict",
        "Tora Load CogVideoX",
        ("sd", "model_options", "disable_dynamic"),
    ),
    Symbol(
        "comfy.sd.load_lora_for_models",
        "Tora Load LoRA",
        ("model", "clip", "lora", "strength_model", "strength_clip"),
    ),
    Symbol(f"{_MEMORY}.load_models_gpu", "loads VAE and RAFT", ("models", "memory_required", "force_full_load")),
    Symbol(f"{_MEMORY}.get_free_memory", "chooses the memory mode", ("dev",)),
    Symbol(f"{_MEMORY}.minimum_inference_memory", "chooses the memory mode"),
    Symbol(f"{_MEMORY}.soft_empty_cache", "frees memory before another try"),
    Symbol(f"{_MEMORY}.pin_memory", "fast copies in memory mode cpu. False: it refused", ("tensor",)),
    Symbol(f"{_MEMORY}.unpin_memory", "gives page-locked memory back", ("tensor",)),
    Symbol(f"{_MEMORY}.is_oom", "tells that memory ran out", ("e",)),
    Symbol(f"{_MEMORY}.get_torch_device", "device of the adapter"),
    Symbol(f"{_MEMORY}.unet_offload_device", "device of the adapter between runs"),
    Symbol(f"{_MEMORY}.vae_device", "device of the toy's VAE"),
    Symbol(f"{_MEMORY}.vae_offload_device", "device of the toy's VAE between runs"),
    Symbol(f"{_MEMORY}.intermediate_device", "device of results"),
    Symbol(f"{_MEMORY}.intermediate_dtype", "type of results"),
    Symbol(f"{_MEMORY}.throw_exception_if_processing_interrupted", "stops long work when the user asks"),
    Symbol("comfy.utils.ProgressBar.update_absolute", "shows the progress of a node", ("value", "total", "preview")),
    Symbol("comfy_execution.utils.get_executing_context", "the node that shows previews"),
    Symbol("latent_preview.get_previewer", "previews as ComfyUI's settings have them", ("device", "latent_format")),
    Symbol(
        "comfy.taesd.taehv.TAEHV",
        "previews with the small decoder taecvx",
        ("latent_channels", "decoder_time_upscale", "decoder_space_upscale"),
    ),
    Symbol("comfy.utils.load_torch_file", "reads that decoder", ("ckpt", "safe_load")),
    Symbol("comfy.utils.common_upscale", "resizes pictures as core does", ("samples", "width", "height")),
)
