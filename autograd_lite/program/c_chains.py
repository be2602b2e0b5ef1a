"""The chains' loops in C: what ``chains`` makes of sums, run forward and backward.

Every sum is added up in its own order, and so is every gradient; what vectors hold side by side are
different sums, or different slots.
"""

from __future__ import annotations

CHAINS = ("DOT", "DOT_STEPS", "DOT_LIST", "SUM", "SUM_LIST")

LOOPS = r"""
#define AT(x) (x + s * t->s##x + j * t->j##x)
#define EACH for (long s = 0; s < t->s; s++) for (long j = 0; j < t->m; j++)
#define BACK for (long s = t->s; s--;) for (long j = t->m; j--;)  /* as backward() goes */
#define UP (--o, o[p->room])
#define GIVEN const Program *p, const Shape *t, long a, long b, long c, double *o
#define FORWARD(name) static __attribute__((noinline)) void name##_forward(GIVEN)
#define BACKWARD(name) static __attribute__((noinline)) void name##_backward(GIVEN, int flow)

enum { LANES = 8, ROOM = 4096 };
typedef double Wide __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
typedef double Four __attribute__((vector_size(32), aligned(8), may_alias));
#ifdef __clang__
#define MIX(x, y, ...) __builtin_shufflevector(x, y, __VA_ARGS__)
#else
typedef int64_t Order __attribute__((vector_size(32)));
#define MIX(x, y, ...) __builtin_shuffle(x, y, (Order){__VA_ARGS__})
#endif

/* The same rows at every sample: W x for many x.  The rows are turned once, to lie side by side. */
static void matrix(const Shape *t, const double *v, long a, long b, long c, double *o) {
    double turned[ROOM + LANES * LANES];
    const long n = t->n, m = t->m, wide = (m + LANES - 1) / LANES * LANES;
    for (long k = 0; k < n; k++)
        for (long j = 0; j < wide; j++) turned[k * wide + j] = j < m ? v[a + j * t->ja + k] : 0.0;
    for (long s = 0; s < t->s; s++, o += m)
        for (long j = 0; j < m; j += LANES) {
            const double *x = v + b + s * t->sb, *w = turned + j, *from = v + AT(c);
            long now = m - j < LANES ? m - j : LANES;
            Wide sum = {0};
            if (now == LANES && t->jc == 1) sum = *(Wide *)from;
            else for (long i = 0; i < now; i++) sum[i] = from[i * t->jc];
            for (long k = 0; k < n; k++, w += wide) sum += *(Wide *)w * x[k];
            if (now == LANES) *(Wide *)(o + j) = sum;
            else for (long i = 0; i < now; i++) o[j + i] = sum[i];
        }
}

static inline void turned(const double *const *row, long k, Four *column) {
    Four a = *(Four *)(row[0] + k), b = *(Four *)(row[1] + k), c = *(Four *)(row[2] + k), d = *(Four *)(row[3] + k);
    Four e = MIX(a, b, 0, 4, 2, 6), f = MIX(a, b, 1, 5, 3, 7), g = MIX(c, d, 0, 4, 2, 6), h = MIX(c, d, 1, 5, 3, 7);
    column[0] = MIX(e, g, 0, 1, 4, 5), column[1] = MIX(f, h, 0, 1, 4, 5);
    column[2] = MIX(e, g, 2, 3, 6, 7), column[3] = MIX(f, h, 2, 3, 6, 7);
}
/* Four sums side by side; with `shared` their second operands are the same. */
static inline Four four(long n, const double *const *a, const double *const *b, int shared, Four sum) {
    long k = 0;
    for (; k + 4 <= n; k += 4) {
        Four x[4], y[4];
        turned(a, k, x);
        if (!shared) turned(b, k, y);
        for (int i = 0; i < 4; i++) sum += shared ? x[i] * b[0][k + i] : x[i] * y[i];
    }
    for (; k < n; k++)
        sum += (Four){a[0][k], a[1][k], a[2][k], a[3][k]} * (Four){b[0][k], b[1][k], b[2][k], b[3][k]};
    return sum;
}

/* Rows first: what stays the same from chain to chain is the second operand. */
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
    if (!t->jb && !t->sa && m >= 4 && t->s >= 4 && n * m <= ROOM) { matrix(t, v, a, b, c, o); return; }
    long i = 0, s = 0, j = 0;
    for (; i + 4 <= all; i += 4) {
        const double *x[4], *y[4];
        Four sum;
        for (int q = 0; q < 4; q++) {
            x[q] = v + AT(a), y[q] = v + AT(b), sum[q] = v[AT(c)];
            if (++j == m) j = 0, s++;
        }
        int shared = y[1] == y[0] && y[2] == y[0] && y[3] == y[0];
        *(Four *)(o + i) = shared ? four(n, x, y, 1, sum) : four(n, x, y, 0, sum);
    }
    for (; i < all; i++) {
        double sum = v[AT(c)];
        for (long k = 0; k < n; k++) sum += v[AT(a) + k] * v[AT(b) + k];
        o[i] = sum;
        if (++j == m) j = 0, s++;
    }
}
/* The gradients of m rows and of the one operand that they all multiply. */
#define PUSH(T, lanes) for (; k + lanes <= n; k += lanes) { \
        T x = *(T *)(v + b + k), gx = *(T *)(g + b + k); \
        for (long j = m; j--;) { \
            long row = a + j * ja + k; \
            if (flow & 2) gx += up[j] * *(T *)(v + row); \
            if (flow & 1) *(T *)(g + row) += up[j] * x; \
        } \
        if (flow & 2) *(T *)(g + b + k) = gx; \
    }
static inline void push(double *g, const double *v, const double *up, long n, long m, long ja, long a, long b, int flow) {
    long k = 0;
    PUSH(Wide, LANES) PUSH(Four, 4) PUSH(double, 1)
}
BACKWARD(DOT) {
    double *v = p->v, *g = p->g;
    const Shape turned = rows_first(t, &a, &b, &flow);
    t = &turned;
    const long n = t->n, m = t->m;
    for (long s = t->s; s--;) {
        const double *up = (o -= m) + p->room;
        long j = 0, row = AT(a), x = AT(b), from = AT(c), step = t->ja < 0 ? -t->ja : t->ja;
        long low = t->ja < 0 ? row + (m - 1) * t->ja : row, high = low + (m - 1) * step + n;
        long last = from + (m - 1) * t->jc;
        int apart = !t->jb && step >= n && ((from < low && last < low) || (from >= high && last >= high));
        if (apart && m > 1) {
            for (j = m; j--;) g[AT(c)] += up[j];
            flow == 3 ? push(g, v, up, n, m, t->ja, row, x, 3) : flow == 2 ? push(g, v, up, n, m, t->ja, row, x, 2) : push(g, v, up, n, m, t->ja, row, x, 1);
        } else for (j = m; j--;) {
            g[AT(c)] += up[j];
            flow == 3 ? push(g, v, up + j, n, 1, 0, AT(a), AT(b), 3) : flow == 2 ? push(g, v, up + j, n, 1, 0, AT(a), AT(b), 2) : push(g, v, up + j, n, 1, 0, AT(a), AT(b), 1);
        }
    }
}

/* Term after term, the last one first: here operands may be the same slot. */
#define PUSH_TERM(x, y) { \
        if (!k) g[AT(c)] += up; \
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
}
BACKWARD(DOT_STEPS) {
    double *v = p->v, *g = p->g;
    BACK {
        const double up = UP;
        for (long k = t->n, x, y; k--;) {
            x = AT(a) + k * t->da, y = AT(b) + k * t->db;
            PUSH_TERM(x, y)
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
}
BACKWARD(DOT_LIST) {
    double *v = p->v, *g = p->g;
    BACK {
        const int32_t *x = p->lists + AT(a), *y = x + t->n;
        const double up = UP;
        for (long k = t->n; k--;) PUSH_TERM(x[k], y[k])
    }
}
FORWARD(SUM) {
    EACH {
        double sum = p->v[AT(c)];
        for (long k = 0; k < t->n; k++) sum += p->v[AT(a) + k * t->da];
        *o++ = sum;
    }
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
