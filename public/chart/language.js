// A browser may report a POSIX locale such as "en-US@posix", which Intl refuses; the chart library calls it when it is imported.

try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
}
