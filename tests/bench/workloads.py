"""All workloads, by their keys, in the order of the table."""

from . import chains, gpt, notes, rooms, rosenbrock, step_peers

ALL = [step_peers, notes, chains, rosenbrock, gpt, rooms]
WORKLOADS = {workload.key: workload for module in ALL for workload in module.WORKLOADS}
