"""One file per current, synapse or channel state; the file's `MECHANISM` is found by the catalogue under its name."""
