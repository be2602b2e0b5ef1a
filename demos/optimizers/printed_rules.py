"""What does each rule of the note do with its first slopes?  As printed, and step by step.

002, l. 251-492: every update rule as the note prints it, and two steps of it on J = θ² from θ = 2;
where it cannot work as printed (Adadelta, Newton), both forms, and what happens.

中文: 各种更新法则, 照原文逐步计算
"""

from show import pyplot, save

from autograd_lite import NonFiniteGradientError, Value, derivative
from autograd_lite.optim import (
    Adadelta,
    Adagrad,
    Adam,
    GradientDescent,
    Momentum,
    Nesterov,
    Newton,
    RMSprop,
    Rule,
    explain,
)

START = 2.0


def J(theta):  # the note's name
    return theta**2


class AdadeltaAsPrinted(Rule):
    """The steps themselves are averaged, not their squares, and no ε is added (l. 456)."""

    formula = """
        E = rho * E + (1 - rho) * g ** 2
        delta = -sqrt(D) / sqrt(E + eps) * g
        D = rho * D + (1 - rho) * delta
        theta = theta + delta
    """

    def __init__(self, parameters, *, rho=0.9, eps=1e-6):
        super().__init__(parameters, rho=rho, eps=eps)


class NewtonAsPrinted(Rule):
    """The minus is lost: Δθ = H⁻¹·∇J (l. 269); H, J″, is the same everywhere on θ²."""

    formula = "theta = theta + g / H"

    def __init__(self, parameters):
        super().__init__(parameters, H=derivative(J, 2)(START))


RULES = {  # name: where, as the note prints it, the rule, its options
    "Gradient descent (梯度下降法)": (
        "l. 251",
        ["θₙ = θₙ₋₁ − ηₙ₋₁ ∇J(θₙ₋₁)"],
        GradientDescent,
        {"lr": 0.1},
    ),
    "Momentum (动量法)": (
        "l. 367-368",
        ["vₜ = γ vₜ₋₁ + η ∇J(θ)", "θₜ = θₜ₋₁ − vₜ"],
        Momentum,
        {"lr": 0.1},
    ),
    "Nesterov (动量法的改进算法)": (
        "l. 392",
        ["vₜ = γ vₜ₋₁ + η ∇J(θ − γ vₜ₋₁)", "θ = θ − vₜ"],
        Nesterov,
        {"lr": 0.1},
    ),
    "Adagrad (适用于稀疏数据)": (
        "l. 421-427",
        ["Gₜ,ᵢᵢ = Σₖ gₖ,ᵢ²", "θₜ₊₁,ᵢ = θₜ,ᵢ − η / √(Gₜ,ᵢᵢ + ε) · gₜ,ᵢ"],
        Adagrad,
        {"lr": 0.1},
    ),
    "Adadelta, first version (RMSprop)": (
        "l. 440-444",
        ["E[g²]ₜ = γ E[g²]ₜ₋₁ + (1 − γ) gₜ²", "θₜ₊₁ = θₜ − η / √(E[g²]ₜ + ε) · gₜ"],
        RMSprop,
        {"lr": 0.1},
    ),
    "Adadelta, as printed": (
        "l. 456",
        ["θₜ₊₁ = θₜ − √(E[Δθ]ₜ₋₁) / √(E[g²]ₜ + ε) · gₜ"],
        AdadeltaAsPrinted,
        {},
    ),
    "Adadelta, with squares and ε": (
        "Zeiler, arXiv:1212.5701",
        ["θₜ₊₁ = θₜ − √(E[Δθ²]ₜ₋₁ + ε) / √(E[g²]ₜ + ε) · gₜ"],
        Adadelta,
        {},
    ),
    "Adam, as printed": (
        "l. 484-490",
        [
            "mₜ = β₁ mₜ₋₁ + (1 − β₁) gₜ",
            "vₜ = β₂ vₜ₋₁ + (1 − β₂) gₜ²",
            "θₜ₊₁ = θₜ − η / (√vₜ + ε) · mₜ",
        ],
        Adam,
        {"lr": 0.1, "bias_correction": False},
    ),
    "Adam, unbiased (无偏估计)": (
        "l. 492, in words",
        ["m̂ₜ = mₜ / (1 − β₁ᵗ), v̂ₜ = vₜ / (1 − β₂ᵗ)", "θₜ₊₁ = θₜ − η / (√v̂ₜ + ε) · m̂ₜ"],
        Adam,
        {"lr": 0.1},
    ),
    "Newton, as printed (牛顿法)": (
        "l. 261-269",
        ["∇J(θ₀) + HJ(θ₀) Δθ ≈ 0", "Δθ = HJ(θ₀)⁻¹ · ∇J(θ₀)"],
        NewtonAsPrinted,
        {},
    ),
    "Newton, with its minus": (
        "003, l. 1075",
        ["Δθ = −HJ(θ₀)⁻¹ · ∇J(θ₀)"],
        Newton,
        {},
    ),
}
PAIRS = [  # as printed, as it works
    ("Adadelta, as printed", "Adadelta, with squares and ε"),
    ("Adam, as printed", "Adam, unbiased (无偏估计)"),
    ("Newton, as printed (牛顿法)", "Newton, with its minus"),
]


def step(rule, theta):
    """One step; a closure serves the rules that look ahead or differentiate the loss."""

    def closure():
        loss = J(theta)
        if not rule.differentiates:
            rule.zero_grad()
            loss.backward()
        return loss

    rule.step(closure)


def walk(name, steps):
    """θ after each step, and the table of the first two."""
    _, _, kind, options = RULES[name]
    theta = Value(START, label="θ")
    rule = kind([theta], **options)
    path, told = [START], None
    for _ in range(steps):
        step(rule, theta)
        told = told or explain(rule)  # this step, and those that come
        path.append(theta.data)
    return path, told[:2]


def begun_at(average):
    """What becomes of Adadelta as printed if E[Δθ] begins not at 0: (steps taken, why no more)."""
    theta = Value(START, label="θ")
    rule = AdadeltaAsPrinted([theta])
    state = rule.state_dict()
    state["state"][0]["D"] = average
    rule.load_state_dict(state)
    for steps in range(100):
        try:
            step(rule, theta)
        except NonFiniteGradientError:
            return steps, rule.state_dict()["state"][0]["D"]
    return None


def constant_slope(steps):
    """The last step of Adagrad and of RMSprop, over η, under a slope that is always 1."""
    last = []
    for kind in (Adagrad, RMSprop):
        theta = Value(0.0)
        rule = kind([theta], lr=1.0)
        for _ in range(steps):
            before = theta.data
            theta.grad = 1.0
            rule.step()
        last.append(before - theta.data)
    return tuple(last)


def main():
    walks = {}
    for name, (where, printed, *_) in RULES.items():
        walks[name], told = walk(name, 12)
        print(f"\n{name}: {where}")
        print("\n".join(f"    {line}" for line in printed))
        print(told.text())
    sums, averages = constant_slope(50)
    print(f"\nUnder a slope of 1, the 50th step is {sums:.4f} η with Adagrad's sum of squares, and")
    print(f"  {averages:.4f} η with their moving average (l. 435-437).")
    still, moves = (walks[name] for name in PAIRS[0])
    biased, unbiased = (walks[name] for name in PAIRS[1])
    up, down = (walks[name] for name in PAIRS[2])
    print("\nWhat happens to the forms that do not work as printed")
    print(f"  Adadelta: E[Δθ] is 0 at first, so θ is {still[-1]:g} after 12 steps, and for ever;")
    steps, average = begun_at(0.01)
    print(
        f"  begun at E[Δθ] = 0.01, it takes {steps} step: then E[Δθ] = {average:.4f} has no root."
    )
    print(f"  With squares and ε θ is {moves[-1]:.6f} after 12 steps, and falls in each.")
    print(f"  Adam: the first step is {(START - biased[1]) / 0.1:.4f} η, unbiased it is")
    print(f"  {(START - unbiased[1]) / 0.1:.4f} η.")
    print(f"  Newton: with the printed sign θ = {up[1]:g}, {up[2]:g}, {up[3]:g}, …: away from the")
    print(f"  minimum, doubled in each step; with the minus θ = {down[1]:g} after one.")
    if plt := pyplot():
        figure, panels = plt.subplots(1, 3, figsize=(11, 3.5))
        for axes, pair in zip(panels, PAIRS, strict=True):
            rule = pair[0].partition(",")[0]
            for name, label, mark in zip(pair, ("as printed", "corrected"), "x.", strict=True):
                axes.plot(walks[name][:7], f"{mark}-", label=label)
            axes.set(xlabel="step", ylabel="θ", title=rule)
        panels[2].set(ylim=(-4, 34))
        finding = (
            f"As printed Adadelta stays at θ = {still[-1]:g} for ever, and Newton climbs from "
            f"{START:g} to {up[4]:g} in 4 steps; corrected, Adadelta moves and Newton is at "
            f"{abs(down[1]):g} in one."
        )
        save(figure, "printed_rules.svg", finding)


if __name__ == "__main__":
    main()
