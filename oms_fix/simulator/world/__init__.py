"""A whole world on one thread and in virtual time: the real router among simulated everything."""
