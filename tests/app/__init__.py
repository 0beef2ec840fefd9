"""The server, the controls and what they refuse."""
