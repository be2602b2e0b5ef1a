"""Rosenbrock's function of ten variables: its gradient, and its Hessian."""

import ctypes

import numpy

from autograd_lite import hessian, record, value_and_grad

from . import peers
from .harness import Contestant, Workload

N = 10
AT = numpy.array([-1.2, 1.0] * (N // 2))


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
    return lambda: value_and_grad(f)(AT)


def eager_hessian():
    return lambda: hessian(f)(AT)


def replay(backend):
    def make():
        if backend == "c":
            peers.needs_c()
        program = record(f, AT).on(backend)
        return lambda: program.value_and_grad(AT)

    return make


def replay_hessian(backend):
    def make():
        if backend == "c":
            peers.needs_c()
        program = record(hessian(f), AT).on(backend)
        return lambda: program(AT)

    return make


def casadi(second):
    def make():
        ca = peers.library("casadi")
        x = ca.SX.sym("x", N)
        y = f(x)
        found = [ca.hessian(y, x)[0]] if second else [y, ca.gradient(y, x)]
        run, at = ca.Function("f", [x], found), ca.DM(AT)
        return lambda: run(at)

    return make


def hips(second):
    def make():
        autograd = peers.library("autograd")
        run = autograd.hessian(on_arrays) if second else autograd.value_and_grad(on_arrays)
        return lambda: run(AT)

    return make


def jax(second):
    def make():
        jax = peers.jax()
        run = jax.jit(jax.hessian(on_arrays) if second else jax.value_and_grad(on_arrays))
        at = jax.numpy.array(AT)
        return lambda: jax.block_until_ready(run(at))

    return make


def torch(second):
    def make():
        torch = peers.torch()
        at = torch.tensor(AT, requires_grad=True)

        def gradient():
            y = on_arrays(at)
            return y, torch.autograd.grad(y, at)[0]

        def run_hessian():
            return torch.autograd.functional.hessian(on_arrays, at)

        return run_hessian if second else gradient

    return make


def numpy_by_hand(second):
    def make():
        def gradient():
            r, q = AT[1:] - AT[:-1] ** 2, 1 - AT[:-1]
            g = numpy.zeros(N)
            g[:-1] = -400 * r * AT[:-1] - 2 * q
            g[1:] += 200 * r
            return (100 * r * r + q * q).sum(), g

        def run_hessian():
            d, e = numpy.zeros(N), -400 * AT[:-1]
            d[:-1] = 1200 * AT[:-1] ** 2 - 400 * AT[1:] + 2
            d[1:] += 200
            return numpy.diag(d) + numpy.diag(e, 1) + numpy.diag(e, -1)

        return run_hessian if second else gradient

    return make


def c_by_hand(second):
    def make():
        rosenbrock = peers.by_hand().rosenbrock
        rosenbrock.restype = ctypes.c_double
        g, H = numpy.zeros(N), numpy.zeros((N, N))
        given = peers.pointer(AT), ctypes.c_long(N), peers.pointer(g)
        h = peers.pointer(H)

        def run_hessian():
            rosenbrock(*given, h)
            return H

        return run_hessian if second else lambda: (rosenbrock(*given, None), g)

    return make


def workload(second):
    ours, programs = (eager_hessian, replay_hessian) if second else (eager, replay)
    return Workload(
        "rosenbrock-hessian" if second else "rosenbrock-gradient",
        f"Rosenbrock's function of {N} variables: "
        + ("the Hessian" if second else "value and gradient"),
        (
            Contestant("eager", ours),
            Contestant("replay: Python", programs("python")),
            Contestant("replay: NumPy levels", programs("numpy")),
            Contestant("replay: C table", programs("c")),
            Contestant("CasADi", casadi(second), "casadi"),
            Contestant("HIPS autograd", hips(second), "autograd"),
            Contestant("PyTorch", torch(second), "torch"),
            Contestant("JAX jit", jax(second), "jax"),
            Contestant("NumPy by hand", numpy_by_hand(second), "numpy"),
            Contestant("C by hand", c_by_hand(second), "numpy"),
        ),
        base="eager",
    )


WORKLOADS = [workload(False), workload(True)]
