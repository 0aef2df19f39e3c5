raise RuntimeError("at init")
