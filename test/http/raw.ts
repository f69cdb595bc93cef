import { connect } from 'node:net';

/** Sends bytes as they are and reads until the server closes: for what fetch is too polite to send. */
export function exchange(
  url: string,
  text: string | Buffer,
): Promise<{ status: number; head: string; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setEncoding('utf8');
    socket.setTimeout(60_000, () => socket.destroy(new Error('no answer within a minute')));
    socket.on('data', (part) => {
      answer += part;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
      resolve({ status: Number(head.split(' ')[1]), head, body });
    });
  });
}

/** A request to /otp/send with exactly these header lines (besides the necessary ones). */
export function post(path: string, lines: string[], body: string | Buffer): Buffer {
  const head = [`POST ${path} HTTP/1.1`, 'Host: test', 'Connection: close', ...lines];
  if (!lines.some((line) => /^transfer-encoding/i.test(line))) {
    head.push(`Content-Length: ${Buffer.byteLength(body)}`);
  }
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), Buffer.from(body)]);
}
