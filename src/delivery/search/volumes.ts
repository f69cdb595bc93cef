/** How the index is laid out. */
export interface IndexSizes {
  /** Ids in a block, at most 2,048. What is newer than the last full block is read directly. */
  blockJobs: number;
  /** So many full blocks are bound as one volume: a search of all jobs then reads a fraction of the rows. */
  volumeBlocks: number;
}

export const INDEX_SIZES: IndexSizes = { blockJobs: 1024, volumeBlocks: 64 };

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
