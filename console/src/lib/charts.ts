/** What charts are drawn from: arcs of a ring, and a line over time. */

/** A share's arc on a circle around the origin that begins at the top, clockwise; `gap` pixels are left between arcs. */
export function arcs(shares: number[], radius: number, gap: number): (string | null)[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const shown = shares.filter((share) => share > 0).length;
  const space = shown > 1 ? gap / radius : 0;
  let at = -Math.PI / 2;
  return shares.map((share) => {
    if (share <= 0 || total <= 0) return null;
    const angle = (share / total) * 2 * Math.PI;
    // What is there is seen, however small it is.
    const from = at + space / 2;
    const to = Math.max(from + 0.02, at + angle - space / 2);
    at += angle;
    return arc(from, shown === 1 ? from + 2 * Math.PI - 0.0001 : to, radius);
  });
}

function arc(from: number, to: number, radius: number): string {
  const point = (angle: number) => `${(radius * Math.cos(angle)).toFixed(2)} ${(radius * Math.sin(angle)).toFixed(2)}`;
  return `M ${point(from)} A ${radius} ${radius} 0 ${to - from > Math.PI ? 1 : 0} 1 ${point(to)}`;
}

export interface Sample {
  at: string;
  connected: number;
  systems: number;
}

export const shareOf = ({ connected, systems }: Sample) => (systems > 0 ? connected / systems : 0);

/** The sample with the lowest share; the earliest of several. */
export const lowest = (samples: Sample[]): Sample | undefined =>
  samples.reduce<Sample | undefined>((low, one) => (low && shareOf(low) <= shareOf(one) ? low : one), undefined);

/** A line in a box: the first moment on the left, the last on the right, all of them connected at the top. */
export function lineOf(samples: Sample[], width: number, height: number): { x: number; y: number }[] {
  const first = Date.parse(samples[0]?.at ?? "");
  const span = Math.max(1, Date.parse(samples.at(-1)?.at ?? "") - first);
  return samples.map((one) => ({
    x: ((Date.parse(one.at) - first) / span) * width,
    y: (1 - shareOf(one)) * height,
  }));
}
