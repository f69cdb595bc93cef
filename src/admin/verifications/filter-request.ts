import type { Request } from 'express';
import { CODE_STATUSES } from '../../../database/schema.js';
import { queryOf } from '../../http/query.js';
import type { CodeFilter } from '../../otp/operators/codes.js';
import { bad, plainText, readPage, searchText } from '../list-request.js';

const MAX_NAME = 100;

/** Which codes a URL selects, as text. */
export type FilterText = Record<keyof CodeFilter, string>;

export const NO_FILTER: FilterText = { status: '', channel: '', caller: '', q: '' };

export interface ListRequest {
  text: FilterText;
  filter: CodeFilter;
  page: number;
  pageSize: number;
}

/** Reads `?status=&channel=&caller=&q=&page=&pageSize=`. Throws bad_request naming the parameter. */
export function readListRequest(req: Request): ListRequest {
  const query = queryOf(req);
  const name = (field: 'channel' | 'caller') => {
    const text = plainText(query.get(field));
    if (text.length > MAX_NAME) throw bad(`"${field}" must have at most ${MAX_NAME} characters.`);
    return text;
  };
  const asked = plainText(query.get('status'));
  const status = CODE_STATUSES.find((each) => each === asked) ?? null;
  if (asked !== '' && status === null) throw bad(`"status" must be one of ${CODE_STATUSES.join(', ')}.`);
  const text = {
    status: asked,
    channel: name('channel'),
    caller: name('caller'),
    q: searchText(query.get('q')),
  };
  const filter = {
    status,
    channel: text.channel || null,
    caller: text.caller || null,
    q: text.q || null,
  };
  return { text, filter, ...readPage(query) };
}
