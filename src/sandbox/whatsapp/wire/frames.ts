/** `ED 00 01`, three bytes of length, routing information: an optional prefix of the very first bytes. */
const ROUTING = Buffer.from('ED');
const HEADER_LENGTH = 4;

export function frame(payload: Uint8Array): Buffer {
  const framed = Buffer.alloc(3 + payload.length);
  framed.writeUIntBE(payload.length, 0, 3);
  framed.set(payload, 3);
  return framed;
}

/** Cuts a byte stream into frames, whatever pieces it comes in; the connection's prefix is skipped. */
export function createFrameReader(onFrame: (payload: Buffer) => void): (data: Buffer) => void {
  let buffered = Buffer.alloc(0);
  let prefix = true;

  const skipPrefix = (): boolean => {
    let start = 0;
    if (buffered.subarray(0, 2).equals(ROUTING)) {
      if (buffered.length < 7) return false;
      start = 7 + buffered.readUIntBE(4, 3);
    }
    if (buffered.length < start + HEADER_LENGTH) return false;
    buffered = buffered.subarray(start + HEADER_LENGTH);
    return true;
  };

  return (data) => {
    buffered = Buffer.concat([buffered, data]);
    if (prefix && !skipPrefix()) return;
    prefix = false;
    while (buffered.length >= 3) {
      const end = 3 + buffered.readUIntBE(0, 3);
      if (buffered.length < end) return;
      const payload = buffered.subarray(3, end);
      buffered = buffered.subarray(end);
      onFrame(payload);
    }
  };
}
