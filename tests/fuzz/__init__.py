"""Random cases of everything against independent referees; see ``python -m tests.fuzz --help``.

A kind is a function ``case(rng)`` that draws one case from a ``random.Random`` and returns nothing,
or a ``Find``; it raises ``Undecided`` where its bound says nothing, as beside a kink.
"""
