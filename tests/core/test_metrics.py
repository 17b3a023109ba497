"""TrajError, CLIPSIM and FVD are the numbers that their definitions give by hand."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest
import torch
from synthetic import Layer, path_of, render

from tora_core.evaluation.__main__ import main as evaluate
from tora_core.evaluation.metrics import (
    clip_similarity,
    frechet_video_distance,
    load_clip,
    video_features,
)
from tora_core.evaluation.trajectory_error import measure, trajectory_error
from tora_core.evaluation.videos import read_video, write_mp4
from tora_core.paths.trajectories import Size, Trajectories, coordinates_text

SIZE = Size(240, 160)
SMALL = Size(160, 112)


def still(points, size=SIZE, visible=None):
    points = np.array(points, dtype=float)  # [T, N, 2]
    return Trajectories(points, np.ones(points.shape[:2], bool) if visible is None else np.array(visible, bool), size)


def wavy(frames=9, paths=2):
    time = np.linspace(0, 1, frames)[:, None]
    start = np.array([[60.0, 50.0], [150.0, 100.0], [30.0, 120.0]])[:paths]
    return still(start + np.stack([40 * time, 25 * np.sin(4 * time)], -1))


def with_visible(trajectories, visible):
    return Trajectories(trajectories.points_px, visible, trajectories.canvas)


def test_paths_that_are_followed_exactly_have_no_error():
    error = trajectory_error(wavy(), wavy())
    assert (error.l1_px, error.euclidean_px, error.coverage, error.lost) == (0, 0, 1, ())


def test_the_error_is_the_mean_of_both_distances_by_hand():
    wanted = still([[[10, 10], [50, 50]], [[20, 10], [50, 50]]])
    tracked = still([[[10, 10], [50, 50]], [[23, 14], [50, 42]]])
    error = trajectory_error(wanted, tracked)
    assert (error.l1_px, error.euclidean_px) == ((0 + 0 + 7 + 8) / 4, (0 + 0 + 5 + 8) / 4)
    assert (error.path_l1_px, error.path_euclidean_px) == ((3.5, 4.0), (2.5, 4.0))
    assert (error.frame_l1_px, error.frame_euclidean_px) == ((0.0, 7.5), (0.0, 6.5))


def test_places_that_are_hidden_on_either_side_do_not_count():
    wanted, tracked = wavy(), wavy()
    tracked.points_px[2:5, 0] += 1000
    tracked.points_px[6, 1] += 1000
    aimed, seen = np.ones((9, 2), bool), np.ones((9, 2), bool)
    aimed[6, 1], seen[2:5, 0] = False, False
    error = trajectory_error(with_visible(wanted, aimed), with_visible(tracked, seen))
    assert error.l1_px == 0 and error.coverage == (18 - 1 - 3) / (18 - 1)


def test_every_path_and_every_frame_has_a_number_or_none():
    tracked = wavy(9, 3)
    tracked.points_px[:, 1] += (3, 4)
    seen = np.ones((9, 3), bool)
    seen[1:, 2] = False
    seen[5] = False
    error = trajectory_error(wavy(9, 3), with_visible(tracked, seen))
    assert error.path_l1_px[:2] == pytest.approx((0, 7)) and error.path_euclidean_px[:2] == pytest.approx((0, 5))
    assert error.path_l1_px[2] is error.path_euclidean_px[2] is None and error.lost == (2,)
    assert [value is None for value in error.frame_l1_px] == [frame == 5 for frame in range(9)]
    assert error.l1_px == pytest.approx(3.5)


def test_a_start_that_is_given_to_the_tracker_is_no_proof_of_following():
    seen = np.zeros((9, 2), bool)
    seen[0] = True
    error = trajectory_error(wavy(), with_visible(wavy(), seen))
    assert error.l1_px is None and error.lost == (0, 1) and error.coverage == 0


def test_nothing_tracked_is_said_without_a_nan():
    error = trajectory_error(wavy(), with_visible(wavy(), np.zeros((9, 2), bool)))
    assert "none of 2 paths could be tracked" in str(error)
    read = json.loads(json.dumps(error.to_json(), allow_nan=False))
    assert read["traj_error_px"] is None and read["lost"] == [0, 1] and read["frames"]["traj_error_px"] == [None] * 9


def test_hidden_places_may_hold_anything():
    wanted, seen = wavy(), np.ones((9, 2), bool)
    seen[3, 1] = False
    tracked = with_visible(wavy(), seen)
    tracked.points_px[3, 1] = np.nan
    assert trajectory_error(wanted, tracked).l1_px == 0


def test_the_error_states_its_resolution_and_survives_json():
    tracked = wavy()
    tracked.points_px[:] += (3, 4)
    error = trajectory_error(wavy(), tracked)
    assert str(error) == "TrajError 7.0 px at 240x160 (Euclidean 5.0 px), 100 % tracked"
    read = json.loads(json.dumps(error.to_json(), allow_nan=False))
    assert read["canvas"] == [240, 160] and read["traj_error_px"] == pytest.approx(7)
    assert read["paths"]["euclidean_px"] == pytest.approx([5, 5])


@pytest.mark.parametrize(
    ("tracked", "message"),
    [
        (wavy(7), "frames: 9 .*got 7.*once for each of the video's frames"),
        (wavy(9, 1), "paths: 2 .*got 1.*every wanted path"),
        (still(wavy().points_px, Size(480, 320)), "canvas of 240x160 .*got 480x320.*scale"),
    ],
)
def test_trajectories_that_do_not_belong_together_are_refused(tracked, message):
    with pytest.raises(ValueError, match=message):
        trajectory_error(wavy(), tracked)


def test_wanted_paths_that_are_never_visible_are_refused():
    with pytest.raises(ValueError, match="visible in some frame"):
        trajectory_error(with_visible(wavy(), np.zeros((9, 2), bool)), wavy())


@pytest.fixture(scope="module")
def clip():
    """A textured ellipse that crosses a textured ground, and its places."""
    ground = Layer(path_of(11), seed=1)
    mover = Layer(path_of(11, (50.0, 50.0), (5.0, 1.5)), seed=2, radii_px=(34, 30), points=((-8, 0), (9, 6)))
    return render([ground, mover], SMALL)


def test_a_clip_that_follows_its_paths_has_almost_no_error(clip):
    tracked, error = measure(clip.video, still(clip.points_px, SMALL))
    assert error.l1_px < 0.5 and error.coverage == 1 and tracked.visible.all()


def test_the_error_of_a_clip_that_stands_still_is_the_paths_mean_displacement(clip):
    video = clip.video[:1].expand(11, -1, -1, -1).contiguous()
    displacement_px = np.abs(clip.points_px - clip.points_px[0]).sum(-1)
    _, error = measure(video, still(clip.points_px, SMALL))
    assert error.coverage == 1 and displacement_px.mean() > 20
    assert error.path_l1_px == pytest.approx(displacement_px.mean(0), abs=0.05)
    assert error.l1_px == pytest.approx(displacement_px.mean(), abs=0.05)


def test_a_path_is_tracked_from_where_it_first_appears(clip):
    aimed = np.ones((11, 2), bool)
    aimed[:6, 1] = False
    wanted = still(clip.points_px, SMALL, aimed)
    wanted.points_px[:6, 1] = (0, 0)
    tracked, error = measure(clip.video, wanted)
    assert error.l1_px < 0.5 and error.coverage == 1
    assert np.abs(tracked.points_px[6:] - clip.points_px[6:]).max() < 0.5


def test_a_path_outside_of_the_frame_starts_where_it_comes_in(clip):
    wanted = still(clip.points_px, SMALL)
    wanted.points_px[:4, 0] = (-20, -20)
    _, error = measure(clip.video, wanted)
    assert error.path_l1_px[1] < 0.5 and error.lost == ()
    assert np.mean(error.frame_l1_px[4:]) < 0.5


def test_a_start_on_the_canvas_s_far_edge_is_taken(clip):
    wanted = still(np.tile([SMALL.width, 60.0], (11, 1, 1)), SMALL)
    assert measure(clip.video, wanted)[1].lost == ()


@pytest.mark.parametrize(
    ("shape", "message"),
    [((9, 80, 120), "9 frames of 240x160.*got 9 frames of 120x80"), ((7, 160, 240), "9 frames of.*got 7 frames")],
)
def test_a_video_of_another_size_or_length_is_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        measure(torch.zeros(*shape, 3, dtype=torch.uint8), wavy())


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory):
    """A tiny CLIP with random weights, as save_pretrained writes it."""
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


def test_clip_similarity_knows_the_frames_and_the_prompt_but_not_their_order(clip_folder, colours):
    clip = load_clip(clip_folder)
    similarity = clip_similarity(colours, "a bad cab", clip)
    assert clip_similarity(colours.flip(0), "a bad cab", clip) == pytest.approx(similarity, abs=1e-5)
    assert abs(clip_similarity(colours, "fed", clip) - similarity) > 1e-4
    assert abs(clip_similarity(colours // 3, "a bad cab", clip) - similarity) > 1e-4


def test_a_prompt_longer_than_clip_reads_is_cut(clip_folder, colours):
    assert -1 <= clip_similarity(colours[:2], "a b c d e f g h " * 20, clip_folder) <= 1


def test_a_folder_without_a_clip_and_an_empty_prompt_are_refused(clip_folder, colours, tmp_path):
    with pytest.raises(ValueError, match="expected a CLIP model"):
        clip_similarity(colours, "a", str(tmp_path))
    with pytest.raises(ValueError, match="an empty one"):
        clip_similarity(colours, " ", clip_folder)


def test_the_command_adds_clip_similarity_to_rows_that_lack_it(clip_folder, clip, tmp_path):
    videos, tracks, prompts = (tmp_path / name for name in ("videos", "tracks", "prompts"))
    for folder in (videos, tracks, prompts):
        folder.mkdir()
    for stem in ("one", "two"):
        write_mp4(videos / f"{stem}.mp4", clip.video)
        (tracks / f"{stem}.json").write_text(coordinates_text(still(clip.points_px, SMALL)))
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
    """Features whose mean and diagonal covariance are exactly these."""
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


def test_features_that_make_no_gaussian_are_refused():
    some = torch.randn(4, 3)
    with pytest.raises(ValueError, match=r"real features.*\[1, 3\]"):
        frechet_video_distance(some[:1], some)
    with pytest.raises(ValueError, match="finite generated features"):
        frechet_video_distance(some, some / 0)
    with pytest.raises(ValueError, match="got 3 .real. and 2"):
        frechet_video_distance(some, some[:, :2])


def test_a_missing_cd_fvd_is_said_with_its_install_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "cdfvd", None)
    with pytest.raises(ValueError, match="pip install cd-fvd"):
        video_features([torch.zeros(9, 32, 32, 3, dtype=torch.uint8)])


def test_the_frechet_distance_equals_cd_fvd_s_own():
    library = pytest.importorskip("cdfvd.fvd", reason="cd-fvd is not installed")
    random = torch.Generator().manual_seed(0)
    one, other = (torch.randn(n, 20, generator=random) @ torch.randn(20, 20, generator=random) for n in (50, 40))
    stats = [library.FeatureStats(capture_mean_cov=True) for _ in range(2)]
    for kept, some in zip(stats, (one, other), strict=True):
        kept.append(some.numpy())
    expected = library.cdfvd.compute_fvd_from_stats(None, *stats)
    assert frechet_video_distance(one, other) == pytest.approx(expected, rel=1e-6) and expected > 1


def test_video_features_are_cd_fvd_s_own(tmp_path):
    library = pytest.importorskip("cdfvd.fvd", reason="cd-fvd is not installed")
    from cdfvd.third_party.i3d.pytorch_i3d import InceptionI3d

    torch.manual_seed(0)
    model = InceptionI3d(400, in_channels=3)
    for weight in model.parameters():
        if weight.ndim == 5:  # as they are born, random weights give every video the same features
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
