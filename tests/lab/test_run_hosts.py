"""The table of ComfyUI versions shows counts and failed tests of each."""

from __future__ import annotations

import subprocess
import sys

from scripts.run_hosts import HostResult, format_table, read_result

PASSED = ["....\n", "12 passed, 3 skipped in 4.2s\n"]
FAILED = ["F.\n", "FAILED tests/host/test_lora.py::test_one - ValueError\n", "1 failed, 11 passed in 4.2s\n"]


def test_counts_and_failed_tests_are_read_from_pytest_s_output():
    assert read_result("0.33.0", PASSED) == HostResult("0.33.0", {"passed": 12, "skipped": 3}, [])
    assert read_result("0.22.0", FAILED).failed == ["tests/host/test_lora.py::test_one"]


def test_the_table_has_a_row_for_each_version():
    table = format_table([read_result("0.33.0", PASSED), read_result("0.22.0", FAILED)])
    assert "| 0.33.0 | 12 | 0 | 3 |  |\n" in table
    assert "| 0.22.0 | 11 | 1 | 0 | tests/host/test_lora.py::test_one |\n" in table


def test_without_folders_the_command_says_what_it_needs():
    command = [sys.executable, "-m", "scripts.run_hosts"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={})
    assert done.returncode == 1 and done.stderr.startswith("error: expected folders of ComfyUI in COMFYUI_PATHS")
