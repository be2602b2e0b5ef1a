"""All workloads, by their keys, in the order of the table."""

from . import chains, gpt, notes, rooms, rosenbrock, step_peers, training

ALL = [step_peers, notes, training, chains, rosenbrock, gpt, rooms]
WORKLOADS = {workload.key: workload for module in ALL for workload in module.WORKLOADS}
