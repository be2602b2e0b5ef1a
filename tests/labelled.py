"""Stand-ins for pandas: what is indexed by label, with labels in another order."""

import numpy as np


class At:
    """What ``.iloc`` is: by position."""

    def __init__(self, elements):
        self.elements = elements

    def __getitem__(self, position):
        return self.elements[position]


class Series:
    """Its labels are its positions backwards; iterates over its elements."""

    def __init__(self, elements):
        self.elements = list(elements)
        self.iloc = At(self.elements)

    def __len__(self):
        return len(self.elements)

    def __iter__(self):
        return iter(self.elements)

    def __getitem__(self, label):
        if label not in range(len(self)):
            raise KeyError(label)
        return self.elements[len(self) - 1 - label]

    def to_numpy(self):
        return np.array(self.elements)


class Frame(Series):
    """Its rows are indexed by position alone; iterates over the names of its columns."""

    def __iter__(self):
        return iter([f"column {k}" for k in range(len(self.elements[0]))])

    def __getitem__(self, label):
        raise KeyError(label)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.elements, dtype=dtype)
