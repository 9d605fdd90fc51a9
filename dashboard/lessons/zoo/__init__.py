"""The gallery of the zoo: a timeline of networks, a drawing and a live figure of each."""
