/** How long a secret that is replaced may go on working. */
export const OVERLAPS = [
  { value: '24h', label: 'for 24 hours more' },
  { value: '1h', label: 'for an hour more' },
  { value: '7d', label: 'for 7 days more' },
  { value: '0', label: 'no longer' },
];
