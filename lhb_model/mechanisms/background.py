"""Background synaptic input: an independent Poisson train of glutamatergic events for each neuron."""

from lhb_model.mechanisms.mechanism import Mechanism
from lhb_model.quantities import parameter

MECHANISM = Mechanism(
    name="background",
    title="Poisson background of AMPA and NMDA events",
    equations="",
    source="at most one event a neuron and step, drawn by counter-based random numbers",
    tag="assumed",
    parameters={
        "background_rate": parameter("80 Hz", source="fitted with the population", tag="fitted"),
        "background_AMPA": parameter("0.25 nS", source="fitted with the population", tag="fitted"),
        "background_NMDA": parameter("0.03", source="fitted with the population", tag="fitted"),
    },
    requires=frozenset({"s_AMPA", "s_NMDA", "noise_key"}),
    each_step="""
        background_event = int(uniform_noise(noise_key, t_in_timesteps, 1) < background_rate*dt)
        s_AMPA += background_AMPA*background_event
        s_NMDA += background_NMDA*background_event
    """,
)
