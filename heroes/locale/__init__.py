"""Catalogues of every sentence: English sentences are the keys, French stands beside them."""
