"""The training cycle as arrays side by side: forward, loss, backward, step, again."""
