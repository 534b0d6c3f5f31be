/** For example 1,234. */
export const whole = (value: number) => value.toLocaleString('en');

/** For example 1.2 MB. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** For example 12.3 %. */
export const percent = (probability: number) => `${(100 * probability).toFixed(1)} %`;

export const counted = (count: number, what: string) => `${whole(count)} ${what}${count === 1 ? '' : 's'}`;
