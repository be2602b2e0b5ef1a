/* The gradients as an engineer would write them, the samples in the inner loop. */
#include <math.h>
#include <string.h>

enum { B = 32, H = 16 };  /* samples in one go; hidden units */

/* The sum of max(0, 1 - y s(x)) over n samples, n a multiple of 4, s = MLP(2, [16, 16, 1]);
   p and g: W1 b1 W2 b2 W3 b3. */
double hinge(const double *p, const double *x1, const double *x2, const double *y, long n, double *g)
{
    const double *W1 = p, *b1 = W1 + 2 * H, *W2 = b1 + H, *b2 = W2 + H * H, *W3 = b2 + H, *b3 = W3 + H;
    double *gW1 = g, *gb1 = gW1 + 2 * H, *gW2 = gb1 + H, *gb2 = gW2 + H * H, *gW3 = gb2 + H, *gb3 = gW3 + H;
    double a1[H][B], a2[H][B], d1[H][B], d2[H][B], d[B], total = 0;
    memset(g, 0, sizeof(double) * (2 * H + H + H * H + H + H + 1));
    for (long at = 0; at < n; at += B) {
        const long m = n - at < B ? n - at : B;
        const double *u = x1 + at, *v = x2 + at, *t = y + at;
        for (int i = 0; i < H; i++)
            for (long k = 0; k < m; k++)
                a1[i][k] = fmax(0, W1[2 * i] * u[k] + W1[2 * i + 1] * v[k] + b1[i]);
        for (int i = 0; i < H; i++) {
            double z[B];
            for (long k = 0; k < m; k++) z[k] = b2[i];
            for (int j = 0; j < H; j++)
                for (long k = 0; k < m; k++) z[k] += W2[H * i + j] * a1[j][k];
            for (long k = 0; k < m; k++) a2[i][k] = fmax(0, z[k]);
        }
        for (long k = 0; k < m; k++) d[k] = *b3;
        for (int i = 0; i < H; i++)
            for (long k = 0; k < m; k++) d[k] += W3[i] * a2[i][k];
        for (long k = 0; k < m; k++) {
            double loss = 1 - t[k] * d[k];
            total += loss > 0 ? loss : 0;
            d[k] = loss > 0 ? -t[k] : 0;
            *gb3 += d[k];
        }
        memset(d1, 0, sizeof d1);
        for (int i = 0; i < H; i++) {
            double s = 0, b = 0;
            for (long k = 0; k < m; k++) {
                s += d[k] * a2[i][k];
                d2[i][k] = a2[i][k] > 0 ? d[k] * W3[i] : 0;
                b += d2[i][k];
            }
            gW3[i] += s;
            gb2[i] += b;
            for (int j = 0; j < H; j++) {
                double w = 0;
                for (long k = 0; k < m; k++) {
                    w += d2[i][k] * a1[j][k];
                    d1[j][k] += d2[i][k] * W2[H * i + j];
                }
                gW2[H * i + j] += w;
            }
        }
        for (int i = 0; i < H; i++) {
            double b = 0, w1 = 0, w2 = 0;
            for (long k = 0; k < m; k++) {
                double e = a1[i][k] > 0 ? d1[i][k] : 0;
                b += e;
                w1 += e * u[k];
                w2 += e * v[k];
            }
            gb1[i] += b;
            gW1[2 * i] += w1;
            gW1[2 * i + 1] += w2;
        }
    }
    return total;
}

/* The sum of log losses of the 2-2-1 network; p and g: w11 w21 b1 w12 w22 b2 w1 w2 b. */
double log_loss(const double *p, const double *x1, const double *x2, const double *y, long n, double *g)
{
    double total = 0, g0 = 0, g1 = 0, g2 = 0, g3 = 0, g4 = 0, g5 = 0, g6 = 0, g7 = 0, g8 = 0;
    for (long k = 0; k < n; k++) {
        double a1 = 1 / (1 + exp(-(x1[k] * p[0] + x2[k] * p[1] + p[2])));
        double a2 = 1 / (1 + exp(-(x1[k] * p[3] + x2[k] * p[4] + p[5])));
        double q = 1 / (1 + exp(-(a1 * p[6] + a2 * p[7] + p[8])));
        double e = q - y[k], e1 = e * p[6] * a1 * (1 - a1), e2 = e * p[7] * a2 * (1 - a2);
        total -= log(y[k] > 0.5 ? q : 1 - q);
        g0 += e1 * x1[k]; g1 += e1 * x2[k]; g2 += e1;
        g3 += e2 * x1[k]; g4 += e2 * x2[k]; g5 += e2;
        g6 += e * a1; g7 += e * a2; g8 += e;
    }
    double all[9] = {g0, g1, g2, g3, g4, g5, g6, g7, g8};
    memcpy(g, all, sizeof all);
    return total;
}

/* Rosenbrock's function of n variables: value, gradient, and unless H is 0 the Hessian. */
double rosenbrock(const double *x, long n, double *g, double *H)
{
    double f = 0;
    memset(g, 0, sizeof(double) * n);
    if (H) memset(H, 0, sizeof(double) * n * n);
    for (long i = 0; i + 1 < n; i++) {
        double r = x[i + 1] - x[i] * x[i], q = 1 - x[i];
        f += 100 * r * r + q * q;
        g[i] += -400 * r * x[i] - 2 * q;
        g[i + 1] += 200 * r;
        if (H) {
            H[n * i + i] += 1200 * x[i] * x[i] - 400 * x[i + 1] + 2;
            H[n * i + i + 1] = H[n * (i + 1) + i] = -400 * x[i];
            H[n * (i + 1) + i + 1] += 200;
        }
    }
    return f;
}

/* Gradient descent on the mean log loss of the 2-2-1 network, batches of m rows in order; p is
   moved.  The loss of the last epoch. */
double descend(double *p, const double *x1, const double *x2, const double *y, long n, long m,
               long epochs, double lr)
{
    double total = 0, g[9];
    for (long epoch = 0; epoch < epochs; epoch++) {
        total = 0;
        for (long at = 0; at < n; at += m) {
            long count = n - at < m ? n - at : m;
            total += log_loss(p, x1 + at, x2 + at, y + at, count, g);
            for (int k = 0; k < 9; k++) p[k] -= lr / count * g[k];
        }
    }
    return total / n;
}

/* The same by the C of recorded programs, each segment a part of a batch. */
typedef struct {
    long n;
    double *s, *x, *y, *sums, *room, scale;
    long arrays;
    const long *widths;
    const double *const *const *given;
} Job;
typedef struct {
    long (*run)(const Job *);
    Job job;
    long value;
    const int *at;
    long batch;
} Segment;

double descend_by_programs(double *p, const Segment *all, long segments, long epochs, double lr)
{
    double total = 0, g[9] = {0};
    for (long epoch = 0; epoch < epochs; epoch++) {
        long n = 0;
        total = 0;
        for (const Segment *s = all; s < all + segments; s++) {
            s->run(&s->job);
            total += s->job.sums[s->value];
            for (int k = 0; k < 9; k++) g[k] += s->job.sums[s->at[k]];
            if (!s->batch) continue;
            for (int k = 0; k < 9; k++) p[k] -= lr / s->batch * g[k];
            memset(g, 0, sizeof g);
            n += s->batch;
        }
        total /= n;
    }
    return total;
}
