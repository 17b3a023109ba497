"""Nodes that create or change TRACKS."""

from .camera import ToraCameraTrajectory
from .editor import ToraTrajectoryEditor
from .ltx_guide import ToraLTXGuide
from .masks import ToraTrajectoryFromMask
from .presets import ToraTrajectoryPreset
from .resampling import ToraTrajectoryResample
from .retiming import ToraTrajectoryRetime
from .saving import ToraTrajectorySave
from .text import ToraTrajectoryFromText
from .tracking import ToraTrajectoryFromVideo
from .transforms import ToraTrajectoryCombine, ToraTrajectoryTransform

NODES = [
    ToraTrajectoryEditor,
    ToraTrajectoryFromText,
    ToraTrajectoryPreset,
    ToraTrajectoryRetime,
    ToraTrajectoryTransform,
    ToraTrajectoryCombine,
    ToraCameraTrajectory,
    ToraTrajectoryFromMask,
    ToraTrajectoryFromVideo,
    ToraTrajectoryResample,
    ToraLTXGuide,
    ToraTrajectorySave,
]
