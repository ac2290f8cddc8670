"""Extracellular K+ round the soma: neurons release it, astrocytic Kir4.1 clears it, and E_K and the leak follow.

Kir4.1 sits on astrocytic processes that wrap tightly round LHb somata, so each neuron has a cleft of its own (Cui 2018).
The neuron's own K+-carrying currents add to what all other cells release there; pumps and diffusion help to clear it.
"""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

UNMEASURED = "nobody has measured it in the LHb; "

MECHANISM = Mechanism(
    name="extracellular_potassium",
    title="Extracellular K+ and its clearance by astrocytic Kir4.1",
    equations="""
        E_K = V_Nernst*log(K_out/K_in) : volt
        I_L_K = leak_K*g_L*(E_K - v) : amp
        I_L_shift = leak_K*g_L*(E_K - E_K_rest) : amp
        dK_out/dt = K_release - (I_potassium + I_L_K)/K_charge - clearance*(K_out - K_bath) : mmolar
        clearance = (1 - Kir41_share + Kir41_share*Kir41)/tau_K : Hz
    """,
    source="Nernst potential of a well-mixed cleft with first-order clearance, after the model of Cui 2018 Nature 554:323",
    tag="assumed",
    parameters={
        "Kir41": parameter(
            "1",
            source="definition: expression of Kir4.1 relative to control",
            tag="assumed",
            note="clearance grows in proportion to it; up-regulated in depression (Cui 2018)",
        ),
        "Kir41_share": parameter(
            "0.4",
            source=UNMEASURED
            + "in hippocampus Kir4.1 and Na/K pumps share it (D'Ambrosio 2002, Larsen 2014; recalled)",
            tag="assumed",
            note="share of control clearance by Kir4.1; the others are pumps and diffusion",
        ),
        "tau_K": parameter(
            "0.75 s",
            source=UNMEASURED + "K+ transients in slices of other regions decay within seconds",
            tag="assumed",
            note="time constant of all clearance in control",
        ),
        "K_bath": parameter(
            "2.5 mM",
            source="artificial cerebrospinal fluid of LHb slices (Yang 2018, Cui 2018)",
            tag="recalled",
            note="to which clearance tends; cerebrospinal fluid has about 3 mM",
        ),
        "K_release": parameter(
            "2.71 mM/s",
            source="fitted so that E_K of a silent cell is -90 mV",
            tag="fitted",
            note="K+ from all other cells and processes; what makes the cleft richer in K+ than the bath",
        ),
        "K_charge": parameter(
            "386 pC/mM",
            source=UNMEASURED + "Faraday's constant times 4 pl, a fifth of the tissue at 50 000 neurons/mm3",
            tag="assumed",
            note="charge that raises K_out; ten spikes a second then raise it by some tenths of a millimole",
        ),
        "K_in": parameter("140 mM", source="usual in neurons and in pipettes", tag="assumed"),
        "V_Nernst": parameter("26.4 mV", source="RT/F at 33 degC, the temperature of LHb slices", tag="assumed"),
        "leak_K": parameter(
            "0.6",
            source="share with which the leak's reversal potential follows E_K; fitted with the population",
            tag="fitted",
            note="share of K+ in the leak conductance",
        ),
        "E_K_rest": parameter(
            "-90 mV", source="E_K with which the leak's reversal potential E_L was fitted", tag="fitted"
        ),
    },
    currents=("I_L_shift",),
    replaces=frozenset({"E_K"}),
    slow=("K_out", "E_K"),
    kept=("K_out", "E_K"),
    requires=frozenset({"I_potassium", "g_L"}),
)
