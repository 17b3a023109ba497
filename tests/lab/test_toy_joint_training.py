"""Joint training of the toy: new blocks change nothing at first, and an interrupted run ends with the same bits."""

from __future__ import annotations

import pytest
import torch

from tora_core.checkpoints.layouts import load_adapter, open_checkpoint
from tora_core.toy.models import TRANSFORMER_FILE
from tora_lab.toy import joint_training
from tora_lab.toy.joint_training import JointClips, Steered, add_blocks, add_fusers, train_jointly
from tora_lab.transformer import load_transformer, predict_velocity

GRID = 16, 3, 8, 12


@pytest.fixture(scope="module")
def shipped():
    checkpoint = open_checkpoint(TRANSFORMER_FILE)
    return load_transformer(checkpoint), load_adapter(checkpoint, torch.float32)


@pytest.fixture
def inputs(shipped):
    random = torch.Generator().manual_seed(0)
    noisy, motion = (torch.randn((2, *GRID), generator=random) for _ in range(2))
    context = torch.randn((2, 4, shipped[0].config.text_embed_dim), generator=random)
    return noisy, context, torch.tensor([999, 300]), motion


@pytest.fixture
def clips(shipped):
    random = torch.Generator().manual_seed(1)
    latents, motions = (torch.randn((5, *shape), generator=random) for shape in (GRID, (2, *GRID)))
    contexts = torch.randn((5, 4, shipped[0].config.text_embed_dim), generator=random)
    return JointClips(latents, contexts, motions, torch.ones(5, 1, *GRID[1:]), torch.zeros_like(contexts[0]))


def grow(shipped, blocks):
    transformer, adapter = shipped
    return Steered(add_blocks(transformer, blocks), add_fusers(adapter, blocks, None, 0))


def test_new_blocks_and_fusers_change_nothing(shipped, inputs):
    blocks = len(shipped[0].transformer_blocks)
    with torch.no_grad():
        before, after = (grow(shipped, count)(*inputs, torch.ones(2)) for count in (blocks, blocks + 2))
    torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-5)


def test_a_clip_without_its_motion_equals_the_base_alone_and_another_clip_does_not(shipped, inputs):
    model = grow(shipped, len(shipped[0].transformer_blocks))
    with torch.no_grad():
        mixed = model(*inputs, torch.tensor([0.0, 1.0]))
        plain = predict_velocity(shipped[0], *inputs[:3])
    torch.testing.assert_close(mixed[0], plain[0], rtol=1e-5, atol=1e-5)
    assert float((mixed[1] - plain[1]).abs().max()) > 0.01


def test_an_interrupted_training_ends_with_the_same_bits(shipped, clips, tmp_path, monkeypatch):
    monkeypatch.setattr(joint_training, "BATCH", 4)
    monkeypatch.setattr(joint_training, "_SAVE_EVERY", 2)
    blocks = len(shipped[0].transformer_blocks)

    def stop_at_3(step, loss):
        if step == 3:
            raise KeyboardInterrupt

    whole = grow(shipped, blocks)
    log = train_jointly(whole, clips, 5, 0, tmp_path / "whole.pt")
    with pytest.raises(KeyboardInterrupt):
        train_jointly(grow(shipped, blocks), clips, 5, 0, tmp_path / "parts.pt", stop_at_3)
    resumed = grow(shipped, blocks)
    assert train_jointly(resumed, clips, 5, 0, tmp_path / "parts.pt") == log
    first = grow(shipped, blocks).state_dict()
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, resumed.state_dict()[name]), name
    assert any(not torch.equal(weight, first[name]) for name, weight in whole.state_dict().items())
