/** Reads any text as paths on the frame, as `parse_trajectories` and `Trajectories.from_paths` do in Python. */

import { readCoordinates } from "./coordinates";
import { samplePath, type DrawnPath, type Reading, type Shown } from "./path";

/** Reads coordinates, and hides what trackers write for points that they do not see. `canvas` is used if none is named. */
export function readTrajectories(text: string, canvas: [number, number], frames: number): Reading & { canvas: [number, number] } {
  const found = readCoordinates(text, frames);
  const size = found.canvas ?? canvas;
  const { paths, notes } = hidePoints(found.paths, size);
  const single = paths.filter((path) => path.points.filter(Boolean).length < 2).length;
  if (single === paths.length) {
    throw new Error(
      `expected at least two points in one of the paths, got ${single} path(s) of one point: add a second point, ` +
        "because a point that stands still has no effect",
    );
  }
  if (single > 0) {
    notes.push(`${single} of ${paths.length} paths have one point: they have no effect and do not hold an object in place`);
  }
  notes.push(...checkTimes(paths, frames));
  const moves = paths.some((path) => {
    const shown = samplePath(path, frames).filter((point) => point !== null);
    return shown.some(([x, y]) => x !== shown[0]![0] || y !== shown[0]![1]);
  });
  if (!moves) {
    throw new Error(
      `expected a path that moves, got ${paths.length} that stand still: add a different point to one of them`,
    );
  }
  return { paths, canvas: size, notes: [...found.notes, ...notes] };
}

function checkTimes(paths: DrawnPath[], frames: number): string[] {
  const notes: string[] = [];
  paths.forEach(({ frames: at }, i) => {
    if (!at || at.at(-1)! <= frames - 1) return;
    if (at[0]! >= frames - 1) {
      throw new Error(
        `expected frames 0 to ${frames - 1}, got ${at[0]} as the first of path ${i + 1}: increase frames or count from 0`,
      );
    }
    notes.push(
      `path ${i + 1} goes on to frame ${at.at(-1)}, after the last frame ${frames - 1}: its end is not used`,
    );
  });
  return notes;
}

/** Hides (-100, -100), a negative point that is repeated, and points far outside beside others inside. */
function hidePoints(paths: DrawnPath[], [width, height]: [number, number]): { paths: DrawnPath[]; notes: string[] } {
  let [inside, outside, hidden, all] = [0, 0, 0, 0];
  const found = paths.map((path, number) => {
    const marked = path.points.map((point, i) => {
      if (!point || point[0] >= 0 || point[1] >= 0) return false;
      const same = (other: Shown | undefined): boolean => other?.[0] === point[0] && other?.[1] === point[1];
      return same([-100, -100]) || same(path.points[i - 1]) || same(path.points[i + 1]);
    });
    const far = path.points.map((point, i) => {
      if (!point || marked[i]) return false;
      const [x, y] = point;
      return x < -width / 2 || y < -height / 2 || x > 1.5 * width || y > 1.5 * height;
    });
    const firstFar = far.indexOf(true);
    if (firstFar >= 0 && path.points.filter((point, i) => point && !far[i] && !marked[i]).length < 2) {
      const [x, y] = path.points[firstFar]!;
      throw new Error(
        `expected points on the ${width}x${height} canvas (or a little outside), got (${x}, ${y}) in path ${number + 1}: ` +
          "set the canvas to the size that the path was drawn on",
      );
    }
    const points = path.points.map((point, i) => {
      all += 1;
      const out = point !== null && (point[0] < 0 || point[1] < 0 || point[0] > width || point[1] > height);
      if (point && !out) inside += 1;
      if (out && !marked[i]) outside += 1;
      if (point && !marked[i] && !far[i]) return point;
      hidden += 1;
      return null;
    });
    return { ...path, points };
  });
  if (outside > inside) {
    throw new Error(
      `expected points on the ${width}x${height} canvas, got ${outside} of ${inside + outside} outside: ` +
        "set the canvas to the size that the paths were drawn on",
    );
  }
  const note =
    `${hidden} of ${all} points are hidden or far outside the ${width}x${height} canvas and were made invisible: ` +
    "if the paths were drawn on another size, set the canvas to it";
  return { paths: found, notes: hidden > 0 ? [note] : [] };
}
