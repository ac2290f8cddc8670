"""Ornstein-Uhlenbeck noise current, advanced by its exact update."""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="noise_current",
    title="Ornstein-Uhlenbeck noise current",
    equations="""
        I_noise : amp
    """,
    source="exact update of the Ornstein-Uhlenbeck process (Gillespie 1996)",
    tag="assumed",
    parameters={
        "sigma_noise": parameter("4 pA", source="fitted with the population", tag="fitted"),
        "tau_noise": parameter("5 ms", source="filtering by unmodelled synapses", tag="assumed"),
    },
    currents=("I_noise",),
    requires=frozenset({"noise_key"}),
    each_step="""
        noise_kick = sigma_noise*sqrt(1 - exp(-2*dt/tau_noise))
        I_noise = I_noise*exp(-dt/tau_noise) + noise_kick*normal_noise(noise_key, t_in_timesteps, 2)
    """,
)
