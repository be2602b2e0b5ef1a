"""The chains' loops in C: what ``chains`` makes of sums, run forward and backward.

Every sum is added up in its own order, and so is every gradient; what vectors hold side by side are
different sums, or different slots.
"""

from __future__ import annotations

CHAINS = ("DOT", "DOT_STEPS", "DOT_LIST", "SUM", "SUM_LIST")
# An instruction's code is CODES times the number of its row or, after those, of its chain; and of
# these: to which operands gradients flow, as in a tape; that its domain is checked; that it has a
# count.
CODES, CHECKED, MANY = 16, 4, 8
_DOT = (
    """{
    const double *x = v + a[i], *y = v + b[i];
    double sum = v[c[i]];
    for (long k = t->n; k--; x += t->da, y += t->db) sum += *x * *y;
    *o++ = sum; }""",
    """{
    const double up = UP;
    long x = a[i] + (t->n - 1) * t->da, y = b[i] + (t->n - 1) * t->db;
    for (long k = t->n; k--; x -= t->da, y -= t->db) PUSH_TERM(c[i], x, y, FLOW) }""",
)
_SUM = (
    """{
    const double *x = v + a[i];
    double sum = v[c[i]];
    for (long k = t->n; k--; x += t->da) sum += *x;
    *o++ = sum; }""",
    """{
    const double up = UP;
    for (long k = t->n, x = a[i] + (k - 1) * t->da; k--; x -= t->da) g[x] += up;
    g[c[i]] += up; }""",
)
# One short chain, forward and backward, without a call: a recurrence takes 0.4 of the time.
ONE = {"DOT": _DOT, "DOT_STEPS": _DOT, "SUM": _SUM}

LOOPS = r"""
#define AT(x) (x + s * t->s##x + j * t->j##x)
#define EACH for (long s = 0; s < t->s; s++) for (long j = 0; j < t->m; j++)
#define BACK for (long s = t->s; s--;) for (long j = t->m; j--;)  /* as backward() goes */
#define UP (--o, o[p->room])
#define GIVEN const Program *p, const Shape *t, long a, long b, long c, double *o
#define TIMES(type) static __attribute__((noinline)) type
#define FORWARD(name) TIMES(long) name##_forward(GIVEN)
#define BACKWARD(name) TIMES(void) name##_backward(GIVEN, int flow)

/* A row with one operand that lies side by side, in vectors and without a branch: 2 times as fast
   at points where the signs before ReLU are not foreseen. */
#define BY_EIGHT(turn) \
    long q = 0; \
    for (; q + 8 <= t->m; q += 8) for (long j = q; j < q + 8; j++) { turn } \
    for (long j = q; j < t->m; j++) { turn }
#define TURNS(turn) if (t->ja == 1 && t->s == 1) { \
        const double *restrict x = v + a; \
        double *restrict y = o; \
        BY_EIGHT(turn) \
        return 0; \
    }
#define BACK_TURNS(turn) if (t->ja == 1 && t->s == 1) { \
        const double *restrict x = v + a, *restrict y = o - t->m, *restrict up = y + p->room; \
        double *restrict gx = g + a; \
        BY_EIGHT(turn) \
        return; \
    }

#define UNROLLED(count) _Pragma("GCC unroll 8") for (int i = 0; i < count; i++)
extern long labs(long);
enum { LANES = 8, LONGEST = 512 };  /* of a row on the stack */
typedef double Wide __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
typedef double Four __attribute__((vector_size(32), aligned(8), may_alias));
#ifdef __clang__
#define MIX(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
typedef int64_t Order __attribute__((vector_size(32)));
#define MIX(x, y, ...) __builtin_shuffle(x, y, (Order){__VA_ARGS__})
#endif

/* Numbers k to k + 3 of four rows, as columns. */
static inline void turn(const double *const *row, long k, Four *column) {
    Four a = *(Four *)(row[0] + k), b = *(Four *)(row[1] + k);
    Four c = *(Four *)(row[2] + k), d = *(Four *)(row[3] + k);
    Four even = MIX(a, b, 0, 4, 2, 6), odd = MIX(a, b, 1, 5, 3, 7);
    Four evens = MIX(c, d, 0, 4, 2, 6), odds = MIX(c, d, 1, 5, 3, 7);
    column[0] = MIX(even, evens, 0, 1, 4, 5), column[1] = MIX(odd, odds, 0, 1, 4, 5);
    column[2] = MIX(even, evens, 2, 3, 6, 7), column[3] = MIX(odd, odds, 2, 3, 6, 7);
}

/* The same rows at every sample, W x for many x: eight rows in a vector, turned once for all x.
   1.4 times as fast as `sums` for a network on 100 samples. */
static long matrix(const Shape *t, const double *v, long a, long b, long c, double *o) {
    double turned[LONGEST * LANES];
    const long n = t->n;
    for (long j = 0; j < t->m; j += LANES) {
        const long lanes = t->m - j < LANES ? t->m - j : LANES;
        for (long lane = 0; lane < LANES; lane += 4) {
            const double *row[4];
            long k = 0;
            for (int i = 0; i < 4; i++) {  /* a lane that is not used has the first row */
                long used = lane + i < lanes ? j + lane + i : j;
                row[i] = v + a + used * t->ja;
            }
            for (Four column[4]; k + 4 <= n; k += 4) {
                turn(row, k, column);
                UNROLLED(4) *(Four *)(turned + (k + i) * LANES + lane) = column[i];
            }
            for (; k < n; k++) UNROLLED(4) turned[k * LANES + lane + i] = row[i][k];
        }
        for (long s = 0; s < t->s; s++) {
            const double *x = v + AT(b), *w = turned, *from = v + AT(c);
            double *to = o + s * t->m + j;
            Wide sum;
            if (lanes == LANES && t->jc == 1) sum = *(Wide *)from;
            else for (long q = 0; q < lanes; q++) sum[q] = from[q * t->jc];
            for (long k = 0; k < n; k++, w += LANES) sum += *(Wide *)w * x[k];
            if (lanes == LANES) *(Wide *)to = sum;
            else for (long q = 0; q < lanes; q++) to[q] = sum[q];
        }
    }
    return 0;
}

/* Four sums side by side; with `shared` their second operands are the same.  1.2 times as fast as
   one by one for layers of 128 at one sample. */
static inline Four sums(
    long n, const double *const *a, const double *const *b, int shared, Four sum
) {
    long k = 0;
    for (; k + 4 <= n; k += 4) {
        Four x[4], y[4];
        turn(a, k, x);
        if (!shared) turn(b, k, y);
        UNROLLED(4) sum += shared ? x[i] * b[0][k + i] : x[i] * y[i];
    }
    for (; k < n; k++) UNROLLED(4) sum[i] += a[i][k] * b[i][k];
    return sum;
}

/* What stays the same from chain to chain becomes the second operand: x · w is as fast as w · x. */
#define SWAP(x, y) { long z = x; x = y; y = z; }
static Shape rows_first(const Shape *t, long *a, long *b, int *flow) {
    Shape u = *t;
    if (t->ja || !t->jb) return u;
    SWAP(*a, *b) SWAP(u.da, u.db) SWAP(u.ja, u.jb) SWAP(u.sa, u.sb)
    *flow = *flow >> 1 | (*flow & 1) << 1;
    return u;
}
FORWARD(DOT) {
    const double *v = p->v;
    int flow = 0;
    const Shape turned = rows_first(t, &a, &b, &flow);
    t = &turned;
    const long m = t->m, n = t->n, all = m * t->s;
    if (!t->jb && !t->sa && m >= 4 && t->s >= 4 && n <= LONGEST) return matrix(t, v, a, b, c, o);
    long at = 0, s = 0, j = 0;
    for (; at + 4 <= all; at += 4) {
        const double *x[4], *y[4];
        Four sum;
        int shared = 1;
        for (int i = 0; i < 4; i++) {
            x[i] = v + AT(a), y[i] = v + AT(b), sum[i] = v[AT(c)], shared &= y[i] == y[0];
            if (++j == m) j = 0, s++;
        }
        *(Four *)(o + at) = shared ? sums(n, x, y, 1, sum) : sums(n, x, y, 0, sum);
    }
    for (; at < all; at++) {
        double sum = v[AT(c)];
        for (long k = 0; k < n; k++) sum += v[AT(a) + k] * v[AT(b) + k];
        o[at] = sum;
        if (++j == m) j = 0, s++;
    }
    return 0;
}

/* The gradients of m rows and of the one operand that they all multiply, which stays in a register:
   1.9 times as fast as row by row for a network on 100 samples. */
#define PUSH(T, lanes) for (; k + lanes <= n; k += lanes) { \
        T x = *(T *)(v + b + k), gx = *(T *)(g + b + k); \
        for (long j = m; j--;) { \
            long row = a + j * ja + k; \
            if (flow & 2) gx += up[j] * *(T *)(v + row); \
            if (flow & 1) *(T *)(g + row) += up[j] * x; \
        } \
        if (flow & 2) *(T *)(g + b + k) = gx; \
    }
static inline void push(
    double *g, const double *v, const double *up, long n, long m, long ja, long a, long b, int flow
) {
    long k = 0;
    PUSH(Wide, LANES) PUSH(Four, 4) PUSH(double, 1)
}
/* The gradients of the rows alone, added up over the samples in registers: 1.1 times as fast as at
   each sample for layers of 64. */
#define ROWS(T, count) for (; j + count <= m; j += count) { \
        T sum[count]; \
        UNROLLED(count) sum[i] = *(T *)(g + a + (j + i) * t->ja + k); \
        for (long s = t->s; s--;) { \
            T x = *(T *)(v + AT(b) + k); \
            const double *up = ups + s * m + j; \
            UNROLLED(count) sum[i] += up[i] * x; \
        } \
        UNROLLED(count) *(T *)(g + a + (j + i) * t->ja + k) = sum[i]; \
    }
static void rows(const Shape *t, double *g, const double *v, const double *ups, long a, long b) {
    const long n = t->n, m = t->m;
    long k = 0, j;
    for (; k + LANES <= n; k += LANES) { j = 0; ROWS(Wide, 8) ROWS(Wide, 1) }
    for (; k + 4 <= n; k += 4) { j = 0; ROWS(Four, 8) ROWS(Four, 1) }
    for (; k < n; k++) { j = 0; ROWS(double, 8) ROWS(double, 1) }
}
static void reach(long step, long count, long *low, long *high) {
    *(step < 0 ? low : high) += (count - 1) * step;
}
BACKWARD(DOT) {
    double *v = p->v, *g = p->g;
    const Shape turned = rows_first(t, &a, &b, &flow);
    t = &turned;
    const long n = t->n, m = t->m;
    /* Where rows or sums have slots in common, chains go one after another. */
    long low = a, high = a, from = c, to = c;
    reach(t->ja, m, &low, &high), reach(t->sa, t->s, &low, &high);
    reach(t->jc, m, &from, &to), reach(t->sc, t->s, &from, &to);
    const int apart = !t->jb && labs(t->ja) >= n && (to < low || from >= high + n);
    const int starts = c != p->first - 1;  /* else at the -0.0: all would wait for one another */
    if (apart && !t->sa && t->s > 1 && flow & 1) {
        rows(t, g, v, o - m * t->s + p->room, a, b);
        flow &= 2;
    }
    const long count = apart ? m : 1;  /* of rows at once */
    for (long s = t->s; s--;) {
        const double *up = (o -= m) + p->room;
        if (apart && starts) for (long j = m; j--;) g[AT(c)] += up[j];
        for (long j = m - count; j >= 0; j -= count) {
            if (!apart) g[AT(c)] += up[j];
            if (flow == 1) push(g, v, up + j, n, count, t->ja, AT(a), AT(b), 1);
            if (flow == 2) push(g, v, up + j, n, count, t->ja, AT(a), AT(b), 2);
            if (flow == 3) push(g, v, up + j, n, count, t->ja, AT(a), AT(b), 3);
        }
    }
}

/* Term after term, the last one first: here operands may be the same slot. */
#define PUSH_TERM(from, x, y, flow) { \
        if (!k) g[from] += up; \
        if (flow & 1) g[x] += up * v[y]; \
        if (flow & 2) g[y] += up * v[x]; \
    }
FORWARD(DOT_STEPS) {
    EACH {
        const double *x = p->v + AT(a), *y = p->v + AT(b);
        double sum = p->v[AT(c)];
        for (long k = 0; k < t->n; k++) sum += x[k * t->da] * y[k * t->db];
        *o++ = sum;
    }
    return 0;
}
BACKWARD(DOT_STEPS) {
    double *v = p->v, *g = p->g;
    BACK {
        const double up = UP;
        for (long k = t->n, x, y; k--;) {
            x = AT(a) + k * t->da, y = AT(b) + k * t->db;
            PUSH_TERM(AT(c), x, y, flow)
        }
    }
}
FORWARD(DOT_LIST) {
    EACH {
        const int32_t *x = p->lists + AT(a), *y = x + t->n;
        double sum = p->v[AT(c)];
        for (long k = 0; k < t->n; k++) sum += p->v[x[k]] * p->v[y[k]];
        *o++ = sum;
    }
    return 0;
}
BACKWARD(DOT_LIST) {
    double *v = p->v, *g = p->g;
    BACK {
        const int32_t *x = p->lists + AT(a), *y = x + t->n;
        const double up = UP;
        for (long k = t->n; k--;) PUSH_TERM(AT(c), x[k], y[k], flow)
    }
}
FORWARD(SUM) {
    EACH {
        double sum = p->v[AT(c)];
        for (long k = 0; k < t->n; k++) sum += p->v[AT(a) + k * t->da];
        *o++ = sum;
    }
    return 0;
}
BACKWARD(SUM) {
    BACK {
        const double up = UP;
        for (long k = t->n; k--;) p->g[AT(a) + k * t->da] += up;
        p->g[AT(c)] += up;
    }
}
FORWARD(SUM_LIST) {
    EACH {
        const int32_t *x = p->lists + AT(a);
        double sum = p->v[AT(c)];
        for (long k = 0; k < t->n; k++) sum += p->v[x[k]];
        *o++ = sum;
    }
    return 0;
}
BACKWARD(SUM_LIST) {
    BACK {
        const int32_t *x = p->lists + AT(a);
        const double up = UP;
        for (long k = t->n; k--;) p->g[x[k]] += up;
        p->g[AT(c)] += up;
    }
}
"""
