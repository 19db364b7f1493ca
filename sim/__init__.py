"""The seeded simulator: real rules, real runtime and channels, in a made-up world whose every fault is drawn from a seed."""
