"""Reversal potentials and extracellular magnesium: what every current of a cell shares."""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="ions",
    title="Reversal potentials and extracellular magnesium",
    equations="",
    source="no equation",
    tag="assumed",
    parameters={
        "E_Na": parameter("50 mV", source="conventional value for mammalian neurons", tag="assumed"),
        "E_K": parameter(
            "-90 mV", source="Nernst, 3 and 110 mM", tag="assumed", note="shifted by astrocytic Kir4.1 (Cui 2018)"
        ),
        "E_Ca": parameter(
            "120 mV",
            source="conventional effective value of an ohmic Ca2+ current",
            tag="assumed",
            note="the Goldman-Hodgkin-Katz form gave the same map of modes",
        ),
        "Mg_out": parameter("1 mM", source="slice solution; cerebrospinal fluid has about as much", tag="assumed"),
    },
)
