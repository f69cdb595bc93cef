import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest files, the longest first: one that began at the end would leave the other workers idle. */
const LONGEST = [
  'process/killed',
  'process/postgres-faults',
  'delivery/lanes',
  'auth/strangers',
  'browser/users',
  'browser/looks',
  'browser/live',
  'contracts/lookups',
  'contracts/guessing',
  'contracts/strict',
  'delivery/search',
  'contracts/typed-texts',
  'contracts/pasted',
  'contracts/confusion',
  'auth/password-tries',
  'database/pooled-address',
  'contracts/key-rotation',
  'auth/email-labels',
  'auth/quantities',
  'cli/keys',
];
/** Then whole folders: their files start a process, a browser or the whole product. */
const LONG_FOLDERS = ['browser', 'contracts', 'channels', 'sandbox', 'process', 'database'];

/** The same order on every machine, also on one that has never run the tests. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const order = (await super.sort(files)).map((file, place) => ({
      file,
      rank: rankOf(file.moduleId),
      place,
    }));
    return order
      .sort((one, other) => one.rank - other.rank || one.place - other.place)
      .map(({ file }) => file);
  }
}

function rankOf(path: string): number {
  const name = path.replace(/^.*\/test\//, '').replace(/\.test\.ts$/, '');
  const file = LONGEST.indexOf(name);
  if (file >= 0) return file;
  const folder = LONG_FOLDERS.indexOf(name.split('/')[0] ?? '');
  return LONGEST.length + (folder >= 0 ? folder : LONG_FOLDERS.length);
}
