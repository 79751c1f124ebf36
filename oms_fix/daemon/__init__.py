"""The running daemon: wiring, sequencer, recovery, control."""
