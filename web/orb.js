/**
 * The orb: two rings, the person's (warm) and the assistant's (cool). Apart when nothing is on; together when
 * they talk. Whoever is heard makes their own ring wave. Drawing only: it is given a phase and two levels.
 */

const STRANDS = 8;
const POINTS = 96;
const SETTLE_S = 0.22; // how fast a ring takes on a new pose
const ATTACK_S = 0.03;
const RELEASE_S = 0.18;
const STILL_MS = 100;
const CALM_MS = 30;
const LOUDEST = 0.22; // an RMS that makes the widest waves

/**
 * A pose a phase: for the person's and the assistant's ring, `x` offset, radius, wave, brightness (all shares
 * of half the canvas); `turn` is how fast the pair turns round itself, in radians a second.
 */
const POSES = {
  off: { you: [-0.16, 0.52, 0.034, 0.95], me: [0.16, 0.52, 0.034, 0.95], turn: 0 },
  asking: { you: [-0.06, 0.56, 0.05, 1], me: [0.16, 0.5, 0.015, 0.5], turn: 0.15 },
  connecting: { you: [-0.12, 0.53, 0.04, 0.85], me: [0.12, 0.53, 0.04, 0.85], turn: 1.1 },
  reconnecting: { you: [-0.25, 0.48, 0.02, 0.5], me: [0.25, 0.48, 0.02, 0.5], turn: 0.7 },
  ready: { you: [-0.1, 0.53, 0.02, 0.65], me: [0.1, 0.53, 0.03, 1], turn: 0 },
  asleep: { you: [-0.04, 0.5, 0.015, 0.4], me: [0.04, 0.5, 0.015, 0.5], turn: 0.1 },
  listening: { you: [0, 0.62, 0.04, 1], me: [0, 0.52, 0.012, 0.5], turn: 0 },
  muted: { you: [0, 0.52, 0, 0.2], me: [0, 0.46, 0.01, 0.55], turn: 0 },
  thinking: { you: [-0.1, 0.54, 0.045, 0.8], me: [0.1, 0.54, 0.045, 1], turn: 2.2 },
  speaking: { you: [0, 0.5, 0.012, 0.45], me: [0, 0.62, 0.04, 1], turn: 0 },
};

export class Orb {
  #canvas;
  #pen;
  #pose = structuredClone(POSES.off);
  #target = POSES.off;
  #levels = { you: 0, me: 0 };
  #heard = { you: 0, me: 0 };
  #angle = 0;
  #time = 0;
  #before = 0;
  #still = matchMedia("(prefers-reduced-motion: reduce)");
  #dark = matchMedia("(prefers-color-scheme: dark)");
  #colours;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => {you: number, me: number}} levels loudness now, RMS
   */
  constructor(canvas, levels) {
    this.#canvas = canvas;
    this.#pen = canvas.getContext("2d");
    this.levels = levels;
    this.#dark.addEventListener("change", () => this.#paints());
    new ResizeObserver(() => this.#fit()).observe(canvas);
    this.#paints();
    this.#fit();
    requestAnimationFrame((now) => this.#frame(now));
  }

  set phase(phase) {
    this.#target = POSES[phase];
  }

  #paints() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(name).trim();
    this.#colours = {
      you: [colour("--you-ring"), colour("--you-ring-far")],
      me: [colour("--me-ring"), colour("--me-ring-far")],
    };
  }

  #fit() {
    const scale = Math.min(2, devicePixelRatio || 1);
    this.#canvas.width = Math.round(this.#canvas.clientWidth * scale);
    this.#canvas.height = Math.round(this.#canvas.clientHeight * scale);
  }

  #frame(now) {
    requestAnimationFrame((next) => this.#frame(next));
    if (now - this.#before < this.#rest()) return;
    const passed = Math.min(0.1, (now - this.#before) / 1000);
    this.#before = now;
    this.#move(passed);
    this.#draw();
  }

  /** Milliseconds between pictures: all that the screen can show only while someone is heard. */
  #rest() {
    if (this.#still.matches) return STILL_MS;
    return this.#levels.you + this.#levels.me < 0.05 ? CALM_MS : 0;
  }

  #move(passed) {
    const still = this.#still.matches;
    const near = still ? 1 : 1 - Math.exp(-passed / SETTLE_S);
    for (const ring of ["you", "me"]) {
      this.#pose[ring] = this.#pose[ring].map((value, i) => value + (this.#target[ring][i] - value) * near);
      const loud = Math.min(1, Math.sqrt(this.levels()[ring] / LOUDEST));
      const time = loud > this.#levels[ring] ? ATTACK_S : RELEASE_S;
      this.#levels[ring] += (loud - this.#levels[ring]) * (1 - Math.exp(-passed / time));
    }
    if (still) {
      this.#angle = 0;
      return;
    }
    this.#pose.turn += (this.#target.turn - this.#pose.turn) * near;
    this.#angle += this.#pose.turn * passed;
    if (this.#target.turn === 0) {
      const home = Math.round(this.#angle / (2 * Math.PI)) * 2 * Math.PI;
      this.#angle += (home - this.#angle) * near;
    }
    this.#time += passed;
  }

  #draw() {
    const { width, height } = this.#canvas;
    const pen = this.#pen;
    pen.clearRect(0, 0, width, height);
    pen.save();
    pen.translate(width / 2, height / 2);
    pen.rotate(this.#angle);
    pen.globalCompositeOperation = this.#dark.matches ? "lighter" : "multiply";
    this.#ring("me", width / 2, 0.7);
    this.#ring("you", width / 2, 0);
    pen.restore();
  }

  #ring(name, unit, seed) {
    const pen = this.#pen;
    const [x, radius, wave, light] = this.#pose[name];
    const level = this.#levels[name] * light;
    const still = this.#still.matches;
    const size = unit * (radius + 0.03 * level + (still ? 0 : 0.008 * Math.sin(this.#time * 0.9 + seed * 4)));
    const [near, far] = this.#colours[name];
    const paint = pen.createLinearGradient(-size, -size, size, size);
    paint.addColorStop(0, near);
    paint.addColorStop(1, far);
    pen.save();
    pen.translate(x * unit, 0);
    this.#glow(near, size, light, level);
    this.#fill(paint, size, light, level);
    pen.strokeStyle = paint;
    for (let strand = 0; strand < STRANDS; strand++) {
      const share = strand / (STRANDS - 1);
      pen.globalAlpha = light * (strand ? 0.5 - 0.38 * share : 0.9);
      pen.lineWidth = unit * ((strand ? 0.005 : 0.014) + (still ? 0.05 * level * (1 - share) : 0.003 * level));
      const swing = still ? 0.01 : (wave + 0.15 * level) * (0.3 + 1.1 * share);
      const spread = 1 + (wave * 1.5 + 0.02) * share;
      this.#strand(size * spread, swing, this.#time * (0.5 + 0.5 * share) + seed * 3 + share * 1.7);
    }
    pen.restore();
  }

  /** A breath of colour inside; where the rings overlap, both are seen. */
  #fill(paint, size, light, level) {
    const pen = this.#pen;
    pen.globalAlpha = light * (0.07 + 0.08 * level);
    pen.fillStyle = paint;
    pen.beginPath();
    pen.arc(0, 0, size, 0, 2 * Math.PI);
    pen.fill();
  }

  #glow(colour, size, light, level) {
    const pen = this.#pen;
    const reach = size * 1.45;
    const glow = pen.createRadialGradient(0, 0, size * 0.8, 0, 0, reach);
    glow.addColorStop(0, colour);
    glow.addColorStop(0.3, `color-mix(in srgb, ${colour} 45%, transparent)`);
    glow.addColorStop(1, `color-mix(in srgb, ${colour} 0%, transparent)`);
    pen.globalAlpha = light * (0.08 + 0.22 * level);
    pen.fillStyle = glow;
    pen.beginPath();
    pen.arc(0, 0, reach, 0, 2 * Math.PI);
    pen.arc(0, 0, size * 0.97, 0, 2 * Math.PI, true);
    pen.fill();
  }

  #strand(size, swing, phase) {
    const pen = this.#pen;
    pen.beginPath();
    for (let i = 0; i <= POINTS; i++) {
      const angle = (i / POINTS) * 2 * Math.PI;
      const bend =
        0.5 * Math.sin(2 * angle + phase * 1.3) +
        0.3 * Math.sin(3 * angle - phase * 1.9) +
        0.2 * Math.sin(5 * angle + phase * 2.7);
      const radius = size * (1 + swing * bend);
      pen.lineTo(radius * Math.cos(angle), radius * Math.sin(angle));
    }
    pen.closePath();
    pen.stroke();
  }
}
