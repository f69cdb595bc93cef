/** The layout of the index. */
export interface IndexSizes {
  /** Ids in a block, at most 2,048. Jobs after the last full block are read directly. */
  blockJobs: number;
  /** How many full blocks are bound into one volume: a search of all jobs then reads a fraction of the rows. */
  volumeBlocks: number;
}

export const INDEX_SIZES: IndexSizes = { blockJobs: 1024, volumeBlocks: 64 };

const HEADER_BYTES = 4;

/** Packs the entries of a mark, by the number of the block within its volume, into one buffer. */
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

/** The inverse of `bound`. */
export function unbound(bytes: Buffer): Map<number, Buffer> {
  const blocks = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const end = at + HEADER_BYTES + (bytes.readUInt16LE(at + 2) + 1) * 2;
    blocks.set(bytes.readUInt16LE(at), bytes.subarray(at + HEADER_BYTES, end));
    at = end;
  }
  return blocks;
}
