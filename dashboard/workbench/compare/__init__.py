"""Compare runs: their curves in one frame, their figures in pairs, the X-rays they differ on."""
