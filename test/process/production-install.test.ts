import { cpSync, existsSync, mkdirSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { newCheckout } from '../support/checkout.js';
import { run } from '../support/child.js';
import { newEnvironment, startProduct, startWhatsApp } from '../support/product.js';
import { ROOT } from '../support/sources.js';

const file = new URL('../../supply/shipped.js', import.meta.url).href;
const { shippedPackages } = (await import(file)) as { shippedPackages(): { path: string }[] };

/** A copy of what is deployed, with links to the packages that `npm ci --omit=dev` installs. */
function deployed() {
  const checkout = newCheckout();
  const packages = join(checkout.folder, 'node_modules');
  unlinkSync(packages);
  for (const { path } of shippedPackages()) {
    const link = join(checkout.folder, path);
    if (path.lastIndexOf('node_modules/') > 0 || !existsSync(join(ROOT, path))) continue;
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, path), link);
  }
  cpSync(join(ROOT, 'prepare.js'), join(checkout.folder, 'prepare.js'));
  return checkout;
}

it('without the packages of development the product starts and sends', async () => {
  const whatsapp = await startWhatsApp();
  const product = await startProduct(newEnvironment(whatsapp), deployed().main);
  await product.pair(whatsapp);
  const { status, body } = await product.send('+201001234567');
  expect(status).toBe(202);
  const { text } = await whatsapp.waitForMessage(({ to }) => to === '+201001234567', 60_000);
  expect(text).toContain(body.otp);
  for (const asset of ['uplot.js', 'uplot.css', 'idiomorph.js']) {
    expect((await fetch(`${product.url}/assets/vendor/${asset}`)).status).toBe(200);
  }
});

it('the last step of its installation builds nothing, and says which dist/ it expects', async () => {
  const { folder } = deployed();
  const prepare = async () => {
    const step = run(process.execPath, ['prepare.js'], { cwd: folder, env: {} });
    return { ...(await step.exited), said: step.output().trim() };
  };
  const why = 'dist/ is not built here, because the development packages are not installed';
  expect(await prepare()).toMatchObject({ code: 0, said: `${why}: the one that is here stays.` });
  expect(existsSync(join(folder, 'dist/src/main.js'))).toBe(true);
  renameSync(join(folder, 'dist'), join(folder, 'elsewhere'));
  expect(await prepare()).toMatchObject({ code: 0, said: `${why}: copy it from where npm ci has built it.` });
});
