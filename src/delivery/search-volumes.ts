/** So many full blocks are kept as one: a search of all jobs then reads a sixteenth of the rows. */
export const VOLUME_BLOCKS = 16;

const HEADER_BYTES = 4;

/** The entries of a mark, by the number of the block within its volume, in one. */
export function bound(blocks: Map<number, Buffer>): Buffer {
  return Buffer.concat(
    [...blocks].flatMap(([block, places]) => {
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeUInt16LE(block, 0);
      header.writeUInt16LE(places.length / 2 - 1, 2);
      return [header, places];
    }),
  );
}

/** What `bound` was given. */
export function unbound(bytes: Buffer): Map<number, Buffer> {
  const blocks = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const end = at + HEADER_BYTES + (bytes.readUInt16LE(at + 2) + 1) * 2;
    blocks.set(bytes.readUInt16LE(at), bytes.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  return blocks;
}
