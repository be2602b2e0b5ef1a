"""Why do gradients add?  A variable that is used twice reaches the result by two paths.

y = (a·b + b)·a at a = 2, b = −3: each of a and b has two ways to y, and its derivative is the sum
over the ways of the product of the local derivatives along it (003, l. 231-238; 004 (5.49)).

中文: 同一变量用两次, 梯度相加
"""

from show import draw, table

from autograd_lite import Value, chain_rule, explain

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
finding = (
    f"Two arrows leave a, and two leave b: the shares of a, {c.data:g} and {b.data * a.data:g}, "
    f"add up to dy/da = {a.grad:g}."
)
draw(y, "reused_variable", finding, local_derivatives=True)
