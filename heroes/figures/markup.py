"""The tags that our own pictures use in their texts; all other angle brackets are shown as letters.

Plotly reads a small HTML in titles, marks and hovers, links included. Codes and units come from files of others, and
nothing in them may become a link.
"""

import re

_FOREIGN = re.compile(r'<(?!/?b>|br>|/span>|/?extra>|span style="(?:font-size:\d+px;)?color:[#\w(),.]+">)')


def only_our_tags(part):
    """A part of a figure (text, list, dictionary, deep) in which every other tag than ours is plain text."""
    if isinstance(part, str):
        return _FOREIGN.sub("&lt;", part) if "<" in part else part
    if isinstance(part, dict):
        return {name: only_our_tags(value) for name, value in part.items()}
    if isinstance(part, (list, tuple)):
        return [only_our_tags(value) for value in part]
    return part
