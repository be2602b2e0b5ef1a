"""exp, log, tanh … on vectors of doubles, in C: called one by one they take most of the time.

Each is good to about one unit in the last place.  ``CAREFUL`` ones have the infinities, zeros and
NaN of C's own; the others leave these and the ends of the range out, for a third less time, and
clear the lanes of ``*usual`` where one came.
"""

from __future__ import annotations


def _polynomial(coefficients: tuple[float, ...]) -> str:
    """The polynomial in r with these coefficients, the constant one first.

    By halves (Estrin), given r2, r4 and r8: half the time of one term after the other.
    """
    count = len(coefficients)
    if count == 1:
        return f"K({coefficients[0]!r})"
    half = 1 << (count - 1).bit_length() - 1
    low, high = _polynomial(coefficients[:half]), _polynomial(coefficients[half:])
    return f"({low} + r{half if half > 1 else ''} * {high})"


# (eʳ − 1 − r) / r² for |r| ≤ ½ log 2 and Σ 2 rᵏ / (2k + 3), the tail of 2·artanh, for
# r ≤ (√2 − 1)²/(√2 + 1)², interpolated at Chebyshev's points: 0.005 units in the last place.
_EXP = _polynomial(
    (
        0.5,
        0.1666666666666667,
        0.04166666666666667,
        0.008333333333326136,
        0.0013888888888883748,
        0.00019841269874820627,
        2.4801587325547743e-05,
        2.7557255400206422e-06,
        2.75572736431103e-07,
        2.5105217004720745e-08,
        2.0914686968086876e-09,
    )
)
_ARTANH = _polynomial(
    (
        0.6666666666666666,
        0.4000000000000088,
        0.2857142857080323,
        0.2222222239180047,
        0.18181795630884753,
        0.15386240205813478,
        0.13268759668560612,
        0.13086767009948175,
    )
)

# A vector is one register: GCC takes ten times as long for one that it has to cut in two.
WIDTHS = """
#if defined __AVX512F__
#define LANES 8
#define K(x) ((V){(x), (x), (x), (x), (x), (x), (x), (x)})
#elif defined __AVX__
#define LANES 4
#define K(x) ((V){(x), (x), (x), (x)})
#else
#define LANES 2
#define K(x) ((V){(x), (x)})
#endif
typedef double V __attribute__((vector_size(8 * LANES)));
typedef int64_t M __attribute__((vector_size(8 * LANES)));
typedef uint64_t W __attribute__((vector_size(8 * LANES)));
#define SEL(m, x, y) ((V)(((M)(x) & (m)) | ((M)(y) & ~(m))))
"""

# a = n·log 2 + r, with log 2 in two parts of which n times the first is exact; eʳ = 1 + t.
VECTORS = f"""
#ifdef CAREFUL
#define FUNCTION inline
#define MATH static __attribute__((noinline)) V
#else
#define FUNCTION inline __attribute__((always_inline))
#define MATH static FUNCTION V
#define WITHIN(m) *usual &= (m)
#endif
#define ABS(a) ((V)((M)(a) & ~(M)K(-0.0)))
#define SIGNED_AS(a, y) ((V)((M)(y) | ((M)(a) & (M)K(-0.0))))
#define SPLIT(a) \\
    V whole = (a) * K(0x1.71547652b82fep+0) + K(0x1.8p52), n = whole - K(0x1.8p52); \\
    M i = (M)whole - (M)K(0x1.8p52); \\
    V r = ((a) - n * K(0x1.62e42feep-1)) - n * K(0x1.a39ef35793c76p-33); \\
    V r2 = r * r, r4 = r2 * r2, r8 = r4 * r4, t = r + r2 * {_EXP};
#define TWO_TO(i) ((V)(((i) + 1023) << 52))

MATH p_exp(V a, M *usual) {{
#ifdef CAREFUL
    V c = SEL(a > K(710.0), K(710.0), SEL(a < K(-746.0), K(-746.0), a));
    SPLIT(c)
    M half = i >> 1;
    V y = (K(1.0) + t) * TWO_TO(half) * TWO_TO(i - half);
    return SEL(a != a, a, y);
#else
    SPLIT(a)
    WITHIN(ABS(a) < K(708.0));
    return (V)((M)(K(1.0) + t) + ((M)whole << 52));
#endif
}}

MATH p_expm1(V a, M *usual) {{
#ifdef CAREFUL
    V c = SEL(a > K(710.0), K(710.0), SEL(a < K(-40.0), K(-40.0), a));
    SPLIT(c)
    M most = i > 1023;
    V s = TWO_TO(i - (most & 1)), y = s * t + (s - K(1.0));
    y = SEL(most, K(2.0) * (s * t + s), y);
    return SEL((a != a) | (a == K(0.0)), a, y);
#else
    SPLIT(a)
    WITHIN(ABS(a) < K(708.0));
    V s = TWO_TO(i);
    return SIGNED_AS(a, s * t + (s - K(1.0)));
#endif
}}

/* of 2^k (1 + f): f - (f*f/2 - ...), and k times log 2 */
static inline V log_of(V f, V k) {{
    V s = f / (K(2.0) + f), r = s * s, r2 = r * r, r4 = r2 * r2;
    V y = f - (s * (f - r * {_ARTANH}) - k * K(0x1.a39ef35793c76p-33));
    return k * K(0x1.62e42feep-1) + y;
}}

MATH p_log(V a, M *usual) {{
#ifdef CAREFUL
    M tiny = a < K(0x1p-1022);
    V x = SEL(tiny, a * K(0x1p54), a);
#else
    M tiny = {{0}};
    V x = a;
    WITHIN((M)((W)a + (W)K(0x1p-1022)) > (M)K(0x1p-1021) - 1); /* below 0 for inf and NaN */
#endif
    W bits = (W)x - (W)K(0x1.6a09e667f3bcdp-1);
    V z = (V)((bits & 0xfffffffffffffull) + (W)K(0x1.6a09e667f3bcdp-1));
    V k = (V)((bits + ((W)(2048 - (tiny & 54)) << 52)) >> 52 | (W)K(0x1p52)) - K(0x1p52 + 2048);
    V y = log_of(z - K(1.0), k);
#ifdef CAREFUL
    y = SEL(a == K(__builtin_inf()), a, y);
    y = SEL(a == K(0.0), K(-__builtin_inf()), y);
    y = SEL((a < K(0.0)) | (a != a), K(__builtin_nan("")), y);
#endif
    return y;
}}

MATH p_log1p(V a, M *usual) {{
    V u = K(1.0) + a;
    V lost = SEL(u > K(2.0), K(1.0) - (u - a), a - (u - K(1.0)));
    V y = SIGNED_AS(a, p_log(u, usual) + lost / u);
#ifdef CAREFUL
    y = SEL(a == K(__builtin_inf()), a, SEL(u == K(0.0), K(-__builtin_inf()), y));
#endif
    return y;
}}

MATH p_tanh(V a, M *usual) {{
    V t = p_expm1(K(-2.0) * ABS(a), usual);
    return SIGNED_AS(a, -t / (t + K(2.0)));
}}
"""
NAMES = ("exp", "expm1", "log", "log1p", "tanh")
