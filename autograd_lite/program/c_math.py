"""exp, log, tanh … on vectors of doubles, in C: called one by one they take most of the time.

Each is good to about one unit in the last place, and has the infinities, zeros and NaN of C's own.
"""

from __future__ import annotations

import math


def _horner(coefficients: list[float]) -> str:
    """The polynomial in r with these coefficients, the constant one first."""
    *rest, text = [f"K({c!r})" for c in coefficients]
    for c in reversed(rest):
        text = f"({c} + r * {text})"
    return text


# (eʳ − 1 − r) / r² for |r| ≤ ½ log 2, and Σ 2 rᵏ / (2k + 3), the tail of 2·artanh: to 1e-17.
_EXP = _horner([1 / math.factorial(k) for k in range(2, 14)])
_ARTANH = _horner([2 / (2 * k + 3) for k in range(11)])

# a = n·log 2 + r, with log 2 in two parts of which n times the first is exact.
VECTORS = f"""
#define SPLIT(a) \\
    V whole = (a) * K(0x1.71547652b82fep+0) + K(0x1.8p52), n = whole - K(0x1.8p52); \\
    M i = (M)whole - (M)K(0x1.8p52); \\
    V r = ((a) - n * K(0x1.62e42feep-1)) - n * K(0x1.a39ef35793c76p-33); \\
    V q = {_EXP}, t = r + r * r * q;
#define TWO_TO(i) ((V)(((i) + 1023) << 52))

static __attribute__((noinline)) V p_exp(V a) {{
    V c = SEL(a > K(710.0), K(710.0), SEL(a < K(-746.0), K(-746.0), a));
    SPLIT(c)
    M half = i >> 1;
    V y = (K(1.0) + t) * TWO_TO(half) * TWO_TO(i - half);
    return SEL(a != a, a, y);
}}

static __attribute__((noinline)) V p_expm1(V a) {{
    V c = SEL(a > K(710.0), K(710.0), SEL(a < K(-40.0), K(-40.0), a));
    SPLIT(c)
    M most = i > 1023;
    V s = TWO_TO(i - (most & 1)), y = s * t + (s - K(1.0));
    y = SEL(most, K(2.0) * (s * t + s), y);
    return SEL((a != a) | (a == K(0.0)), a, y);
}}

/* f - (f*f/2 - ...) of 1 + f, and k times log 2 */
static inline V log_of(V f, V k) {{
    V s = f / (K(2.0) + f), r = s * s, q = {_ARTANH};
    V y = f - (s * (f - r * q) - k * K(0x1.a39ef35793c76p-33));
    return k * K(0x1.62e42feep-1) + y;
}}

static __attribute__((noinline)) V p_log(V a) {{
    M tiny = a < K(0x1p-1022);
    V x = SEL(tiny, a * K(0x1p54), a);
    M bits = (M)x - (M)K(0x1.6a09e667f3bcdp-1), e = bits >> 52;
    V z = (V)((M)x - (e << 52));
    V k = (V)((M)K(0x1.8p52) + (e - (tiny & 54))) - K(0x1.8p52);
    V y = log_of(z - K(1.0), k);
    y = SEL(a == K(__builtin_inf()), a, y);
    y = SEL(a == K(0.0), K(-__builtin_inf()), y);
    return SEL((a < K(0.0)) | (a != a), K(__builtin_nan("")), y);
}}

static __attribute__((noinline)) V p_log1p(V a) {{
    V u = K(1.0) + a;
    V lost = SEL(u > K(2.0), K(1.0) - (u - a), a - (u - K(1.0)));
    V y = p_log(u) + lost / u;
    M as_it_is = ((a < K(0x1p-54)) & (a > K(-0x1p-54))) | (a == K(__builtin_inf()));
    return SEL(as_it_is, a, SEL(u == K(0.0), K(-__builtin_inf()), y));
}}

static __attribute__((noinline)) V p_tanh(V a) {{
    V t = p_expm1(K(-2.0) * SEL(a < K(0.0), -a, a)), y = -t / (t + K(2.0));
    return SEL(a == K(0.0), a, SEL(a < K(0.0), -y, y));
}}
"""
NAMES = ("exp", "expm1", "log", "log1p", "tanh")
