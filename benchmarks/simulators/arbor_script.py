"""The same network in Arbor: one cell of one compartment each, its currents in one synapse, from generated NMODL."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from languages import needed, translated
from simulators.c_loop import states
from simulators.case import Case, Spikes

NOISE = """\
NEURON {
    POINT_PROCESS lhb_noise
    NONSPECIFIC_CURRENT i
    RANGE sigma, tau
}
PARAMETER {
    sigma = 0
    tau = 1
}
STATE { x }
WHITE_NOISE { W }
INITIAL { x = 0 }
BREAKPOINT {
    SOLVE states METHOD stochastic
    i = -sigma*x
}
DERIVATIVE states {
    x' = -x/tau + (2/tau)^0.5*W
}
"""


def nmodl(case: Case, each: list[str]) -> str:
    """The cell for Arbor's compiler, which keeps time to itself and takes one weight a spike: a negative one is background."""
    cell, values = case.cell, case.values
    moving_names = [e for e in cell.equations if e.differential and e.name != "v"]
    spelled = {"v": "V", "t": "0", "I_noise": "0"}
    flowing = needed(cell, next(e for e in cell.equations if e.name == "v").names())
    moving = needed(cell, set().union(*(e.names() for e in moving_names)))
    computed = {e.name for e in cell.equations}
    # Numbers of the background are literals: in NET_RECEIVE a parameter is a vector.
    given = sorted(name for name in values if name not in computed and name not in each and name != "noise_key")

    def lines(equations: list[Any]) -> str:
        texts = ((e.name, translated(e.expression, spelled).replace("linoid", "exprelr")) for e in equations)
        return "\n".join(f"    {name} = {text}" for name, text in texts)

    def local(equations: list[Any]) -> str:
        return "\n".join(f"    LOCAL {name}" for name in ["V", *(e.name for e in equations)])

    starts = [f"start_{e.name}" for e in moving_names]
    [ampa, nmda] = [case.weights[state] for state in ("s_AMPA", "s_NMDA")]
    return f"""\
NEURON {{
    POINT_PROCESS lhb_cell
    NONSPECIFIC_CURRENT i
    RANGE {", ".join([*each, *starts])}
}}
PARAMETER {{
{chr(10).join(f"    {p} = {values[p]!r}" for p in given)}
{chr(10).join(f"    {p} = 0" for p in [*each, *starts])}
}}
STATE {{ {" ".join(e.name for e in moving_names)} }}
INITIAL {{
{chr(10).join(f"    {e.name} = start_{e.name}" for e in moving_names)}
}}
BREAKPOINT {{
    SOLVE states METHOD cnexp
{local(flowing)}
    V = 1e-3*v
{lines(flowing)}
    i = -1e9*({" + ".join(c for c in cell.currents if c != "I_noise")})
}}
DERIVATIVE states {{
{local(moving)}
    V = 1e-3*v
{lines(moving)}
{chr(10).join(f"    {e.name}' = 1e-3*{translated(e.expression, spelled)}" for e in moving_names)}
}}
NET_RECEIVE(weight) {{
    if (weight > 0) {{
        s_AMPA = s_AMPA + {ampa!r}
        s_NMDA = s_NMDA + {nmda!r}
    }} else {{
        s_AMPA = s_AMPA + {values["background_AMPA"]!r}
        s_NMDA = s_NMDA + {values["background_NMDA"]!r}
    }}
}}
"""


def catalogue(case: Case, each: list[str], folder: Path) -> Path:
    """Compile the mechanisms."""
    (folder / "mod").mkdir()
    (folder / "mod" / "lhb_cell.mod").write_text(nmodl(case, each))
    (folder / "mod" / "lhb_noise.mod").write_text(NOISE)
    import arbor

    build = Path(arbor.__file__).parent / "bin" / "arbor-build-catalogue"
    done = subprocess.run(
        [sys.executable, str(build), "lhb", "mod"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"arbor-build-catalogue failed:\n{done.stdout}")
    return folder / "lhb-catalogue.so"


def run(case: Case) -> Spikes:
    """CPU time of the simulation, in this process, with one thread."""
    import arbor

    each = [
        n for n, v in case.values.items() if isinstance(v, np.ndarray) and n not in states(case) and n != "noise_key"
    ]
    with tempfile.TemporaryDirectory() as folder:
        library = arbor.load_catalogue(catalogue(case, each, Path(folder)))
        recipe = recipe_of(case, each, library)
        context = arbor.context(threads=1)
        # All cells in one group, else each is advanced alone.
        together = {arbor.cell_kind.cable: arbor.partition_hint(cpu_group_size=case.size)}
        simulation = arbor.simulation(recipe, context, arbor.partition_load_balance(recipe, context, together))
        simulation.record(arbor.spike_recording.all)
        began = time.process_time()
        simulation.run(1e3 * case.duration * arbor.units.ms, 1e3 * case.dt * arbor.units.ms)
        cpu = time.process_time() - began
        spikes = simulation.spikes()
    return Spikes(cpu, 1e-3 * spikes["time"], spikes["source"]["gid"].astype(int), "fixed step, cnexp")


def recipe_of(case: Case, each: list[str], library: Any) -> Any:
    """The cells, their synapses and their background."""
    import arbor
    from arbor import units as U

    sources = np.split(case.wiring[0][np.argsort(case.wiring[1], kind="stable")], case.size)
    radius = np.sqrt(case.values["C"] * 1e14 / np.pi) / 2
    moving = [e.name for e in case.cell.equations if e.differential and e.name != "v"]

    def at(name: str, k: int) -> float:
        value = case.values.get(name, 0.0)
        return float(value[k]) if isinstance(value, np.ndarray) else float(value)

    class Recipe(arbor.recipe):  # type: ignore[misc]
        """Arbor asks for each cell in turn."""

        def num_cells(self) -> int:
            return case.size

        def cell_kind(self, gid: int) -> Any:
            return arbor.cell_kind.cable

        def global_properties(self, kind: Any) -> Any:
            properties = arbor.neuron_cable_properties()
            properties.catalogue.extend(library, "")
            return properties

        def cell_description(self, gid: int) -> Any:
            tree = arbor.segment_tree()
            tree.append(arbor.mnpos, (-radius, 0, 0, radius), (radius, 0, 0, radius), tag=1)
            numbers = {name: at(name, gid) for name in each} | {f"start_{name}": at(name, gid) for name in moving}
            noise = {"sigma": 1e9 * at("sigma_noise", gid), "tau": 1e3 * at("tau_noise", gid)}
            decor = arbor.decor().set_property(Vm=1e3 * at("v", gid) * U.mV, cm=0.01 * U.F / U.m2)
            decor.place("(location 0 0.5)", arbor.synapse("lhb_cell", numbers), "cell")
            decor.place("(location 0 0.5)", arbor.synapse("lhb_noise", noise), "noise")
            decor.place("(location 0 0.5)", arbor.threshold_detector(1e3 * at("V_spike", gid) * U.mV), "spike")
            return arbor.cable_cell(tree, decor)

        def connections_on(self, gid: int) -> Any:
            delay = 1e3 * case.delay * U.ms
            return [arbor.connection((int(source), "spike"), "cell", 1.0, delay) for source in sources[gid]]

        def event_generators(self, gid: int) -> Any:
            rate = at("background_rate", gid) * U.Hz
            return [arbor.event_generator("cell", -1.0, arbor.poisson_schedule(tstart=0 * U.ms, freq=rate, seed=gid))]

    return Recipe()
