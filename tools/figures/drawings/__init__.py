"""One module a drawing, named as its SVG file (`weight_decay.py` draws `weight-decay.svg`), with a
function `draw()` that returns a `tools.figures.svg.Drawing`."""
