/** The colours that the model will see in a frame, equal to `tora_core/flow` within 2 levels of 255. */

import { sampleObject } from "./geometry";
import type { Track, VideoSize } from "./model";
import { isShown } from "./timing";

const SIGMA_PX = 10;
const RADIUS_PX = 49;
/** The fastest pixel lies close to a point. */
const NEAR_PX = 6;
/** Steps of an arc of the colour wheel, the channel at 255, the channel that ramps, and its direction. */
const ARCS: [number, 0 | 1 | 2, 0 | 1 | 2, 1 | -1][] = [
  [15, 0, 1, 1], [6, 1, 0, -1], [4, 1, 2, 1], [11, 2, 1, -1], [13, 2, 0, 1], [6, 0, 2, -1],
];
const GAUSSIAN = Array.from({ length: RADIUS_PX + 1 }, (_, d) => Math.exp((-d * d) / (2 * SIGMA_PX * SIGMA_PX)));
const WHEEL = makeWheel();

/** A displacement at a pixel. */
interface Impulse {
  x: number;
  y: number;
  dx: number;
  dy: number;
}

/** The motion of a clip: the displacements of each frame, and the length of the longest vector of the clip. */
export interface Flow {
  size: VideoSize;
  frames: Impulse[][];
  fastest: number;
}

/** Computes the motion of all visible tracks. */
export function makeFlow(tracks: readonly Track[], size: VideoSize): Flow {
  const frames = Array.from({ length: size.frames }, (): Impulse[] => []);
  for (const track of tracks.filter((each) => each.visible && each.points.length > 0)) {
    for (const path of sampleObject(track, size.frames, size.width, size.height)) {
      const at = (frame: number): [number, number] => {
        const [x, y] = path[frame]!;
        return [Math.min(size.width - 1, Math.max(0, x)), Math.min(size.height - 1, Math.max(0, y))];
      };
      for (let frame = 1; frame < size.frames; frame += 1) {
        if (!isShown(track, frame - 1, size.frames) || !isShown(track, frame, size.frames)) continue;
        const [from, to] = [at(frame - 1), at(frame)];
        frames[frame]!.push({ x: rint(from[0]), y: rint(from[1]), dx: to[0] - from[0], dy: to[1] - from[1] });
      }
    }
  }
  const merged = frames.map(merge);
  return { size, frames: merged, fastest: findFastest(merged, size) };
}

/** Colours a frame at a reduced size: RGBA of every `step`-th pixel of the video. */
export function colourFlow(flow: Flow, frame: number, step: number): { width: number; height: number; rgba: Uint8ClampedArray<ArrayBuffer> } {
  const [width, height] = [Math.ceil(flow.size.width / step), Math.ceil(flow.size.height / step)];
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
  const impulses = flow.frames[frame] ?? [];
  if (impulses.length === 0 || flow.fastest === 0) return { width, height, rgba };
  const columns = impulses.map(({ x }) => weights(x, flow.size.width, width, step));
  const rows = impulses.map(({ y }) => weights(y, flow.size.height, height, step));
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      let [u, v] = [0, 0];
      impulses.forEach(({ dx, dy }, i) => {
        const weight = columns[i]![column]! * rows[i]![row]!;
        u += weight * dx;
        v += weight * dy;
      });
      if (u !== 0 || v !== 0) rgba.set(colour(u / flow.fastest, v / flow.fastest), (row * width + column) * 4);
    }
  }
  return { width, height, rgba };
}

/** The colour of a vector whose length 1 is full saturation. */
function colour(u: number, v: number): [number, number, number] {
  const saturation = Math.min(1, Math.hypot(u, v));
  const position = ((Math.atan2(-v, -u) / Math.PI + 1) / 2) * (WHEEL.length - 1);
  const lower = Math.trunc(position);
  const [a, b] = [WHEEL[lower]!, WHEEL[(lower + 1) % WHEEL.length]!];
  const mix = (channel: 0 | 1 | 2): number => {
    const full = a[channel] + (b[channel] - a[channel]) * (position - lower);
    return Math.floor(255 * (1 - saturation * (1 - full)));
  };
  return [mix(0), mix(1), mix(2)];
}

/** Displacements at the same pixel become their mean. What stands still is left out. */
function merge(impulses: Impulse[]): Impulse[] {
  const places = new Map<string, Impulse[]>();
  for (const each of impulses) places.set(`${each.x} ${each.y}`, [...(places.get(`${each.x} ${each.y}`) ?? []), each]);
  return [...places.values()]
    .map((group) => ({
      x: group[0]!.x,
      y: group[0]!.y,
      dx: group.reduce((sum, { dx }) => sum + dx, 0) / group.length,
      dy: group.reduce((sum, { dy }) => sum + dy, 0) / group.length,
    }))
    .filter(({ dx, dy }) => dx !== 0 || dy !== 0);
}

function findFastest(frames: Impulse[][], { width, height }: VideoSize): number {
  let fastest = 0;
  for (const impulses of frames) {
    for (const centre of impulses) {
      const near = impulses.filter(({ x, y }) => Math.abs(x - centre.x) <= 2 * RADIUS_PX && Math.abs(y - centre.y) <= 2 * RADIUS_PX);
      const reach = near.length > 1 || isNearBorder(centre, width, height) ? NEAR_PX : 0;
      for (let y = Math.max(0, centre.y - reach); y <= Math.min(height - 1, centre.y + reach); y += 1) {
        for (let x = Math.max(0, centre.x - reach); x <= Math.min(width - 1, centre.x + reach); x += 1) {
          let [u, v] = [0, 0];
          for (const { x: px, y: py, dx, dy } of near) {
            const weight = weightAt(x, px, width) * weightAt(y, py, height);
            u += weight * dx;
            v += weight * dy;
          }
          fastest = Math.max(fastest, Math.hypot(u, v));
        }
      }
    }
  }
  return fastest;
}

const isNearBorder = ({ x, y }: Impulse, width: number, height: number): boolean =>
  Math.min(x, y, width - 1 - x, height - 1 - y) <= RADIUS_PX;

const weights = (centre: number, length: number, count: number, step: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => weightAt(i * step, centre, length));

/** The weight of an impulse at a pixel of an axis. A border reflects it, unless it lies on the border. */
function weightAt(at: number, centre: number, length: number): number {
  const weight = gaussian(at - centre);
  if (centre === 0 || centre === length - 1) return weight;
  return weight + gaussian(at + centre) + gaussian(2 * (length - 1) - centre - at);
}

const gaussian = (distance: number): number => GAUSSIAN[Math.abs(distance)] ?? 0;

/** Rounds to the nearest whole number, and half to the even one, as NumPy does. */
function rint(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function makeWheel(): [number, number, number][] {
  return ARCS.flatMap(([steps, full, ramping, direction]) =>
    Array.from({ length: steps }, (_, i) => {
      const ramp = Math.floor((255 * i) / steps);
      const made: [number, number, number] = [0, 0, 0];
      made[full] = 1;
      made[ramping] = (direction > 0 ? ramp : 255 - ramp) / 255;
      return made;
    }),
  );
}
