"""CLIPSIM and FVD equal the values calculated from their definitions."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
import torch
from synthetic import crossing

from tora_core.paths.coordinates_text import coordinates_text
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size
from tora_lab.evaluate.__main__ import main as evaluate
from tora_lab.evaluate.metrics import (
    clip_similarity,
    frechet_inception_distance,
    frechet_video_distance,
    load_clip,
    video_features,
)
from tora_lab.media.video_reader import read_video
from tora_lab.media.video_writer import write_mp4

SMALL = Size(160, 112)


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    """Folder of a tiny CLIP with random weights, written by save_pretrained."""
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor, CLIPTokenizer

    folder = tmp_path_factory.mktemp("clip")
    ends = [f"{letter}</w>" for letter in "abcdefgh"]
    words = [*"abcdefgh", *ends, "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {word: number for number, word in enumerate(words)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer.from_pretrained(folder, model_max_length=12)
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    ids = {"bos_token_id": len(words) - 2, "eos_token_id": len(words) - 1, "pad_token_id": len(words) - 1}
    config = CLIPConfig(
        text_config={**sizes, **ids, "vocab_size": len(words), "max_position_embeddings": 12},
        vision_config={**sizes, "image_size": 16, "patch_size": 8},
        projection_dim=8,
    )
    torch.manual_seed(3)
    CLIPModel(config).save_pretrained(folder)
    images = CLIPImageProcessor(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16})
    CLIPProcessor(images, tokenizer).save_pretrained(folder)
    return str(folder)


@pytest.fixture
def colours():
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (19, 24, 32, 3), dtype=torch.uint8, generator=generator)


def test_clip_similarity_is_the_mean_cosine_of_frames_and_prompt(clip_folder, colours):
    model, processor = load_clip(clip_folder)
    cosines = []
    for frame in colours:
        inputs = processor(text=["a bad cab"], images=frame.numpy(), return_tensors="pt")
        with torch.no_grad():
            image = model.visual_projection(model.vision_model(inputs["pixel_values"]).pooler_output)[0]
            text = model.text_projection(model.text_model(inputs["input_ids"]).pooler_output)[0]
        cosines.append(float(image @ text / image.norm() / text.norm()))
    assert clip_similarity(colours, "a bad cab", clip_folder) == pytest.approx(np.mean(cosines), abs=1e-5)
    assert np.ptp(cosines) > 1e-3


def test_clip_similarity_depends_on_frames_and_prompt_but_not_on_the_frames_order(clip_folder, colours):
    clip = load_clip(clip_folder)
    similarity = clip_similarity(colours, "a bad cab", clip)
    assert clip_similarity(colours.flip(0), "a bad cab", clip) == pytest.approx(similarity, abs=1e-5)
    assert abs(clip_similarity(colours, "fed", clip) - similarity) > 1e-4
    assert abs(clip_similarity(colours // 3, "a bad cab", clip) - similarity) > 1e-4


def test_a_prompt_longer_than_clip_reads_is_cut(clip_folder, colours):
    assert -1 <= clip_similarity(colours[:2], "a b c d e f g h " * 20, clip_folder) <= 1


def test_a_folder_without_a_clip_and_an_empty_prompt_are_errors(clip_folder, colours, tmp_path):
    with pytest.raises(ValueError, match="expected a CLIP model"):
        clip_similarity(colours, "a", str(tmp_path))
    with pytest.raises(ValueError, match="an empty one"):
        clip_similarity(colours, " ", clip_folder)


def test_the_command_adds_clip_similarity_to_rows_that_lack_it(clip_folder, tmp_path):
    clip = crossing(SMALL)
    wanted = Trajectories(clip.points_px, np.ones(clip.points_px.shape[:2], bool), SMALL)
    videos, tracks, prompts = (tmp_path / name for name in ("videos", "tracks", "prompts"))
    for folder in (videos, tracks, prompts):
        folder.mkdir()
    for stem in ("one", "two"):
        write_mp4(videos / f"{stem}.mp4", clip.video)
        (tracks / f"{stem}.json").write_text(coordinates_text(wanted))
    (prompts / "one.txt").write_text("a bad cab")
    arguments, results = [str(videos), str(tracks)], videos / "trajectory_errors.jsonl"
    evaluate(arguments)
    evaluate([*arguments, "--clip", clip_folder, "--prompts", str(prompts)])
    plain, also_plain, one, two = (json.loads(line) for line in results.read_text().splitlines())
    assert "clip_similarity" not in plain and "clip_similarity" not in also_plain
    expected = clip_similarity(read_video(videos / "one.mp4"), "a bad cab", clip_folder)
    assert one["clip_similarity"] == pytest.approx(expected, abs=1e-5)
    assert "two.txt" in two["error"] and two["traj_error_px"] == also_plain["traj_error_px"]
    (prompts / "two.txt").write_text("fed")
    before = results.read_text()
    evaluate([*arguments, "--clip", clip_folder, "--prompts", str(prompts)])
    (added,) = results.read_text().removeprefix(before).splitlines()
    assert json.loads(added)["error"] is None and json.loads(added)["clip_similarity"] != one["clip_similarity"]


def features(mean, deviations, videos=64):
    """Makes features with exactly this mean and this diagonal covariance."""
    columns = torch.linalg.qr(torch.randn(videos, len(mean) + 1, generator=torch.Generator().manual_seed(5)).double()).Q
    columns = torch.linalg.qr(torch.cat([torch.ones(videos, 1).double(), columns[:, 1:]], 1)).Q[:, 1:]
    return torch.tensor(mean).double() + columns * videos**0.5 * torch.tensor(deviations).double()


def test_the_frechet_distance_of_a_set_to_itself_is_zero():
    some = features([1.0, 2.0, 3.0], [1.0, 5.0, 2.0])
    assert frechet_video_distance(some, some.flip(0)) == pytest.approx(0, abs=1e-9)


def test_the_frechet_distance_of_diagonal_gaussians_is_their_closed_form():
    one, other = features([0.0, 1.0, 2.0], [1.0, 2.0, 3.0]), features([3.0, 1.0, -2.0], [2.0, 2.0, 0.5])
    by_hand = (9 + 0 + 16) + (1**2 + 0**2 + 2.5**2)
    assert frechet_video_distance(one, other) == pytest.approx(by_hand, rel=1e-9)
    assert frechet_video_distance(other, one) == pytest.approx(by_hand, rel=1e-9)


@pytest.mark.parametrize(("videos", "others"), [(40, 60), (5, 7)])
def test_the_frechet_distance_equals_the_one_with_matrix_roots(videos, others):
    from scipy.linalg import sqrtm

    random = np.random.default_rng(0)
    one, other = (random.normal(size=(n, 12)) @ random.normal(size=(12, 12)) + k for n, k in ((videos, 0), (others, 1)))
    c1, c2 = np.cov(one.T, bias=True), np.cov(other.T, bias=True)
    root = sqrtm(c1 + 1e-12 * np.eye(12)).real
    trace = np.trace(c1 + c2 - 2 * sqrtm(root @ c2 @ root + 1e-12 * np.eye(12)).real)
    expected = np.sum((one.mean(0) - other.mean(0)) ** 2) + trace
    got = frechet_video_distance(torch.from_numpy(one), torch.from_numpy(other))
    assert got == pytest.approx(expected, rel=1e-3) and got > 1


def test_features_without_a_gaussian_are_errors():
    some = torch.randn(4, 3)
    with pytest.raises(ValueError, match=r"real features.*\[1, 3\]"):
        frechet_video_distance(some[:1], some)
    with pytest.raises(ValueError, match="finite generated features"):
        frechet_video_distance(some, some / 0)
    with pytest.raises(ValueError, match="got 3 .real. and 2"):
        frechet_video_distance(some, some[:, :2])


def test_a_missing_cd_fvd_is_an_error_with_its_install_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "cdfvd", None)
    with pytest.raises(ValueError, match="pip install cd-fvd"):
        video_features([torch.zeros(9, 32, 32, 3, dtype=torch.uint8)])


def test_the_frechet_distance_equals_that_of_cd_fvd():
    library = pytest.importorskip("cdfvd.fvd", reason="cd-fvd is not installed")
    random = torch.Generator().manual_seed(0)
    one, other = (torch.randn(n, 20, generator=random) @ torch.randn(20, 20, generator=random) for n in (50, 40))
    stats = [library.FeatureStats(capture_mean_cov=True) for _ in range(2)]
    for stat, some in zip(stats, (one, other), strict=True):
        stat.append(some.numpy())
    expected = library.cdfvd.compute_fvd_from_stats(None, *stats)
    assert frechet_video_distance(one, other) == pytest.approx(expected, rel=1e-6) and expected > 1


def test_video_features_equal_those_of_cd_fvd(tmp_path):
    library = pytest.importorskip("cdfvd.fvd", reason="cd-fvd is not installed")
    from cdfvd.third_party.i3d.pytorch_i3d import InceptionI3d

    torch.manual_seed(0)
    model = InceptionI3d(400, in_channels=3)
    for weight in model.parameters():
        if weight.ndim == 5:  # with the default initialisation, every video gets the same features
            torch.nn.init.kaiming_normal_(weight)
    weights = tmp_path / "i3d.pt"
    torch.save(model.state_dict(), weights)
    videos = torch.randint(0, 256, (3, 9, 24, 32, 3), dtype=torch.uint8)
    own = library.cdfvd("i3d", ckpt_path=str(weights), compute_feats=True, device="cpu")
    own.add_real_stats(videos.numpy())
    expected = own.real_stats.get_all_torch()
    features_of = video_features(iter(videos), weights=weights)
    spread = expected.std(dim=0).mean()
    assert features_of.shape == (3, 400) and (features_of - expected).abs().max() < 1e-3 * spread
    with pytest.raises(ValueError, match="got 8 in video 1"):
        video_features([videos[0, :8]], weights=weights)
    with pytest.raises(ValueError, match="got none"):
        video_features([], weights=weights)


class MeanColours(torch.nn.Module):
    """Features that can be computed by hand: mean and spread of each channel."""

    num_features = 6

    def forward(self, pictures):
        values = pictures.double().flatten(2)
        return torch.cat([values.mean(-1), values.std(-1)], dim=1)


def test_fid_is_the_frechet_distance_of_the_features_of_all_frames():
    pytest.importorskip("torchmetrics")
    random = torch.Generator().manual_seed(0)
    sets = [
        [torch.randint(low, high, (5, 24, 32, 3), dtype=torch.uint8, generator=random) for _ in range(6)]
        for low, high in ((0, 256), (40, 200))
    ]
    network = MeanColours()
    ours = frechet_inception_distance(*sets, features=network)
    features = [network(torch.cat(videos).movedim(-1, 1)) for videos in sets]
    assert ours == pytest.approx(frechet_video_distance(*features), rel=0.05)  # torchmetrics divides by N - 1
    assert frechet_inception_distance(sets[0], sets[0], features=network) == pytest.approx(0, abs=1e-3)
