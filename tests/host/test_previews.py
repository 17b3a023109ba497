"""Previews on the host: what is sent while sampling, that nothing else changes, and that nothing stays behind."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import golden_data
import pytest
import torch
from safetensors.torch import save_file
from tiny import Tiny

NODE = "7"


@pytest.fixture(scope="module")
def tiny(pack):
    return Tiny(pack, golden_data.SAMPLING[0])


@pytest.fixture
def sent(pack):
    """Runs as a node of a prompt, and collects the pictures that the host would send to the browser."""
    from comfy_execution.progress import ProgressHandler, add_progress_handler, get_progress_state
    from comfy_execution.utils import CurrentNodeContext

    pictures = []

    class Collector(ProgressHandler):
        def update_handler(self, node_id, value, max_value, state, prompt_id, image=None):
            if image is not None:
                pictures.append((node_id, value, max_value, image[1]))

    add_progress_handler(Collector("collector"))
    with CurrentNodeContext("prompt", NODE):
        yield pictures
    get_progress_state().unregister_handler("collector")


def coloured(tiny):
    """The motion, with colours in which channel 0 is red, 1 green and 2 blue."""
    factors = tiny.pack.part("tora_core.cogvideox.rgb_factors").RgbFactors
    channels = tiny.noise.shape[1]
    return replace(tiny.motion, colours=factors(torch.eye(channels, 3), torch.zeros(3), 1.0))


def steered(tiny, preview, **options):
    return tiny.pack.steering.apply_motion(tiny.model, coloured(tiny), 1.0, 0.0, 1.0, preview=preview, **options)


def run_slowly(tiny, model, sent, until):
    """Samples, and waits after the second step until this many pictures came, as a large model takes its time."""

    def wait(step, *_):
        deadline = time.monotonic() + 10
        while step == 1 and len(sent) < until and time.monotonic() < deadline:
            time.sleep(0.02)

    return tiny.sample(model, callback=wait)


def test_the_moving_preview_is_sent_for_the_sampling_node_before_the_last_step(tiny, sent):
    run_slowly(tiny, steered(tiny, "moving"), sent, until=3)
    assert len(sent) >= 3
    assert {node for node, *_ in sent} == {NODE}
    assert all(0 < step < steps == 8 for _, step, steps, _ in sent[:3])
    assert all(max(picture.size) == 512 for *_, picture in sent)


def test_no_choice_changes_the_result(tiny, sent):
    plain = tiny.sample(tiny.apply())
    for preview in tiny.pack.part("nodes.host.preview").PREVIEWS:
        assert torch.equal(tiny.sample(steered(tiny, preview)), plain), preview


def test_a_preview_that_fails_does_not_end_the_run(tiny, sent, monkeypatch):
    import folder_paths

    preview = tiny.pack.part("nodes.host.preview")
    monkeypatch.setattr(folder_paths, "get_filename_list", lambda folder: ["taecvx.safetensors"])
    monkeypatch.setattr(folder_paths, "get_full_path_or_raise", lambda *_: "no such file")
    plain = tiny.sample(tiny.apply())
    run_slowly(tiny, steered(tiny, "moving"), sent, until=1)
    assert sent  # with the fitted colours instead of the decoder

    def fail(latent):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(preview, "_choose_decoder", lambda device: fail)
    assert torch.equal(tiny.sample(steered(tiny, "moving")), plain)


def test_a_vae_that_gives_nan_leaves_out_the_preview(pack, monkeypatch):
    vae = pack.part("nodes.host.toy").ToyHostVAE()
    monkeypatch.setattr(
        pack.encoding.motion_vae, "encode_motion", lambda *_, **__: torch.full((1, 16, 2, 14, 14), torch.nan)
    )
    assert pack.encoding.fit_colours(vae, pack.part("tora_core.cogvideox.latents").COGVIDEOX_1_0) is None


def test_off_and_a_motion_without_colours_send_nothing(tiny, sent):
    tiny.sample(steered(tiny, "off"))
    tiny.sample(tiny.apply())
    assert sent == []


def test_no_thread_stays_after_a_run_and_after_an_interrupt(tiny, sent):
    tiny.sample(steered(tiny, "moving"))

    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tiny.sample(steered(tiny, "moving"), callback=interrupt)
    assert "tora-preview" not in [thread.name for thread in threading.enumerate()]
    count = len(sent)
    time.sleep(0.5)
    assert len(sent) == count


def test_the_hosts_own_method_gets_the_colours_in_the_first_run(tiny, monkeypatch):
    import latent_preview
    from comfy.cli_args import LatentPreviewMethod
    from comfy_execution.utils import CurrentNodeContext

    seen = []
    monkeypatch.setattr(latent_preview.args, "preview_method", LatentPreviewMethod.Auto)
    inner = latent_preview.get_previewer

    def get_previewer(device, latent_format):  # as packs that animate previews replace it
        seen.append((inner(device, latent_format), latent_format))
        return seen[-1][0]

    monkeypatch.setattr(latent_preview, "get_previewer", get_previewer)
    with CurrentNodeContext("prompt", NODE):
        tiny.sample(steered(tiny, "as ComfyUI"))
    (previewer, latent_format), *_ = seen
    assert isinstance(previewer, latent_preview.Latent2RGBPreviewer)
    assert torch.tensor(latent_format.latent_rgb_factors).shape == (tiny.noise.shape[1], 3)
    x0 = torch.zeros_like(tiny.noise)
    x0[:, 0] = 1.0
    _, picture, _ = previewer.decode_latent_to_preview_image("JPEG", x0)
    assert picture.getpixel((0, 0)) == (255, 127, 127)
    assert tiny.model.model.latent_format.latent_rgb_factors is None  # the MODEL itself is as before


def test_the_small_decoder_is_used_where_it_lies(pack, comfyui, tmp_path, monkeypatch):
    import folder_paths
    from comfy.taesd.taehv import TAEHV

    preview = pack.part("nodes.host.preview")
    monkeypatch.setitem(folder_paths.folder_names_and_paths, "vae_approx", ([str(tmp_path)], {".safetensors"}))
    assert preview.load_decoder(torch.device("cpu")) is None
    whole = TAEHV(latent_channels=16)  # with its two steps of time, as the published file
    generator = torch.Generator().manual_seed(0)
    weights = {
        key: torch.randn(tensor.shape, generator=generator) * (0.5 / tensor[0].numel() ** 0.5)
        for key, tensor in whole.state_dict().items()
    }
    whole.load_state_dict(weights)
    save_file(weights, tmp_path / "taecvx.safetensors")
    folder_paths.filename_list_cache.clear()
    decode = preview.load_decoder(torch.device("cpu"))
    latent = torch.randn(16, 3, 8, 12, generator=generator)
    pictures = decode(latent)
    assert pictures.shape == (3, 32, 48, 3) and pictures.dtype == torch.uint8
    assert (decode(latent.flip(1)) != pictures).any()


def test_colours_are_fitted_once_per_vae(pack):
    vae = pack.part("nodes.host.toy").ToyHostVAE()
    grid = pack.part("tora_core.cogvideox.latents").COGVIDEOX_1_0
    first = pack.encoding.fit_colours(vae, grid)
    assert first.r2 > 0.99 and pack.encoding.fit_colours(vae, grid) is first


def test_paths_must_fit_the_motion(tiny):
    apply = tiny.pack.part("nodes.model").ToraApply.execute
    settings = {"model": tiny.model, "motion": tiny.motion, "strength": 1.0, "start_percent": 0.0, "end_percent": 1.0}
    tracks = {"track_path": torch.zeros(9, 1, 2), "track_visibility": torch.ones(9, 1), "canvas": (1000, 500)}
    with pytest.raises(ValueError, match="1000x500"):
        apply(**settings, tracks=tracks)
