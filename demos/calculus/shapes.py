"""Which shape has a derivative?  That of the output, followed by that of the input.

004 §5.2-5.4 (headings only): gradient, Jacobian, and the four indices of a matrix by a matrix.

中文: 偏导数, 梯度与矩阵的梯度
"""

import numpy as np
from show import draw_array, pyplot, save, table

from autograd_lite import exp, grad, jacobian, sin

A = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 4.0]])
x = np.array([1.0, -1.0, 2.0])
X = np.array([[2.0, 1.0], [-1.0, 3.0]])
M = np.array([[1.0, 2.0], [0.0, -1.0]])
CASES = {  # name: (f, the point)
    "number by number: sin x": (sin, (0.7,)),
    "number by vector: x₁²x₂ + x₁x₂³": (lambda x1, x2: x1**2 * x2 + x1 * x2**3, (2.0, 3.0)),
    "the same as a row, (5.45): [f]": (lambda x1, x2: [x1**2 * x2 + x1 * x2**3], (2.0, 3.0)),
    "vector by number: (t, t²)": (lambda t: [t, t**2], (3.0,)),
    "vector by vector: 3 by 2": (lambda a, b: [a * b, sin(a), a**2 + exp(b)], (1.0, 2.0)),
    "vector by vector: Ax by x": (lambda x: A @ x, (x,)),
    "vector by matrix: Ax by A": (lambda A: A @ x, (A,)),
    "matrix by matrix: XMX by X": (lambda X: X @ M @ X, (X,)),
}


def main():
    for name, (f, point) in CASES.items():
        J = jacobian(f)(*point)
        print(f"\n{name}: shape {J.shape}\n{J}")
    row = jacobian(CASES["the same as a row, (5.45): [f]"][0])(2.0, 3.0)
    table(
        "x₁²x₂ + x₁x₂³ at (2, 3), (5.43), (5.44)",
        [
            ("∂f/∂x₁ = 2x₁x₂ + x₂³", 2 * 2 * 3 + 3**3, row[0, 0]),
            ("∂f/∂x₂ = x₁² + 3x₁x₂²", 2**2 + 3 * 2 * 3**2, row[0, 1]),
        ],
    )
    print("Erratum (004): it prints x₃² for x₂³.")
    slopes = grad(lambda x, y: (x + 2 * y**3) ** 2)(2.0, 1.0)
    table(
        "(x + 2y³)² at (2, 1), (5.41), (5.42)",
        [
            ("∂f/∂x = 2(x + 2y³)", 8, slopes[0]),
            ("∂f/∂y = ½(x + 2y³)y²", 2, slopes[1]),
        ],
    )
    print("Erratum (004): the ½ is a 12.")
    f, point = CASES["number by vector: x₁²x₂ + x₁x₂³"]
    print(
        f"004 writes a gradient as a row, {row.shape}; 000, 002 and 003 as a column, {row.T.shape};"
    )
    print(f"grad has the point's shape, {grad(f)(*point).shape}, and is neither.")
    if plt := pyplot():
        names = [name for name in CASES if "[f]" not in name and "3 by 2" not in name]
        figure, panels = plt.subplots(1, len(names), figsize=(12, 3))
        for axes, name in zip(panels, names, strict=True):
            f, point = CASES[name]
            J = jacobian(f)(*point)
            draw_array(axes, J, f"{name.replace(': ', chr(10))}\n{J.shape}")
        finding = "Jacobians as boxes of numbers: a row for each output, a column for each input."
        save(figure, "shapes.svg", finding)


if __name__ == "__main__":
    main()
