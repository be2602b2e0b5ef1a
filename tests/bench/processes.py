"""Each library in a process of its own, so that none pays for what another one has imported.

They take turns, one running at a time; a library that brings its process down is skipped.
"""

import multiprocessing
import os
import sys
import warnings
from contextlib import suppress

from .harness import Runner, Skipped
from .workloads import WORKLOADS

# One thread each, 64 bits: cores and precision are not what is compared.
SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JAX_ENABLE_X64": "1",
    "JAX_PLATFORMS": "cpu",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}


def serve(connection):
    """Answer, in a process of its own, what a ``Remote`` asks."""
    sys.setrecursionlimit(10_000_000)  # some peers' backward is recursive
    # Where C cannot be compiled, a program says so and uses NumPy, whose time is not C's.
    warnings.filterwarnings("error", ".*using NumPy in place of C.*")
    current, runners = "", {}
    while (asked := connection.recv()) is not None:
        what, workload, name, *arguments = asked
        if workload != current:
            current, runners = workload, {}
        try:
            if what == "start":
                runners[name] = Runner(WORKLOADS[workload].named(name))
                answer = runners[name].numbers, runners[name].setup
            else:
                answer = getattr(runners[name], what)(*arguments)
        except Exception as error:
            answer = Skipped(str(error) or type(error).__name__)
        connection.send(answer)


class Homes:
    """The libraries' processes; to be used in a ``with`` statement.

    Args:
        settings: more of their environment.
    """

    def __init__(self, **settings):
        self._settings = SETTINGS | settings
        self._processes = {}

    def __enter__(self):
        self._before = dict(os.environ)
        os.environ.update(self._settings)  # before NumPy is imported there
        return self

    def __exit__(self, *_):
        for home in list(self._processes):
            self._end(home)
        for name in self._settings:
            os.environ.pop(name)
        os.environ.update(self._before)

    def start(self, workload, contestant):
        """Set up a contestant in the process of its library."""
        return Remote(self, workload.key, contestant)

    def ask(self, home, *question):
        """Ask the process of a library, which is started if need be."""
        if home not in self._processes:
            context = multiprocessing.get_context("spawn")
            mine, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._processes[home] = process, mine
        _, connection = self._processes[home]
        try:
            connection.send(question)
            answer = connection.recv()
        except (EOFError, OSError):
            self._end(home)
            raise Skipped("its process has died") from None
        if isinstance(answer, Skipped):
            raise answer
        return answer

    def _end(self, home):
        process, connection = self._processes.pop(home)
        with suppress(OSError):
            connection.send(None)
        process.join(5)
        process.terminate()


class Remote:
    """A ``Runner`` in another process."""

    def __init__(self, homes, workload, contestant):
        self._ask = lambda what, *arguments: homes.ask(
            contestant.home, what, workload, contestant.name, *arguments
        )
        self.numbers, self.setup = self._ask("start")

    def result(self):
        """The numbers it computes, in one row."""
        return self._ask("result")

    def time(self, count, collector):
        """Seconds of one of ``count`` runs."""
        return self._ask("time", count, collector)

    def bytes(self):
        """Bytes that are in use after a run."""
        return self._ask("bytes")
