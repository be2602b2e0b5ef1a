"""Is my gradient right, and if not, what is wrong with it?  A neuron's, and four slips of the pen.

003, l. 758-789: ∂L/∂w1 = −x1(y − ŷ), ∂L/∂w2 = −x2(y − ŷ), ∂L/∂b = −(y − ŷ).  The slips are ours.

中文: 检查手推的梯度
"""

from autograd_lite import log, sigmoid
from autograd_lite.testing import check_grad

BY_HAND = {"w1": "-x1*(y - yhat)", "w2": "-x2*(y - yhat)", "b": "-(y - yhat)"}
SLIPS = {  # what happened: the line that is wrong
    "a sign was lost": {"w1": "x1*(y - yhat)"},
    "copied from the line above": {"w2": "-x1*(y - yhat)"},
    "σ′ was multiplied once more": {"b": "-(y - yhat)*yhat*(1 - yhat)"},
    "½ of another loss": {"w2": "-0.5*x2*(y - yhat)"},
}


def loss(w1, w2, b, x1, x2, y):
    z = w1 * x1 + w2 * x2 + b
    yhat = sigmoid(z)
    return -y * log(yhat) - (1 - y) * log(1 - yhat)


def check(gradient):
    return check_grad(loss, gradient, domain={"y": {0, 1}}, seed=0)


def main():
    print(f"The three formulas of the note: {check(BY_HAND).verdict}")
    for what, line in SLIPS.items():
        [(name, formula)] = line.items()
        report = check(BY_HAND | line)
        print(f"\n∂L/∂{name} = {formula}, {what}")
        print(f"  {report.verdict}: {', '.join(report.wrong)}; {', '.join(report.right)} are right")
        for explanation in report.explanations:
            print(f"  {explanation}")
    print("\nThe whole report on the first of them")
    print(check(BY_HAND | SLIPS["a sign was lost"]))


if __name__ == "__main__":
    main()
