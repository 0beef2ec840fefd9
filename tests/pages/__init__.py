"""Each page as a person meets it: every state, every role."""
