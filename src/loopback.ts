/** Whether a host is this machine whatever the network says; an IPv6 address with brackets (as in a URL) or without. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^(?:::1|\[::1\])$/.test(host) || /^127(?:\.\d+){3}$/.test(host);
}
