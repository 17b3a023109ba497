"""NaN and infinity pass ComfyUI's range check. Every node refuses them before it runs."""

from __future__ import annotations

import asyncio
import math

import golden_data
import pytest
from graphs import SamplingGraph
from server import WorkflowError


def float_inputs(pack):
    from comfy_api.latest import io

    nodes = asyncio.run(pack.extension.get_node_list())
    return [
        (node, each.id) for node in nodes for each in node.define_schema().inputs if isinstance(each, io.Float.Input)
    ]


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_every_number_of_every_node_must_be_finite(pack, number):
    inputs = float_inputs(pack)
    assert len(inputs) > 20
    for node, name in inputs:
        with pytest.raises(ValueError, match=f"expected a finite number for {name}, got {number}: enter a number"):
            node.execute(**{name: number})


def test_nan_in_a_workflow_is_an_error_of_the_node(server):
    file = golden_data.SAMPLING[0]
    checkpoint, _ = golden_data.load_sampling(file)
    graph = SamplingGraph(checkpoint.name, file.name)
    graph.sample(graph.apply(graph.golden_motion(), strength=math.nan), "nan.safetensors")
    with pytest.raises(WorkflowError, match="expected a finite number for strength, got nan"):
        server.run(graph.workflow)
