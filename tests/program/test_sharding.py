"""Samples sharded over devices by JAX: the lines of docs/programs.md, on eight and on one."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

jax = pytest.importorskip("jax") if importlib.util.find_spec("jax") else None
DOCS = Path(__file__).parents[2] / "docs" / "programs.md"
EIGHT = "--xla_force_host_platform_device_count=8"
# After the lines of the page: where the arrays are, and a batch that has to be filled up.
MORE = """
import json
weighted = record(lambda net, x, y, m: m * loss(net, x, y), net, X[0], Y[0], 1.0, wrt=0)
fill = -1003 % len(jax.devices())
given = [np.concatenate([a[:1003], np.zeros((fill, *a.shape[1:]))]) for a in (X, Y, np.ones(1003))]
given = jax.device_put(given, NamedSharding(mesh, PartitionSpec("samples")))
uneven = jax.jit(lambda w, *given: weighted.batch(w, *given))(w, *given)
print(json.dumps({
    "devices": [len(x.sharding.device_set), len(w.sharding.device_set)],
    "parts": sorted({str(part.data.shape) for part in x.addressable_shards}),
    "numbers": [*w.tolist(), float(value), float(uneven[0]) / 1003, *uneven[1].tolist()],
    "written back": [v.data for v in net.parameters()] == w.tolist(),
}))
"""


def lines_of_the_page():
    """The code of the section, as a reader copies it."""
    section = DOCS.read_text(encoding="utf-8").split("\n## Beyond one machine\n")[1]
    return re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]


def run(flags="", platform="cpu"):
    """What the lines of the page give in a process with these flags of XLA."""
    environment = {**os.environ, "JAX_PLATFORMS": platform, "XLA_FLAGS": flags}
    done = subprocess.run(
        [sys.executable, "-c", lines_of_the_page() + MORE],
        env=environment,
        cwd=DOCS.parents[1],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.jax
def test_eight_devices_give_what_one_gives():
    one, eight = run(), run(EIGHT)
    assert one["devices"] == [1, 1] and one["parts"] == ["(8000, 2)"]
    assert eight["devices"] == [8, 8] and eight["parts"] == ["(1000, 2)"]
    assert one["written back"] and eight["written back"]
    assert eight["numbers"] == pytest.approx(one["numbers"], rel=1e-12, abs=1e-12)


@pytest.mark.jax
def test_a_gpu_gives_what_the_cpu_gives():
    if jax.default_backend() != "gpu":
        pytest.skip("there is no GPU that JAX knows of")
    assert run(platform="cuda")["numbers"] == pytest.approx(run()["numbers"], rel=1e-12, abs=1e-12)
