"""Tests that overlays draw paths at the right place, in every style."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tora_core.evaluation.overlay import COLOURS, Style, draw_frame, draw_on, draw_trajectories, load_font, path_colour
from tora_core.paths.trajectories import Trajectories
from tora_core.video import Size


@pytest.fixture
def trajectories():
    points = np.stack([np.linspace(20, 100, 5), np.full(5, 30.0)], -1)[:, None]
    return Trajectories(points, np.ones((5, 1), bool), Size(128, 64))


def test_the_dot_is_where_the_path_is_at_each_frame(trajectories):
    drawn = draw_trajectories(torch.full((5, 64, 128, 3), 255, dtype=torch.uint8), trajectories)
    for frame, (x, y) in enumerate(trajectories.points_px[:, 0].astype(int)):
        assert (drawn[frame, y, x].int() - torch.tensor(COLOURS[0])).abs().max() < 12
    assert (drawn[:, 50:] == 255).all()


def test_a_video_of_another_size_is_an_error(trajectories):
    with pytest.raises(ValueError, match="5 frames of 128x64.*got 5 frames of 64x64"):
        draw_trajectories(torch.zeros(5, 64, 64, 3, dtype=torch.uint8), trajectories)


def white(frames, width=128, height=64):
    return torch.full((frames, height, width, 3), 255, dtype=torch.uint8)


def drawn_before_there_were_styles(picture, trajectories, index):
    """Draws a frame like the first release of ``draw_frame``."""
    from PIL import Image, ImageDraw

    def line(points, colour, width):
        if len(points) > 1:
            draw.line([tuple(point) for point in points], fill=colour, width=round(width), joint="curve")

    height, width, _ = picture.shape
    points, unit = trajectories.points_px * 2, max(1.0, min(height, width) / 240) * 2
    canvas = Image.fromarray(picture.numpy()).resize((width * 2, height * 2))
    layer = Image.new("RGBA", canvas.size)
    draw = ImageDraw.Draw(layer)
    for path in range(points.shape[1]):
        colour = COLOURS[path % len(COLOURS)]
        so_far = points[: index + 1][trajectories.visible[: index + 1, path], path]
        line(points[trajectories.visible[:, path], path], (*colour, 90), unit)
        line(so_far, (255, 255, 255, 220), 3.5 * unit)
        line(so_far, (*colour, 255), 2 * unit)
        if trajectories.visible[index, path]:
            x, y = points[index, path]
            for radius, fill in ((4.5 * unit, (255, 255, 255, 255)), (3.5 * unit, (*colour, 255))):
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)
    canvas.paste(layer, mask=layer)
    return torch.from_numpy(np.asarray(canvas.resize((width, height), Image.Resampling.LANCZOS)).copy())


def random_paths(size, frames=5):
    random = np.random.default_rng(0)
    points = random.uniform(-5, max(size) + 5, (frames, len(COLOURS), 2))
    return Trajectories(points, random.random((frames, len(COLOURS))) > 0.3, size)


@pytest.mark.parametrize("level", [255, 100])
@pytest.mark.parametrize("size", [Size(96, 64), Size(480, 320)])
def test_on_a_plain_ground_the_default_style_looks_like_the_first_release(size, level):
    """The first release clipped the overshoot of its filter after the paths were laid over the ground, not before."""
    trajectories = random_paths(size)
    ground = torch.full((5, size.height, size.width, 3), level, dtype=torch.uint8)
    drawn = draw_trajectories(ground, trajectories)
    for index in range(5):
        difference = (drawn[index].int() - drawn_before_there_were_styles(ground[index], trajectories, index)).abs()
        touched = (drawn[index] != level).any(-1)
        assert touched.sum() > 500 and difference[touched].float().mean() < 4 and difference.max() < 64


STYLES = [Style(), Style(tail=2), Style(arrows=True, hidden=True, width=2), Style(numbers=True, label="With Tora")]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", [Size(96, 64), Size(480, 320)])
def test_a_video_equals_its_frames_drawn_one_by_one_byte_for_byte(size, style):
    trajectories = random_paths(size)
    video = torch.randint(0, 256, (5, size.height, size.width, 3), dtype=torch.uint8)
    drawn = draw_trajectories(video, trajectories, style)
    for index in range(5):
        assert torch.equal(drawn[index], draw_frame(video[index], trajectories, index, style))


def checkerboard(width, height):
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return ((x + y) % 2 * 255).to(torch.uint8)[..., None].repeat(1, 1, 3)


def test_a_picture_without_a_visible_path_stays_as_it_is():
    nothing = Trajectories(np.full((2, 3, 2), 30.0), np.zeros((2, 3), bool), Size(128, 64))
    picture = checkerboard(128, 64)
    assert torch.equal(draw_frame(picture, nothing, 0), picture)
    assert torch.equal(draw_on(picture, nothing), picture.expand(2, -1, -1, -1))


@pytest.mark.parametrize("style", [Style(), Style(tail=1, arrows=True, width=1.5)])
def test_pixels_away_from_the_path_keep_their_value(trajectories, style):
    """The path is at y = 30. Its widest part, the arrow head, reaches 6.5 px times the width, and the filter 3 px."""
    picture = checkerboard(128, 64)
    drawn = draw_on(picture, trajectories, style)
    away = [row for row in range(64) if abs(row - 30) > 7 * style.width + 4]
    assert torch.equal(drawn[:, away], picture[away].expand(5, -1, -1, -1))
    assert all((frame != picture).any() for frame in drawn)


def test_the_input_video_is_not_changed(trajectories):
    video = white(5)
    draw_on(video, trajectories)
    assert (video == 255).all()


@pytest.mark.parametrize("tail", [None, 3])
def test_a_later_path_lies_above_an_earlier_one_in_every_frame(tail):
    """Two paths cross at (64, 32). The second one reaches the place first, the first one later."""
    one = np.stack([np.array([4, 24, 44, 64, 104.0]), np.full(5, 32.0)], -1)
    other = np.stack([np.full(5, 64.0), np.array([12, 32, 46, 54, 60.0])], -1)
    paths = Trajectories(np.stack([one, other], 1), np.ones((5, 2), bool), Size(128, 64))
    drawn = draw_on(white(5), paths, Style(tail=tail, dots=False, ahead=False, width=3))
    for frame in (3, 4):
        assert (drawn[frame, 32, 64].int() - torch.tensor(COLOURS[1])).abs().max() < 12


def marked(picture):
    """Returns the columns and rows that are not white."""
    rows, columns = torch.nonzero((picture != 255).any(-1), as_tuple=True)
    return set(columns.tolist()), set(rows.tolist())


def test_a_tail_has_the_requested_number_of_frames(trajectories):
    """The points are 20 px apart, from x = 20 to 100."""
    for tail, left in ((0, 80), (1, 60), (2, 40), (9, 20)):
        columns, _ = marked(
            draw_frame(white(1)[0], trajectories, 3, Style(tail=tail, dots=False, ahead=False)) // 8 * 8 + 7
        )
        assert abs(min(columns, default=80) - left) <= 3 and max(columns, default=80) <= 83


def test_future_frames_can_be_turned_off(trajectories):
    ahead, without = (draw_frame(white(1)[0], trajectories, 1, Style(ahead=ahead)) for ahead in (True, False))
    assert max(marked(ahead)[0]) > 95 and max(marked(without)[0]) < 50
    assert torch.equal(ahead[:, :34], without[:, :34])


def test_dots_can_be_turned_off_without_other_changes(trajectories):
    with_dots, without = (draw_frame(white(1)[0], trajectories, 2, Style(dots=dots)) for dots in (True, False))
    columns, rows = marked(255 - (with_dots.int() - without.int()).abs())
    assert columns <= set(range(52, 69)) and rows <= set(range(22, 39)) and columns


@pytest.mark.parametrize(("index", "columns"), [(0, range(20, 40)), (4, range(100, 120))])
def test_an_arrow_points_in_the_direction_of_motion(trajectories, index, columns):
    plain, arrow = (draw_frame(white(1)[0], trajectories, index, Style(arrows=arrows)) for arrows in (False, True))
    changed, rows = marked(255 - (plain.int() - arrow.int()).abs())
    assert changed <= set(columns) and max(changed) >= columns[0] + 12 and max(rows) - min(rows) >= 8


def test_an_arrow_follows_a_turn():
    corner = Trajectories(np.array([[[20.0, 30]], [[60, 30]], [[60, 55]]]), np.ones((3, 1), bool), Size(128, 64))
    style, with_arrow = Style(ahead=False), Style(ahead=False, arrows=True)
    along, down = (
        marked(
            255
            - (draw_frame(white(1)[0], corner, i, style).int() - draw_frame(white(1)[0], corner, i, with_arrow)).abs()
        )
        for i in (0, 1)
    )
    assert max(along[0]) >= 31 and max(along[1]) <= 40
    assert max(down[0]) <= 70 and max(down[1]) >= 41


def test_a_path_that_never_moves_has_no_arrow():
    still = Trajectories(np.full((3, 1, 2), 30.0), np.ones((3, 1), bool), Size(128, 64))
    assert torch.equal(draw_on(white(3), still, Style(arrows=True)), draw_on(white(3), still))


def test_frame_numbers_are_drawn_only_in_the_corner(trajectories):
    plain, numbered = (draw_on(white(5), trajectories, Style(numbers=numbers)) for numbers in (False, True))
    changed = (plain != numbered).any(-1)
    assert changed.flatten(1).any(1).all() and not changed[:, 26:].any() and not changed[:, :, 20:].any()
    corners = numbered[:, :26, :20]
    assert all(not torch.equal(corners[a], corners[b]) for a in range(5) for b in range(a))


def test_an_invisible_point_is_a_faint_ring_only_on_request(trajectories):
    visible = np.ones((5, 1), bool)
    visible[2] = False
    hidden = Trajectories(trajectories.points_px, visible, trajectories.canvas)
    plain, ringed = (draw_frame(white(1)[0], hidden, 2, Style(ahead=False, hidden=ring)) for ring in (False, True))
    assert max(marked(plain)[0]) < 45
    columns, rows = marked(255 - (plain.int() - ringed.int()).abs())
    assert columns <= set(range(52, 69)) and rows <= set(range(22, 39))
    assert (ringed[30, 60] == 255).all() and not (ringed[30, 64] == 255).all()
    nowhere = Trajectories(np.where(visible[..., None], hidden.points_px, np.nan), visible, hidden.canvas)
    assert torch.equal(draw_frame(white(1)[0], nowhere, 2, Style(ahead=False, hidden=True)), plain)


def test_width_scales_lines_and_dots(trajectories):
    thin, thick = (
        marked(draw_frame(white(1)[0], trajectories, 2, Style(width=width, ahead=False)))[1] for width in (1, 3)
    )
    assert len(thick) >= 2 * len(thin)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tail": -1}, "tail of at least 0 frames, got -1"),
        ({"width": 0}, "width above 0, got 0"),
        ({"width": np.nan}, "nan"),
    ],
)
def test_a_style_with_a_wrong_value_is_an_error(options, message):
    with pytest.raises(ValueError, match=message):
        Style(**options)


def test_one_picture_is_repeated_for_all_frames(trajectories):
    picture = torch.randint(0, 256, (64, 128, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    expected = draw_trajectories(picture.repeat(5, 1, 1, 1), trajectories)
    assert torch.equal(draw_on(picture, trajectories), expected)
    assert torch.equal(draw_on(picture[None], trajectories), expected)
    style = Style(tail=1, numbers=True)
    video = picture.repeat(5, 1, 1, 1)
    assert torch.equal(draw_on(video, trajectories, style), draw_trajectories(video, trajectories, style))


@pytest.mark.parametrize(
    ("video", "message"),
    [
        (white(4), "5 frames of 128x64.*got 4 frames"),
        (white(1, 64, 64), "5 frames of 128x64.*got 5 frames of 64x64"),
        (white(5).float(), r"uint8 on the CPU, got \(5, 64, 128, 3\) of float32"),
        (white(5)[..., :1], "got .5, 64, 128, 1."),
    ],
)
def test_a_picture_of_a_wrong_shape_is_an_error(trajectories, video, message):
    with pytest.raises(ValueError, match=message):
        draw_on(video, trajectories)


def test_the_first_colours_are_fixed_and_24_colours_differ():
    assert tuple(path_colour(path) for path in range(len(COLOURS))) == COLOURS
    colours = np.array([path_colour(path) for path in range(24)], dtype=float)
    apart = np.linalg.norm(colours[:, None] - colours[None], axis=-1) + 1000 * np.eye(24)
    assert apart.min() > 30


def test_text_is_drawn_without_freetype(monkeypatch, trajectories):
    from PIL import ImageFont

    bitmap = ImageFont.load_default_imagefont()

    def without_freetype(size=None):
        if size is not None:
            raise ImportError("The _imagingft C module is not installed")
        return bitmap

    assert load_font(40).getlength("48") > 1.5 * load_font(20).getlength("48")
    monkeypatch.setattr(ImageFont, "load_default", without_freetype)
    plain, numbered = (draw_on(white(5), trajectories, Style(numbers=numbers)) for numbers in (False, True))
    assert (plain != numbered).any()


def test_a_label_stands_in_the_bottom_left_corner_and_changes_nothing_else(trajectories):
    plain, labelled = (draw_frame(white(1)[0], trajectories, 0, Style(label=label)) for label in ("", "With Tora"))
    changed = (plain != labelled).any(dim=-1)
    rows, columns = changed.nonzero(as_tuple=True)
    assert changed.any() and rows.min() > changed.shape[0] / 2 and columns.min() == 0
