"""Measurements that stand behind every claim of speed; run by `make bench`."""
