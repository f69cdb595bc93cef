import type * as z from 'zod';

/** One thing that somebody may ask over HTTP: what it takes, and every answer that it gives. */
export interface Operation {
  /** The operationId: camel case, never changed once it is out. */
  id: string;
  method: 'get' | 'post' | 'patch' | 'delete';
  /** As it is called, with `{name}` for what varies. */
  path: string;
  /** A few words, without a full stop. */
  summary: string;
  /** Short sentences. */
  description?: string;
  /** Each of them is enough on its own; `nobody` in the list: it may be left out. Empty: none is looked at. */
  security: readonly Security[];
  parameters?: readonly Parameter[];
  body?: Body;
  /** What it answers when it did what was asked: 2xx or 3xx. */
  answers: Readonly<Record<number, Answer>>;
  failures: readonly Failure[];
}

export type Security = 'apiKey' | 'bearer' | 'token' | 'basic' | 'cookie' | 'nobody';

/** What varies in the path is always a parameter. */
export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  description: string;
  required?: boolean;
  schema: z.ZodType;
  sample?: string;
}

export interface Body {
  /** The very schema that validates. */
  schema: z.ZodType;
  /** Default: JSON. */
  type?: 'application/json' | 'application/x-www-form-urlencoded';
  /** Default: true. */
  required?: boolean;
  /** A request that is answered with 2xx, in the samples and in Postman. */
  sample: object;
}

export interface Answer {
  description: string;
  /** Strict: a field that is not in it is a mistake. Null: there is no body. */
  schema: z.ZodType | null;
  /** Default: JSON. */
  type?: string;
  sample?: unknown;
}

/** The failures of one status. */
export interface Failure {
  status: number;
  /** Those that the answer's `code` may have; none where an API has no codes. */
  codes: readonly (string | number)[];
  /** Strict, like that of an answer. */
  schema: z.ZodType | null;
  description?: string;
  type?: string;
  /** Some callers get it as plain text. */
  mayBeText?: boolean;
}

/** Operations that belong together, in the shape of one API. */
export interface Surface {
  /** The tag in the document. */
  name: string;
  description: string;
  operations: readonly Operation[];
}
