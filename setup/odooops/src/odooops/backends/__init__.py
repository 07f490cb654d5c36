"""Prometheus, Loki and Tempo as they are asked: a module each, which turns their answers into values."""
