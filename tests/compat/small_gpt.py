"""A character-level GPT in plain Python, number by number: training and sampling.

Written for a scalar engine with ``+ - * / **``, ``log``, ``exp``, ``relu``, ``backward``, ``data``
and ``grad``; which one, the next line says.
"""

import math
import random

from autograd_lite import Value

random.seed(42)

# ---- data: names of the stars, one a document ----------------------------------------------------

docs = [
    "altair",
    "antares",
    "arcturus",
    "bellatrix",
    "betelgeuse",
    "capella",
    "castor",
    "deneb",
    "electra",
    "fomalhaut",
    "gemma",
    "hadar",
    "izar",
    "kochab",
    "lesath",
    "maia",
    "mimosa",
    "mira",
    "nashira",
    "polaris",
    "pollux",
    "procyon",
    "regulus",
    "rigel",
    "sabik",
    "sirius",
    "spica",
    "tarazed",
    "thuban",
    "unuk",
    "vega",
    "wezen",
]
random.shuffle(docs)
letters = sorted(set("".join(docs)))
BOS = len(letters)  # begins and ends a document
vocab_size = len(letters) + 1

# ---- parameters ----------------------------------------------------------------------------------

n_embd, n_head, n_layer, block_size = 16, 4, 1, 8
head_dim = n_embd // n_head


def matrix(nout, nin, std=0.08):
    return [[Value(random.gauss(0, std)) for _ in range(nin)] for _ in range(nout)]


state_dict = {
    "wte": matrix(vocab_size, n_embd),
    "wpe": matrix(block_size, n_embd),
    "lm_head": matrix(vocab_size, n_embd),
}
for i in range(n_layer):
    for name in ("attn_wq", "attn_wk", "attn_wv", "attn_wo"):
        state_dict[f"layer{i}.{name}"] = matrix(n_embd, n_embd)
    state_dict[f"layer{i}.mlp_fc1"] = matrix(4 * n_embd, n_embd)
    state_dict[f"layer{i}.mlp_fc2"] = matrix(n_embd, 4 * n_embd)
params = [p for mat in state_dict.values() for row in mat for p in row]

# ---- the model -----------------------------------------------------------------------------------


def linear(x, w):
    return [sum(wi * xi for wi, xi in zip(wo, x)) for wo in w]


def softmax(logits):
    max_val = max(val.data for val in logits)
    exps = [(val - max_val).exp() for val in logits]
    total = sum(exps)
    return [e / total for e in exps]


def rmsnorm(x):
    ms = sum(xi * xi for xi in x) / len(x)
    scale = (ms + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def gpt(token_id, pos_id, keys, values):
    tok_emb = state_dict["wte"][token_id]
    pos_emb = state_dict["wpe"][pos_id]
    x = [t + p for t, p in zip(tok_emb, pos_emb)]
    x = rmsnorm(x)
    for li in range(n_layer):
        x_residual = x
        x = rmsnorm(x)
        q = linear(x, state_dict[f"layer{li}.attn_wq"])
        keys[li].append(linear(x, state_dict[f"layer{li}.attn_wk"]))
        values[li].append(linear(x, state_dict[f"layer{li}.attn_wv"]))
        x_attn = []
        for h in range(n_head):
            hs = h * head_dim
            q_h = q[hs : hs + head_dim]
            k_h = [k[hs : hs + head_dim] for k in keys[li]]
            v_h = [v[hs : hs + head_dim] for v in values[li]]
            attn_logits = [
                sum(q_h[j] * k_h[t][j] for j in range(head_dim)) / head_dim**0.5
                for t in range(len(k_h))
            ]
            attn_weights = softmax(attn_logits)
            x_attn += [
                sum(attn_weights[t] * v_h[t][j] for t in range(len(v_h))) for j in range(head_dim)
            ]
        x = linear(x_attn, state_dict[f"layer{li}.attn_wo"])
        x = [a + b for a, b in zip(x, x_residual)]
        x_residual = x
        x = rmsnorm(x)
        x = linear(x, state_dict[f"layer{li}.mlp_fc1"])
        x = [xi.relu() for xi in x]
        x = linear(x, state_dict[f"layer{li}.mlp_fc2"])
        x = [a + b for a, b in zip(x, x_residual)]
    return linear(x, state_dict["lm_head"])


def loss_of(tokens):
    """The mean of −log p(next letter) over a document."""
    n = min(block_size, len(tokens) - 1)
    keys, values = [[] for _ in range(n_layer)], [[] for _ in range(n_layer)]
    losses = []
    for pos_id in range(n):
        token_id, target_id = tokens[pos_id], tokens[pos_id + 1]
        probs = softmax(gpt(token_id, pos_id, keys, values))
        losses.append(-probs[target_id].log())
    return (1 / n) * sum(losses)


# ---- training ------------------------------------------------------------------------------------

learning_rate, beta1, beta2, eps_adam = 0.01, 0.85, 0.99, 1e-8
num_steps = 20
m = [0.0] * len(params)
v = [0.0] * len(params)


def tokens_of(step):
    doc = docs[step % len(docs)]
    return [BOS, *(letters.index(ch) for ch in doc), BOS]


def train():
    """Train for ``num_steps``; the losses."""
    history = []
    for step in range(num_steps):
        loss = loss_of(tokens_of(step))
        loss.backward()
        lr_t = learning_rate * (1 - step / num_steps)
        for i, p in enumerate(params):
            m[i] = beta1 * m[i] + (1 - beta1) * p.grad
            v[i] = beta2 * v[i] + (1 - beta2) * p.grad**2
            m_hat = m[i] / (1 - beta1 ** (step + 1))
            v_hat = v[i] / (1 - beta2 ** (step + 1))
            p.data -= lr_t * m_hat / (v_hat**0.5 + eps_adam)
            p.grad = 0
        history.append(loss.data)
        print(f"step {step + 1:4d} / {num_steps:4d} | loss {loss.data:.4f}")
    return history


# ---- sampling ------------------------------------------------------------------------------------


def sample(temperature=0.5):
    """A new name, letter by letter."""
    keys, values = [[] for _ in range(n_layer)], [[] for _ in range(n_layer)]
    token_id, found = BOS, ""
    for pos_id in range(block_size):
        logits = gpt(token_id, pos_id, keys, values)
        probs = softmax([x / temperature for x in logits])
        token_id = random.choices(range(vocab_size), weights=[p.data for p in probs])[0]
        if token_id == BOS:
            break
        found += letters[token_id]
    return found


if __name__ == "__main__":
    print(f"vocabulary {vocab_size}, parameters {len(params)}, log {math.log(vocab_size):.4f}")
    train()
    for k in range(5):
        print(f"sample {k + 1}: {sample()}")
