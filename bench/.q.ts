import { openDatabase } from '../database/connect.js';
import { createJobSearch } from '../src/delivery/search.js';
import { createKeyedHash } from '../src/sealing.js';
const db = await openDatabase({ kind: 'sqlite', filename: process.argv[2]! });
const s = createJobSearch({ database: db, codeHash: createKeyedHash('ab'.repeat(32), 'code') });
const none = { status: null, from: null, to: null };
const { recipient } = await db.store.selectFrom('jobs').select('recipient').where('id','=',345678).executeTakeFirstOrThrow();
const now = Date.now(), D = 86400000;
const cases: [string, any][] = [
 [recipient, none], ['+20 10 4311-4877', none], ['+20 10', none], ['4567', none], ['99999999', none], ['45', none], ['verification code', none], 
 ['Your code is 4711.', none], ['superseded', none], ['not registered on WhatsApp', none], ['error 479', none], ['zebra', none], ['new code expired whatsapp', none], ['registered expired', none],
 ['+2010', { ...none, status: 'failed' }], ['your', { ...none, status: 'expired' }], ['4711', { ...none, status: 'failed' }], ['+2010', {...none, status: 'sent'}],
 ['+2010', { ...none, to: now - 25 * D }], ['superseded', { ...none, from: now - 20 * D, to: now - 19 * D }], ['10101010', none], ['20102010', none], ['00000000', none], ['20 10 9999 9999 9', none],
];
for (const [q, w] of cases) {
  const row: string[] = [];
  for (const limit of [25, 10001]) {
    const ts: number[] = []; let n = 0;
    for (let i = 0; i < 9; i++) { const t = process.cpuUsage(); n = (await s.find(q, w, limit)).length; const u = process.cpuUsage(t); ts.push((u.user + u.system) / 1000); }
    ts.sort((a, b) => a - b); row.push(`${limit}: ${ts[4]!.toFixed(1)} ms (${n})`);
  }
  console.log(q.padEnd(30), JSON.stringify({...w, to: w.to && 1, from: w.from && 1}), row.join('   '));
}
await db.close();
