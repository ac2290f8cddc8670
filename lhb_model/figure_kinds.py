"""The kinds of figure an experiment may ask for, by name. What draws them is in `figures`; nothing is imported here."""

FIGURE_KINDS = {
    "raster": "spikes with bursts marked, nuclei as bands, drug shaded",
    "traces": "membrane potential of a silent, a bursting and a tonic cell",
    "ramp": "membrane potential of one cell under an injected current",
    "voltage_clamp": "currents of a voltage clamp, with activation, inactivation and recovery beside published numbers",
    "mode_map": "modes of one cell against holding current and blocks",
    "kir41": "potential and modes against the expression of Kir4.1",
    "infusion": "a drug over hours: concentration, block, bursts and transmitters at moments of its course",
    "classes": "shares of silent, bursting and tonic neurons",
    "isi": "inter-spike intervals with the burst rule's limits",
    "return_map": "each interval against the next, with the limits",
    "sensitivity": "share of spikes in bursts for other limits; of a sweep by morris or saltelli, what each axis matters",
    "circuit": "rates and transmitter over time",
    "spectrum": "power spectrum of the LHb's rate, with the theta band",
    "ppc": "spectrum of pairwise phase consistency",
    "peth": "spikes and rates around pulses of current",
    "dose": "measures against dose, with fitted curves",
    "screen": "drugs at several doses, each measure told against control and a state such as depression",
    "comparison": "differences between conditions, seed by seed",
    "map": "of a sweep, a measure over two axes, or one",
    "against_rate": "dopamine and serotonin against the LHb's mean rate",
    "transfer": "dopamine and serotonin against bursts and synchrony",
    "courses": "shares, theta and transmitters over time, in sliding windows",
    "outcomes": "rates around reward and its omission, and what is learnt from them",
}
"""Each kind, and what it shows."""
NEED_TRACES = ("traces", "ramp", "kir41")
"""Kinds that draw membrane potentials."""
