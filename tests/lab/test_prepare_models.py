"""Aesthetic scores and captions from models that the user names."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from raw_videos import SMALL, one

from tora_lab.evaluate.metrics import ClipModel
from tora_lab.prepare import models


@pytest.fixture(scope="module")
def captioner(tmp_path_factory):
    """Folder of a tiny BLIP with random weights, written by save_pretrained."""
    from transformers import (
        BertTokenizerFast,
        BlipConfig,
        BlipForConditionalGeneration,
        BlipImageProcessor,
        BlipProcessor,
    )

    folder = tmp_path_factory.mktemp("blip")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"abcdefgh"]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
    ids = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3}
    text = {**sizes, **ids, "vocab_size": len(vocabulary), "encoder_hidden_size": 16, "max_position_embeddings": 32}
    torch.manual_seed(0)
    config = BlipConfig(text_config=text, vision_config={**sizes, "image_size": 16, "patch_size": 8}, projection_dim=8)
    BlipForConditionalGeneration(config).save_pretrained(folder)
    images = BlipImageProcessor(size={"height": 16, "width": 16})
    BlipProcessor(images, BertTokenizerFast.from_pretrained(folder)).save_pretrained(folder)
    return str(folder)


@pytest.fixture
def clip_model(monkeypatch):
    """Replaces the loaded CLIP by a tiny one with random weights."""
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
    torch.manual_seed(3)
    vision = {**sizes, "image_size": 16, "patch_size": 8}
    model = CLIPModel(CLIPConfig(text_config={**sizes, "vocab_size": 9}, vision_config=vision, projection_dim=5)).eval()
    images = CLIPImageProcessor(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16})
    monkeypatch.setattr(
        models, "load_clip", lambda name, device: ClipModel(model, SimpleNamespace(image_processor=images))
    )
    return model, images


def test_an_aesthetic_score_is_the_head_applied_to_unit_embeddings(clip_model, tmp_path):
    model, images = clip_model
    weights = [torch.randn(3, 5), torch.randn(3), torch.randn(1, 3), torch.randn(1)]
    keys = ["layers.2.weight", "layers.2.bias", "layers.10.weight", "layers.10.bias"]
    torch.save(dict(sorted(zip(keys, weights, strict=True))), tmp_path / "head.pth")  # 10 before 2
    stills = [np.random.default_rng(seed).integers(0, 256, (24, 32, 3), dtype=np.uint8) for seed in range(3)]
    expected = []
    for still in stills:
        with torch.no_grad():
            seen = model.vision_model(images(images=still, return_tensors="pt")["pixel_values"]).pooler_output
            unit = torch.nn.functional.normalize(model.visual_projection(seen)[0], dim=0)
        expected.append(float(weights[2] @ (weights[0] @ unit + weights[1]) + weights[3]))
    found = models.Aesthetic("tiny", tmp_path / "head.pth", "cpu").score(stills)
    assert found == pytest.approx(np.mean(expected), abs=1e-4)
    torch.save({"weight": torch.randn(1, 7), "bias": torch.randn(1)}, tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"from 5 \(embeddings of tiny\) to 1 in .*other.pth, got \[\[1, 7\]\]"):
        models.Aesthetic("tiny", tmp_path / "other.pth", "cpu")


@pytest.mark.parametrize(("beauty", "kept"), [(7.0, True), (2.0, False)])
def test_models_score_and_caption_clips_that_pass_all_other_thresholds(
    raw, videos, clip_model, captioner, tmp_path, beauty, kept
):
    head = tmp_path / "head.pth"
    torch.save({"weight": torch.zeros(1, 5), "bias": torch.tensor([beauty])}, head)
    named = {"aesthetic_model": "tiny", "aesthetic_head": head, "captioner": captioner, "caption_tokens": 5}
    (raw / "one.txt").write_text("of the whole video")
    (record,) = one(raw, videos["mover"], SMALL.model_copy(update=named))
    assert record.aesthetic == beauty and record.kept == kept
    if not kept:
        assert record.dropped == ("aesthetic: 2.00, expected 5.5",) and record.caption_source is None
        return
    assert record.caption_source == "captioner"
    label = (raw.parent / "out" / "labels" / f"{record.clip}.txt").read_text().strip()
    assert label and set(label) <= set("abcdefgh ")
