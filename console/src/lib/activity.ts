/** When somebody last touched this page: what it fetches without anybody there is background. */
const inputs = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] as const;

/** Without input for this long a page asks by itself, milliseconds. */
const attention = 30_000;

let last = Date.now();
let onWall = false;

/** Notes input from now on. Returns how to stop. */
export function watchInput(): () => void {
  const note = () => {
    last = Date.now();
  };
  note();
  for (const input of inputs) window.addEventListener(input, note, { passive: true, capture: true });
  return () => {
    for (const input of inputs) window.removeEventListener(input, note, { capture: true });
  };
}

export function lastInput(): number {
  return last;
}

/** A wallboard is never attended, whoever walks past. */
export function setOnWall(wall: boolean): void {
  onWall = wall;
}

export function isUnattended(now = Date.now()): boolean {
  return onWall || now - last > attention;
}
