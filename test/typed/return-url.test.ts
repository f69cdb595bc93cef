import { describe, expect, it } from 'vitest';
import { isReturnUrl, returnUrlEntry } from '../../src/typed/return-url.js';

const LIST = ['https://app.example.com/done', 'http://localhost:5173/'];

describe('where a page may lead back to', () => {
  it.each([
    'https://app.example.com/done',
    'https://app.example.com:443/done/there?order=17#top',
    'https://APP.example.com/done?next=//evil.example',
    'http://localhost:5173/',
    'http://localhost:5173/any/page',
  ])('%s is allowed', (url) => expect(isReturnUrl(url, LIST)).toBe(true));

  it.each([
    'https://app.example.com/done2',
    'https://app.example.com/',
    'https://app.example.com/done/../admin',
    'https://app.example.com/done/%2e%2e/admin',
    'https://app.example.com.evil.example/done',
    'https://app.example.com@evil.example/done',
    'https://user:secret@app.example.com/done',
    'https://app.example.com:8443/done',
    'http://app.example.com/done',
    'https://evil.example/https://app.example.com/done',
    '//app.example.com/done',
    '/done',
    'javascript:alert(1)//https://app.example.com/done',
    'https:\\\\app.example.com\\done',
    'https://app.example.com/do\nne',
    '',
  ])('%j is refused', (url) => expect(isReturnUrl(url, LIST)).toBe(false));

  it('nothing is allowed where nothing is listed', () => {
    expect(isReturnUrl('https://app.example.com/done', [])).toBe(false);
  });

  it('an entry is an origin and a path', () => {
    expect(returnUrlEntry('HTTPS://App.Example.com:443')).toBe('https://app.example.com/');
    for (const bad of [
      'app.example.com',
      'ftp://a.example',
      'https://a.example/?x',
      'https://u@a.example',
      'x',
    ]) {
      expect(returnUrlEntry(bad)).toBeNull();
    }
  });
});
