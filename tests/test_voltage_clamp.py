"""Voltage clamp as an experiment: sweeps are neurons, currents are kept, curves agree with the exact clamp."""

from pathlib import Path

import numpy as np
import pytest

from lhb_model import config
from lhb_model.catalogue import mechanism
from lhb_model.clamp import Clamp
from lhb_model.clamp_curves import clamp_families, clamped
from lhb_model.clamp_sheets import FamilySheet
from lhb_model.composition import compose_model
from lhb_model.errors import InputError
from lhb_model.figures import View, draw
from lhb_model.findings.t_current import AS_RECORDED, FINDING, t_current
from lhb_model.report.methods import methods_paragraph
from lhb_model.run_folder import Run
from lhb_model.runs import run_experiment
from lhb_model.simulate.realise import realise
from lhb_model.terminal import summary_lines

SHORT = (
    "clamp.families.activation.test={linspace: [-80 mV, -25 mV, 12]}",
    "clamp.families.inactivation.holding={linspace: [-110 mV, -60 mV, 11]}",
    "clamp.families.recovery.before=[{potential: -90 mV, lasting: {logspace: [20 ms, 1.9 s, 8]}}]",
    "protocol.warm_up=2 s",
    "protocol.duration=2.8 s",
)
"""The shipped experiment with fewer sweeps."""
CLAMPED = (
    "experiment: clamped\ntitle: A clamp\nnuclei: {lhb: {sheet: lhb_cell}}\nconditions: {control: {}}\nseeds: 1\n"
    "protocol: {warm_up: 1 s, duration: 1.5 s}\n"
    "clamp:\n  current: I_h\n  families:\n    steps: {holding: -50 mV, test: [-90 mV, -110 mV], read: end}\n"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run_experiment(config.load("t_current_clamp", SHORT), tmp_path_factory.mktemp("clamp"))


def test_each_sweep_steps_through_its_potentials_when_it_should() -> None:
    family = FamilySheet.model_validate(
        {"holding": "-40 mV", "before": [{"potential": "-90 mV", "lasting": ["10 ms", "200 ms"]}], "test": "-40 mV"}
    )
    first, second = (sweep.command(1.0) for sweep in family.sweeps())
    assert [first[f"V_{number}"] for number in range(4)] == [-0.04, -0.04, -0.09, -0.04]
    assert (first["t_2"], first["t_3"]) == pytest.approx((0.99, 1.0))
    assert (second["t_2"], second["t_3"]) == pytest.approx((0.8, 1.0))


def test_a_clamped_neuron_starts_as_after_a_long_time_at_its_holding_potential(tmp_path: Path) -> None:
    (tmp_path / "clamped.yaml").write_text(CLAMPED)
    experiment = config.load(tmp_path / "clamped.yaml")
    job = realise(compose_model(experiment, experiment.conditions[0]), 1)
    given = {name: value for word, name, value in job.schedule if word == "set"}
    q = mechanism("h_current")
    assert experiment.size("lhb") == 2
    assert given["lhb.v"] == pytest.approx([-0.05, -0.05])
    rest = Clamp(experiment.cell("lhb").equations, _numbers(experiment), "I_h").rest(-0.05)
    (gate,) = (name for name in rest if name in q.equations)
    assert given[f"lhb.{gate}"] == pytest.approx(float(rest[gate]))


def _numbers(experiment: config.Experiment) -> dict[str, float]:
    return {name: p.value for name, p in experiment.cell("lhb").parameters.items()}


@pytest.mark.parametrize(("nucleus", "changes"), [("as_recorded", AS_RECORDED), ("in_the_cell", {})])
def test_a_simulated_sweep_is_that_of_the_exact_clamp(run: Run, nucleus: str, changes: dict[str, float]) -> None:
    """Brian2 and its time step against steps that are solved exactly: two paths from the same equations."""
    family = clamp_families(run, "control", nucleus)["activation"]
    exact, sweep = t_current(changes), 8
    potential = family.potentials[sweep, -1]
    expected = exact.amperes(exact.after(exact.rest(-0.11), potential, family.times), potential)
    assert np.abs(family.currents[:, sweep] - expected).max() < 1e-4 * expected.max()


def test_the_curves_are_those_that_validation_measures(run: Run) -> None:
    """P5 to P7 hold by the simulated clamp as by the exact one."""
    table = FINDING.table({}).set_index(["condition", "measure"])["value"]
    for nucleus, name in (("as_recorded", "recorded"), ("in_the_cell", "cell")):
        found = clamp_families(run, "control", nucleus)
        for family in ("activation", "inactivation"):
            half, slope = found[family].fit.numbers
            assert half == pytest.approx(table[name, f"{family}_half"], abs=0.1e-3)
            assert slope == pytest.approx(table[name, f"{family}_slope"], abs=0.1e-3)
        assert found["recovery"].fit.numbers[0] == pytest.approx(table[name, "recovery"], rel=0.01)


def test_time_constants_are_those_recorded(run: Run) -> None:
    """P6: two phases, the slow one the same at every potential."""
    potentials, fast, slow = clamp_families(run, "control", "as_recorded")["activation"].constants
    chosen = (potentials >= -0.0601) & (potentials <= -0.0399)
    assert chosen.sum() >= 4
    assert (fast[chosen] > 0.02).all() and (fast[chosen] < 0.05).all()
    assert slow[chosen] == pytest.approx(0.12, rel=0.2)


def test_a_dose_at_its_ic50_takes_half_of_the_current(run: Run) -> None:
    found = {(nucleus, condition): own for nucleus, condition, own in clamped(run, run.conditions)}
    for nucleus in ("as_recorded", "in_the_cell"):
        left = found[nucleus, "tta_p2"]["inactivation"].reached
        assert left == pytest.approx(0.5 * found[nucleus, "control"]["inactivation"].reached, rel=0.02)


def test_nothing_that_is_clamped_fires(run: Run) -> None:
    assert (run.neurons["spikes"] == 0).all()


def test_the_figure_has_a_row_for_each_cell_and_a_column_for_each_family(run: Run) -> None:
    assert run.manifest["notes"] == []
    figure = draw(run, "voltage_clamp")
    assert len(figure.axes) == 3 * 4
    assert figure.axes[0].get_title("left") == "Activation, as recorded"
    assert figure.axes[8].get_xlabel() == "Test potential (mV)" and figure.axes[10].get_xlabel() == "Time at −90 mV (s)"
    below = " ".join(text.get_text().replace("\n", " ") for text in figure.texts)
    assert "Fitted: activation −58.1 mV" in below and "Huguenard" in below
    one = draw(run, "voltage_clamp", View(("tta_p2",)))
    assert "in tta_p2" in one.texts[0].get_text().replace("\n", " ")


def test_the_methods_say_what_was_clamped(run: Run) -> None:
    text = methods_paragraph(run)
    assert (
        "The neurons of as recorded and in the cell were voltage-clamped, one for each sweep: activation (12 sweeps)"
        in text
    )
    assert "I_T was recorded" in text


def test_a_current_without_a_reversal_potential_is_shown_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "clamped.yaml").write_text(CLAMPED)
    run = run_experiment(config.load(tmp_path / "clamped.yaml", ["figures=[voltage_clamp]"]), tmp_path / "runs")
    steps = clamp_families(run, "control", "lhb")["steps"]
    assert steps.fit is None and steps.whole == 1.0
    assert 0 < steps.reached[0] < steps.reached[1] < 100e-12
    assert run.manifest["notes"] == []


def test_a_run_without_a_clamp_has_no_such_figure(small_run: Run) -> None:
    with pytest.raises(InputError, match="this figure needs a voltage clamp; write 'clamp'"):
        draw(small_run, "voltage_clamp")


WRONG = {
    "current": ("current: I_h", "current: I_q", "clamp.current: unknown current of lhb 'I_q'"),
    "two series": (
        "holding: -50 mV",
        "holding: [-50 mV, -60 mV]",
        "clamp.families.steps: given other than one series, expected one of its potentials and times",
    ),
    "size": (
        "{sheet: lhb_cell}",
        "{sheet: lhb_cell, size: 3}",
        "nuclei.lhb.size: given for a clamped nucleus, expected none: each sweep is a neuron",
    ),
    "too early": (
        "test: [-90 mV, -110 mV]",
        "before: [{potential: -70 mV, lasting: [1 s, 2 s]}], test: -60 mV",
        "clamp.families.steps.before: given steps of 2 s before the test, expected at most the warm-up, '1 s'",
    ),
    "nucleus": ("  current: I_h", "  nuclei: [lbh]\n  current: I_h", "clamp.nuclei: unknown simulated nucleus 'lbh'"),
    "interval": ("  current: I_h", "  current: I_h\n  interval: 0.07 ms", "clamp.interval: given '0.07 ms'"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_clamp_that_cannot_be_is_refused_where_it_is_written(tmp_path: Path, what: str) -> None:
    right, wrong, message = WRONG[what]
    assert right in CLAMPED
    (tmp_path / "clamped.yaml").write_text(CLAMPED.replace(right, wrong))
    with pytest.raises(InputError) as refused:
        config.load(tmp_path / "clamped.yaml")
    assert message in str(refused.value)


def test_a_range_of_potentials_makes_sweeps_and_no_sweep_of_experiments() -> None:
    assert config.load("t_current_clamp").sweep is None
    swept = config.load("t_current_clamp", ["nuclei.in_the_cell.parameters.T_shift=[0 mV, 3 mV]"]).sweep
    assert swept is not None and len(swept.points) == 2


def test_the_terminal_shows_the_fitted_numbers_beside_the_published_ones(run: Run) -> None:
    head, *lines = summary_lines(run)
    assert head.split()[:2] == ["I_T", "in"] and head.endswith("published")
    rows = {line.split(":")[0] + line.split(":")[1].split()[0]: line.split(")")[1].split() for line in lines}
    family = clamp_families(run, "control", "as_recorded")["inactivation"]
    assert family.fit is not None
    assert rows["inactivationhalf"][0] == f"{1e3 * family.fit.numbers[0]:.3g}"
    assert [shown[-1] for shown in rows.values()] == ["-58.5", "3.4", "-83.5", "5", "507"]
