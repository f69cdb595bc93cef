import { expect } from 'vitest';

/** Somebody at the example's pages, with a browser that keeps cookies and follows nothing by itself. */
export function createVisitor(base: string) {
  const cookies = new Map<string, string>();

  async function ask(path: string, form?: Record<string, string>) {
    const response = await fetch(`${base}${path}`, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form && { body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.slice(0, line.indexOf(';')).split('=');
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return { status: response.status, to: response.headers.get('location'), text: await response.text() };
  }

  return {
    cookies,
    get: (path: string) => ask(path),
    /** What a form leads to: a page, or where it says to go. */
    async send(path: string, form: Record<string, string> = {}) {
      const answer = await ask(path, form);
      if (answer.status !== 303) return answer;
      expect(answer.to).toMatch(/^\//);
      return await ask(answer.to ?? '/');
    },
  };
}
