"""T-type (Cav3) calcium current: the low-threshold current that hyperpolarisation makes available and that lifts a burst."""

from lhb_model.mechanisms.mechanism import FIT, Mechanism
from lhb_model.quantities import parameter

HUGUENARD = "Huguenard, Gutnick & Prince 1993 J Neurophysiol 70:158 (rat LHb)"

MECHANISM = Mechanism(
    name="t_type",
    title="T-type calcium current",
    equations="""
        I_T = g_T*m_T**2*((1 - f_slow)*h_fast + f_slow*h_slow)*(E_Ca - v) : amp
        dm_T/dt = (m_T_inf - m_T)/tau_m_T : 1
        dh_fast/dt = (h_T_inf - h_fast)/tau_h_fast : 1
        dh_slow/dt = (h_T_inf - h_slow)/tau_h_slow : 1
        m_T_inf = 1/(1 + exp(-(v - V_m_T - T_shift)/k_m_T)) : 1
        tau_m_T = (0.6*ms + 1*ms/(exp(-(v + 129*mV)/(16.7*mV)) + exp((v + 14*mV)/(18.2*mV))))/phi_T : second
        h_T_inf = 1/(1 + exp((v - V_h_T - T_shift)/k_h_T)) : 1
        tau_recovery = tau_deep/(1 + exp((v + 80.1*mV - T_shift)/(5*mV))) : second
        tau_h_fast = (tau_fast + tau_recovery)/phi_T : second
        tau_h_slow = (tau_slow + tau_recovery)/phi_T : second
    """,
    source="form of " + HUGUENARD + "; activation time constant as for thalamic T current (Huguenard & McCormick 1992)",
    tag="recalled",
    parameters={
        "g_T": parameter("25.003 nS", source=FIT, tag="fitted"),
        "f_slow": parameter("0.75727", source=FIT, tag="fitted", note="share of the slowly inactivating phase"),
        "T_shift": parameter(
            "3.634 mV",
            source=FIT,
            tag="fitted",
            note="moves activation and inactivation together from the values measured in dissociated cells; at 0 this cell does "
            "not burst: at -60 mV too few channels are available",
        ),
        "V_m_T": parameter("-62 mV", source=HUGUENARD, tag="measured", note="m**2 is half at the published -58.5 mV"),
        "k_m_T": parameter("4.2 mV", source=HUGUENARD, tag="measured", note="gives m**2 the published slope of 3.4 mV"),
        "V_h_T": parameter("-83.5 mV", source=HUGUENARD, tag="measured"),
        "k_h_T": parameter("5 mV", source=HUGUENARD, tag="measured"),
        "tau_fast": parameter("22 ms", source=HUGUENARD, tag="measured", note="fast inactivation 20-50 ms"),
        "tau_slow": parameter("120 ms", source=HUGUENARD, tag="measured", note="slow inactivation about 120 ms"),
        "tau_deep": parameter(
            "535 ms", source=HUGUENARD, tag="measured", note="gives the recovery at -90 mV its published 507 ms"
        ),
        "phi_T": parameter(
            "2.5",
            source="Q10 of 2.5 over the 10 C from the voltage clamp at about 23 C to a slice at 33 C",
            tag="assumed",
            note="speed of the gates; 1 is the current as recorded, with which bursts are too slow for theta",
        ),
    },
    per_neuron=frozenset({"g_T"}),
    currents=("I_T",),
    requires=frozenset({"E_Ca"}),
)
