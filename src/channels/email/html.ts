import { wrapped } from './lines.js';

/** Written from right to left (ISO 15924: Arab, Hebr). */
const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/i;
/** No number of four to eight digits in here: a search for the code finds only the code. */
const STYLE = `body { margin: 0; padding: 24px; background: #fff; color: #111; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 30em; margin: auto }
header { font-weight: 600; color: #555 }
b { font-size: 1.5em; letter-spacing: .06em; white-space: nowrap }
@media (prefers-color-scheme: dark) {
body { background: #111; color: #eee }
header { color: #aaa }
}`;

/** The text again, in the app's name and with the code to be seen at a glance: no table, no picture, no link. */
export function htmlOf(mail: { text: string; code: string; locale?: string; appName: string }): string {
  const { locale = 'en', appName } = mail;
  const direction = RIGHT_TO_LEFT.test(locale) ? 'rtl' : 'ltr';
  const header = appName === '' ? '' : `<header>${escaped(appName)}</header>\n`;
  return `<!doctype html>
<html lang="${escaped(locale)}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<style>
${STYLE}
</style>
</head>
<body>
<main>
${header}${paragraphsOf(mail)}
</main>
</body>
</html>
`;
}

function paragraphsOf({ text, code }: { text: string; code: string }): string {
  const digits = code === '' ? /(?<![\d&#;])\d{4,8}(?!\d)/g : new RegExp(`(?<!\\d)${code}(?!\\d)`, 'g');
  return text
    .split(/\n\s*\n/)
    .map((paragraph) => {
      const lines = wrapped(paragraph).split('\n').map(escaped);
      return `<p>\n${lines.join('\n').replace(digits, '<b>$&</b>')}\n</p>`;
    })
    .join('\n');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
