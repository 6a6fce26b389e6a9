"""Files of PIMs, kept by their content: the store, the addresses they are served under, serving."""
