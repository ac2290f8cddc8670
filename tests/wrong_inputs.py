"""Inputs that are right, what may be wrong in them, and the message that each mistake gets.

A case replaces one piece of a text by another. The error is told of the line where the mark § stands in the replacement, or
of the line where the replacement begins.
"""

EXPERIMENT = """\
experiment: my
title: Mine
nuclei:
  lhb: {size: 20}
  rmtg: {size: 5}
  vta_da: {size: 5}
wiring:
  - {from: lhb, to: lhb, in_degree: 3, delay: 1 ms, weights: {ampa: 0.15 nS, nmda: 0.004}, why: fitted, tag: fitted}
  - {from: lhb, to: rmtg, in_degree: 4, delay: 3 ms, weights: {ampa: 8 nS}, plasticity: {U: 0.1}, why: fitted, tag: fitted}
conditions:
  control: {}
  treated:
    depressed_state: {}
    ketamine: {block: 0.5, onset: 2 s}
seeds: [3, 7]
protocol:
  dt: 0.05 ms
  warm_up: 1 s
  duration: 11 s
stimuli:
  - {nucleus: lhb, kind: pulses, current: -60 pA, start: 1 s, width: 100 ms, every: 1 s, count: 5}
traces:
  lhb: {cells: 5, start: 2 s, stop: 6 s, interval: 0.1 ms}
readouts: [dopamine, reward_inhibition]
figures: [raster, traces]
"""

REPLAY = """\
experiment: replayed
title: Trains in place of the lateral habenula
nuclei:
  lhb: {size: 10, replay: {rate: 5 Hz, intra_burst_frequency: 170 Hz, source: chosen, tag: assumed}}
  rmtg: {size: 5}
wiring:
  - {from: lhb, to: rmtg, in_degree: 3, delay: 1 ms, weights: {ampa: 1 nS}, why: chosen, tag: assumed}
conditions:
  tonic: {replay: tonic}
seeds: 1
protocol: {warm_up: 0 s, duration: 1 s}
"""

NUCLEUS = """\
nucleus: cell
title: A reduced neuron
transmitter: glutamate
size: 5
burst_rule: lhb
mechanisms: [ions, leak, ampa, injected_current, integrate_and_fire]
parameters:
  g_L: {value: 3 nS, source: chosen, tag: assumed}
spread:
  I_hold: {kind: normal, width: 1 pA, source: chosen, tag: assumed}
rest:
  without: [ions]
  fixed: {s_AMPA: 1 nS}
  groups:
    - {name: all, share: 1, mean: -60 mV, sd: 2 mV, factors: {g_L: 1}, source: chosen, tag: assumed}
start:
  v: {low: -60 mV, high: -50 mV, source: chosen, tag: assumed}
"""

DRUG = """\
intervention: drug
title: A drug
kind: drug
effects:
  - {parameter: g_T, law: block}
  - {parameter: E_Na, law: shift, amount: {value: -1 mV, source: chosen, tag: assumed}}
  - {parameter: g_h, law: scale, amount: {value: 2, source: chosen, tag: assumed}}
affinity:
  IC50: {value: 5 uM, source: chosen, tag: assumed}
  hill: {value: 1, source: chosen, tag: assumed}
"""

USES_BOTH = """\
experiment: both
title: Both sheets
nuclei:
  cell: {}
  lhb: {size: 5}
conditions:
  control: {}
  treated: {drug: {dose: 5 uM}}
seeds: 1
protocol: {warm_up: 0 s, duration: 1 s}
"""

WRONG_SETTINGS: dict[str, str] = {
    "seeds": "--set: given 'seeds', expected key=value such as conditions.ketamine.ketamine.block=0.3",
    "=3": "--set: given '=3', expected key=value such as conditions.ketamine.ketamine.block=0.3",
    "a..b=3": "--set: given 'a..b=3', expected key=value such as conditions.ketamine.ketamine.block=0.3",
    "wiring[0].in_degree=3": "--set: given 'wiring[0].in_degree=3', expected key=value such as "
    "conditions.ketamine.ketamine.block=0.3",
    "seeds=1\ntitle: x": "--set: given 'seeds=1\\ntitle: x', expected key=value such as "
    "conditions.ketamine.ketamine.block=0.3",
    ".".join("a" * 40) + "=1": "--set: given '" + ".".join("a" * 30) + "....', expected key=value such as "
    "conditions.ketamine.ketamine.block=0.3",
    "seeds=1\rtitle: x": "--set seeds=1\\rtitle: x: seeds: given several lines, expected one value",
    "seeds=[1, 2": "--set seeds=[1, 2: seeds: cannot read the YAML: a bracket is opened here and not closed, "
    "or a comma "
    "is missing in it (met 'value: [1, 2')",
    "seeds=!!python/name:os.system": "--set seeds=!!python/name:os.system: seeds: a tag (!name) is not accepted: a "
    "configuration is plain data; quote a text that begins with '!'",
    "wiring.9.in_degree=3": "--set wiring.9.in_degree=3: wiring: given '9', expected a position from 0 to 1",
    "wiring.²=3": "--set: given 'wiring.²=3', expected key=value such as conditions.ketamine.ketamine.block=0.3",
    "wiring.from=lhb": "--set wiring.from=lhb: wiring: given 'from', expected a position from 0 to 1",
    "seeds.0.x=1": "--set seeds.0.x=1: seeds.0: given 'x', expected no key below this value",
    "title.x=1": "--set title.x=1: title: given 'x', expected no key below this value",
    "protcol.duration=2 s": "--set protcol.duration=2 s: protcol: unknown key 'protcol'; did you mean 'protocol'?",
    "protocol.duration=2": "--set protocol.duration=2: protocol.duration: given 2 (bare number), expected a time; "
    "give a unit, e.g. '5 ms'",
    "conditions.treated.ketamine.dose=1 uM": "--set conditions.treated.ketamine.dose=1 uM: "
    "conditions.treated.ketamine: "
    "given block and dose, expected one of block, dose, course",
    "protocol={warm_up: 0 s, duration: 11 mV}": "--set protocol={warm_up: 0 s, duration: 11 mV}: protocol.duration: given "
    "'11 mV' (voltage), expected a time such as '5 ms'",
    "based_on=ketamine": "--set based_on=ketamine: based_on: given beside the file, expected in it",
    "without=[rmtg]": "--set without=[rmtg]: without: given beside the file, expected in it",
    "nuclei.lhb=null": "--set nuclei.lhb=null: nuclei.lhb: given nothing, expected a mapping with keys such as sheet, "
    "size, mechanisms, parameters",
}

SEEDS = "a number of seeds such as 6, or different ones such as [1, 2, 3]"
NAME = "a name: a letter, then at most 63 letters, digits or _ + -"
TAKEN = "which Python or the simulator uses itself; expected another name, such as 'lhb' or 'vta_da'"
BLOCK = "{block: 0.5, onset: 2 s}"
KETAMINE = "conditions.treated.ketamine"

WRONG: dict[str, tuple[str, str, str]] = {
    # keys
    "unknown key at the top": (
        "seeds: [3, 7]",
        "seedz: [3, 7]",
        "seedz: unknown key 'seedz'; did you mean 'seeds' or 'sweep'?",
    ),
    "unknown key of a nucleus": (
        "rmtg: {size: 5}",
        "rmtg: {sizes: 5}",
        "nuclei.rmtg.sizes: unknown key 'sizes'; did you mean 'size'?",
    ),
    "unknown mechanism added": (
        "rmtg: {size: 5}",
        "rmtg: {mechanisms: [nmdar]}",
        "nuclei.rmtg.mechanisms.0: unknown mechanism 'nmdar'; did you mean 'nmda'?",
    ),
    "mechanism added that is there": (
        "rmtg: {size: 5}",
        "rmtg: {mechanisms: [ampa]}",
        "nuclei.rmtg.mechanisms: nucleus 'rmtg': two mechanisms give E_AMPA, I_AMPA, open_AMPA, s_AMPA, tau_AMPA, expected one",
    ),
    "unknown key of a wire": (
        "in_degree: 3",
        "indegree: 3",
        "wiring.0.indegree: unknown key 'indegree'; did you mean 'in_degree'?",
    ),
    "unknown key of a use": (BLOCK, "{blok: 0.5}", f"{KETAMINE}.blok: unknown key 'blok'; did you mean 'block'?"),
    "unknown key of the protocol": (
        "warm_up: 1 s",
        "warmup: 1 s",
        "protocol.warmup: unknown key 'warmup'; did you mean 'warm_up'?",
    ),
    "unknown key of a stimulus": (
        "width: 100 ms",
        "withd: 100 ms",
        "stimuli.0.withd: unknown key 'withd'; did you mean 'width'?",
    ),
    "unknown key of a trace": ("cells: 5", "cell: 5", "traces.lhb.cell: unknown key 'cell'; did you mean 'cells'?"),
    "missing key": (
        "protocol:\n  dt: 0.05 ms\n  warm_up: 1 s\n  duration: 11 s\n",
        "§protocol:\n  dt: 0.05 ms\n  warm_up: 1 s\n",
        "protocol.duration: missing; expected a time such as '5 ms'",
    ),
    "missing key at the top": ("experiment: my\n", "§", "experiment: missing; expected " + NAME),
    "missing mapping": (
        "protocol:\n  dt: 0.05 ms\n  warm_up: 1 s\n  duration: 11 s\n",
        "",
        "protocol: missing; expected a mapping with keys such as dt, warm_up, duration",
    ),
    "missing reason": (
        "nmda: 0.004}, why: fitted",
        "nmda: 0.004}",
        "wiring.0.why: missing; expected a source: the paper, or who chose the value and why",
    ),
    "missing tag": (
        "plasticity: {U: 0.1}, why: fitted, tag: fitted",
        "plasticity: {U: 0.1}, why: fitted",
        "wiring.1.tag: missing; expected one of measured, recalled, fitted, assumed",
    ),
    # units, types, shapes
    "missing unit": (
        "duration: 11 s",
        "duration: 11",
        "protocol.duration: given 11 (bare number), expected a time; give a unit, e.g. '5 ms'",
    ),
    "wrong unit": (
        "duration: 11 s",
        "duration: 11 mV",
        "protocol.duration: given '11 mV' (voltage), expected a time such as '5 ms'",
    ),
    "unknown unit": (
        "duration: 11 s",
        "duration: 11 sec",
        "protocol.duration: given '11 sec', expected a time such as '5 ms': unknown unit 'sec'",
    ),
    "wrong unit of a weight": (
        "nmda: 0.004",
        "nmda: 4 nS",
        "wiring.0.weights.nmda: given '4 nS' (conductance), expected a bare number such as '0.5'",
    ),
    "wrong unit of a parameter": (
        "rmtg: {size: 5}",
        "rmtg: {parameters: {g_L: 3 mV}}",
        "nuclei.rmtg.parameters.g_L: given '3 mV' (voltage), expected a conductance such as '5 nS'",
    ),
    "text for a number": ("size: 20", "size: many", "nuclei.lhb.size: given 'many', expected a whole number"),
    "number for a text": ("title: Mine", "title: 3", "title: given 3, expected text"),
    "fraction for a whole number": ("size: 20", "size: 2.5", "nuclei.lhb.size: given 2.5, expected a whole number"),
    "true for a number": ("size: 20", "size: true", "nuclei.lhb.size: given true, expected a whole number"),
    "list for a mapping": (
        "  lhb: {size: 20}",
        "  lhb: [20]",
        "nuclei.lhb: given [20], expected a mapping with keys such as sheet, size, mechanisms, parameters",
    ),
    "list for the conditions' mapping": (
        "  control: {}",
        "  control: [ketamine]",
        "conditions.control: given ['ketamine'], expected a mapping ({} for an empty one)",
    ),
    "mapping for a list": (
        "readouts: [dopamine, reward_inhibition]",
        "readouts: {dopamine: 1}",
        "readouts: given a mapping, expected a list",
    ),
    "number for plasticity": (
        "plasticity: {U: 0.1}",
        "plasticity: 3",
        "wiring.1.plasticity: given 3, expected a mapping ({} for an empty one)",
    ),
    "nothing for a time": (
        "duration: 11 s",
        "duration:",
        "protocol.duration: given nothing, expected a time such as '5 ms'",
    ),
    "nothing for a mapping": (
        "  control: {}",
        "  control:",
        "conditions.control: given nothing, expected a mapping ({} for an empty one)",
    ),
    "nothing for the protocol": (
        "protocol:\n  dt: 0.05 ms\n  warm_up: 1 s\n  duration: 11 s",
        "protocol:",
        "protocol: given nothing, expected a mapping with keys such as dt, warm_up, duration",
    ),
    "infinite time": (
        "duration: 11 s",
        "duration: .inf",
        "protocol.duration: given inf (bare number), expected a time; give a unit, e.g. '5 ms'",
    ),
    "not a number": (
        "nmda: 0.004",
        "nmda: .nan",
        "wiring.0.weights.nmda: given nan, expected a bare number such as '0.5'",
    ),
    "infinite whole number": ("size: 20", "size: .inf", "nuclei.lhb.size: given inf, expected a whole number"),
    # names
    "unknown drug": (
        "ketamine: {",
        "ketmine: {",
        "conditions.treated.ketmine: unknown intervention 'ketmine'; did you mean 'ketamine', 'r_ketamine' or 's_ketamine'?",
    ),
    "unknown nucleus": (
        "  vta_da: {",
        "  vta: {",
        "nuclei.vta: unknown nucleus 'vta'; did you mean 'vta_da' or 'vta_gaba'?",
    ),
    "unknown sheet": (
        "lhb: {size: 20}",
        "lhb: {sheet: lhb_cel}",
        "nuclei.lhb.sheet: unknown nucleus 'lhb_cel'; did you mean 'lhb_cell' or 'lhb'?",
    ),
    "unknown source of a wire": (
        "from: lhb, to: rmtg",
        "from: lbh, to: rmtg",
        "wiring.1.from: unknown nucleus 'lbh'; did you mean 'lhb'?",
    ),
    "unknown receptor": (
        "weights: {ampa: 8 nS}",
        "weights: {amapa: 8 nS}",
        "wiring.1.weights.amapa: unknown receptor of rmtg 'amapa'; did you mean 'ampa'?",
    ),
    "unknown plasticity parameter": (
        "{U: 0.1}",
        "{tau_facilitate: 80 ms}",
        "wiring.1.plasticity.tau_facilitate: unknown parameter of short-term plasticity 'tau_facilitate'; "
        "did you mean 'tau_facilitation'?",
    ),
    "unknown parameter": (
        "rmtg: {size: 5}",
        "rmtg: {parameters: {g_Leak: 3 nS}}",
        "nuclei.rmtg.parameters.g_Leak: unknown parameter 'g_Leak'; did you mean 'g_L'?",
    ),
    "unknown readout": (
        "readouts: [dopamine,",
        "readouts: [dopamin,",
        "readouts.0: unknown readout 'dopamin'; did you mean 'dopamine'?",
    ),
    "unknown figure": (
        "figures: [raster,",
        "figures: [rastre,",
        "figures.0: unknown kind of figure 'rastre'; did you mean 'raster'?",
    ),
    "unknown tag": (
        "plasticity: {U: 0.1}, why: fitted, tag: fitted",
        "why: fitted, tag: fited",
        "wiring.1.tag: unknown tag 'fited'; did you mean 'fitted'?",
    ),
    "unknown kind of stimulus": (
        "kind: pulses",
        "kind: pulse",
        "stimuli.0.kind: unknown kind 'pulse'; did you mean 'pulses'?",
    ),
    "unknown precision": (
        "seeds: [3, 7]",
        "seeds: 1\n§precision: duoble",
        "precision: unknown precision 'duoble'; did you mean 'double'?",
    ),
    "unknown stimulated nucleus": (
        "{nucleus: lhb, kind",
        "{nucleus: lbh, kind",
        "stimuli.0.nucleus: unknown simulated nucleus 'lbh'; did you mean 'lhb'?",
    ),
    "unknown condition of a stimulus": (
        "count: 5}",
        "count: 5, conditions: [contrl]}",
        "stimuli.0.conditions: unknown condition 'contrl'; did you mean 'control'?",
    ),
    "unknown traced nucleus": (
        "  lhb: {cells",
        "  lbh: {cells",
        "traces.lbh: unknown simulated nucleus 'lbh'; did you mean 'lhb'?",
    ),
    "unknown nucleus of a local use": (
        BLOCK,
        "{block: 0.5, nuclei: [lbh]}",
        f"{KETAMINE}.nuclei: unknown nucleus 'lbh'; did you mean 'lhb'?",
    ),
    "slash in a condition's name": ("  control:", "  a/b:", f"conditions.'a/b': given 'a/b', expected {NAME}"),
    "space in a condition's name": ("  control:", "  a b:", f"conditions.'a b': given 'a b', expected {NAME}"),
    "dots as a condition's name": ("  control:", "  ..:", f"conditions.'..': given '..', expected {NAME}"),
    "sign of a series in a condition's name": (
        "  control:",
        "  a@1uM:",
        f"conditions.a@1uM: given 'a@1uM', expected {NAME}",
    ),
    "line break in a condition's name": (
        "  control:",
        '  "a\\nb":',
        f"conditions.'a\\nb': given 'a\\nb', expected {NAME}",
    ),
    "conditions that differ in case": (
        "  treated:",
        "  §Control: {}\n  treated:",
        "conditions.Control: given 'Control' beside 'control', expected different names",
    ),
    "experiment's name with a path": (
        "experiment: my",
        "experiment: ../my",
        f"experiment: given '../my', expected {NAME}",
    ),
    "nucleus named like a projection": (
        "  vta_da: {",
        "  a_to_b: {sheet: rmtg}\n  vta_da: {",
        f"nuclei.a_to_b: given 'a_to_b', {TAKEN}",
    ),
    "nucleus named by a Python keyword": (
        "  vta_da: {",
        "  lambda: {sheet: rmtg}\n  vta_da: {",
        f"nuclei.lambda: given 'lambda', {TAKEN}",
    ),
    "nucleus named like a monitor": (
        "  vta_da: {",
        "  spikes_lhb: {sheet: rmtg}\n  vta_da: {",
        f"nuclei.spikes_lhb: given 'spikes_lhb', {TAKEN}",
    ),
    "nucleus named like an operation": (
        "  vta_da: {",
        "  lhb_each_step: {sheet: rmtg}\n  vta_da: {",
        f"nuclei.lhb_each_step: given 'lhb_each_step', {TAKEN}",
    ),
    "nucleus that is no identifier": (
        "  vta_da: {",
        "  vta-da: {sheet: rmtg}\n  vta_da: {",
        "nuclei.vta-da: given 'vta-da', expected a name such as 'vta_da': a small letter, then at most 31 "
        "small letters, "
        "digits or _",
    ),
    # sizes and ranges
    "no neurons": ("size: 20", "size: 0", "nuclei.lhb.size: given 0, expected at least 1"),
    "negative in-degree": ("in_degree: 3", "in_degree: -3", "wiring.0.in_degree: given -3, expected at least 0"),
    "in-degree larger than the source": (
        "in_degree: 4",
        "in_degree: 21",
        "wiring.1.in_degree: given 21, expected at most 20: the size of lhb",
    ),
    "in-degree of a recurrence": (
        "in_degree: 3",
        "in_degree: 20",
        "wiring.0.in_degree: given 20, expected at most 19: lhb has 20 neurons, and none is its own input",
    ),
    "delay below a step": (
        "delay: 1 ms",
        "delay: 0.01 ms",
        "wiring.0.delay: given '0.01 ms', expected from one time step to the duration, '11 s'",
    ),
    "delay above the duration": (
        "delay: 1 ms",
        "delay: 12 s",
        "wiring.0.delay: given '12 s', expected from one time step to the duration, '11 s'",
    ),
    "negative weight": ("ampa: 8 nS", "ampa: -8 nS", "wiring.1.weights.ampa: given '-8 nS', expected 0 or more"),
    "no weights": (
        "weights: {ampa: 8 nS}",
        "weights: {}",
        "wiring.1.weights: given an empty mapping, expected at least 1 entry",
    ),
    "use of more than all": ("{U: 0.1}", "{U: 1.1}", "wiring.1.plasticity.U: given '1.1', expected at most 1"),
    "division by zero": (
        "rmtg: {size: 5}",
        "rmtg: {parameters: {C: 0 pF}}",
        "nuclei.rmtg.parameters.C: given '0 pF', expected another amount: the equations divide by it",
    ),
    "step of zero": ("dt: 0.05 ms", "dt: 0 ms", "protocol.dt: given '0 ms', expected more than 0 s and at most 100 us"),
    "step too long": (
        "dt: 0.05 ms",
        "dt: 1 ms",
        "protocol.dt: given '1 ms', expected more than 0 s and at most 100 us",
    ),
    "more steps than can be counted": (
        "dt: 0.05 ms\n  warm_up: 1 s\n  duration: 11 s",
        "dt: 1 us\n  warm_up: 1 s\n  §duration: 3000 s",
        "protocol.duration: given '3000 s', expected at most 2147 s in steps of '1 us'",
    ),
    "warm-up of the whole record": (
        "warm_up: 1 s",
        "warm_up: 11 s",
        "protocol.warm_up: given '11 s', expected less than the duration, '11 s'",
    ),
    "negative warm-up": ("warm_up: 1 s", "warm_up: -1 s", "protocol.warm_up: given '-1 s', expected at least 0 s"),
    "block of more than all": (BLOCK, "{block: 1.5}", f"{KETAMINE}.block: given '1.5', expected a value from 0 to 1"),
    "negative dose": (BLOCK, "{dose: -1 uM}", f"{KETAMINE}.dose: given '-1 uM', expected a value from 0 M to 1 M"),
    "huge dose": (BLOCK, "{dose: 10 M}", f"{KETAMINE}.dose: given '10 M', expected a value from 0 M to 1 M"),
    "negative strength": (
        "depressed_state: {}",
        "depressed_state: {strength: -1}",
        "conditions.treated.depressed_state.strength: given '-1', expected a value from 0 to 10",
    ),
    "seeds 0": ("seeds: [3, 7]", "seeds: 0", f"seeds: given 0, expected {SEEDS}"),
    "negative seed": ("seeds: [3, 7]", "seeds: [3, -7]", f"seeds: given [3, -7], expected {SEEDS}"),
    "seed given twice": ("seeds: [3, 7]", "seeds: [3, 3]", f"seeds: given [3, 3], expected {SEEDS}"),
    "seeds true": ("seeds: [3, 7]", "seeds: true", f"seeds: given true, expected {SEEDS}"),
    "seeds as text": ("seeds: [3, 7]", "seeds: six", f"seeds: given 'six', expected {SEEDS}"),
    "fraction as a seed": ("seeds: [3, 7]", "seeds: [1.5]", f"seeds: given [1.5], expected {SEEDS}"),
    "no seeds": ("seeds: [3, 7]", "seeds: []", f"seeds: given an empty list, expected {SEEDS}"),
    "huge seed": ("seeds: [3, 7]", f"seeds: {10**200}", f"seeds: given a huge number, expected {SEEDS}"),
    "more seeds than anybody runs": ("seeds: [3, 7]", "seeds: 1000000", f"seeds: given 1000000, expected {SEEDS}"),
    # interventions
    "both block and dose": (
        BLOCK,
        "{block: 0.5, dose: 1 uM}",
        f"{KETAMINE}: given block and dose, expected one of block, dose, course",
    ),
    "neither block nor dose": (
        BLOCK,
        "{onset: 2 s}",
        f"{KETAMINE}: given no amount, expected one of block, dose, course",
    ),
    "dose without affinity": (
        f"ketamine: {BLOCK}",
        "t_block: {dose: 1 uM}",
        "conditions.treated.t_block.dose: given a dose, expected a block (its sheet has no affinity)",
    ),
    "strength of a drug that blocks": (
        BLOCK,
        "{strength: 1}",
        f"{KETAMINE}.strength: given a strength, expected a block or a dose or a course",
    ),
    "empty series": (
        BLOCK,
        "{block: []}",
        f"{KETAMINE}.block: given an empty list, expected a bare number such as '0.5' or several of them",
    ),
    "one dose twice in a series": (
        BLOCK,
        "{dose: [1 uM, 1000 nM]}",
        f"{KETAMINE}.dose: given '1000 nM' twice, expected different amounts",
    ),
    "series without end": (
        f"  treated:\n    depressed_state: {{}}\n    ketamine: {BLOCK}",
        "  treated:\n    ketamine: {block: %s}\n    t_block: {block: %s}" % ((str([n / 100 for n in range(40)]),) * 2),
        "conditions.treated: given more conditions than 1000, expected fewer or shorter series",
    ),
    "list for a use": (
        BLOCK,
        "[0.5]",
        f"{KETAMINE}: given [0.5], expected a mapping with keys such as block, dose, strength, onset",
    ),
    "number for a use": (
        BLOCK,
        "0.5",
        f"{KETAMINE}: given 0.5, expected a mapping with keys such as block, dose, strength, onset",
    ),
    "end before onset": (
        BLOCK,
        "{block: 0.5, onset: 3 s, end: 2 s}",
        f"{KETAMINE}.end: given 2 s, expected more than the onset, 3 s",
    ),
    "onset after the record": (
        BLOCK,
        "{block: 0.5, onset: 12 s}",
        f"{KETAMINE}.onset: given 12 s, expected less than the duration, 11 s",
    ),
    "end after the record": (
        BLOCK,
        "{block: 0.5, end: 12 s}",
        f"{KETAMINE}.end: given 12 s, expected at most the duration, 11 s",
    ),
    "use where it changes nothing": (
        BLOCK,
        "{block: 0.5, nuclei: [rmtg]}",
        f"{KETAMINE}: changes nothing in rmtg; expected a nucleus with g_NMDA",
    ),
    "use nowhere": (
        BLOCK,
        "{block: 0.5, nuclei: []}",
        f"{KETAMINE}: changes nothing in any simulated nucleus; expected a nucleus with g_NMDA",
    ),
    "no conditions": (
        "conditions:\n  control: {}\n  treated:\n    depressed_state: {}\n    ketamine: {block: 0.5, onset: 2 s}",
        "conditions: {}",
        "conditions: given an empty mapping, expected at least 1 entry",
    ),
    "pattern without trains": (
        "  control: {}",
        "  control: {replay: tonic}",
        "conditions.control.replay: given 'tonic', expected a nucleus with 'replay': none has trains",
    ),
    "unknown pattern": (
        "  control: {}",
        "  control: {replay: tonc}",
        "conditions.control.replay: unknown pattern 'tonc'; did you mean 'tonic'?",
    ),
    "mapping as a pattern": (
        "  control: {}",
        "  control: {replay: {}}",
        "conditions.control.replay: given no numbers, expected a pattern, or some of burst_share, synchrony, rate",
    ),
    # neurons on a ladder
    "a ladder whose ends are turned round": (
        "lhb: {size: 20}",
        "lhb: {size: 20, hold: {from: -40 mV, to: -70 mV}}",
        "nuclei.lhb.hold.from: given '-40 mV', expected at most 'to', '-70 mV'",
    ),
    "a ladder without its end": (
        "lhb: {size: 20}",
        "lhb: {size: 20, hold: {from: -40 mV}}",
        "nuclei.lhb.hold.to: missing; expected a voltage such as '5 mV'",
    ),
    "a ladder of neurons that nothing balances": (
        "rmtg: {size: 5}",
        "rmtg: {size: 5, hold: {from: -70 mV, to: -40 mV}}",
        "nuclei.rmtg.hold: given potentials, expected a nucleus whose sheet balances its neurons by 'rest'",
    ),
    "a map of modes without a ladder": (
        "figures: [raster,",
        "figures: [mode_map,",
        "figures.0: given 'mode_map', expected a nucleus with 'hold', a ladder of potentials",
    ),
    "hours without moments": (
        "figures: [raster,",
        "figures: [infusion,",
        "figures.0: given 'infusion', expected moments of a course such as 'after: [0 min, 40 min]'",
    ),
    # wiring, stimuli, traces, readouts, figures
    "wired twice": (
        "{from: lhb, to: rmtg",
        "{from: lhb, to: lhb§",
        "wiring.1: given lhb -> lhb a second time, expected one entry with all its receptors",
    ),
    "pulses without a distance": (
        "every: 1 s, count",
        "count",
        "stimuli.0.every: missing; expected the time from one pulse to the next such as '1 s'",
    ),
    "pulses that overlap": (
        "every: 1 s",
        "every: 50 ms",
        "stimuli.0.every: given '50 ms', expected at least the width '100 ms', or pulses overlap",
    ),
    "stimulus out of the record": (
        "start: 1 s, width",
        "start: 8 s, width",
        "stimuli.0: given a stimulus that ends at 12.1 s, expected at most the duration, '11 s'",
    ),
    "stimulus before the record": (
        "start: 1 s, width",
        "start: -1 s, width",
        "stimuli.0.start: given '-1 s', expected at least 0 s",
    ),
    "stimulus of no width": ("width: 100 ms", "width: 0 ms", "stimuli.0.width: given '0 ms', expected more than 0 s"),
    "stimulus shorter than a step": (
        "width: 100 ms",
        "width: 1 us",
        "stimuli.0.width: given '1 us', expected at least one time step",
    ),
    "several ramps in one": (
        "kind: pulses",
        "kind: ramp",
        "stimuli.0.count: given 5, expected 1: a ramp comes once; write 'kind: pulses'",
    ),
    "ramps that overlap": (
        "traces:\n",
        "  - {nucleus: rmtg, kind: ramp, current: 5 pA, start: 1 s, width: 5 s}\n"
        "  - {nucleus: rmtg, kind: ramp, current: 5 pA, §start: 5 s, width: 5 s}\ntraces:\n",
        "stimuli.2.start: given '5 s', expected one ramp or fall at a time in rmtg; another runs until 6 s",
    ),
    "pulses that overlap with their fall": (
        "width: 100 ms",
        "width: 100 ms, fall: 950 ms",
        "stimuli.0.every: given '1 s', expected at least the width '100 ms' and the fall '950 ms', or pulses overlap",
    ),
    "a ramp that falls": (
        "traces:\n",
        "  - {nucleus: rmtg, kind: ramp, current: 5 pA, start: 1 s, width: 5 s, §fall: 1 s}\ntraces:\n",
        "stimuli.1.fall: given '1 s', expected nothing: a ramp does not fall",
    ),
    "no pulses": ("count: 5", "count: 0", "stimuli.0.count: given 0, expected at least 1"),
    "trace after the record": (
        "start: 2 s, stop: 6 s",
        "start: 12 s, stop: 16 s",
        "traces.lhb.start: given '12 s', expected less than 'stop', '16 s', and the duration, '11 s'",
    ),
    "trace that ends before it starts": (
        "stop: 6 s",
        "stop: 1 s",
        "traces.lhb.start: given '2 s', expected less than 'stop', '1 s', and the duration, '11 s'",
    ),
    "trace between steps": (
        "interval: 0.1 ms",
        "interval: 0.07 ms",
        "traces.lhb.interval: given '0.07 ms', expected a whole number of time steps of '0.05 ms'",
    ),
    "readout of a nucleus that is not there": (
        "readouts: [dopamine,",
        "readouts: [serotonin,",
        "readouts.0: given 'serotonin', expected the nucleus it reads, 'drn_5ht', in 'nuclei'",
    ),
    "readout twice": (
        "readouts: [dopamine, reward_inhibition]",
        "readouts: [dopamine, dopamine]",
        "readouts.1: given 'dopamine' twice, expected it once",
    ),
    "dose-response without doses": (
        "figures: [raster,",
        "figures: [dose,",
        "figures.0: given 'dose', expected a series of doses such as 'dose: [0 uM, 1 uM, 10 uM]'",
    ),
    "figure of traces without traces": (
        "traces:\n  lhb: {cells: 5, start: 2 s, stop: 6 s, interval: 0.1 ms}\nreadouts: [dopamine, "
        "reward_inhibition]\nfigures:",
        "§figures:",
        "figures.1: given 'traces', expected 'traces' to draw",
    ),
    # bases
    "based on itself": (
        "title: Mine",
        "title: Mine\n§based_on: experiment",
        "based_on: given 'experiment', this file itself; expected another experiment",
    ),
    "based on a missing experiment": (
        "title: Mine",
        "title: Mine\n§based_on: ketamin",
        "based_on: unknown experiment 'ketamin'; did you mean 'ketamine', 'ketamine_infusion' or 'ketamine_dose_response'?",
    ),
    "left out where the base has none": (
        "title: Mine",
        "title: Mine\nbased_on: ketamine\n§without: [rmtg -> vta]",
        "without.0: unknown nucleus or projection of the base 'rmtg -> vta'; did you mean 'rmtg -> vta_da'?",
    ),
    "left out and given": (
        "title: Mine",
        "title: Mine\nbased_on: ketamine\n§without: [lhb]",
        "without.0: given 'lhb', which this file also gives; expected one of the two",
    ),
    "left out of no base": (
        "title: Mine",
        "title: Mine\n§without: [rmtg]",
        "without: given without 'based_on', expected both: it leaves out what a base has",
    ),
    "based on a path": (
        "title: Mine",
        "title: Mine\n§based_on: ../../etc/passwd",
        "based_on: unknown experiment '../../etc/passwd'",
    ),
    "unknown set of parameters": (
        "title: Mine",
        "title: Mine\n§parameters: 2025.1",
        "parameters: unknown set '2025.1'; did you mean '2026.1', '2026.5' or '2026.4'?",
    ),
    "based on a list": ("title: Mine", "title: Mine\n§based_on: [ketamine]", "based_on: unknown experiment a list"),
}

WRONG_REPLAYS: dict[str, tuple[str, str, str]] = {
    "no pattern": (
        "{replay: tonic}",
        "{}",
        "conditions.tonic.replay: missing; expected a pattern of the replayed trains: bursting, tonic or silent",
    ),
    "share of bursts above 1": (
        "{replay: tonic}",
        "{replay: {burst_share: 2}}",
        "conditions.tonic.replay.burst_share: given '2', expected a value from 0 to 1",
    ),
    "pattern faster than its nucleus": (
        "{replay: tonic}",
        "{replay: {rate: 6 Hz}}",
        "conditions.tonic.replay.rate: given 6 Hz, expected at most the rate of the trains of lhb, '5 Hz'",
    ),
    "no rate": (
        "rate: 5 Hz",
        "rate: 0 Hz",
        "nuclei.lhb.replay.rate: given '0 Hz', expected more than 0 Hz and at most 1 kHz",
    ),
    "wires to replayed trains": (
        "from: lhb, to: rmtg",
        "from: rmtg, to: lhb",
        "wiring.0.to: unknown simulated nucleus 'lhb'",
    ),
    "parameters of replayed trains": (
        "size: 10, replay",
        "size: 10, parameters: {g_T: 1 nS}, replay",
        "nuclei.lhb.parameters: given parameters, expected none where trains are replayed",
    ),
    "drug that meets no cell": (
        "{replay: tonic}",
        "{replay: tonic, ketamine: {block: 1}}",
        "conditions.tonic.ketamine: changes nothing in rmtg; expected a nucleus with g_NMDA",
    ),
    "one spike a burst": (
        "intra_burst_frequency",
        "spikes_per_burst: 1, intra_burst_frequency",
        "nuclei.lhb.replay.spikes_per_burst: given 1, expected at least 2",
    ),
}

WRONG_NUCLEI: dict[str, tuple[str, str, str]] = {
    "other name than the file's": (
        "nucleus: cell",
        "nucleus: sell",
        "nucleus: given 'sell', expected the file's own name 'cell'",
    ),
    "unknown key": ("size: 5", "sise: 5", "sise: unknown key 'sise'; did you mean 'size'?"),
    "missing key": ("title: A reduced neuron\n", "", "title: missing; expected text"),
    "unknown burst rule": (
        "burst_rule: lhb",
        "burst_rule: dopamin",
        "burst_rule: unknown burst rule 'dopamin'; "
        "expected a preset or 'start=20ms,end=100ms,...'; did you mean 'dopamine'?",
    ),
    "unknown mechanism": ("ampa, inj", "amap, inj", "mechanisms.2: unknown mechanism 'amap'; did you mean 'ampa'?"),
    "path for a mechanism": ("ampa, inj", "../../ampa, inj", "mechanisms.2: unknown mechanism '../../ampa'"),
    "mechanism of synapses": (
        "ampa, inj",
        "ampa, short_term_plasticity, inj",
        "mechanisms.3: unknown mechanism 'short_term_plasticity'",
    ),
    "mechanism twice": (
        "ampa, inj",
        "ampa, ampa, inj",
        "mechanisms: nucleus 'cell': two mechanisms give E_AMPA, I_AMPA, open_AMPA, s_AMPA, tau_AMPA, expected one",
    ),
    "mechanism that lacks another": (
        "ampa, inj",
        "ampa, t_type, sk, inj",
        "mechanisms: nucleus 'cell': mechanism 'sk' needs Ca, expected a mechanism that gives it",
    ),
    "no threshold": (
        "injected_current, integrate_and_fire",
        "injected_current",
        "mechanisms: nucleus 'cell' needs exactly one mechanism with a threshold, it has 0",
    ),
    "unknown parameter": ("g_L: {value", "g_l: {value", "parameters.g_l: unknown parameter 'g_l'; did you mean 'g_L'?"),
    "wrong unit": (
        "value: 3 nS",
        "value: 3 mV",
        "parameters.g_L: given '3 mV' (voltage), expected a conductance such as '5 nS'",
    ),
    "negative conductance": ("value: 3 nS", "value: -3 nS", "parameters.g_L: given '-3 nS', expected 0 or more"),
    "no source": (
        "nS, source: chosen",
        "nS, source: '  '",
        "parameters.g_L.source: given '  ', expected a source: the paper, or who chose the value and why",
    ),
    "bare number": (
        "value: 3 nS",
        "value: 3",
        "parameters.g_L: given '3' (bare number), expected a conductance; give a unit, e.g. '5 nS'",
    ),
    "spread of a shared parameter": (
        "I_hold: {kind",
        "t_refractory: {kind",
        "spread.t_refractory: unknown parameter that may differ between neurons 't_refractory'",
    ),
    "unit of a spread": (
        "width: 1 pA",
        "width: 10 %",
        "spread.I_hold.width: given '10 %' (bare number), expected a current; give a unit, e.g. '5 pA'",
    ),
    "negative spread": ("width: 1 pA", "width: -1 pA", "spread.I_hold.width: given '-1 pA', expected at least 0 A"),
    "unknown kind of spread": (
        "kind: normal",
        "kind: norml",
        "spread.I_hold.kind: unknown kind 'norml'; did you mean 'normal', 'lognormal' or 'uniform'?",
    ),
    "shares": (
        "groups:\n    - {name: all, share: 1,",
        "§groups:\n    - {name: all, share: 0.5,",
        "rest.groups: given shares that add up to 0.5, expected 1",
    ),
    "share above 1": ("share: 1,", "share: 2,", "rest.groups.0.share: given 2, expected at most 1"),
    "share that is no number": (
        "share: 1,",
        "share: .nan,",
        "rest.groups.0.share: given nan, expected a finite number",
    ),
    "factor on a shared parameter": (
        "factors: {g_L: 1}",
        "factors: {C_m: 1}",
        "rest.groups.0.factors.C_m: unknown parameter that may differ between neurons 'C_m'",
    ),
    "infinite factor": (
        "factors: {g_L: 1}",
        "factors: {g_L: .inf}",
        "rest.groups.0.factors.g_L: given inf, expected a finite number",
    ),
    "unknown mechanism to leave out": (
        "without: [ions]",
        "without: [sodium]",
        "rest.without.0: unknown mechanism of this nucleus 'sodium'",
    ),
    "unknown variable": (
        "fixed: {s_AMPA",
        "fixed: {s_AMPAR",
        "rest.fixed.s_AMPAR: unknown variable 's_AMPAR'; did you mean 's_AMPA'?",
    ),
    "rest that nothing holds": (
        ", injected_current, integrate_and_fire]\nparameters:\n  g_L: {value: 3 nS, source: chosen, tag: "
        "assumed}\nspread:\n"
        "  I_hold: {kind: normal, width: 1 pA, source: chosen, tag: assumed}\n",
        ", integrate_and_fire]\n§",
        "rest: given resting potentials, expected the mechanism 'injected_current' to hold them",
    ),
    "unit of a start": (
        "low: -60 mV",
        "low: -60 pA",
        "start.v.low: given '-60 pA' (current), expected a voltage such as '5 mV'",
    ),
    "start upside down": (
        "low: -60 mV",
        "low: -40 mV",
        "start.v.low: given '-40 mV', expected at most 'high', '-50 mV'",
    ),
    "broken YAML": (
        "title: A reduced",
        "title: [A reduced",
        "cannot read the YAML: a bracket is opened here and not closed, or a "
        "comma is missing in it (met 'title: [A reduced neuron')",
    ),
}

WRONG_DRUGS: dict[str, tuple[str, str, str]] = {
    "other name than the file's": (
        "intervention: drug",
        "intervention: drag",
        "intervention: given 'drag', expected the file's own name 'drug'",
    ),
    "unknown kind": ("kind: drug", "kind: drugs", "kind: unknown kind 'drugs'; did you mean 'drug'?"),
    "unknown parameter": (
        "parameter: g_T,",
        "parameter: gT,",
        "effects.0.parameter: unknown parameter 'gT'; did you mean 'g_T'?",
    ),
    "code for a parameter": (
        "parameter: g_T,",
        "parameter: 'g_T*0 + __import__(1)',",
        "effects.0.parameter: unknown parameter 'g_T*0 + __import__(1)'",
    ),
    "unknown law": ("law: shift", "law: shft", "effects.1.law: unknown law 'shft'; did you mean 'shift'?"),
    "block with an amount": (
        "law: block}",
        "law: block, amount: {value: 1, source: chosen, tag: assumed}}",
        "effects.0.amount: given an amount, expected none: a block is as large as the experiment says",
    ),
    "shift without an amount": (
        "law: shift, amount: {value: -1 mV, source: chosen, tag: assumed}",
        "law: shift",
        "effects.1.amount: missing; expected the amount of the shift at full strength",
    ),
    "unit of a shift": (
        "value: -1 mV",
        "value: -1 nS",
        "effects.1.amount.value: given '-1 nS' (conductance), expected a voltage such as '5 mV'",
    ),
    "unit of a scale": (
        "value: 2,",
        "value: 2 nS,",
        "effects.2.amount.value: given '2 nS' (conductance), expected a bare number such as '0.5'",
    ),
    "negative scale": (
        "value: 2,",
        "value: -2,",
        "effects.2.amount.value: given '-2', expected more than 0 and at most 1000",
    ),
    "unit of an IC50": (
        "value: 5 uM",
        "value: 5 mV",
        "affinity.IC50.value: given '5 mV' (voltage), expected a concentration such as '1 uM'",
    ),
    "IC50 of zero": (
        "value: 5 uM",
        "value: 0 uM",
        "affinity.IC50.value: given '0 uM', expected a value from 0.001 nM to 1 M",
    ),
    "slope of zero": ("value: 1,", "value: 0,", "affinity.hill.value: given '0', expected a value from 0.1 to 10"),
    "no effects": ("effects:\n", "effects: []\nnotes: |\n", "effects: given an empty list, expected at least 1 entry"),
}

WRONG_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "the file is empty; expected 'key: value' lines"),
    "only a comment": (b"# nothing\n", "the file is empty; expected 'key: value' lines"),
    "binary": (b"\x89PNG\r\n\x00\x01", "this is a binary file; expected YAML text in UTF-8"),
    "not UTF-8": ("title: naïve\n".encode("latin-1"), "this is not UTF-8; save the file as UTF-8 text"),
    "tab": (b"nuclei:\n\tlhb: {}\n", "this line is indented with a tab; use spaces"),
    "key twice": (b"seeds: 1\nseeds: 2\n", "the key 'seeds' is already on line 1"),
    "tag": (b"seeds: !!python/object/apply:os.system ['touch x']\n", "a tag (!name) is not accepted"),
    "alias bomb": (b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n", "an anchor (&name) is not accepted"),
    "deeply nested": (b"seeds: " + b"[" * 9000 + b"]" * 9000, "nested more than 20 levels deep"),
    "list": (b"- 1\n- 2\n", "the top level is a list; expected 'key: value' lines"),
    "large": (b"# " + b"x" * 200_000, "the file is larger than 100 kB; expected a configuration"),
}
