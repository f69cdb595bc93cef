import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createLookUp } from '../../src/webhooks/network/look-up.js';
import { createPoster } from '../../src/webhooks/network/post.js';
import { type Address, createTargets } from '../../src/webhooks/network/target.js';
import { createTestClock } from '../support/clock.js';
import { until } from '../support/until.js';
import { openReceiver, type Receiver } from './receiver.js';

const clock = createTestClock();
const PUBLIC = { address: '93.184.215.14', family: 4 };
const answers = new Map<string, Address[]>();
const lookUp = async (name: string) => {
  const found = answers.get(name);
  if (!found) throw new Error('ENOTFOUND');
  return found;
};
const strict = createTargets({ clock, allowPrivate: false, lookUp });

describe('where a webhook may lead', () => {
  it.each([
    'https://127.0.0.1/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://0177.0.0.01/',
    'https://127.0.0.1./',
    'https://10.1.2.3/',
    'https://172.31.255.255/',
    'https://192.168.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://168.63.129.16/',
    'https://100.64.0.1/',
    'https://0.0.0.0/',
    'https://255.255.255.255/',
    'https://224.0.0.1/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::127.0.0.1]/',
    'https://[64:ff9b::10.0.0.1]/',
    'https://[64:ff9b:1::1]/',
    'https://[2002:7f00:1::1]/',
    'https://[2001:0:7f00:1::1]/',
    'https://[fe80::1]/',
    'https://[fc00::1]/',
    'https://[fd12:3456::1]/',
    'https://[ff02::1]/',
    'https://①②⑦.0.0.1/',
    'https://localhost/',
    'https://localhost./',
    'https://LOCALHOST/',
    'https://api.localhost/',
    'https://printer.local/',
    'https://metadata.google.internal/',
  ])('not to %s', async (url) => {
    expect(await strict.refusal(url)).toBe('must lead to an address on the public internet');
  });

  it.each([
    'http://example.com/',
    'ftp://example.com/',
    'https://user@example.com/',
    'https://user:secret@example.com/',
    'https://example.com/#part',
    'https://[fe80::1%25eth0]/',
    'https://exa mple.com/',
    'https://256.256.256.256/',
    '//example.com/',
    'example.com',
    `https://example.com/${'x'.repeat(2_000)}`,
  ])('not to %s, which is no address for one', async (url) => {
    expect(await strict.refusal(url)).toBe('must be an https:// address without a name or password in it');
  });

  it('to public addresses, by name, by number and through NAT64', async () => {
    answers.set('example.com', [PUBLIC]);
    for (const host of ['example.com', '93.184.215.14', '[2606:2800:21f::1]', '[64:ff9b::5db8:d70e]']) {
      expect(await strict.refusal(`https://${host}/hook?key=1`)).toBeNull();
    }
    // Nothing is known of it yet.
    expect(await strict.refusal('https://not-yet.example.org/')).toBeNull();
  });

  it('not by a name of which any address is private, now or later', async () => {
    answers.set('mixed.example.com', [PUBLIC, { address: '10.0.0.7', family: 4 }]);
    expect(await strict.refusal('https://mixed.example.com/')).toContain('public internet');
    answers.set('rebound.example.com', [PUBLIC]);
    expect(await strict.refusal('https://rebound.example.com/')).toBeNull();
    answers.set('rebound.example.com', [{ address: '::ffff:192.168.1.1', family: 6 }]);
    await expect(strict.find('https://rebound.example.com/')).rejects.toThrow('not on the public internet');
    await expect(strict.find('https://gone.example.com/')).rejects.toThrow('could not be looked up');
    await expect(strict.find('http://example.com/')).rejects.toThrow('no longer allowed');
  });

  it('anywhere on the web, where that is allowed', async () => {
    const eased = createTargets({ clock, allowPrivate: true, lookUp });
    for (const url of ['http://127.0.0.1:3000/', 'https://10.0.0.1/', 'http://receiver/']) {
      expect(await eased.refusal(url)).toBeNull();
    }
    expect(await eased.refusal('http://user:secret@receiver/')).toContain('without a name or password');
  });
});

describe('a look-up', () => {
  /** A DNS server that knows 192.0.2.8 for names that begin with `fast`, and says nothing about others. */
  async function openDns(): Promise<string> {
    const socket = createSocket('udp4');
    socket.on('message', (query, { port, address }) => {
      const length = query[12] ?? 0;
      if (!query.toString('latin1', 13, 13 + length).startsWith('fast')) return;
      const isV4 = query.readUInt16BE(query.indexOf(0, 12) + 1) === 1;
      const question = query.subarray(12, query.indexOf(0, 12) + 5);
      const head = Buffer.from(query.subarray(0, 12));
      head.writeUInt16BE(0x8180, 2);
      head.writeUInt16BE(isV4 ? 1 : 0, 6);
      head.writeUInt16BE(0, 10);
      const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 8]);
      socket.send(Buffer.concat([head, question, ...(isV4 ? [answer] : [])]), port, address);
    });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    onTestFinished(() => void socket.close());
    return `127.0.0.1:${socket.address().port}`;
  }

  it('of names that nobody answers for holds up no other', async () => {
    const lookUp = createLookUp({ allowPrivate: false, servers: [await openDns()] });
    let answered = 0;
    const slow = Array.from({ length: 20 }, (_, index) => lookUp(`slow${index}.example.com`));
    for (const each of slow) void each.then(() => answered++);
    expect(await lookUp('fast.example.com')).toEqual([{ address: '192.0.2.8', family: 4 }]);
    expect(answered).toBe(0);
  });

  it('leads into this machine’s own names only where that is allowed', async () => {
    const servers = [await openDns()];
    const eased = createLookUp({ allowPrivate: true, servers });
    const found = await Promise.all([eased('localhost'), eased('localhost')]);
    for (const addresses of found) expect(addresses.map(({ address }) => address)).toContain('127.0.0.1');
  });
});

describe('a POST', () => {
  let receiver: Receiver;
  const poster = createPoster({ clock });
  beforeAll(async () => {
    receiver = await openReceiver();
  });
  afterAll(async () => {
    poster.close();
    await receiver.close();
  });

  const target = (path: string) => {
    const { port } = new URL(receiver.url);
    // The name leads nowhere: the address that was checked is the one that is connected to.
    const url = new URL(`http://hooks.example.invalid:${port}${path}`);
    return { url, addresses: [{ address: '127.0.0.1', family: 4 }] };
  };

  it('goes to the address that was checked, under the name of the server', async () => {
    const answer = await poster.post(target('/pinned'), { 'webhook-id': 'msg_1' }, '{"type":"x"}');
    expect(answer).toEqual({ httpStatus: 204, problem: null, answer: null, retryAfterMs: 0 });
    const [got] = await receiver.got(1, '/pinned');
    expect(got?.headers).toMatchObject({
      host: `hooks.example.invalid:${new URL(receiver.url).port}`,
      'content-type': 'application/json',
      'webhook-id': 'msg_1',
    });
  });

  it('reads no more of an answer than its beginning', async () => {
    let isClosed = false;
    receiver.answers.set('/endless', (res) => {
      res.on('close', () => {
        isClosed = true;
      });
      res.writeHead(200);
      const write = () => {
        if (!isClosed) res.write('é'.repeat(1_000), write);
      };
      write();
    });
    const answer = await poster.post(target('/endless'), {}, '{}');
    expect(answer).toMatchObject({ httpStatus: 200, problem: null, answer: 'é'.repeat(500) });
    await until('the connection is closed', () => isClosed);
  });

  it('is a failure when the answer breaks off', async () => {
    receiver.answers.set('/cut', (res) => {
      res.writeHead(200, { 'content-length': '100' });
      res.write('it begins', () => res.destroy());
    });
    expect(await poster.post(target('/cut'), {}, '{}')).toMatchObject({
      httpStatus: null,
      problem: 'The answer broke off.',
    });
  });

  it('is a failure without a whole answer in 15 seconds, and when nobody is there', async () => {
    receiver.answers.set('/slow', (res) => void res.writeHead(200).write('it begins'));
    const slow = poster.post(target('/slow'), {}, '{}');
    await receiver.got(1, '/slow');
    await clock.advance(15_000);
    expect(await slow).toMatchObject({ httpStatus: null, problem: 'No complete answer within 15 seconds.' });
    const nobody = { ...target('/'), url: new URL('http://hooks.example.invalid:9/') };
    expect((await poster.post(nobody, {}, '{}')).problem).toBe(
      'The request could not be made (ECONNREFUSED).',
    );
  });
});
