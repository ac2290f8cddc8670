"""The equations and parameters of the kept cell as Markdown: value, unit, source and tag of each.

python calibration/neuron_parameters.py [FILE ...]
"""

import json
import sys
from pathlib import Path

from neuron_cell import FIXED

KEPT = Path(__file__).with_name("neuron_scores.json")

HUGUENARD = "Huguenard, Gutnick & Prince 1993 J Neurophysiol 70:158 (rat LHb)"
FIT = "calibration/neuron.py"
TRAUB = "Traub & Miles 1991, rates relative to V_T"
A_SOURCE = "Huguenard, Coulter & Prince 1991 J Neurophysiol 66:1304 (thalamus), half-activation -60 in Huguenard & McCormick 1992"
KIR_SOURCE = "form and half-activation of inward rectifiers, as Kir2; Hibino 2010 Physiol Rev 90:291"

EQUATIONS = """
    C dV/dt = I - I_L - I_Na - I_K - I_T - I_HVA - I_SK - I_M - I_A - I_Kir - I_NMDA - I_h
    I_L = g_L (V - E_L);  I_Na = g_Na m^3 h (V - 50);  I_K = g_K n^4 (V - E_K)
    u = V - V_T:  a_m = .32 (13-u)/(e^((13-u)/4) - 1), b_m = .28 (u-40)/(e^((u-40)/5) - 1), a_h = .128 e^((17-u)/18),
      b_h = 4/(1 + e^((40-u)/5)), a_n = k_n .032 (15-u)/(e^((15-u)/5) - 1), b_n = k_n .5 e^((10-u)/40)
    I_T = g_T m_T^2 [(1 - f_s) h_f + f_s h_s] (V - 120);  e = V - s
      m_T_inf = 1/(1 + e^(-(e+62)/4.2)), tau_mT = [.6 + 1/(e^(-(V+129)/16.7) + e^((V+14)/18.2))]/phi
      h_inf = 1/(1 + e^((e+83.5)/5)), a = tau_deep/(1 + e^((e+80.1)/5)), tau_f = (22 + a)/phi, tau_s = (120 + a)/phi
    I_HVA = g_H c^2 (V - 120);  c_inf = 1/(1 + e^(-(V-V_c)/5)), tau_c
    dCa/dt = -k_H I_HVA - (Ca - .05)/tau_Ca;  I_SK = g_SK Ca^2/(Ca^2 + .25) (V - E_K)
    I_M = g_M w (V - E_K);  w_inf = 1/(1 + e^(-(V-V_w)/k_w)), tau_w
    I_A = g_A a_inf(V) b (V - E_K);  a_inf = 1/(1 + e^(-(V-V_a)/k_a)), b_inf = 1/(1 + e^((V-V_b)/k_b)), tau_b
    I_Kir = g_Kir (V - E_K)/(1 + e^((V-V_Kir)/k_Kir))
    I_NMDA = g_N V/(1 + Mg/3.57 e^(-.062 V))
    I_h = g_h q (V + 40);  q_inf = 1/(1 + e^((V-V_q)/7)), tau_q = 20 + 1000/(e^((V+71.5)/14.2) + e^(-(V+89)/11.6))
"""

# name: (meaning, unit, source, tag)
PARAMETERS = {
    "C": ("capacitance", "pF", FIT, "fitted"),
    "gL": ("leak", "nS", FIT, "fitted"),
    "EL": ("leak reversal", "mV", "held: holding current does the same", "assumed"),
    "EK": ("K+ reversal", "mV", "Nernst, 3 and 110 mM", "assumed"),
    "gNa": ("sodium", "nS", FIT, "fitted"),
    "gK": ("delayed rectifier", "nS", FIT, "fitted"),
    "VT": ("origin of the Na and K rates", "mV", FIT, "fitted"),
    "kn": ("speed of the delayed rectifier", "1", FIT + "; " + TRAUB + " has 1", "fitted"),
    "gT": ("T current", "nS", FIT, "fitted"),
    "fs": ("share of slowly inactivating T channels", "1", FIT + "; two phases, " + HUGUENARD, "fitted"),
    "s": ("shift of T activation and inactivation", "mV", FIT + "; 0 in " + HUGUENARD, "fitted"),
    "phi": (
        "speed of T gates at recording temperature",
        "1",
        "Q10 2.5 over the 10 C from a 23 C clamp to a 33 C slice",
        "assumed",
    ),
    "deep": ("tau_deep, T recovery", "ms", "with 22 and 120 ms: 507 ms at -90 mV, " + HUGUENARD, "measured"),
    "gH": ("high-voltage-activated Ca2+", "nS", FIT, "fitted"),
    "Vc": ("its half-activation (c)", "mV", FIT, "fitted"),
    "tauc": ("its time constant", "ms", "L/N type, order of 1 ms", "assumed"),
    "tauCa": ("Ca2+ removal near SK", "ms", FIT, "fitted"),
    "kH": ("Ca2+ per HVA charge", "1/(pA ms)", FIT, "fitted"),
    "gSK": ("SK", "nS", FIT, "fitted"),
    "gM": ("M current", "nS", FIT, "fitted"),
    "Vw": ("its half-activation", "mV", FIT, "fitted"),
    "kw": ("its slope", "mV", FIT, "fitted"),
    "tauw": ("its time constant", "ms", FIT, "fitted"),
    "gN": ("NMDA, ambient glutamate", "nS", FIT, "fitted"),
    "Mg": ("external Mg2+", "mM", "slice solution", "assumed"),
    "gh": ("h current", "nS", "physiology reference, cell 2", "fitted"),
    "Vq": ("its half-activation", "mV", "physiology reference, cell 2", "recalled"),
    "gKir": ("inward rectifier", "nS", FIT, "fitted"),
    "Vkir": ("its half-activation", "mV", KIR_SOURCE, "assumed"),
    "kkir": ("its slope", "mV", KIR_SOURCE, "assumed"),
    "gA": ("A-type K+", "nS", FIT, "fitted"),
    "Va": ("its half-activation", "mV", FIT + "; -60 in " + A_SOURCE, "fitted"),
    "ka": ("its activation slope", "mV", A_SOURCE, "assumed"),
    "Vb": ("its half-inactivation", "mV", FIT + "; -78 in thalamic cells", "fitted"),
    "kb": ("its inactivation slope", "mV", A_SOURCE, "recalled"),
    "taub": ("its inactivation time constant", "ms", FIT, "fitted"),
}


def main() -> None:
    """Print equations and table, one column of values for each file."""
    paths = [Path(name) for name in sys.argv[1:]] or [KEPT]
    cells = [{**FIXED, **json.loads(path.read_text())["cell"]} for path in paths]
    print(EQUATIONS)
    print("| name | what it is | " + " | ".join(path.stem for path in paths) + " | unit | source | tag |")
    print("|---" * (5 + len(paths)) + "|")
    for name, (meaning, unit, source, tag) in PARAMETERS.items():
        values = " | ".join(f"{cell[name]:.5g}" for cell in cells)
        print(f"| {name} | {meaning} | {values} | {unit} | {source} | {tag} |")


if __name__ == "__main__":
    main()
