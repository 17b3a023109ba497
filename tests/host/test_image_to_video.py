"""Tests image to video: start and end image reach the MODEL in the channels and frames that it was trained on."""

from __future__ import annotations

import golden_data
import numpy as np
import pytest
import torch
from golden_data import relative_error
from graphs import VAE_FILE, WHOLE, SamplingGraph, saved
from PIL import Image
from random_models import save_checkpoint, text_features, tiny_pipeline
from safetensors.torch import load_file, save_file
from sampling import sample
from server import WorkflowError

FRAMES, WIDTH, HEIGHT = 9, 96, 64
I2V_GOLDEN = [tiny for tiny, case in golden_data.cases() if golden_data.load_case(tiny, case)["x"].shape[2] == 32]


def picture(width, height):
    values = np.random.default_rng(width).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(values)


def pixels(image):
    return torch.from_numpy(np.asarray(image).astype(np.float32) / 255)[None]  # [1, H, W, C]


@pytest.fixture(scope="module")
def toy():
    return tiny_pipeline(image_to_video=True)


@pytest.fixture(scope="module")
def i2v(server, toy):
    """Saves a tiny image-to-video checkpoint, its inputs and two pictures of different sizes for the server."""
    save_checkpoint(toy, server.folder / "models" / "tora" / "toy_i2v" / WHOLE)
    generator = torch.Generator().manual_seed(0)
    inputs = {
        "noise": torch.randn(1, (FRAMES - 1) // 4 + 1, 16, HEIGHT // 8, WIDTH // 8, generator=generator),
        "flow_latent": torch.randn(1, (FRAMES - 1) // 4 + 1, 16, HEIGHT // 8, WIDTH // 8, generator=generator),
        "positive": text_features(toy, 1),
        "negative": text_features(toy, 2),
    }
    save_file(inputs, server.folder / "input" / "i2v.safetensors")
    picture(WIDTH, HEIGHT).save(server.folder / "input" / "start.png")
    picture(120, 100).save(server.folder / "input" / "end.png")
    return inputs


class ImageGraph(SamplingGraph):
    def __init__(self, folder="toy_i2v", file="i2v.safetensors"):
        super().__init__(folder, file)
        self.vae = self.add("ProbeVAE", file=VAE_FILE)[0]

    def image_to_video(self, end=False, width=WIDTH, height=HEIGHT, length=FRAMES, resize="stretch"):
        positive, negative = self.prompts()
        options = {"end_image": self.add("LoadImage", image="end.png")[0]} if end else {}
        return self.add(
            "ToraImageToVideo",
            positive=positive,
            negative=negative,
            vae=self.vae,
            start_image=self.add("LoadImage", image="start.png")[0],
            width=width,
            height=height,
            length=length,
            batch_size=1,
            resize=resize,
            **options,
        )


@pytest.mark.server
@pytest.mark.parametrize("end", [False, True], ids=["first frame", "first and last frame"])
def test_image_to_video_equals_the_run_without_comfyui(server, vae, toy, i2v, end):
    graph = ImageGraph()
    positive, negative, latent, _ = graph.image_to_video(end)
    steered = graph.apply(graph.golden_motion())
    graph.sample(steered, "i2v.safetensors", latent=latent, prompts=(positive, negative))
    graph.add("ProbeSave", file="condition.safetensors", conditioning=positive)
    server.run(graph.workflow)

    condition = saved(server, "condition.safetensors")["concat_latent_image"]  # [1, 16, T', H/8, W/8]

    def encoded(image):
        stretched = image.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR) if image.size != (WIDTH, HEIGHT) else image
        with torch.no_grad():
            return vae.encode((pixels(stretched) * 2 - 1).movedim(-1, 1)[:, :, None]).latent_dist.mean

    assert condition.shape == (1, 16, 3, HEIGHT // 8, WIDTH // 8)
    assert relative_error(condition[:, :, :1], encoded(picture(WIDTH, HEIGHT))) < 1e-5
    assert not condition[:, :, 1:-1].any()
    assert bool(condition[:, :, -1:].any()) is end
    expected = toy.sample(
        i2v["noise"].transpose(1, 2),
        i2v["positive"],
        i2v["negative"],
        [toy.steering(i2v["flow_latent"].transpose(1, 2))],
        steps=8,
        image_latent=toy.adapter.spec.grid.scale * condition,
    )
    assert relative_error(saved(server, "i2v.safetensors")["latent"], expected) < 1e-3


@pytest.mark.server
@pytest.mark.parametrize("tiny", I2V_GOLDEN, ids=golden_data.name_of)
def test_the_reference_s_image_to_video_forward_is_reproduced_through_the_node(server, vae, tiny):
    """Runs one step at the golden timestep through Tora Image To Video, with the golden image latent."""
    import shutil

    from diffusers import CogVideoXDDIMScheduler

    from tora_core.cogvideox.schedule import SCHEDULER

    case = next(case for each, case in golden_data.cases() if each == tiny)
    io = golden_data.load_case(tiny, case)
    alpha = CogVideoXDDIMScheduler.from_config(SCHEDULER).alphas_cumprod[int(io["timestep"])]
    sigma = float(((1 - alpha) / alpha) ** 0.5)
    scale = (sigma**2 + 1) ** 0.5
    latent, image = io["x"].chunk(2, dim=2)  # [B, T, C, H, W]
    inputs = {"noise": latent * scale / sigma, "image": image, "flow_latent": io["flow_latent"]}
    inputs |= {"positive": io["context"], "negative": io["context"]}
    save_file(
        {key: value.contiguous() for key, value in inputs.items()}, server.folder / "input" / "golden_i2v.safetensors"
    )
    shutil.copytree(tiny, server.folder / "models" / "tora" / tiny.name, dirs_exist_ok=True)
    picture(WIDTH, HEIGHT).save(server.folder / "input" / "start.png")
    graph = ImageGraph(tiny.name, "golden_i2v.safetensors")
    _, frames, _, height, width = latent.shape
    positive, negative, empty, _ = graph.image_to_video(width=8 * width, height=8 * height, length=4 * (frames - 1) + 1)
    for name, model in (("with", graph.apply(graph.golden_motion())), ("without", graph.model)):
        model = graph.from_noise(model)
        concat = {"model": model, "file": graph.file, "name": "image"}
        sampled = graph.add(
            "SamplerCustom",
            model=model,
            add_noise=True,
            noise_seed=0,
            cfg=1.0,
            positive=graph.add("ProbeConcat", conditioning=positive, **concat)[0],
            negative=graph.add("ProbeConcat", conditioning=negative, **concat)[0],
            sampler=graph.add("KSamplerSelect", sampler_name="euler")[0],
            sigmas=graph.add("ManualSigmas", sigmas=f"{sigma!r}, 0.0")[0],
            latent_image=empty,
        )[0]
        graph.add("ProbeSave", file=f"golden_{name}.safetensors", model=model, latent=sampled)
    server.run(graph.workflow, timeout=900)
    for name in ("with", "without"):
        denoised = saved(server, f"golden_{name}.safetensors")["latent"].transpose(1, 2)
        velocity = (latent - denoised * scale) / sigma
        assert io.error(f"out_{name}_motion", velocity) < 1e-4, name


@pytest.mark.server
def test_sizes_and_length_are_rounded_with_a_notice(server, vae, i2v):
    graph = ImageGraph()
    positive, _, latent, _ = graph.image_to_video(end=True, width=90, height=70, length=12, resize="pad")
    graph.add("ProbeSave", file="rounded.safetensors", conditioning=positive)
    graph.add("ProbeSave", file="rounded_latent.safetensors", model=graph.model, latent=latent)
    server.run(graph.workflow)
    assert saved(server, "rounded.safetensors")["concat_latent_image"].shape == (1, 16, 3, 8, 12)
    assert saved(server, "rounded_latent.safetensors")["latent"].shape == (1, 16, 3, 8, 12)
    log = server.log.read_text()
    assert "12 frames of 90x70 became 9 frames of 96x64" in log
    assert "the start image is 96x64 and the end image 120x100: both become 96x64 (pad)" in log


@pytest.mark.server
def test_a_start_image_on_a_text_to_video_model_is_an_error_before_sampling(server, vae, i2v):
    case = golden_data.load_sampling(golden_data.SAMPLING[0])[0].name
    graph = ImageGraph()
    text_model = graph.add("ToraLoadCogVideoX", name=f"{case}/{WHOLE}", weight_dtype="fp32")[0]
    positive, negative, latent, _ = graph.image_to_video()
    graph.sample(text_model, "never.safetensors", latent=latent, prompts=(positive, negative))
    with pytest.raises(WorkflowError, match="holds a start image, but the MODEL is text-to-video"):
        server.run(graph.workflow)


@pytest.mark.server
def test_without_a_start_image_the_host_names_the_input(server, vae, i2v):
    graph = ImageGraph()
    positive, *_ = graph.image_to_video()
    graph.add("ProbeSave", file="never.safetensors", conditioning=positive)
    node = next(node for node in graph.workflow.values() if node["class_type"] == "ToraImageToVideo")
    del node["inputs"]["start_image"]
    with pytest.raises(WorkflowError, match="start_image"):
        server.run(graph.workflow)


@pytest.mark.server
def test_an_image_model_without_a_start_image_is_said_under_tora_apply(server, vae, i2v):
    graph = SamplingGraph("toy_i2v", "i2v.safetensors")
    applied = graph.apply(graph.golden_motion())
    graph.sample(applied, "no_image.safetensors")
    assert "no start image came with the conditioning" in server.run_with_notices(graph.workflow)[applied[0]]


@pytest.fixture(scope="module")
def learned(pack, toy, tmp_path_factory):
    """Saves the toy with a learned position table, like that of CogVideoX-5B-I2V."""
    file = tmp_path_factory.mktemp("learned") / WHOLE
    save_checkpoint(toy, file)
    tensors = load_file(file)
    table = torch.randn(1, 226 + 13 * 30 * 45, toy.adapter.spec.width, generator=torch.Generator().manual_seed(0))
    save_file({**tensors, "patch_embed.pos_embedding": table}, file)
    return str(file)


def run(model, toy, frames, **options):
    noise = torch.randn(1, 16, frames, 4, 6, generator=torch.Generator().manual_seed(0))
    return sample(model, noise, text_features(toy, 1), text_features(toy, 2), steps=2, **options)


def test_the_learned_positions_can_be_switched_off(pack, learned, toy):
    on, off = (pack.loading.load_cogvideox(learned, "fp32", use_table)[0] for use_table in (True, False))
    assert relative_error(run(on, toy, 3), run(off, toy, 3)) > 1e-3
    assert torch.equal(run(pack.base.correct_base(on, use_table=False), toy, 3), run(off, toy, 3))
    assert torch.equal(run(pack.base.correct_base(off, use_table=True), toy, 3), run(on, toy, 3))


def test_apply_keeps_the_loader_s_choice_unless_it_sets_its_own(pack, learned, toy):
    tora = pack.loading.load_tora_model(learned, "toy")
    latent = torch.randn(1, 16, 3, 4, 6, generator=torch.Generator().manual_seed(1))
    motion = pack.sockets.ToraMotion(latent, tora, 9, pack.part("tora_core.paths.trajectories").Size(48, 32))
    on, off = (pack.loading.load_cogvideox(learned, "fp32", use_table)[0] for use_table in (True, False))

    def applied(model, *choice):
        return run(pack.steering.apply_motion(model, motion, 0.0, 0.0, 1.0, *choice), toy, 3)

    for model in (on, off):
        assert torch.equal(applied(model), run(model, toy, 3))
    assert torch.equal(applied(off, True), run(on, toy, 3))


def test_context_windows_lift_the_limit_of_the_learned_table(pack, learned, toy):
    from comfy_extras.nodes_context_windows import ContextWindowsManualNode

    model = pack.loading.load_cogvideox(learned, "fp32")[0]
    settings = {"context_schedule": "standard_static", "context_stride": 1, "closed_loop": False, "dim": 2}
    settings |= {"fuse_method": "pyramid", "freenoise": False, "context_overlap": 2}
    windows = {n: ContextWindowsManualNode.execute(model, context_length=n, **settings).result[0] for n in (12, 13)}
    assert run(windows[12], toy, 20).isfinite().all()
    with pytest.raises(ValueError, match="context windows of at most 12"):  # the host puts a frame before each window
        run(windows[13], toy, 20)


def test_a_prompt_longer_than_the_table_s_text_runs_with_a_warning(pack, learned, toy, caplog):
    model = pack.loading.load_cogvideox(learned, "fp32")[0]
    noise = torch.randn(1, 16, 2, 4, 6, generator=torch.Generator().manual_seed(0))
    text = torch.cat([text_features(toy, 1), text_features(toy, 3)], dim=1)
    assert sample(model, noise, text, text, steps=1).isfinite().all()
    assert "the prompt has 452 tokens, the model was trained on 226" in caplog.text


def test_more_frames_than_the_learned_table_holds_are_an_error_before_sampling(pack, learned, toy):
    model, steps = pack.loading.load_cogvideox(learned, "fp32")[0], []
    with pytest.raises(ValueError, match=r"at most 13 latent frames \(49 frames\).*got 14 .*learned_positions off"):
        run(model, toy, 14, callback=lambda step, *_: steps.append(step))
    assert not steps
    assert run(pack.base.correct_base(model, use_table=False), toy, 14).isfinite().all()


def test_an_image_model_without_a_start_image_logs_a_warning(pack, learned, toy, caplog):
    run(pack.loading.load_cogvideox(learned, "fp32")[0], toy, 2)
    assert "no start image came with the conditioning: zeros are used" in caplog.text


@pytest.mark.parametrize(("resize", "corner", "centre"), [("stretch", 0.5, 0.5), ("crop", 0.5, 0.5), ("pad", 0.0, 0.5)])
def test_a_picture_of_another_aspect_is_stretched_cropped_or_padded(pack, resize, corner, centre):
    fit = pack.part("nodes.host.conditioning").fit
    size = pack.part("tora_core.paths.trajectories").Size(96, 64)
    fitted = fit(torch.full((2, 100, 40, 4), 0.5), size, resize)
    assert fitted.shape == (1, 64, 96, 3)
    assert fitted[0, 0, 0, 0] == pytest.approx(corner) and fitted[0, 32, 48, 0] == pytest.approx(centre)
