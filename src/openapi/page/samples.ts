import type { Content, DocumentedOperation } from '../document.js';

export interface Sample {
  language: string;
  text: string;
}

/** One request of an operation, as all samples show it. */
export interface SampleRequest {
  method: string;
  url: string;
  headers: SampleHeader[];
  /** Null: it has none. */
  body: { type: string; text: string; fields: [string, string][] | null } | null;
}

/** A value that is the same for everybody, or what stands before one from the environment. */
interface SampleHeader {
  name: string;
  value: string;
  /** The variable whose value follows `value`. */
  variable?: string;
}

const JSON_TYPE = 'application/json';

/** What opens the door, in the order in which it is shown. */
const DOORS: Record<string, SampleHeader> = {
  apiKey: { name: 'X-API-KEY', value: '', variable: 'API_KEY' },
  token: { name: 'Authorization', value: 'Bearer ', variable: 'TOKEN' },
  cookie: { name: 'Cookie', value: 'token=', variable: 'TOKEN' },
  basic: { name: 'Authorization', value: 'Basic ', variable: 'BASIC' },
};

/** @param url with every parameter of the path filled in. */
export function requestOf(method: string, url: string, operation: DocumentedOperation): SampleRequest {
  const schemes = operation.security.flatMap((scheme) => Object.keys(scheme));
  const mayBeLeftOut = operation.security.some((scheme) => Object.keys(scheme).length === 0);
  const door = mayBeLeftOut ? undefined : Object.keys(DOORS).find((name) => schemes.includes(name));
  const [[type, content] = []] = Object.entries(operation.requestBody?.content ?? {});
  const opener = door === undefined ? undefined : DOORS[door];
  return {
    method: method.toUpperCase(),
    url,
    headers: [...(opener ? [opener] : []), ...(type ? [{ name: 'Content-Type', value: type }] : [])],
    body: type && content ? bodyOf(type, content) : null,
  };
}

function bodyOf(type: string, { example }: Content): SampleRequest['body'] {
  if (type === JSON_TYPE) return { type, text: JSON.stringify(example), fields: null };
  const fields = Object.entries((example ?? {}) as Record<string, unknown>).map(
    ([name, value]): [string, string] => [name, String(value)],
  );
  return { type, text: String(new URLSearchParams(fields)), fields };
}

/** The same request for a shell and in three languages, without a package. */
export function samplesOf(request: SampleRequest): Sample[] {
  return [
    { language: 'curl', text: curl(request) },
    { language: 'JavaScript', text: javascript(request) },
    { language: 'Python', text: python(request) },
    { language: 'PHP', text: php(request) },
  ];
}

function curl({ method, url, headers, body }: SampleRequest): string {
  const lines = [
    `curl -s ${quoted(url)}`,
    ...(method === (body ? 'POST' : 'GET') ? [] : [`-X ${method}`]),
    ...headers.map(({ name, value, variable }) =>
      variable === 'BASIC'
        ? '-u "$ACCOUNT_SID:$API_KEY"'
        : variable
          ? `-H "${name}: ${value}$${variable}"`
          : `-H ${quoted(`${name}: ${value}`)}`,
    ),
    ...(body ? [`-d ${quoted(body.text)}`] : []),
  ];
  return lines.join(' \\\n  ');
}

function javascript({ method, url, headers, body }: SampleRequest): string {
  const lines = headers.map(({ name, value, variable }) => {
    const text = variable ? template(value, variable) : quoted(value);
    return `    ${quoted(name)}: ${text},`;
  });
  return [
    `const answer = await fetch(${quoted(url)}, {`,
    `  method: ${quoted(method)},`,
    ...(lines.length > 0 ? ['  headers: {', ...lines, '  },'] : []),
    ...(body ? [`  body: ${body.fields ? quoted(body.text) : `JSON.stringify(${body.text})`},`] : []),
    '});',
    'console.log(answer.status, await answer.text());',
  ].join('\n');
}

function template(value: string, variable: string): string {
  return value === '' ? `process.env.${variable}` : `\`${value}\${process.env.${variable}}\``;
}

function python({ method, url, headers, body }: SampleRequest): string {
  const lines = headers.map(({ name, value, variable }) => {
    const text = variable
      ? `${value === '' ? '' : `${quoted(value)} + `}os.environ[${quoted(variable)}]`
      : quoted(value);
    return `        ${quoted(name)}: ${text},`;
  });
  return [
    'import os, urllib.request',
    '',
    'request = urllib.request.Request(',
    `    ${quoted(url)},`,
    `    method=${quoted(method)},`,
    ...(lines.length > 0 ? ['    headers={', ...lines, '    },'] : []),
    ...(body ? [`    data=${quoted(body.text)}.encode(),`] : []),
    ')',
    'with urllib.request.urlopen(request) as answer:',
    '    print(answer.status, answer.read().decode())',
  ].join('\n');
}

function php({ method, url, headers, body }: SampleRequest): string {
  const lines = headers.map(({ name, value, variable }) =>
    variable
      ? `        ${quoted(`${name}: ${value}`)} . getenv(${quoted(variable)}),`
      : `        ${quoted(`${name}: ${value}`)},`,
  );
  return [
    '<?php',
    `$request = curl_init(${quoted(url)});`,
    'curl_setopt_array($request, [',
    `    CURLOPT_CUSTOMREQUEST => ${quoted(method)},`,
    '    CURLOPT_RETURNTRANSFER => true,',
    ...(lines.length > 0 ? ['    CURLOPT_HTTPHEADER => [', ...lines, '    ],'] : []),
    ...(body ? [`    CURLOPT_POSTFIELDS => ${quoted(body.text)},`] : []),
    ']);',
    'echo curl_exec($request);',
  ].join('\n');
}

/** In single quotes, which mean the same to all four as long as neither a quote nor a backslash is inside. */
function quoted(text: string): string {
  if (/['\\\n]/.test(text)) throw new Error(`No sample can have ${text} in it`);
  return `'${text}'`;
}
