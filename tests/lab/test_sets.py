"""Published sets in their own layouts go through generate and evaluate, end to end, with the toy."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from tora_core.video import Size
from tora_lab.evaluate.__main__ import RESULTS
from tora_lab.evaluate.__main__ import main as evaluate
from tora_lab.generate.__main__ import main as generate
from tora_lab.generate.sets import MC_BENCH_FRAMES, SETS, main
from tora_lab.toy.world import random_scene, render

SIZE = Size(832, 480)
SCENES = [random_scene(seed) for seed in range(2)]


def save_picture(path, picture):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)


def frame(scene, size=SIZE):
    return np.asarray(Image.fromarray(render(scene)[0].numpy()).resize(size))


def points_of(scene, size=SIZE):
    """The sprites' paths ``[T, N, 2]`` in pixels of a picture of ``size``."""
    return np.stack([sprite.path_px for sprite in scene.sprites], axis=1) * np.array(size) / np.array([96, 64])


def movebench(root):
    """``en/single_track.txt``, 81 frames of 832x480, paths ``[1, T, N, 2]`` with their visibility."""
    lines = []
    for number, scene in enumerate(SCENES):
        save_picture(root / "en" / "first_frame" / f"clip{number}.jpg", frame(scene))
        points = points_of(scene)
        times = np.linspace(0, len(points) - 1, 81)
        long = np.stack([np.stack([np.interp(times, range(len(points)), points[:, n, a]) for a in (0, 1)], -1)
                         for n in range(points.shape[1])], axis=1)  # fmt: skip
        folder = root / "en" / "track" / "single"
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / f"clip{number}_tracks.npy", long[None].astype(np.float32))
        np.save(folder / f"clip{number}_visibility.npy", np.ones((1, 81, long.shape[1]), dtype=bool))
        lines.append(f"clip{number}.mp4,{scene.prompt}")
    (root / "en" / "single_track.txt").write_text("# name, caption\n" + "\n".join(lines) + "\n")
    return root / "en"


def mc_bench(root):
    for number, scene in enumerate(SCENES):
        place = root / "Fine_grained_control" / f"{number:03d}"
        save_picture(place / "first_frame.png", frame(scene))
        save_picture(place / "first_frame_mask.png", frame(scene) * 0)
        points = points_of(scene)[[0, 4, 8]]
        (place / "meta_data.json").write_text(json.dumps({"traj_key_points": points.swapaxes(0, 1).tolist()}))
    return root


def magicdata(root):
    for number, scene in enumerate(SCENES):
        place = root / f"clip{number}"
        y, x = np.mgrid[: SIZE.height, : SIZE.width]
        for index, points in enumerate(points_of(scene)):
            save_picture(place / f"{index:04d}.png", frame(scene))
            mask = np.zeros((SIZE.height, SIZE.width), dtype=np.uint8)
            for level, (px, py) in enumerate(points, 1):
                mask[(x - px) ** 2 + (y - py) ** 2 < 40**2] = 40 * level
            save_picture(place / "masks" / f"{index:04d}.png", mask)
        (place / "caption.txt").write_text(scene.prompt)
    return root


MAKERS = {"movebench": movebench, "mc-bench": mc_bench, "magicdata": magicdata}


def make(kind, tmp_path):
    options = ["--size", "96x64", "--frames", "9", "--no-image", "--set", "steps=2", "--set", "guidance=2"]
    if kind == "mc-bench":
        options += ["--set", "prompt=red disc on sand"]
    main([kind, str(MAKERS[kind](tmp_path / kind)), "--out", str(tmp_path / "jobs"), *options])
    return tmp_path / "jobs" / "jobs.jsonl"


@pytest.mark.parametrize("kind", MAKERS)
def test_a_set_goes_through_generate_and_evaluate(kind, tmp_path):
    out = tmp_path / "out"
    generate([str(make(kind, tmp_path)), "--out", str(out)])
    evaluate([str(out / "videos"), str(out / "tracks")])
    rows = [json.loads(line) for line in (out / "videos" / RESULTS).read_text().splitlines()]
    assert len(rows) == len(SCENES) and not any(row["error"] for row in rows)
    assert all(row["canvas"] == [96, 64] and row["frames"] == 9 for row in rows)


@pytest.mark.parametrize("kind", MAKERS)
def test_the_first_and_last_points_of_a_set_are_kept_in_the_model_s_size(kind, tmp_path):
    """832x480 is scaled to the height of 96x64 and cropped in the middle, as the first frame is."""
    jobs = make(kind, tmp_path)
    for scene, line in zip(SCENES, jobs.read_text().splitlines(), strict=True):
        tracks = json.loads((jobs.parent / json.loads(line)["tracks"]).read_text())
        found = np.array(tracks["track_path"])
        scale = 64 / SIZE.height
        wanted = points_of(scene) * scale - np.array([(SIZE.width * scale - 96) / 2, 0])
        np.testing.assert_allclose(found[0], wanted[0], atol=1.0)
        np.testing.assert_allclose(found[-1], wanted[-1], atol=1.0)


def test_mc_bench_has_16_frames_and_a_single_point_moves_by_a_pixel(tmp_path):
    root = mc_bench(tmp_path)
    meta = sorted(root.glob("*/*/meta_data.json"))[0]
    meta.write_text(json.dumps({"traj_key_points": [[[100, 50]], [[10, 10], [20, 40], [60, 50]]]}))
    item = next(SETS["mc-bench"](root, ""))
    assert item.paths.points_px.shape == (MC_BENCH_FRAMES, 2, 2)
    assert item.paths.points_px[[0, -1], 0].tolist() == [[100, 50], [101, 51]]


def test_hidden_points_of_movebench_stay_hidden(tmp_path):
    root = movebench(tmp_path)
    visible = np.ones((1, 81, np.load(root / "track/single/clip0_tracks.npy").shape[2]), dtype=bool)
    visible[0, 40:] = False
    np.save(root / "track/single/clip0_visibility.npy", visible)
    item = next(SETS["movebench"](root, "single"))
    assert item.paths.visible[:40].all() and not item.paths.visible[40:].any()


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        ("movebench", lambda root: (root / "single_track.txt").write_text("clip0.mp4 no comma")),
        ("movebench", lambda root: (root / "track/single/clip0_tracks.npy").write_bytes(b"x")),
        ("movebench", lambda root: (root / "first_frame/clip0.jpg").unlink()),
        ("mc-bench", lambda root: sorted(root.glob("*/*/meta_data.json"))[0].write_text("{}")),
        ("magicdata", lambda root: [path.unlink() for path in (root / "clip0" / "masks").iterdir()]),
    ],
)
def test_a_damaged_set_is_one_sentence(kind, spoil, tmp_path, capsys):
    root = MAKERS[kind](tmp_path / "set")
    spoil(root)
    with pytest.raises(SystemExit):
        main([kind, str(root), "--out", str(tmp_path / "jobs")])
    assert "expected" in capsys.readouterr().err
