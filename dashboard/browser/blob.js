// Reader of dashboard/shared/blob.py: one Uint8Array -> { header, arrays }.

/** @typedef {Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array} Numbers */
/** @typedef {Numbers & { shape: number[] }} Shaped an array in row-major order, with its shape */

const TYPES = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/**
 * Header and arrays of one message from the server.
 * @param {Uint8Array} bytes
 * @returns {{ header: any, arrays: any[] }} the arrays are typed arrays of their own with a `shape`
 */
export function unpack(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const start = bytes.byteOffset + 4;
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes.buffer, start, length)));
  const arrays = header.arrays.map(
    (
      /** @type {{ dtype: keyof typeof TYPES, shape: number[], offset: number }} */ {
        dtype,
        shape,
        offset,
      },
    ) => {
      const Type = TYPES[dtype];
      const count = shape.reduce((product, side) => product * side, 1);
      const from = start + length + offset;
      // A copy: the message may begin at an odd address, where a wide view is not allowed.
      const raw = bytes.buffer.slice(from, from + count * Type.BYTES_PER_ELEMENT);
      return Object.assign(new Type(/** @type {ArrayBuffer} */ (raw)), { shape });
    },
  );
  return { header, arrays };
}
