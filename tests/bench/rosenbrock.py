"""Rosenbrock's function of ten variables: its gradient, and its Hessian."""

import ctypes

import numpy

from autograd_lite import hessian, record, value_and_grad

from . import peers
from .harness import At, Contestant, Workload

N = 10
AT = numpy.array([-1.2, 1.0] * (N // 2))
ATS = [(AT + dx,) for dx in numpy.random.default_rng(0).normal(scale=0.3, size=(256, N))]


def f(x):
    """One number after another, on any kind of numbers."""
    total = 0.0
    for i in range(N - 1):
        total = total + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def on_arrays(x):
    """The same on whole arrays."""
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def eager():
    return At(value_and_grad(f), ATS)


def eager_hessian():
    return At(hessian(f), ATS)


def recorded(backend):
    def make():
        if backend == "c":
            peers.needs_c()
        return At(record(f, AT).on(backend).value_and_grad, ATS)

    return make


def recorded_hessian(backend):
    def make():
        if backend == "c":
            peers.needs_c()
        return At(record(hessian(f), AT).on(backend), ATS)

    return make


def casadi(second):
    def make():
        ca = peers.library("casadi")
        x = ca.SX.sym("x", N)
        y = f(x)
        found = [ca.hessian(y, x)[0]] if second else [y, ca.gradient(y, x)]
        return At(ca.Function("f", [x], found), [(ca.DM(x),) for (x,) in ATS])

    return make


def hips(second):
    def make():
        autograd = peers.library("autograd")
        return At((autograd.hessian if second else autograd.value_and_grad)(on_arrays), ATS)

    return make


def jax(second):
    def make():
        jax = peers.jax()
        run = jax.jit(jax.hessian(on_arrays) if second else jax.value_and_grad(on_arrays))
        return At(lambda x: jax.block_until_ready(run(x)), [(jax.numpy.array(x),) for (x,) in ATS])

    return make


def torch(second):
    def make():
        torch = peers.torch()

        def gradient(x):
            y = on_arrays(x)
            return y, torch.autograd.grad(y, x)[0]

        def run_hessian(x):
            return torch.autograd.functional.hessian(on_arrays, x)

        points = [(torch.tensor(x, requires_grad=True),) for (x,) in ATS]
        return At(run_hessian if second else gradient, points)

    return make


def numpy_by_hand(second):
    def make():
        def gradient(x):
            r, q = x[1:] - x[:-1] ** 2, 1 - x[:-1]
            g = numpy.zeros(N)
            g[:-1] = -400 * r * x[:-1] - 2 * q
            g[1:] += 200 * r
            return (100 * r * r + q * q).sum(), g

        def run_hessian(x):
            d, e = numpy.zeros(N), -400 * x[:-1]
            d[:-1] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
            d[1:] += 200
            return numpy.diag(d) + numpy.diag(e, 1) + numpy.diag(e, -1)

        return At(run_hessian if second else gradient, ATS)

    return make


def numba_by_hand(second):
    def make():
        @peers.njit()
        def gradient(x):
            total, g = 0.0, numpy.zeros(x.size)
            for i in range(x.size - 1):
                r, q = x[i + 1] - x[i] * x[i], 1 - x[i]
                total += 100 * r * r + q * q
                g[i] += -400 * r * x[i] - 2 * q
                g[i + 1] += 200 * r
            return total, g

        @peers.njit()
        def run_hessian(x):
            H = numpy.zeros((x.size, x.size))
            for i in range(x.size - 1):
                H[i, i] += 1200 * x[i] * x[i] - 400 * x[i + 1] + 2
                H[i, i + 1] = H[i + 1, i] = -400 * x[i]
                H[i + 1, i + 1] += 200
            return H

        return At(run_hessian if second else gradient, ATS)

    return make


def c_by_hand(second):
    def make():
        rosenbrock = peers.by_hand().rosenbrock
        rosenbrock.restype = ctypes.c_double
        g, H = numpy.zeros(N), numpy.zeros((N, N))
        rest = ctypes.c_long(N), peers.pointer(g), peers.pointer(H) if second else None

        def run_hessian(x):
            rosenbrock(x, *rest)
            return H

        return At(
            run_hessian if second else lambda x: (rosenbrock(x, *rest), g),
            [(peers.pointer(x),) for (x,) in ATS],
        )

    return make


def workload(second):
    ours, programs = (eager_hessian, recorded_hessian) if second else (eager, recorded)
    return Workload(
        "rosenbrock-hessian" if second else "rosenbrock-gradient",
        f"Rosenbrock's function of {N} variables: "
        + ("the Hessian" if second else "value and gradient"),
        (
            Contestant("eager", ours),
            Contestant("program: Python", programs("python")),
            Contestant("program: NumPy", programs("numpy")),
            Contestant("program: C", programs("c")),
            Contestant("CasADi", casadi(second), "casadi"),
            Contestant("HIPS autograd", hips(second), "autograd"),
            Contestant("PyTorch", torch(second), "torch"),
            Contestant("JAX jit", jax(second), "jax"),
            Contestant("NumPy by hand", numpy_by_hand(second), "numpy"),
            Contestant("Numba by hand", numba_by_hand(second), "numba"),
            Contestant("C by hand", c_by_hand(second), "numpy"),
        ),
        base="eager",
    )


WORKLOADS = [workload(False), workload(True)]
