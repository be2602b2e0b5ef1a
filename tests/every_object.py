"""Every object that people print or see in a notebook; as a script it prints them all."""

import hashlib
import tempfile
from pathlib import Path

import autograd_lite as al
from autograd_lite import Value, analysis, functional, nn, optim, steps, testing, train
from autograd_lite.graph import find_nonfinite
from autograd_lite.ops import OPS

EVIL = '<script>alert(1)</script> & "ŷ" ∂ 权'


def neuron(label="w₁₁"):
    """σ(w·x + b) and its square loss, with a label of one's choice."""
    w, x, b = Value(0.5, label=label), Value(2.0, label="x"), Value(-0.3, label="β")
    a = (w * x + b).sigmoid()
    a.label = "ŷ"
    loss = (a - 1) ** 2 + w**3
    loss.label = "L"
    loss.backward()
    return loss, w, x


def objects(label="w₁₁"):
    """Each by a name."""
    loss, w, x = neuron(label)
    rule = optim.Adam([Value(1.0, label=label)], lr=0.1)
    made = {
        "value": loss,
        "leaf": w,
        "chain_rule": al.chain_rule(loss, w),
        "path": al.chain_rule(loss, w).paths[0],
        "no path": al.chain_rule(x, w),
        "forward step": next(al.forward_steps(loss)),
        "backward step": list(al.backward_steps(loss))[3],
        "find_nonfinite": find_nonfinite(Value(800.0, label=label).exp()),
        "rule": rule,
        "step table": optim.explain(optim.Adam, [1.0, -1e-30]),
        "empty step table": optim.explain(optim.Adam, [1.0])[:0],
        "form": next(iter(optim.Adam.forms.values())),
        "report, wrong": testing.check_grad(lambda θ: (θ * θ).sin(), {"θ": "2θ·sin(θ²)"}, seed=1),
        "report, right": testing.check_grad(lambda x: x * x, {"x": "2x"}, seed=1),
        "report, kink": testing.check_grad(lambda x: abs(x), {"x": "3"}, at={"x": 0.0}),
        "program": al.record(lambda w, b: (3 * w + b).sigmoid(), 0.5, -1.0),
        "stepper": al.stepper(loss, engine="builtin"),
        "polynomial": al.taylor(lambda x: (x * 1e-9).exp() - x**2, 0.5, 3),
        "local model": functional.quadratic_approximation(lambda x, y: x * y**2, 1.0, -2.0),
        "minimum": al.minimize(lambda x: (x - 1) ** 2, 3.0, history=True),
        "fit": al.least_squares(lambda a, b: [a - 1, b - 2, a - b], [0.0, 0.0]),
        "history": train.History([0.5, 0.25]),
        "point": analysis.classify_point(abs, 0.0),
        "point, domain": analysis.classify_point(lambda x: x.log() if x > 0 else 1 / 0, 0.0),
        "stationary": analysis.classify_stationary_point(lambda x, y: x * x - y * y, 0.0, 0.0),
        "root": analysis.newton_root(lambda x: x * x - 2, 1.0),
        "network": nn.TwoLayerNetwork(seed=1),
        "mlp": nn.MLP(2, [3, 1], seed=1),
        "module": nn.Module(),
        "function": al.sigmoid,
    }
    return made | {f"op {name}": op for name, op in OPS.items()}


def frames(folder):
    return al.frames(neuron()[0], folder, engine="builtin", pdf=False)


def errors():
    """What the package's errors say, for ``print(error)``."""
    attempts = [
        lambda: Value(-1.0, label="θ²").log(),
        lambda: testing.assert_grad(lambda θ: θ**3, {"θ": "2θ²"}),
        lambda: analysis.limit(lambda x: 1 / x, 0.0),
    ]
    for attempt in attempts:
        try:
            attempt()
        except (al.AutogradError, AssertionError) as error:
            yield error


def files(folder):
    """What is written into files, which is the same on every terminal."""
    loss = neuron()[0]
    for name in ("g.svg", "g.html", "g.dot"):
        path = al.render(loss, folder / name, engine="builtin")
        yield path.read_bytes()
    for path in frames(folder / "frames"):
        yield path.read_bytes()
    for write in (steps.to_json, steps.to_markdown, steps.to_latex):
        yield write(loss).encode()
    table = objects()["step table"]
    yield (table.to_json() + table.to_markdown() + table.to_latex()).encode()
    for x in objects().values():
        if hasattr(x, "_repr_mimebundle_"):
            told = x._repr_mimebundle_()
            yield "".join(told[kind] for kind in sorted(told) if kind != "text/plain").encode()


def main():
    made = objects()
    for name, x in made.items():
        print(f"---- {name}", str(x), repr(x), sep="\n")
        print([x])
    al.explain(made["value"], forward=True)
    for error in errors():
        print(error, repr(str(error)), sep="\n")
    with tempfile.TemporaryDirectory() as folder:
        digest = hashlib.sha256()
        for content in files(Path(folder)):
            digest.update(content)
    print("files", digest.hexdigest())


if __name__ == "__main__":
    main()
