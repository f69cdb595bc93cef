import { execFile } from 'node:child_process';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's browser: the system's where there is one, else the one that came as a package. Null: neither. */
    chromium: Chromium | null;
  }
}

export interface Chromium {
  executablePath: string;
  env: Record<string, string>;
}

const run = promisify(execFile);
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** Unpacked once, before the workers start: they cannot get in each other's way. */
export default async function setup(project: TestProject) {
  const folder = join(project.getProvidedContext().runFolder, 'chromium');
  await mkdir(folder);
  project.provide('chromium', (await systemChromium(folder)) ?? (await unpackedChromium(folder)));
}

async function systemChromium(home: string): Promise<Chromium | null> {
  const { PATH = '' } = process.env;
  for (const name of NAMES) {
    for (const folder of PATH.split(delimiter)) {
      const executablePath = join(folder, name);
      const found = await access(executablePath, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (found) return { executablePath, env: { PATH, HOME: home, TMPDIR: home } };
    }
  }
  return null;
}

/**
 * The package's own `executablePath` unpacks to a fixed place in the temporary folder, and its libraries only inside
 * AWS Lambda. A bare Debian needs them too: it has neither NSS nor expat, and no font.
 */
async function unpackedChromium(folder: string): Promise<Chromium | null> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null;
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const inflate = async (name: string, mode: number) => {
    const from = createReadStream(join(dirname(entry), '../../bin', `${name}.br`));
    const to = join(folder, name);
    await pipeline(from, createBrotliDecompress({ chunkSize: 2 ** 20 }), createWriteStream(to, { mode }));
    return to;
  };
  const unpack = async (name: string) =>
    run('tar', ['-x', '--no-same-owner', '-C', folder, '-f', await inflate(name, 0o600)]);
  const [executablePath] = await Promise.all([
    inflate('chromium', 0o700),
    unpack('al2023.tar'),
    unpack('fonts.tar'),
  ]);
  await writeFile(join(folder, 'fonts.conf'), fontsIn(folder));
  return {
    executablePath,
    env: {
      HOME: folder,
      TMPDIR: folder,
      LD_LIBRARY_PATH: join(folder, 'lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  };
}

const fontsIn = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${join(folder, 'fonts')}</dir>
  <cachedir>${join(folder, 'fonts-cache')}</cachedir>
</fontconfig>
`;
