import { extent, type Href } from './list-request.js';

/** @param list `atLeast`: there may be more rows than `total`. */
interface Listed {
  page: number;
  pageSize: number;
  total: number;
  atLeast?: boolean;
}

/** Which rows of how many are shown, and the ways to the other pages; `href` is null for a way that leads nowhere. */
export function pager(shown: number, list: Listed, href: Href) {
  const { first, last, pages } = extent(shown, list);
  const total = list.total.toLocaleString('en');
  const way = (label: string, page: number, isOpen: boolean, rel: string | null = null) => ({
    label,
    rel,
    href: isOpen ? href({ page: page === 1 ? null : page }) : null,
  });
  const [isFirst, isLast] = [list.page <= 1, list.page >= pages];
  return {
    shown: `${first.toLocaleString('en')}–${last.toLocaleString('en')}`,
    total: list.atLeast ? `at least ${total}` : total,
    ways: [
      way('First', 1, !isFirst),
      way('Previous', list.page - 1, !isFirst, 'prev'),
      way('Next', list.page + 1, !isLast, 'next'),
      // Where the end is not known, nothing leads there.
      ...(list.atLeast ? [] : [way('Last', pages, !isLast)]),
    ],
  };
}
