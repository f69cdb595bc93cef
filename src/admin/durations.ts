/** A duration as people say it; the numbers stay with their units (non-breaking spaces). */
export function durationWords(ms: number): string {
  const seconds = ms / 1000;
  const minutes = Math.round(seconds / 60);
  if (seconds < 0.1) return '<\u00a00.1\u00a0s';
  if (seconds < 9.95) return `${seconds.toFixed(1)}\u00a0s`;
  if (seconds < 59.5) return `${Math.round(seconds)}\u00a0s`;
  if (minutes < 60) return `${minutes}\u00a0min`;
  if (minutes < 2880) return `${Math.floor(minutes / 60)}\u00a0h ${minutes % 60}\u00a0min`;
  return `${Math.round(minutes / 1440)}\u00a0days`;
}
