/** For auth servers that make the secret themselves, perhaps only once they know the address of the hook. */
export function handSecretOver(url: string, sentence: string): string[] {
  const id = url.slice(url.lastIndexOf('/') + 1);
  return [
    `${sentence}. Unless it was given with --secret-file, everything is refused until it is handed over:`,
    `npm run hooks -- rotate ${id} --secret-file - --overlap 0`,
  ];
}
