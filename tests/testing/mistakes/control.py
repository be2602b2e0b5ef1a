"""Optimal control and recursions: costs summed along a path, and steps unrolled."""

import math

import numpy as np

from autograd_lite import sin
from tests.testing.mistakes.case import SIGN, TWO, lacks, problem


@problem("linear quadratic control", wrt="u a x0", shapes={"u": (4,)}, domain={"q": "positive"})
def lqr(u, a, x0, q):
    x = x0
    cost = 0
    for t in range(4):
        cost = cost + q * x**2 + u[t] ** 2
        x = a * x + u[t]
    return cost + x**2


def path(u, a, x0):
    x = [x0]
    for value in u:
        x.append(a * x[-1] + value)
    return np.array(x)


def adjoint(u, a, x0, q):
    """The states, and what the cost to come loses by each."""
    x = path(u, a, x0)
    p = np.zeros(5)
    p[4] = 2 * x[4]
    for t in (3, 2, 1, 0):
        p[t] = 2 * q * x[t] + a * p[t + 1]
    return x, p


@lqr.right("costates backwards")
def _(u, a, x0, q):
    x, p = adjoint(u, a, x0, q)
    return {"u": 2 * u + p[1:], "a": p[1:] @ x[:-1], "x0": p[0]}


@lqr.right("impulse responses in a matrix")
def _(u, a, x0, q):
    n = np.arange(5)[:, None] - np.arange(1, 5)
    B = np.where(n >= 0, float(a) ** np.maximum(n, 0), 0.0)
    free = float(a) ** np.arange(5)
    x = free * x0 + B @ u
    lam = 2 * np.array([q, q, q, q, 1]) * x
    return {"u": 2 * u + B.T @ lam, "a": x[:-1] @ (B.T @ lam), "x0": free @ lam}


@lqr.right("sensitivities forward, with the states")
def _(u, a, x0, q):
    x, by_u, by_a, by_x0 = x0, np.zeros(4), 0.0, 1.0
    du, da, dx0 = 2 * u, 0.0, 0.0
    for t in range(5):
        k = 2 * x * (q if t < 4 else 1)
        du, da, dx0 = du + k * by_u, da + k * by_a, dx0 + k * by_x0
        if t < 4:
            by_a, by_x0, by_u = x + a * by_a, a * by_x0, a * by_u + np.eye(4)[t]
            x = a * x + u[t]
    return {"u": du, "a": da, "x0": dx0}


@lqr.wrong(
    "only the last state's cost comes back",
    "u a x0",
    lacks(r"x0(\^2)?", r"\bx(#\d)?(\^2)?", r"\bq\b", r"cost(#\d)?"),
)
def _(u, a, x0, q):
    x = path(u, a, x0)
    p = 2 * x[4] * float(a) ** np.arange(4, -1, -1)
    return {"u": 2 * u + p[1:], "a": p[1:] @ x[:-1], "x0": p[0]}


@lqr.wrong("costate one step late", "u", r"time step|\blate\b|stale|state")
def _(u, a, x0, q):
    x, p = adjoint(u, a, x0, q)
    return {"u": 2 * u + p[:-1], "a": p[1:] @ x[:-1], "x0": p[0]}


@lqr.wrong("first state not charged", "x0", lacks(r"x0", r"\bq\b", "cost#1"))
def _(u, a, x0, q):
    x, p = adjoint(u, a, x0, q)
    return {"u": 2 * u + p[1:], "a": p[1:] @ x[:-1], "x0": a * p[1]}


@lqr.wrong("control's own cost without its 2", "u", TWO)
def _(u, a, x0, q):
    x, p = adjoint(u, a, x0, q)
    return {"u": u + p[1:], "a": p[1:] @ x[:-1], "x0": p[0]}


@problem("pendulum in Euler steps", wrt="theta omega torque")
def pendulum(theta, omega, torque):
    for _ in range(3):
        acceleration = torque - sin(theta)
        theta, omega = theta + 0.2 * omega, omega + 0.2 * acceleration
    return theta**2 + 0.1 * omega**2


def swung(theta, omega, torque):
    seen = [(theta, omega)]
    for _ in range(3):
        theta, omega = theta + 0.2 * omega, omega + 0.2 * (torque - np.sin(theta))
        seen.append((theta, omega))
    return seen


def back(theta, omega, torque, slope=lambda seen, t: math.cos(seen[t][0])):
    seen = swung(theta, omega, torque)
    p, r = 2 * seen[3][0], 0.2 * seen[3][1]
    dtorque = 0.0
    for t in (2, 1, 0):
        dtorque += 0.2 * r
        p, r = p - 0.2 * slope(seen, t) * r, r + 0.2 * p
    return {"theta": p, "omega": r, "torque": dtorque}


@pendulum.right("adjoint steps")
def _(theta, omega, torque):
    return back(theta, omega, torque)


@pendulum.right("a complex step")
def _(theta, omega, torque):
    out, at = {}, {"theta": theta, "omega": omega, "torque": torque}
    for name, value in at.items():
        end, speed = swung(**{**at, name: value + 1e-25j})[-1]
        out[name] = (end * end + 0.1 * speed * speed).imag * 1e25
    return out


@pendulum.right("product of the steps' matrices")
def _(theta, omega, torque):
    seen, g = swung(theta, omega, torque), 0.0
    row = np.array([2 * seen[3][0], 0.2 * seen[3][1]])
    for angle, _speed in reversed(seen[:3]):
        g += row @ [0, 0.2]
        row = row @ np.array([[1, 0.2], [-0.2 * np.cos(angle), 1]])
    return {"theta": row[0], "omega": row[1], "torque": g}


@pendulum.wrong("cos at the last angle in every step", "theta omega torque", r"theta#3|\blast\b")
def _(theta, omega, torque):
    return back(theta, omega, torque, slope=lambda seen, t: math.cos(seen[3][0]))


@pendulum.wrong(
    "small angles: cos taken to be 1",
    "theta omega torque",
    lacks(r"cos(\(theta\))?", r"local derivative"),
)
def _(theta, omega, torque):
    return back(theta, omega, torque, slope=lambda seen, t: 1.0)


@pendulum.wrong("sign of gravity", "theta omega torque", SIGN)
def _(theta, omega, torque):
    return back(theta, omega, torque, slope=lambda seen, t: -math.cos(seen[t][0]))


@problem("mass pushed to a goal", wrt="u", shapes={"u": (5,)})
def pushed(u, goal):
    position, speed = 0, 0
    for t in range(5):
        position = position + speed
        speed = speed + u[t]
    return (position - goal) ** 2 + speed**2


@pushed.right("each push counts by the steps left")
def _(u, goal):
    left = np.arange(4, -1, -1)
    return 2 * (left @ u - goal) * left + 2 * u.sum()


@pushed.right("sums of sums")
def _(u, goal):
    speed = np.cumsum(u)
    position = np.cumsum(speed)[3]
    left = np.cumsum(np.ones(5))[::-1] - 1
    return 2 * (position - goal) * left + 2 * speed[-1]


@pushed.wrong(
    "one step too many left", "u", r"\blate\b|stale|order|after the (update|push)|updated|speed#5"
)
def _(u, goal):
    left = np.arange(5, 0, -1)
    return 2 * (np.arange(4, -1, -1) @ u - goal) * left + 2 * u.sum()


@pushed.wrong(
    "speed's path to the position forgotten", "u", lacks(r"position(#\d)?", r"speed(#\d)?")
)
def _(u, goal):
    return np.full(5, 2 * u.sum())


@pushed.wrong("order of the pushes turned round", "u", r"revers|order|turned|flip|\[::-1\]|mirror")
def _(u, goal):
    left = np.arange(4, -1, -1)
    return 2 * (left @ u - goal) * left[::-1] + 2 * u.sum()
