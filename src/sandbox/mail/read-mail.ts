/** What a mail program would show. */
export interface Mail {
  to: string;
  from: string;
  subject: string;
  text: string;
  html: string;
  messageId: string;
  /** When it was accepted, Unix ms. */
  at: number;
  /** As it was received. */
  source: string;
}

/** Reads mail in the form that this product writes: text, or text and the same as HTML. */
export function readMail(source: string, to: string, at: number): Mail {
  const { headers, body } = split(source);
  const parts = partsOf(headers, body).map(split);
  const contentOf = (type: string) => {
    const part = parts.find(({ headers }) => (headers.get('content-type') ?? 'text/plain').startsWith(type));
    return part ? decoded(part.headers.get('content-transfer-encoding') ?? '', part.body) : '';
  };
  return {
    to,
    from: headers.get('from') ?? '',
    subject: headers.get('subject') ?? '',
    text: contentOf('text/plain'),
    html: contentOf('text/html'),
    messageId: headers.get('message-id') ?? '',
    at,
    source,
  };
}

function split(part: string): { headers: Map<string, string>; body: string } {
  const [head = '', ...rest] = part.split('\r\n\r\n');
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const fields = lines.map((line) => /^([\w-]+):\s*(.*)$/.exec(line) ?? []);
  const headers = new Map(fields.map(([, name = '', value = '']) => [name.toLowerCase(), value]));
  return { headers, body: rest.join('\r\n\r\n') };
}

function partsOf(headers: Map<string, string>, body: string): string[] {
  const type = headers.get('content-type') ?? '';
  const [, boundary] = /^multipart\/.*boundary="?([^";]+)/i.exec(type) ?? [];
  if (boundary === undefined) {
    const encoding = headers.get('content-transfer-encoding') ?? '';
    return [`Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`];
  }
  return body
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => part.replace(/^\r\n/, '').replace(/\r\n$/, ''));
}

function decoded(encoding: string, body: string): string {
  const text = body.replaceAll('\r\n', '\n');
  switch (encoding.toLowerCase()) {
    case 'base64':
      return Buffer.from(text, 'base64').toString('utf8');
    case 'quoted-printable': {
      const bytes = text
        .replace(/=\n/g, '')
        .replace(/=([\dA-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      return Buffer.from(bytes, 'latin1').toString('utf8');
    }
    default:
      return text;
  }
}
