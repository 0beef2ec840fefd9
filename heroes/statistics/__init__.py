"""Arithmetic on the store's answers: frames and numbers go in, results come out; no store, no screen, no clock."""
