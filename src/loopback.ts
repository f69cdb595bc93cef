/** Whether a host is this machine, whatever the network; IPv6 addresses with brackets (as in a URL) or without. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || /^(?:::1|\[::1\])$/.test(host) || /^127(?:\.\d+){3}$/.test(host);
}
