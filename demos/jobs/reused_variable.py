"""Why do gradients add?  A variable that is used twice reaches the result by two paths.

y = (a·b + b)·a at a = 2, b = −3: each of a and b has two ways to y, and its derivative is the sum
over the ways of the product of the local derivatives along it (003, p. 43).
"""

from show import OUT, table

from autograd_lite import Value, chain_rule, explain, render

a = Value(2.0, label="a")
b = Value(-3.0, label="b")
c = a * b + b
c.label = "c"
y = c * a
y.label = "y"
y.backward()

explain(y, forward=True)
for leaf in (a, b):
    print(f"\n{chain_rule(y, leaf, every_node=True)}")
table(
    "y = a²b + ab, so dy/da = 2ab + b and dy/db = a² + a",
    [
        ("dy/da", 2 * a.data * b.data + b.data, a.grad),
        ("dy/db", a.data**2 + a.data, b.grad),
    ],
)
OUT.mkdir(parents=True, exist_ok=True)
pictures = (
    render(y, OUT / "reused_variable.svg", local_derivatives=True),
    render(y, OUT / "reused_variable.html"),
)
for path in pictures:
    print(f"picture: {path.relative_to(OUT.parent.parent)}")
