"""One network in several simulators; each module has `run(case, dt, duration)`."""
