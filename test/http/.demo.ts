import { readFileSync } from 'node:fs';
import { startGateway, job } from './harness.js';
const g = await startGateway({ env: 'development' });
const at = Date.now();
g.status = { ...g.status, since: at - 200000 };
g.jobs.push(
 job({ jobId: 1240, createdAt: at-4000, phoneNumber:'+966501234567' }),
 job({ jobId: 1239, status:'processing', createdAt: at-9000 }),
 job({ jobId: 1238, status:'sent', createdAt: at-40000, sentAt: at-39000, deliveredAt: at-38000, readAt: at-20000, phoneNumber:'+4917012345678' }),
 job({ jobId: 1237, status:'failed', createdAt: at-90000, error:{code:'not_on_whatsapp',message:'This number is not registered on WhatsApp.'} }),
 job({ jobId: 1236, status:'expired', createdAt: at-500000, error:{code:'code_expired',message:'The code expired before the message could be sent.'} }),
 job({ jobId: 1235, status:'sent', createdAt: at-86400000, sentAt: at-86399000 }));
const base = g.status;
setInterval(() => { try { g.status = { ...base, ...JSON.parse(readFileSync('/tmp/hb/state.json','utf8')) }; } catch {} }, 100);
console.log(g.url);
