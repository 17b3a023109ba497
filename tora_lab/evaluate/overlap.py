"""Compares the masks of a video's objects with the wanted ones: IoU of masks and of their boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from ..media.masks import read_masks


def measure_overlap(found: Path, wanted: Path) -> dict[str, float]:
    """Computes the mean IoU over all objects and frames. 0 where an object is in only one of the two pictures.

    Boxes are the smallest ones around the masks (torchvision). Frames without the object in both are left out.

    Args:
        found: folder with one picture per frame; each value over 0 is an object.
        wanted: folder with the wanted masks, with the same values.

    Returns:
        ``mask_iou`` and ``box_iou``, 0..1.

    Raises:
        ValueError: the folders differ in frames or size, or no mask holds an object.
    """
    from torchmetrics.functional.classification import binary_jaccard_index
    from torchvision.ops import box_iou, masks_to_boxes

    theirs, ours = (torch.from_numpy(read_masks(folder)) for folder in (wanted, found))
    if theirs.shape != ours.shape:
        raise ValueError(
            f"expected masks of {tuple(theirs.shape)} (frames, height, width) in {found}, got {tuple(ours.shape)}: "
            "give one mask per frame, in the size of the wanted ones"
        )
    masks: list[float] = []
    boxes: list[float] = []
    for mine, real in zip(ours, theirs, strict=True):
        for level in torch.unique(torch.cat([mine, real])).tolist():
            pair = torch.stack([mine == level, real == level])  # [2, H, W]
            if level == 0:
                continue
            if not pair.flatten(1).any(dim=1).all():
                masks.append(0.0)
                boxes.append(0.0)
                continue
            masks.append(float(binary_jaccard_index(pair[0].int(), pair[1].int())))
            corners = masks_to_boxes(pair) + torch.tensor([0, 0, 1, 1])  # the last pixel is inside
            boxes.append(float(box_iou(corners[:1], corners[1:])))
    if not masks:
        raise ValueError(f"expected an object in the masks of {wanted}, got only black pictures: check them")
    return {"mask_iou": round(float(np.mean(masks)), 5), "box_iou": round(float(np.mean(boxes)), 5)}
