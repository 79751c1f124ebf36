"""Benchmarks beside the engines that people use today: each figure is a ratio of one run.

Every server and every load generator is a process of its own on the loopback interface. It is
started by the benchmark, ends with it, and gives up by itself when the other side is silent.
"""
