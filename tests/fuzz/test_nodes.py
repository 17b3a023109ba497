"""Any inputs give an output or one sentence. ``make fuzz`` tries 5,000 calls, ``make test`` a few."""

from __future__ import annotations

import asyncio
import math
import os
import random
import time

import pytest
import torch
from comfyui import COMFYUI
from fuzz.test_texts import is_sentence
from fuzz.texts import DRAWING, make_texts

pytestmark = pytest.mark.skipif(COMFYUI is None, reason="no ComfyUI")

COUNT = int(os.environ.get("TORA_FUZZ_CALLS", "300"))
SEED = int(os.environ.get("TORA_FUZZ_SEED", "15"))
SLOWEST_S = 2.0
LOADERS = {"ToraLoadModel", "ToraLoadCogVideoX", "ToraLoadLora", "ToraApply", "ToraDynamicCFGGuider", "ToraLoadToy"}
"""Nodes that need a model. Their files and numbers have tests of their own."""
SHAPES = ((9, 32, 48, 3), (9, 32, 48, 3), (9, 32, 48, 3), (1, 32, 48, 3), (2, 16, 16, 1), (3, 32, 48, 4), (0, 8, 8, 3))
NUMBERS = (math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-300, 1e300)


class Inputs:
    """Makes inputs of a node: valid ones most of the time, corners sometimes."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.texts = make_texts(seed, 10**9)

    def of(self, node):
        found = {}
        for each in node.define_schema().inputs:
            if each.optional and self.chance.random() < 0.4:
                continue
            found[each.id] = self.value(each)
        return found

    def value(self, each):
        name, kind = each.id, each.get_io_type()
        if name in ("width", "height", "length", "frames", "batch_size"):
            sizes = (0, 16, 32, 48, 64) if name in ("width", "height") else (1, 2, 5, 9, 9, 13)
            return max(each.min, self.chance.choice(sizes))  # ComfyUI keeps whole numbers in their range
        make = getattr(self, kind.lower(), None)
        assert make is not None, f"no inputs of type {kind} for {name}"
        return make(each)

    def int(self, each):
        low, high = each.min, min(each.max, each.min + 64)
        return self.chance.choice((low, high, each.default, self.chance.randint(low, high)))

    def float(self, each):
        if self.chance.random() < 0.03:
            number = self.chance.choice(NUMBERS)  # ComfyUI keeps finite numbers in their range
            return min(each.max, max(each.min, number)) if math.isfinite(number) else number
        return self.chance.choice((each.min, each.max, each.default, self.chance.uniform(each.min, each.max)))

    def boolean(self, each):
        return self.chance.random() < 0.5

    def string(self, each):
        if each.id == "trajectory":
            return self.chance.choice(("", DRAWING, next(self.texts)))
        return self.chance.choice((each.default or "", next(self.texts)))

    def combo(self, each):
        return self.chance.choice(each.options)

    def image(self, each):
        shape = self.chance.choice(SHAPES)
        image = torch.rand(shape, generator=torch.Generator().manual_seed(self.chance.randrange(99)))
        if self.chance.random() < 0.1:
            image[..., :1] = math.nan
        return image

    def mask(self, each):
        mask = torch.zeros(self.chance.choice(((1, 32, 48), (9, 32, 48), (32, 48), (9, 1, 32, 48), (0, 4, 4))))
        mask[..., 8:20, 10:30] = self.chance.choice((0.0, 1.0, 1.0, math.nan))
        return mask

    def comfy_autogrow_v3(self, each):
        return {f"tracks{index}": self.tracks(each) for index in range(self.chance.randrange(0, 4))}

    def tracks(self, each):
        chance = self.chance
        frames, count = chance.choice((1, 2, 9, 9, 9, 13)), chance.choice((0, 1, 1, 3, 12))
        generator = torch.Generator().manual_seed(chance.randrange(99))
        points = torch.rand(frames, count, 2, generator=generator) * torch.tensor([48.0, 32.0])
        visible = torch.rand(frames, count, generator=generator) > 0.1
        corner = chance.random()
        if corner < 0.1 and points.numel():
            points[chance.randrange(frames)] = chance.choice((math.nan, math.inf, 1e30, -100.0))
        tracks = {"track_path": points, "track_visibility": visible, "canvas": (48, 32)}
        if corner > 0.9:
            tracks["canvas"] = chance.choice((None, (0, 0), (10**6, 10**6), "x", (48, math.nan), [48, 32], (48,)))
        if 0.8 < corner < 0.9:
            tracks["track_path"] = chance.choice(
                (points.tolist(), points.numpy(), points[None], points[..., :1], points.requires_grad_(), None, "x", {})
            )
        if 0.75 < corner < 0.8:
            tracks["track_visibility"] = chance.choice((None, visible[:, :1], visible.float(), visible.T, "x", 3))
        if 0.72 < corner < 0.75:
            return chance.choice((None, {}, [], points, "tracks"))
        return tracks


class ToyInputs(Inputs):
    """Inputs that come from a loaded model: the toy's."""

    def __init__(self, seed, toy):
        super().__init__(seed)
        self.model, self.loaded_vae, self.adapter = toy

    def vae(self, each):
        return self.loaded_vae

    def tora_model(self, each):
        return self.chance.choice((self.adapter, self.adapter, None))

    def conditioning(self, each):
        return [[torch.zeros(1, 4, 32), {}]]

    def optical_flow(self, each):
        return None


def check_output(node, output):
    """Whether every tensor of an output is finite."""
    for value in output.result or ():
        tensors = value.values() if isinstance(value, dict) else [value]
        for tensor in tensors:
            if isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
                assert tensor.isfinite().all(), node.__name__


def test_any_inputs_give_an_output_or_a_sentence(pack, record_figures):
    toy = pack.part("nodes.host.toy").load_toy()
    inputs = ToyInputs(SEED, toy)
    nodes = [node for node in asyncio.run(pack.extension.get_node_list()) if node.__name__ not in LOADERS]
    ran = refused = 0
    slowest, worst = 0.0, ""
    for _ in range(COUNT):
        node = inputs.chance.choice(nodes)
        given = inputs.of(node)
        start = time.perf_counter()
        try:
            output = node.execute(**given)
        except ValueError as error:
            assert is_sentence(error) or "the TRACKS are for" in str(error), (node.__name__, given, error)
            refused += 1
        else:
            check_output(node, output)
            ran += 1
        took = time.perf_counter() - start
        if took > slowest:
            slowest, worst = took, f"{node.__name__} {given}"
    record_figures("nodes", tried=COUNT, ran=ran, refused=refused, slowest_s=round(slowest, 2), slowest=worst[:60])
    assert slowest < SLOWEST_S, worst[:400]
    assert ran > COUNT / 5 and refused
