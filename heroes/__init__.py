"""HEROES Dashboard: the weekly view of a ctDNA-guided de-escalation trial."""

__version__ = "0.2.0"
