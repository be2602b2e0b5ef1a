"""How much faster the small GPT trains when each document's loss is recorded once.

Run: python -m tests.compat.faster
"""

import contextlib
import io
import runpy
import time
from pathlib import Path

import numpy as np

from autograd_lite.program import Program

SCRIPT = str(Path(__file__).with_name("small_gpt.py"))
STEPS = 20


def eager():
    """(losses, seconds a step) of the script as it is."""
    space = runpy.run_path(SCRIPT)
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        losses = space["train"]()
    return losses, (time.perf_counter() - start) / STEPS


def recorded():
    """(losses, seconds a step, seconds to record a document) with programs in C."""
    space = runpy.run_path(SCRIPT)
    params, tokens_of, loss_of = space["params"], space["tokens_of"], space["loss_of"]
    numbers = np.array([p.data for p in params])
    inputs = np.array(params)
    start = time.perf_counter()
    programs = [
        Program.from_graph(loss_of(tokens_of(step)), inputs=[inputs], backend="c")
        for step in range(STEPS)
    ]
    for program in programs:
        program.value_and_grad(numbers)  # the first run prepares
    recording = (time.perf_counter() - start) / STEPS
    theta = numbers
    m, v, losses = np.zeros_like(theta), np.zeros_like(theta), []
    beta1, beta2, eps = space["beta1"], space["beta2"], space["eps_adam"]
    start = time.perf_counter()
    for step, program in enumerate(programs):
        loss, g = program.value_and_grad(theta)
        rate = space["learning_rate"] * (1 - step / STEPS)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1 ** (step + 1)), v / (1 - beta2 ** (step + 1))
        theta = theta - rate * m_hat / (np.sqrt(v_hat) + eps)
        losses.append(loss)
    return losses, (time.perf_counter() - start) / STEPS, recording


def main():
    """Print both."""
    losses, slow = eager()
    again, fast, recording = recorded()
    apart = max(abs(a - b) / a for a, b in zip(losses, again, strict=True))
    print(f"step by step     {slow * 1e3:8.2f} ms a step")
    print(f"recorded, in C   {fast * 1e3:8.2f} ms a step, {slow / fast:.0f} times as fast")
    print(f"recording        {recording * 1e3:8.0f} ms for each document, once")
    print(f"losses           {apart:8.1e} apart, relatively, at most")


if __name__ == "__main__":
    main()
