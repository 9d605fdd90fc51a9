"""A wall of images on one canvas: labels, boxes, paging, choosing; sliders where asked."""
