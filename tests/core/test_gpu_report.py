"""Tests the page that the GPU tests write. The card is a double, everything else is real."""

from __future__ import annotations

from types import SimpleNamespace

import torch
from report import Report


def test_the_report_names_the_card_its_figures_and_the_reason_of_each_failure(monkeypatch):
    card = SimpleNamespace(name="Test Card", total_memory=24e9, major=8, minor=9)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: card)
    report = Report()
    report.add_figure("peak on the GPU", "9.3 GB")
    passed = {"when": "call", "outcome": "passed", "passed": True, "duration": 1.25, "longreprtext": ""}
    report.pytest_runtest_logreport(SimpleNamespace(nodeid="tests/gpu/test_memory.py::test_one", **passed))
    failed = passed | {"outcome": "failed", "passed": False, "longreprtext": "def test():\nE  assert 1 | 2 == 2"}
    report.pytest_runtest_logreport(SimpleNamespace(nodeid="tests/gpu/test_memory.py::test_two", **failed))
    report.pytest_runtest_logreport(SimpleNamespace(nodeid="x.py::test_one", **passed | {"when": "setup"}))
    lines = report.text.splitlines()
    assert lines[0] == "# ComfyUI-Tora on Test Card"
    assert lines[2].startswith("24.0 GB, compute 8.9, CUDA ") and f"torch {torch.__version__.split('+')[0]}" in lines[4]
    assert "| peak on the GPU | 9.3 GB |" in lines
    assert "| test_memory.py::test_one | passed | 1.2 |  |" in lines
    assert lines[-1] == "| test_memory.py::test_two | failed | 1.2 | E  assert 1 \\| 2 == 2 |"
