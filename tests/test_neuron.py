"""The shipped cell against NEURON, which integrates the same equations with steps of its own."""

import shutil
from importlib.util import find_spec

import numpy as np
import pytest

import neuron_check
from lhb_model.simulate.toolchain import find_compiler

pytestmark = [
    pytest.mark.skipif(find_spec("neuron") is None, reason="needs NEURON: pip install 'lhb_model[bench]'"),
    pytest.mark.skipif(find_compiler() is None, reason="needs a C++ compiler"),
    pytest.mark.skipif(
        not shutil.which(str(neuron_check.nrnivmodl())), reason="needs nrnivmodl, which comes with NEURON"
    ),
]


@pytest.fixture(scope="module")
def found() -> neuron_check.Agreement:
    return neuron_check.check(neuron_check.model_at(50e-6))


def test_the_first_burst_has_the_same_spikes_within_a_tenth_of_a_millisecond(found: neuron_check.Agreement) -> None:
    assert found.here.size >= 2
    np.testing.assert_allclose(found.here, found.neuron, rtol=0, atol=1e-4)


def test_the_potential_below_threshold_is_the_same_within_a_twentieth_of_a_millivolt(
    found: neuron_check.Agreement,
) -> None:
    assert found.below < 0.05e-3
