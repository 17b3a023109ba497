"""Tests the guidance schedules: constant, the intended ramp, and the reference's jumps."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tora_core.steering.guidance import guidance_schedule


def test_constant_is_constant():
    schedule = guidance_schedule("constant", 6.0, 50)
    assert {schedule(step, 999 - 20 * step) for step in range(50)} == {6.0}


def test_the_ramp_grows_from_1_to_1_plus_scale():
    schedule = guidance_schedule("ramp", 6.0, 50)
    scales = [schedule(step, 0) for step in range(51)]
    assert scales[0] == 1.0 and scales[-1] == pytest.approx(7.0)
    assert scales == sorted(scales)


def test_the_reference_s_schedule_jumps_between_1_and_1_plus_scale_and_averages_3_8():
    schedule = guidance_schedule("reference", 6.0, 50)
    scales = [schedule(step, 999 - 20 * step) for step in range(50)]
    assert min(scales) >= 1.0 and max(scales) <= 7.0
    assert max(abs(later - earlier) for earlier, later in pairwise(scales)) > 3
    assert sum(scales) / 50 == pytest.approx(3.8, abs=0.15)


def test_an_unknown_schedule_is_an_error():
    with pytest.raises(ValueError, match="'linear'"):
        guidance_schedule("linear", 6.0, 50)
