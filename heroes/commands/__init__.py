"""The verbs of the `heroes` command, one a file: `add` says its options, `run` does it."""
