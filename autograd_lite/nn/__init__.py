"""Networks and losses of the notes, on the graph."""

from .losses import (
    absolute_error,
    half_mean_squared_error,
    half_squared_error,
    hinge_loss,
    l1_penalty,
    l2_penalty,
    log_loss,
    log_loss_from_logit,
    mean_squared_error,
    softmax_cross_entropy,
)
from .networks import MLP, DeepNetwork, Layer, Module, Neuron, Perceptron, TwoLayerNetwork

__all__ = [
    "MLP",
    "DeepNetwork",
    "Layer",
    "Module",
    "Neuron",
    "Perceptron",
    "TwoLayerNetwork",
    "absolute_error",
    "half_mean_squared_error",
    "half_squared_error",
    "hinge_loss",
    "l1_penalty",
    "l2_penalty",
    "log_loss",
    "log_loss_from_logit",
    "mean_squared_error",
    "softmax_cross_entropy",
]
