// Reader of dashboard/shared/blob.py: one Uint8Array -> { header, arrays }.
// Each array is a typed array of its own with a `shape`, in row-major order.
const BLOB_TYPES = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};
function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const start = bytes.byteOffset + 4;
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes.buffer, start, length)));
  const arrays = header.arrays.map(({ dtype, shape, offset }) => {
    const Type = BLOB_TYPES[dtype];
    const count = shape.reduce((product, side) => product * side, 1);
    const from = start + length + offset;
    // A copy: the message may begin at an odd address, where a wide view is not allowed.
    const array = new Type(bytes.buffer.slice(from, from + count * Type.BYTES_PER_ELEMENT));
    array.shape = shape;
    return array;
  });
  return { header, arrays };
}
// Streamlit takes r and c, pressed anywhere in the document, for commands of its own. It leaves text
// fields alone, but cannot see those inside a component's shadow root: there a letter is only typed.
if (!window.__lightboxTyping) {
  window.__lightboxTyping = true;
  document.body.addEventListener("keydown", (event) => {
    const field = event.composedPath()[0];
    const typed = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (
      typed &&
      field.matches?.("input, textarea, select") &&
      field.getRootNode() instanceof ShadowRoot
    )
      event.stopPropagation();
  });
}
